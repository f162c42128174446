use alloc::vec::Vec;

/// Iterators put into lists by one short loop.
///
/// `collect` makes code of the iterator twice, for the first item and for
/// those behind it, and asks it for its size between; of a chain of closures
/// that is more code than the loop that somebody would have written.
pub trait Gather: Iterator + Sized {
    /// All items in a list, as `collect` has them.
    fn gather(self) -> Vec<Self::Item> {
        let mut items = Vec::with_capacity(self.size_hint().0);
        self.gather_into(&mut items);
        items
    }

    /// Puts all items at the end of `items`.
    fn gather_into(self, items: &mut Vec<Self::Item>) {
        self.for_each(|item| items.push(item));
    }

    /// All items in a list; `None` if one of them is, and those behind it are
    /// asked for all the same.
    fn gather_all<T>(self) -> Option<Vec<T>>
    where
        Self: Iterator<Item = Option<T>>,
    {
        let mut items = Vec::new();
        let mut is_whole = true;
        self.for_each(|item| match item {
            Some(item) => items.push(item),
            None => is_whole = false,
        });
        is_whole.then_some(items)
    }
}

impl<I: Iterator> Gather for I {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The lists that the standard library collects.
        #[test]
        fn gathered_as_the_standard_library_collects(
            items in proptest::collection::vec(proptest::option::of(any::<u8>()), 0..20),
        ) {
            prop_assert_eq!(items.iter().copied().gather(), items.clone());
            prop_assert_eq!(items.iter().copied().gather_all(), items.iter().copied().collect());
            let mut twice = items.clone();
            items.iter().flatten().map(|item| Some(*item)).gather_into(&mut twice);
            let mut expected = items.clone();
            expected.extend(items.into_iter().flatten().map(Some));
            prop_assert_eq!(twice, expected);
        }
    }
}
