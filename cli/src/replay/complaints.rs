/// Tells of readings that cannot be used: the first ones each, the rest by their number.
pub(crate) struct Complaints<'a> {
    file: &'a str,
    count: u64,
}

impl<'a> Complaints<'a> {
    /// As many as fit on a screen beside what else there is to say.
    const SHOWN_MAX: u64 = 20;

    pub(crate) fn new(file: &'a str) -> Self {
        Self { file: if file == "-" { "standard input" } else { file }, count: 0 }
    }

    pub(crate) fn add(&mut self, line: u64, code: &str, message: &str) {
        self.count += 1;
        if self.count <= Self::SHOWN_MAX {
            eprintln!("{}:{line}: {code}: {message}", self.file);
        }
    }

    pub(crate) fn sum_up(&self) {
        if self.count > Self::SHOWN_MAX {
            eprintln!("{}: {} more refused", self.file, self.count - Self::SHOWN_MAX);
        }
    }
}
