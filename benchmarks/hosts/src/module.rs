//! The engine as a module without imports, under wasmtime.

use std::{
    fs,
    io::{self, BufRead},
};

use serde_json::{Value, json};
use wasmtime::{Config, Engine, Instance, Module, OptLevel, Store, TypedFunc};

use bench_cpu::Watch;

/// Answers each line of standard input with what a run took and found.
pub(crate) fn serve(file: &str, [devices, rules, window_ms]: [&str; 3]) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().map_err(|why| format!("{text}: {why}"));
    let sizes = (number(devices)?, number(rules)?, i64::from(number(window_ms)?));
    let mut guest = Guest::load(file, sizes).map_err(|why| format!("{file}: {why:#}"))?;
    for line in io::stdin().lock().lines() {
        line.map_err(|why| why.to_string())?;
        let answer = guest.run().unwrap_or_else(|why| json!({ "error": format!("{why:#}") }));
        println!("{answer}");
    }
    Ok(())
}

struct Guest {
    store: Store<()>,
    instance: Instance,
    batches: u32,
    decode: TypedFunc<u32, ()>,
    step: TypedFunc<(), ()>,
    note: TypedFunc<(), ()>,
}

impl Guest {
    fn load(file: &str, sizes: (u32, u32, i64)) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::Speed);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, fs::read(file)?)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let prepare = instance.get_typed_func::<(u32, u32, i64), u32>(&mut store, "prepare")?;
        let batches = prepare.call(&mut store, sizes)?;
        Ok(Self {
            batches,
            decode: instance.get_typed_func(&mut store, "decode")?,
            step: instance.get_typed_func(&mut store, "step")?,
            note: instance.get_typed_func(&mut store, "note")?,
            store,
            instance,
        })
    }

    fn run(&mut self) -> wasmtime::Result<Value> {
        let Self { store, instance, .. } = self;
        instance.get_typed_func::<(), ()>(&mut *store, "renew")?.call(&mut *store, ())?;
        let mut watch = Watch::default();
        for batch in 0..self.batches {
            watch.run(|| {
                self.decode.call(&mut *store, batch)?;
                self.step.call(&mut *store, ())
            })?;
            self.note.call(&mut *store, ())?;
        }
        instance.get_typed_func::<(), ()>(&mut *store, "finish")?.call(&mut *store, ())?;
        let mut number =
            |name| instance.get_typed_func::<(), u32>(&mut *store, name)?.call(&mut *store, ());
        let (count, sum) = (number("count")?, number("sum")?);
        Ok(json!({ "cpu_s": watch.spent.as_secs_f64(), "count": count, "sum": sum }))
    }
}
