use super::{Batch, Format, ItemError, TooManyItems, decode_into};

/// What a body held, or several that are stored together: each item has its
/// index, from 0, either in the batch or among the errors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Items {
    /// The good ones.
    pub batch: Batch,
    /// The others, by index.
    pub errors: Vec<ItemError>,
}

impl Items {
    /// The items of a body.
    ///
    /// # Errors
    /// There are more than [`ITEMS_MAX`](super::ITEMS_MAX) of them.
    pub fn decode(body: &[u8], format: Format) -> Result<Self, TooManyItems> {
        let mut batch = Batch::default();
        let errors = decode_into(body, format, &mut batch)?;
        Ok(Self { batch, errors })
    }

    /// A body of which nothing was taken, as one refused item.
    #[must_use]
    pub fn refused(code: &'static str, message: String) -> Self {
        let errors = vec![ItemError { index: 0, code, message }];
        Self { batch: Batch::default(), errors }
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch.len() + self.errors.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the items of another body, which count on from these.
    pub fn append(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let behind = u32::try_from(self.len()).unwrap_or(u32::MAX);
        for (index, reading) in other.batch.iter() {
            self.batch.copy(behind.saturating_add(index), reading);
        }
        let errors = other.errors.into_iter();
        self.errors
            .extend(errors.map(|why| ItemError { index: behind.saturating_add(why.index), ..why }));
    }
}
