use alloc::vec::Vec;
use core::borrow::Borrow;

/// An attribute inside a network: a small number in the place of its name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Column(u32);

/// The names of columns, each stored once.
#[derive(Clone, Debug)]
pub(crate) struct Names<A> {
    /// By column.
    names: Vec<A>,
    /// Ascending by name.
    sorted: Vec<Column>,
}

impl<A> Default for Names<A> {
    fn default() -> Self {
        Self { names: Vec::new(), sorted: Vec::new() }
    }
}

impl<A: Clone + Ord> Names<A> {
    /// The column of `name`, a new one if it has none yet.
    pub(crate) fn intern(&mut self, name: &A) -> Column {
        match self.place(name) {
            Ok(column) => column,
            Err(place) => {
                // Fewer than the tests of a network, which are far fewer than 2^32.
                let column = Column(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
                self.names.push(name.clone());
                self.sorted.insert(place, column);
                column
            }
        }
    }
}

impl<A> Names<A> {
    /// The column of `name`; none if nothing asks for it.
    pub(crate) fn column<Q: Ord + ?Sized>(&self, name: &Q) -> Option<Column>
    where
        A: Borrow<Q>,
    {
        self.place(name).ok()
    }

    pub(crate) fn name(&self, column: Column) -> Option<&A> {
        self.names.get(usize::try_from(column.0).ok()?)
    }

    fn place<Q: Ord + ?Sized>(&self, name: &Q) -> Result<Column, usize>
    where
        A: Borrow<Q>,
    {
        let search = self.sorted.binary_search_by(|column| {
            self.name(*column).map_or(core::cmp::Ordering::Less, |known| known.borrow().cmp(name))
        });
        search.map(|place| self.sorted.get(place).copied().unwrap_or(Column(u32::MAX)))
    }
}

/// Whether two ascending lists have a member in common.
pub(crate) fn meet(a: &[Column], b: &[Column]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.iter().any(|column| long.binary_search(column).is_ok())
}
