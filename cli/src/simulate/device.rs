//! What devices measure.

use rules_core::Value;

use super::dice::Dice;

/// Values by name, sorted.
pub(super) type Values = Vec<(String, Value)>;

/// A device and what it remembers.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) name: String,
    kind: Kind,
    /// Seconds by which this one is behind the first of its kind.
    behind: f64,
    dice: Dice,
}

#[derive(Clone, Debug)]
enum Kind {
    Boiler(Boiler),
    Room,
}

/// A boiler follows what it is driven to, slowly.
#[derive(Clone, Debug)]
struct Boiler {
    temp: f64,
    at: f64,
}

/// Seconds from one overheating of a boiler to the next.
const BOILER_CYCLE: f64 = 180.0;
/// When in the cycle the burner sticks, and when the safety valve lets cold water in.
const BURNER_STICKS: f64 = 8.0;
const VALVE_OPENS: f64 = 38.0;
const VALVE_CLOSES: f64 = 90.0;
/// How fast the water follows: after so many seconds it has gone 63 % of the way.
const INERTIA: f64 = 3.0;

/// Seconds from one visit to a room to the next.
const ROOM_CYCLE: f64 = 60.0;

impl Device {
    /// Device number `index` of a fleet, from 0.
    pub(super) fn new(index: u32, seed: u64) -> Self {
        let number = index / 2 + 1;
        let (name, kind, step) = if index.is_multiple_of(2) {
            let boiler = Boiler { temp: 62.0, at: 0.0 };
            (format!("boiler-{number}"), Kind::Boiler(boiler), 37.0)
        } else {
            (format!("room-{number}"), Kind::Room, 13.0)
        };
        let behind = f64::from(number - 1) * step;
        Self { name, kind, behind, dice: Dice::new(seed, u64::from(index)) }
    }

    /// What it measures `at` seconds after the start.
    pub(super) fn measure(&mut self, at: f64) -> Values {
        match &mut self.kind {
            Kind::Boiler(boiler) => boiler.measure(at, self.behind, &mut self.dice),
            Kind::Room => room(at, self.behind, &mut self.dice),
        }
    }
}

impl Boiler {
    fn measure(&mut self, at: f64, behind: f64, dice: &mut Dice) -> Values {
        // A boiler that is behind has not overheated yet.
        let phase = if at < behind { 0.0 } else { (at - behind) % BOILER_CYCLE };
        let drift = 2.0 * (at / 97.0 + behind).sin();
        let driven_to = match phase {
            BURNER_STICKS..VALVE_OPENS => 110.0,
            VALVE_OPENS..VALVE_CLOSES => 30.0,
            _ => 62.0 + drift,
        };
        let share = 1.0 - (-(at - self.at) / INERTIA).exp();
        self.temp += (driven_to - self.temp) * share;
        self.at = at;
        let temp = self.temp + dice.noise(0.6);
        let pressure = 0.6 + temp / 50.0 + dice.noise(0.02);
        vec![number("pressure", pressure, 2), number("temp", temp, 2)]
    }
}

/// Somebody comes in by the door, later something moves behind it.
fn room(at: f64, behind: f64, dice: &mut Dice) -> Values {
    let phase = (at + behind) % ROOM_CYCLE;
    let door_open = (10.0..16.0).contains(&phase);
    let motion = door_open || (30.0..38.0).contains(&phase);
    vec![
        ("door_open".to_owned(), Value::Bool(door_open)),
        number("humidity", 45.0 + dice.noise(1.5), 1),
        ("motion".to_owned(), Value::Bool(motion)),
        number("temp", 21.0 + (at / 600.0).sin() + dice.noise(0.2), 2),
    ]
}

fn number(name: &str, value: f64, decimals: i32) -> (String, Value) {
    let scale = 10_f64.powi(decimals);
    (name.to_owned(), Value::Number((value * scale).round() / scale))
}
