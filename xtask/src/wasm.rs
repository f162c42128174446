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
