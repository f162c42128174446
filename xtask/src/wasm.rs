//! As much of the wasm binary format as it takes to list a module's imports.
//!
//! Source: WebAssembly Core Specification 2.0, section 5.5, "Modules".

/// The imports of a module, each as `module.name`.
pub(crate) fn imports(module: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = Reader { rest: module };
    if reader.take(8)? != b"\0asm\x01\0\0\0" {
        return Err("not a wasm module of version 1".to_owned());
    }
    while !reader.rest.is_empty() {
        let section = reader.byte()?;
        let size = reader.number()?;
        let content = reader.take(size)?;
        if section == IMPORT_SECTION {
            return import_section(Reader { rest: content });
        }
    }
    Ok(Vec::new())
}

const IMPORT_SECTION: u8 = 2;

fn import_section(mut reader: Reader<'_>) -> Result<Vec<String>, String> {
    let count = reader.number()?;
    (0..count)
        .map(|_| {
            let module = reader.name()?;
            let name = reader.name()?;
            reader.description()?;
            Ok(format!("{module}.{name}"))
        })
        .collect()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("the module ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<usize, String> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number in the module is too long".to_owned())
    }

    fn name(&mut self) -> Result<String, String> {
        let length = self.number()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// Skips what kind of thing is imported.
    fn description(&mut self) -> Result<(), String> {
        match self.byte()? {
            0 => self.number().map(drop),
            1 => self.byte().and_then(|_| self.limits()),
            2 => self.limits(),
            3 => self.take(2).map(drop),
            kind => Err(format!("unknown kind of import: {kind}")),
        }
    }

    fn limits(&mut self) -> Result<(), String> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum { self.number().map(drop) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn every_kind_of_import_is_listed() {
        let entries = [
            &b"\x03env\x01f\x00\x00"[..],
            b"\x03env\x01m\x02\x01\x01\x02",
            b"\x03env\x01g\x03\x7f\x00",
        ]
        .concat();
        let types = b"\x01\x01\x00";
        let module = [HEADER, types, b"\x02\x1c\x03", &entries].concat();

        assert_eq!(imports(&module), Ok(["env.f", "env.m", "env.g"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn module_without_an_import_section_has_none() {
        assert_eq!(imports(HEADER), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(imports(b"\x7fELF").is_err());
        assert!(imports(&[HEADER, b"\x02\x05\x01"].concat()).is_err());
    }
}
