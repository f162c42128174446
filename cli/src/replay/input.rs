use rules_core::Timestamp;
use rules_service::wire;

use super::{
    source::{self, Meter, Source},
    table::{Columns, DeviceFrom},
    time::TimeZone,
};
use crate::Fault;

/// Which readings, and how to read them.
#[derive(clap::Args)]
pub(crate) struct Input {
    /// Readings: NDJSON, or CSV with a header; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) readings: String,
    /// CSV: the column that names the device, or else the device itself [default: the file's name without its extension]
    ///
    /// `column:COL` insists on the column.
    #[arg(long, value_name = "COL|NAME", value_parser = DeviceFrom::parse)]
    csv_device: Option<DeviceFrom>,
    /// CSV: the column of the event time [default: the first that looks like a time]
    #[arg(long, value_name = "COL")]
    csv_time: Option<String>,
    /// Time zone of times that name none: an IANA name like `Europe/Berlin`, `UTC`, or an offset like `+02:00`
    ///
    /// Where the zone's clocks are put back, a time stands for the first of the two instants, and for
    /// the second if the row of the device before it has come as far. A time that clocks put forward
    /// skip is moved forward as they are.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = TimeZone::parse, allow_hyphen_values = true)]
    time_zone: TimeZone,
}

impl Input {
    /// The readings, and how far the file was read.
    pub(crate) fn open(&self) -> Result<(Source, Meter), Fault> {
        let columns = Columns {
            device: self.csv_device.clone(),
            time: self.csv_time.clone(),
            time_zone: self.time_zone.clone(),
        };
        source::open(&self.readings, columns)
    }

    /// The time that the user named `text` under `option`: as a table or a
    /// reading may write it.
    pub(crate) fn time(
        &self,
        option: &str,
        text: Option<&str>,
    ) -> Result<Option<Timestamp>, Fault> {
        let Some(text) = text else { return Ok(None) };
        let number = || text.parse().ok().and_then(wire::time::from_number);
        match self.time_zone.read(text).or_else(number) {
            Some(time) => Ok(Some(time)),
            None => Err(Fault::Usage(format!(
                "{option} {text}: a time like 2026-03-01T00:00:00Z is wanted"
            ))),
        }
    }
}
