/// Anything that carries named values; the network looks at it and keeps nothing of it.
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

/// A value as a fact carries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// The attribute is there, but says nothing: it meets `Present` alone.
    Null,
    /// True or false.
    Bool(bool),
    /// A number. NaN meets what `Null` meets.
    Number(f64),
    /// A text.
    Text(&'a str),
}
