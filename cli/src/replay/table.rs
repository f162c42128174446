//! Readings as CSV: a header, a column of times, every other column a value.

use std::{collections::BTreeMap, io::Read};

use csv::StringRecord;
use rules_core::{Reading, Timestamp, Value};
use rules_service::wire;

use super::{
    source::{Item, Source},
    time::{TimeZone, Times},
};
use crate::Fault;

/// What the user said of the columns.
pub(crate) struct Columns {
    pub(super) device: Option<DeviceFrom>,
    pub(super) time: Option<String>,
    pub(super) time_zone: TimeZone,
}

/// Who reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DeviceFrom {
    /// The column of this name if there is one, else the same device in every row.
    Name(String),
    /// The one that this column names.
    Column(String),
}

impl DeviceFrom {
    #[expect(clippy::unnecessary_wraps, reason = "clap wants a parser that may refuse")]
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.strip_prefix("column:") {
            Some(column) => Self::Column(column.to_owned()),
            None => Self::Name(text.to_owned()),
        })
    }
}

/// The readings of `input`; `stem` is the device if the user named none.
pub(super) fn read(
    name: &str,
    input: impl Read + 'static,
    columns: Columns,
    stem: String,
) -> Result<Source, Fault> {
    let at_fault = |why: &dyn std::fmt::Display| Fault::Input(format!("{name}: {why}"));
    let mut table =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(input);
    let header = table.headers().map_err(|why| at_fault(&why))?.clone();
    let mut first = StringRecord::new();
    let has_rows = table.read_record(&mut first).map_err(|why| at_fault(&why))?;
    if !has_rows {
        return Ok(Box::new(std::iter::empty()));
    }
    let mut layout = Layout::new(&header, &first, columns, stem).map_err(|why| at_fault(&why))?;
    let name = name.to_owned();
    let mut rest = table.into_records();
    let mut first = Some(Ok(first));
    Ok(Box::new(std::iter::from_fn(move || {
        let record = first.take().or_else(|| rest.next())?;
        Some(match record {
            Ok(record) => Ok(layout.item(&record)),
            Err(why) => Err(Fault::Input(format!("{name}: {why}"))),
        })
    })))
}

/// Which column is what.
struct Layout {
    device: Device,
    time: usize,
    times: Times,
    /// Columns of values by name: readings carry them sorted.
    values: BTreeMap<String, usize>,
    columns: usize,
}

enum Device {
    Name(String),
    Column(usize),
}

/// Why a row cannot be used.
type Refusal = (&'static str, String);

impl Layout {
    fn new(
        header: &StringRecord,
        first: &StringRecord,
        columns: Columns,
        stem: String,
    ) -> Result<Self, String> {
        let find = |name: &str| {
            header.iter().position(|column| column == name).ok_or_else(|| {
                let names: Vec<&str> = header.iter().collect();
                format!("no column `{name}`; there are {}", names.join(", "))
            })
        };
        let device = match columns.device {
            Some(DeviceFrom::Column(name)) => Device::Column(find(&name)?),
            Some(DeviceFrom::Name(name)) => find(&name).map_or(Device::Name(name), Device::Column),
            None => Device::Name(stem),
        };
        let time = match &columns.time {
            Some(name) => find(name)?,
            None => time_column(header, first, &columns.time_zone)
                .ok_or("no column of the first row looks like a time; name it with --csv-time")?,
        };
        let is_value = |index: usize| {
            index != time && !matches!(device, Device::Column(column) if column == index)
        };
        let mut values = BTreeMap::new();
        for (index, name) in header.iter().enumerate().filter(|(index, _)| is_value(*index)) {
            if values.insert(name.to_owned(), index).is_some() {
                return Err(format!("two columns are named `{name}`"));
            }
            if name.is_empty() || name.len() > Reading::NAME_BYTES_MAX {
                return Err(format!(
                    "the name of column {} has {} bytes; 1 to {} are allowed",
                    index + 1,
                    name.len(),
                    Reading::NAME_BYTES_MAX
                ));
            }
        }
        if values.len() > Reading::VALUES_MAX {
            let most = Reading::VALUES_MAX;
            return Err(format!("{} columns of values, and {most} are allowed", values.len()));
        }
        let times = Times::new(columns.time_zone);
        Ok(Self { device, time, times, values, columns: header.len() })
    }

    fn item(&mut self, record: &StringRecord) -> Item {
        let line = record.position().map_or(0, csv::Position::line);
        match self.reading(record) {
            Ok(reading) => Item::Reading { line, reading },
            Err((code, message)) => Item::Refused { line, code, message },
        }
    }

    fn reading(&mut self, record: &StringRecord) -> Result<Reading, Refusal> {
        if record.len() > self.columns {
            let message = format!("{} cells under {} columns", record.len(), self.columns);
            return Err(("bad_row", message));
        }
        let cell = |index: usize| record.get(index).unwrap_or_default();
        let device = match &self.device {
            Device::Name(name) => name,
            Device::Column(index) => cell(*index),
        };
        if device.is_empty() || device.len() > Reading::DEVICE_BYTES_MAX {
            let most = Reading::DEVICE_BYTES_MAX;
            let message =
                format!("the device's name has {} bytes; 1 to {most} are allowed", device.len());
            return Err(("bad_device", message));
        }
        let ts = time(&mut self.times, device, cell(self.time))?;
        let mut values = Vec::with_capacity(self.values.len());
        for (name, index) in &self.values {
            let text = cell(*index);
            if !text.is_empty() {
                values.push((name.clone(), value(name, text)?));
            }
        }
        Ok(Reading { device: device.to_owned(), ts, id: None, values, tags: Vec::new() })
    }
}

fn time(times: &mut Times, device: &str, text: &str) -> Result<Timestamp, Refusal> {
    if text.is_empty() {
        return Err(("missing_ts", "the row has no time".to_owned()));
    }
    let ts = times.read(device, text).or_else(|| number(text)).ok_or_else(|| {
        let wanted = "2013-12-02 21:15:00, RFC 3339, or seconds or milliseconds since 1970";
        ("bad_ts", format!("{text:?} is no time; allowed is {wanted}"))
    })?;
    if (Timestamp::MIN..=Timestamp::MAX).contains(&ts) {
        return Ok(ts);
    }
    Err(("ts_out_of_bounds", format!("{text:?} is not between the years 1970 and 9999")))
}

/// The first column that holds a date and time, or else that holds a number
/// under a name that means time.
fn time_column(header: &StringRecord, first: &StringRecord, zone: &TimeZone) -> Option<usize> {
    let means_time = |name: &str| {
        ["ts", "time", "timestamp", "datetime", "date"].contains(&name.to_lowercase().as_str())
    };
    let date = first.iter().position(|cell| zone.read(cell).is_some());
    date.or_else(|| {
        let cells = header.iter().zip(first.iter());
        cells.into_iter().position(|(name, cell)| means_time(name) && number(cell).is_some())
    })
}

/// Seconds or milliseconds since 1970.
fn number(text: &str) -> Option<Timestamp> {
    text.parse().ok().and_then(wire::time::from_number)
}

/// A cell that is not empty.
fn value(name: &str, text: &str) -> Result<Value, Refusal> {
    if let Ok(number) = text.parse::<f64>() {
        if number.is_finite() {
            return Ok(Value::Number(number));
        }
        return Err(("not_finite", format!("{name} is {text}; a finite number is wanted")));
    }
    match text {
        "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
        _ if text.len() <= Reading::TEXT_BYTES_MAX => Ok(Value::Text(text.to_owned())),
        _ => {
            let most = Reading::TEXT_BYTES_MAX;
            Err((
                "text_too_long",
                format!("{name} has {} bytes, and {most} are allowed", text.len()),
            ))
        }
    }
}
