//! State bytes: a version byte, then the value in postcard's wire format.
//!
//! Equal values give equal bytes on every host: nothing unordered is ever
//! encoded, and floats travel as their IEEE 754 bits.
//!
//! Source: <https://postcard.jamesmunns.com/wire-format>.

use alloc::{string::ToString, vec::Vec};

use serde::{Serialize, de::DeserializeOwned};

use crate::DecodeError;

mod reader;
pub(crate) use reader::Reader;
mod writer;
pub(crate) use writer::Writer;

/// Something that hosts store. A change of its layout, or of that of anything
/// inside it, raises its version and keeps a reader for the version before.
pub(crate) trait Stored: DeserializeOwned {
    /// Version of the layout written today.
    const VERSION: u8 = 1;

    /// Reads an older version; `None` if there is no such version.
    fn migrate(version: u8, body: &[u8]) -> Option<Result<Self, Broken>> {
        let _ = (version, body);
        None
    }
}

/// Bytes that are not what they should be.
#[derive(Debug)]
pub(crate) enum Broken {
    Unreadable,
    LeftOver,
}

/// The bytes of `value`.
pub(crate) fn encode<T: Stored + Serialize>(value: &T) -> Vec<u8> {
    encode_as::<T>(value)
}

/// The bytes of `value`, which is written as a `T` reads it.
pub(crate) fn encode_as<T: Stored>(value: &impl Serialize) -> Vec<u8> {
    // Writing to a growing vector fails only for types whose length is not
    // known up front, and no stored type has one. Into a vector of its own, as
    // messages between hosts' objects are, so that the code is there once.
    let mut bytes = postcard::to_allocvec(value).unwrap_or_default();
    bytes.insert(0, T::VERSION);
    bytes
}

/// Reads what [`encode`] wrote, in this version of the code or an older one;
/// `what` names it in the error.
pub(crate) fn decode<T: Stored>(what: &str, bytes: &[u8]) -> Result<T, DecodeError> {
    decode_by(what, bytes, T::VERSION, |version, body| {
        if version == T::VERSION { Some(read(body)) } else { T::migrate(version, body) }
    })
}

/// Reads bytes that begin with a version, up to `newest`, by `read`, which
/// gives `None` if there is no such version.
pub(crate) fn decode_by<T>(
    what: &str,
    bytes: &[u8],
    newest: u8,
    read: impl FnOnce(u8, &[u8]) -> Option<Result<T, Broken>>,
) -> Result<T, DecodeError> {
    let value = bytes.split_first().and_then(|(version, body)| read(*version, body));
    match value {
        Some(Ok(value)) => Ok(value),
        Some(Err(broken)) => Err(refused(what, bytes, newest, Some(&broken))),
        None => Err(refused(what, bytes, newest, None)),
    }
}

/// Why `bytes` are not what they should be; they are of no known version if nothing is broken.
fn refused(what: &str, bytes: &[u8], newest: u8, broken: Option<&Broken>) -> DecodeError {
    let why = match (broken, bytes) {
        (Some(Broken::Unreadable), _) => "a part of it makes no sense".to_string(),
        (Some(Broken::LeftOver), _) => "bytes are left over".to_string(),
        (None, [version, ..]) => alloc::format!(
            "it has encoding version {version}, and this code reads version {newest} and older"
        ),
        (None, []) => "it is empty".to_string(),
    };
    DecodeError { what: what.to_string(), why }
}

/// Reads a value that is all of `body`.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Broken> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(Broken::LeftOver),
        Err(_) => Err(Broken::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct Named(u32, String);

    impl Stored for Named {
        const VERSION: u8 = 2;

        fn migrate(version: u8, body: &[u8]) -> Option<Result<Self, Broken>> {
            (version == 1).then(|| read(body).map(|number| Self(number, String::from("unnamed"))))
        }
    }

    #[test]
    fn what_was_not_encoded_here_is_refused_with_its_name() {
        let bytes = encode(&Named(7, String::from("x")));
        assert_eq!(decode("cell", &bytes), Ok(Named(7, String::from("x"))));
        for broken in [&[][..], &[9, 7][..], &bytes[..2], &[bytes.as_slice(), &[0]].concat()] {
            assert_eq!(
                decode::<Named>("cell", broken).map_err(|e| e.what),
                Err(String::from("cell"))
            );
        }
    }

    #[test]
    fn an_older_version_is_migrated() {
        assert_eq!(decode("cell", &[1, 7]), Ok(Named(7, String::from("unnamed"))));
    }
}
