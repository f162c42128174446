use std::fmt::Write as _;

use super::tables::{digits, short, thousands};
use crate::{
    hosts::{AT_ONCE, BATCHES, Hosts, Served, Taken, Way},
    rounds::Spread,
};

/// Everything measured on hosts.
pub(super) fn tables(hosts: &Hosts) -> String {
    let by_cpu = rates(hosts, "by processor time of the host", |taken| taken.cpu);
    let by_wall = rates(hosts, "by the clock", |taken| taken.wall);
    [by_cpu, by_wall, hellos(hosts), beginnings(hosts), memory(hosts)].join("\n")
}

/// Readings per second, a row a host and a number of requests at once, a column a batch.
fn rates(hosts: &Hosts, by: &str, seconds: impl Fn(&Taken) -> f64) -> String {
    let mut text = header(&format!("readings per second {by}"));
    for served in hosts.served.iter().filter(|served| served.takes_readings) {
        rows(&mut text, served, |taken| {
            let rate = |taken: &Taken| taken.count as f64 / seconds(taken);
            let rates = Spread::of(&taken.iter().map(rate).collect::<Vec<_>>());
            let spread = (rates.most - rates.least) / rates.median * 50.0;
            format!("{} ± {spread:.0} %", short(rates.median))
        });
    }
    text
}

/// Processor time of a request by that of a request that does nothing on the same host, by round.
fn hellos(hosts: &Hosts) -> String {
    let mut text = header("processor time of a request ÷ that of one without readings");
    let mut idle: Option<&Served> = None;
    for served in &hosts.served {
        if !served.takes_readings {
            idle = Some(served);
            continue;
        }
        let Some(idle) = idle else { continue };
        for at_once in AT_ONCE {
            let Some(base) = idle.taken.get(&Way { at_once, batch: 1 }) else { continue };
            let _ = write!(text, "| {} | {at_once} |", served.name);
            for batch in BATCHES {
                let taken = served.taken.get(&Way { at_once, batch }).into_iter().flatten();
                let request = |taken: &Taken| taken.cpu / (taken.count as f64 / batch as f64);
                let ratios: Vec<f64> = taken
                    .zip(base)
                    .map(|(taken, base)| request(taken) * base.count as f64 / base.cpu)
                    .collect();
                let _ = write!(text, " {} |", digits(Spread::of(&ratios).median));
            }
            text.push('\n');
        }
    }
    text
}

fn header(what: &str) -> String {
    let batches = BATCHES.map(|batch| format!(" {batch} |")).concat();
    format!(
        "| {what}; readings in a request: | at once |{batches}\n|---|---:|{}\n",
        "---:|".repeat(BATCHES.len())
    )
}

fn rows(text: &mut String, served: &Served, cell: impl Fn(&[Taken]) -> String) {
    for at_once in AT_ONCE {
        let _ = write!(text, "| {} | {at_once} |", served.name);
        for batch in BATCHES {
            let taken = served.taken.get(&Way { at_once, batch });
            let _ = write!(text, " {} |", taken.map_or("–".to_owned(), |taken| cell(taken)));
        }
        text.push('\n');
    }
}

fn beginnings(hosts: &Hosts) -> String {
    let mut text = String::from("| milliseconds | least | median | most |\n|---|---:|---:|---:|\n");
    for (name, times) in &hosts.beginnings.times {
        let Spread { least, median, most } = Spread::of(times);
        let [least, median, most] = [least, median, most].map(digits);
        let _ = writeln!(text, "| {name} | {least} | {median} | {most} |");
    }
    text
}

fn memory(hosts: &Hosts) -> String {
    let mut text = String::from(
        "| resident kilobytes | with its rules | with full windows |\n|---|---:|---:|\n",
    );
    for served in hosts.served.iter().filter(|served| served.takes_readings) {
        let [empty, full] = served.resident.map(|bytes| thousands(bytes / 1e3));
        let _ = writeln!(text, "| {} | {empty} | {full} |", served.name);
    }
    let instance = thousands(hosts.beginnings.spin_instance / 1e3);
    let _ = writeln!(text, "| one more instance of the Spin component | {instance} | |");
    text
}
