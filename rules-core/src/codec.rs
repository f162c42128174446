//! State bytes: a version byte, then the value in postcard's wire format.
//!
//! Equal values give equal bytes on every host: nothing unordered is ever
//! encoded, and floats travel as their IEEE 754 bits.
//!
//! Source: <https://postcard.jamesmunns.com/wire-format>.

use alloc::{string::ToString, vec, vec::Vec};

use serde::{Serialize, de::DeserializeOwned};

use crate::DecodeError;

/// Version of the encoding of headers and cells. A change of any stored type
/// raises it and keeps a reader for the version before.
pub(crate) const VERSION: u8 = 1;

/// The bytes of `value`.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing to a growing vector fails only for types whose length is not
    // known up front, and no stored type has one.
    postcard::to_extend(value, vec![VERSION]).unwrap_or_default()
}

/// Reads what [`encode`] wrote; `what` names it in the error.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, DecodeError> {
    let fail = |why: &str| DecodeError { what: what.to_string(), why: why.to_string() };
    match bytes.split_first() {
        Some((&VERSION, body)) => match postcard::take_from_bytes(body) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(fail("bytes are left over")),
            Err(error) => Err(fail(&error.to_string())),
        },
        Some((version, _)) => Err(fail(&alloc::format!(
            "it has encoding version {version}, and this code reads version {VERSION}"
        ))),
        None => Err(fail("it is empty")),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn what_was_not_encoded_here_is_refused_with_its_name() {
        let bytes = encode(&(7_u32, String::from("x")));
        assert_eq!(decode::<(u32, String)>("cell", &bytes), Ok((7, String::from("x"))));
        for broken in [&[][..], &[9, 7][..], &bytes[..2], &[bytes.as_slice(), &[0]].concat()] {
            assert_eq!(
                decode::<(u32, String)>("cell", broken).map_err(|e| e.what),
                Err(String::from("cell"))
            );
        }
    }
}
