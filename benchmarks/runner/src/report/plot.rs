use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 370.0;
/// Colours that people who see colours differently can still tell apart (Okabe and Ito).
const COLOURS: [&str; 9] = [
    "#000000", "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#8a8a00",
    "#888888",
];

/// A plot with logarithmic axes.
pub(super) struct Plot {
    pub(super) title: &'static str,
    /// What the horizontal axis counts.
    pub(super) across: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One line of a plot.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

impl Plot {
    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (xs, ys) = (Axis::of(points().map(|it| it.0)), Axis::of(points().map(|it| it.1)));
        let x = |value: f64| LEFT + (RIGHT - LEFT) * xs.place(value);
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * ys.place(value);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
            self.title,
            f64::midpoint(LEFT, RIGHT),
            BOTTOM + 38.0,
            self.across
        );
        for power in ys.powers() {
            let at = y(power);
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {at:.1}H{RIGHT}\" stroke=\"#dddddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                at + 4.0,
                label(power)
            );
        }
        for power in xs.powers() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x(power),
                BOTTOM + 18.0,
                label(power)
            );
        }
        let names =
            spaced(self.lines.iter().map(|line| line.points.last().map_or(BOTTOM, |it| y(it.1))));
        for ((line, name_y), colour) in self.lines.iter().zip(names).zip(COLOURS.iter().cycle()) {
            let corners: Vec<String> =
                line.points.iter().map(|it| format!("{:.1},{:.1}", x(it.0), y(it.1))).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
                 <text x=\"{}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
                corners.join(" "),
                RIGHT + 10.0,
                name_y + 4.0,
                line.name
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// A logarithmic axis from one power of ten to another.
struct Axis {
    from: i32,
    to: i32,
}

impl Axis {
    #[expect(clippy::cast_possible_truncation, reason = "logarithms of what fits on a page")]
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let logarithms = values.filter(|value| *value > 0.0).map(f64::log10);
        let from = logarithms.clone().fold(f64::INFINITY, f64::min).floor();
        let to = logarithms.fold(f64::NEG_INFINITY, f64::max).ceil();
        let from = if from.is_finite() { from as i32 } else { 0 };
        let to = if to.is_finite() { to as i32 } else { 1 };
        Self { from, to: to.max(from + 1) }
    }

    /// Where on the axis a value lies, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10_f64.powi(power))
    }
}

/// Heights of names that do not cover each other, near those wanted.
fn spaced(wanted: impl Iterator<Item = f64>) -> Vec<f64> {
    const APART: f64 = 16.0;
    let mut places: Vec<(usize, f64)> = wanted.enumerate().collect();
    places.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut lowest = f64::NEG_INFINITY;
    for (_, place) in &mut places {
        *place = place.max(lowest + APART);
        lowest = *place;
    }
    places.sort_by_key(|(index, _)| *index);
    places.into_iter().map(|(_, place)| place).collect()
}

fn label(power: f64) -> String {
    match power {
        power if power >= 1e6 => format!("{:.0} M", power / 1e6),
        power if power >= 1e3 => format!("{:.0} k", power / 1e3),
        power => format!("{power:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lines_that_end_together_stand_apart() {
        assert_eq!(spaced([100.0, 20.0, 101.0].into_iter()), [100.0, 20.0, 116.0]);
    }

    #[test]
    fn a_plot_has_a_line_and_a_name_for_each() {
        let line =
            |name: &str| Line { name: name.to_owned(), points: vec![(1.0, 10.0), (10.0, 500.0)] };
        let svg = Plot { title: "t", across: "x", lines: vec![line("a"), line("b")] }.svg();

        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains(">a</text>") && svg.contains(">b</text>"));
    }
}
