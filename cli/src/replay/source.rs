//! Where readings come from.

use std::{
    cell::Cell,
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

use rules_core::Reading;

use super::{ndjson, table};
use crate::Fault;

/// One line of the input.
pub(crate) enum Item {
    /// It is a reading.
    Reading { line: u64, reading: Reading },
    /// It cannot be used.
    Refused { line: u64, code: &'static str, message: String },
}

/// Items in the order of the file; an error where it cannot be read on.
pub(crate) type Source = Box<dyn Iterator<Item = Result<Item, Fault>>>;

/// How far a file was read.
pub(crate) struct Meter {
    /// Bytes so far.
    pub(crate) read: Rc<Cell<u64>>,
    /// Bytes in all, if the file says so.
    pub(crate) size: Option<u64>,
}

/// Opens the file `name`, or standard input for `-`. CSV is told by the
/// extension, or else by not beginning like JSON.
pub(crate) fn open(name: &str, columns: table::Columns) -> Result<(Source, Meter), Fault> {
    let unreadable = |why: io::Error| Fault::Input(format!("{name}: {why}"));
    let read = Rc::new(Cell::new(0));
    let (input, size): (Box<dyn Read>, _) = if name == "-" {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(name).map_err(unreadable)?;
        let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
        (Box::new(file), size)
    };
    let mut input = BufReader::with_capacity(1 << 16, Counted { input, read: Rc::clone(&read) });
    let path = Path::new(name);
    let shown = if name == "-" { "standard input" } else { name };
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    let is_csv = match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("csv") => true,
        Some("json" | "jsonl" | "ndjson") => false,
        _ => !looks_like_json(input.fill_buf().map_err(unreadable)?),
    };
    let meter = Meter { read, size };
    if !is_csv {
        return Ok((ndjson::read(shown, input), meter));
    }
    let stem = match path.file_stem() {
        Some(stem) if name != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    Ok((table::read(shown, input, columns, stem)?, meter))
}

/// An empty input is as good as JSON without lines.
fn looks_like_json(beginning: &[u8]) -> bool {
    let begins = beginning.trim_ascii_start();
    begins.first().is_none_or(|byte| matches!(byte, b'{' | b'['))
}

/// Counts what is read through it.
struct Counted<R> {
    input: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}
