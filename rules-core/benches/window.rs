//! What a reading costs a window, by the window's length.
//!
//! `cargo bench -p rules-core --bench window` prints, for readings once a
//! second into windows of a minute and of an hour, the nanoseconds a reading
//! takes (push and value), the ratio of the two, and the bytes of the stored
//! series. The lengths take turns, so that whatever else the machine does
//! meets both, and medians are printed.
//!
//! An average and a maximum cost the same whatever the length, a median grows
//! with its logarithm.

use std::{hint::black_box, time::Instant};

use rules_core::{
    Span, Timestamp,
    expr::{Aggregate, Frame, Rank},
    window::{Sample, Series, View},
};

const MINUTE: Span = Span::from_secs(60);
const HOUR: Span = Span::from_secs(3_600);
/// How often each length has its turn.
const ROUNDS: usize = 31;
/// Readings in a turn.
const READINGS: u32 = 20_000;

fn main() {
    println!("aggregate   60s ns/reading   1h ns/reading   ratio   60s bytes   1h bytes");
    for aggregate in [
        Aggregate::Avg,
        Aggregate::Max,
        Aggregate::Quantile(Rank::MEDIAN),
        Aggregate::StdDev,
        Aggregate::Distinct,
    ] {
        let mut lengths = [MINUTE, HOUR].map(|width| Stream::filled(aggregate, width));
        let mut nanos = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (stream, nanos) in lengths.iter_mut().zip(&mut nanos) {
                nanos.push(stream.turn());
            }
        }
        let [minute, hour] = nanos.map(median);
        let [minute_bytes, hour_bytes] = lengths.map(|stream| stream.bytes());
        println!(
            "{:<9}   {minute:>14.1}   {hour:>13.1}   {:>5.2}   {minute_bytes:>9}   {hour_bytes:>8}",
            aggregate.as_str(),
            hour / minute,
        );
    }
    let [encode, decode] = storing(HOUR);
    println!("avg over 1h: {encode:.1} µs to encode, {decode:.1} µs to decode and lay its view");
}

/// Readings of one sensor, and the window over them.
struct Stream {
    view: View,
    series: Series,
    second: i64,
    noise: u64,
}

impl Stream {
    /// A stream whose window is full.
    fn filled(aggregate: Aggregate, width: Span) -> Self {
        let view = View { aggregate, frame: Frame::Sliding(width) };
        let mut stream = Self { view, series: Series::new(&[view]), second: 0, noise: 1 };
        while stream.second * 1_000 <= width.as_millis() {
            stream.reading();
        }
        stream
    }

    /// Nanoseconds a reading takes, on average over one turn.
    fn turn(&mut self) -> f64 {
        let begin = Instant::now();
        for _ in 0..READINGS {
            self.reading();
        }
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(READINGS)
    }

    /// A temperature with three decimals, so that hardly any two in a window are equal.
    fn reading(&mut self) {
        self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let thousandths = u32::try_from(self.noise >> 48).unwrap_or_default();
        let ts = Timestamp::from_millis(self.second * 1_000);
        self.second += 1;
        let _ = self.series.push(ts, Sample::Number(f64::from(15_000 + thousandths) / 1_000.0));
        black_box(self.series.value(&self.view, 1));
    }

    fn bytes(&self) -> usize {
        self.series.to_bytes().len()
    }
}

/// Microseconds to encode, and to decode and lay the view.
fn storing(width: Span) -> [f64; 2] {
    let stream = Stream::filled(Aggregate::Avg, width);
    let mut micros = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let bytes = stream.series.to_bytes();
        micros[0].push(begin.elapsed().as_secs_f64() * 1e6);
        let begin = Instant::now();
        if let Some(mut series) = Series::from_bytes(&bytes) {
            series.lay_views(&[stream.view]);
            black_box(series.value(&stream.view, 1));
        }
        micros[1].push(begin.elapsed().as_secs_f64() * 1e6);
    }
    micros.map(median)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
