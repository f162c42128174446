use crate::Scalar;

/// Anything that carries named values.
pub trait Fact {
    /// What names a value: `str`, a number, an enum …
    type Attribute: Ord + ?Sized;

    /// Every value it carries, in any order, each attribute once.
    fn values(&self) -> impl Iterator<Item = (&Self::Attribute, Scalar<'_>)>;

    /// The value of `attribute`; `None` if it does not carry it.
    ///
    /// Looks through [`Fact::values`] unless the fact knows a quicker way.
    fn value(&self, attribute: &Self::Attribute) -> Option<Scalar<'_>> {
        self.values().find(|(name, _)| *name == attribute).map(|(_, value)| value)
    }
}
