use alloc::{boxed::Box, vec::Vec};
use core::ops::{Deref, DerefMut};

/// A short list of numbers. The first few lie in it, without an allocation.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    few: [f64; Parts::FEW],
    count: u8,
    /// All of them, once they were more.
    #[allow(clippy::box_collection, reason = "hardly ever there, and a third of the room")]
    many: Option<Box<Vec<f64>>>,
}

impl Parts {
    /// Sums of samples of like size have two or three parts, those of their squares up to six.
    const FEW: usize = 6;

    pub(super) fn push(&mut self, part: f64) {
        if let Some(many) = &mut self.many {
            many.push(part);
            return;
        }
        let count = usize::from(self.count);
        if let Some(place) = self.few.get_mut(count) {
            *place = part;
            self.count += 1;
        } else {
            let mut many = Vec::with_capacity(2 * Self::FEW);
            many.extend_from_slice(&self.few);
            many.push(part);
            self.many = Some(Box::new(many));
        }
    }

    pub(super) fn truncate(&mut self, count: usize) {
        let Some(many) = &mut self.many else {
            self.count = self.count.min(u8::try_from(count).unwrap_or(u8::MAX));
            return;
        };
        many.truncate(count);
        if let Some(few) = self.few.get_mut(..many.len()) {
            few.copy_from_slice(many);
            self.count = u8::try_from(few.len()).unwrap_or_default();
            self.many = None;
        }
    }
}

impl From<&[f64]> for Parts {
    fn from(parts: &[f64]) -> Self {
        let mut list = Self::default();
        for part in parts {
            list.push(*part);
        }
        list
    }
}

impl Deref for Parts {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.many {
            Some(many) => many,
            None => self.few.get(..usize::from(self.count)).unwrap_or_default(),
        }
    }
}

impl DerefMut for Parts {
    fn deref_mut(&mut self) -> &mut [f64] {
        match &mut self.many {
            Some(many) => many,
            None => self.few.get_mut(..usize::from(self.count)).unwrap_or_default(),
        }
    }
}
