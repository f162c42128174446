//! Builds of what is shipped.

use std::{env, fs, process::Command};

use crate::{
    process::{answer, command},
    schedule::Job,
};

/// The Cloudflare Worker, built and packed by the very command that deploys
/// it, which is stopped short of deploying.
pub(crate) fn worker(job: &Job) -> Result<String, String> {
    let out = job.repository.target.join("xtask/wrangler");
    let node_tools = job.repository.at("worker-app/node_modules/.bin");
    let tools = job.repository.tools.join("bin");
    job.run(
        with_node(&mut command(node_tools.join("wrangler")), job)
            .args(["deploy", "--dry-run", "--outdir"])
            .arg(out)
            .current_dir(&job.repository.root)
            .env("WRANGLER_SEND_METRICS", "false")
            // wrangler.toml's own build command finds its tools installed, and so does worker-build,
            // which would fetch them from the web otherwise.
            .env("CARGO_INSTALL_ROOT", &job.repository.tools)
            .env("CARGO_TARGET_DIR", &job.repository.target)
            .env("WASM_BINDGEN_BIN", tools.join("wasm-bindgen"))
            .env("WASM_OPT_BIN", node_tools.join("wasm-opt"))
            .env("ESBUILD_BIN", node_tools.join("esbuild")),
    )?;
    Ok(String::new())
}

/// Puts the tools that npm and cargo installed first on the PATH, among them
/// the Node that wrangler and Miniflare want.
pub(crate) fn with_node<'a>(command: &'a mut Command, job: &Job) -> &'a mut Command {
    let node_tools = job.repository.at("worker-app/node_modules/.bin");
    let tools = job.repository.tools.join("bin");
    let rest = env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{}:{rest}", node_tools.display(), tools.display()))
}

/// The Spin component.
pub(crate) fn spin(job: &Job) -> Result<String, String> {
    job.cargo(&[
        "build",
        "--locked",
        "-p",
        "spin-app",
        "-p",
        "spin-contract",
        "--profile",
        "wasm-fast",
        "--target",
        "wasm32-wasip2",
    ])?;
    Ok(String::new())
}

/// The two commands that users install.
pub(crate) fn commands(job: &Job) -> Result<String, String> {
    job.cargo(&[
        "build",
        "--locked",
        "--release",
        "-p",
        "tripline",
        "-p",
        "mqtt-bridge",
        "--bins",
    ])?;
    let folder = job.repository.target.join("release");
    Ok(format!("tripline and tripline-bridge in {}", folder.display()))
}

/// The program that `cargo xtask bench` runs.
pub(crate) fn benchmarks(job: &Job) -> Result<String, String> {
    job.cargo(&["build", "--locked", "--release", "-p", "benchmarks"])?;
    Ok(String::new())
}

/// What that program starts: the engine as a module, built as the
/// Worker is and as the Spin component is, and the hosts of wasm.
pub(crate) fn benchmark_hosts(job: &Job) -> Result<String, String> {
    let module = ["build", "--locked", "-p", "bench-module", "--target", "wasm32-unknown-unknown"];
    job.cargo(&[&module[..], &["--profile", "wasm"]].concat())?;
    // As `.cargo/config.toml` has it for the component's target.
    let flags = "target.wasm32-unknown-unknown.rustflags=\
                 ['-Cjump-tables=no', '-Cllvm-args=-inline-threshold=500']";
    job.cargo(&[&module[..], &["--profile", "wasm-fast", "--config", flags]].concat())?;
    job.cargo(&[
        "build",
        "--locked",
        "--profile",
        "hosts",
        "-p",
        "bench-hosts",
        "-p",
        "spin-host",
    ])?;
    Ok(String::new())
}

/// The bridge and the simulated devices, quick to build.
pub(crate) fn native(job: &Job) -> Result<String, String> {
    job.cargo(&["build", "--locked", "-p", "mqtt-bridge", "-p", "tripline", "--bins"])?;
    Ok(String::new())
}

/// Most bytes of the Worker's module, gzipped: every cold start reads them all.
///
/// What it had when this was last set, and a little more. docs/performance.md
/// says what is large and what was done about it.
const WORKER_GZIPPED_MAX: u64 = 434_000;

/// Sizes of both applications, as they are and gzipped. Fails if the Worker
/// has grown past its budget.
pub(crate) fn sizes(job: &Job) -> Result<String, String> {
    let spin = job.repository.target.join("wasm32-wasip2/wasm-fast/spin_app.wasm");
    let worker = job.repository.at("worker-app/build/index_bg.wasm");
    let mut lines = Vec::new();
    for (name, file) in [("Worker", worker), ("Spin component", spin)] {
        let raw = fs::metadata(&file).map_err(|why| format!("{}: {why}", file.display()))?.len();
        let script = "const z=require('node:zlib'),f=require('node:fs');\
                      console.log(z.gzipSync(f.readFileSync(process.argv[1]),{level:9}).length)";
        let gzipped = answer(command("node").args(["-e", script]).arg(&file))
            .ok_or("node could not compress the file")?;
        lines.push(format!("\n  {name}: {raw} bytes, {gzipped} gzipped ({})", file.display()));
        let gzipped: u64 = gzipped.trim().parse().map_err(|_| "node printed no size")?;
        if name == "Worker" && gzipped > WORKER_GZIPPED_MAX {
            return Err(format!(
                "the Worker has {gzipped} bytes gzipped, and its budget is {WORKER_GZIPPED_MAX}: \
                 take `sorted` for sort, BTreeMap and BTreeSet where lists are short, and see \
                 docs/performance.md, \"Bytes of the applications\", for how to find what grew; \
                 if the growth is worth it, raise WORKER_GZIPPED_MAX in xtask/src/build.rs"
            ));
        }
    }
    Ok(lines.concat())
}

/// What `wrangler deploy` would bind, as it said when the Worker was built.
pub(crate) fn bindings(job: &Job) -> Result<String, String> {
    let log = fs::read_to_string(job.repository.log("worker")).map_err(|why| why.to_string())?;
    let (_, said) = log.rsplit_once("Total Upload:").ok_or("wrangler named no bindings")?;
    Ok(format!("\n  upload:{said}").trim_end().replace('\n', "\n  "))
}

/// The Worker's own tests, in workerd.
pub(crate) fn worker_tests(job: &Job) -> Result<String, String> {
    let folder = job.repository.at("worker-app");
    job.run(with_node(&mut command("npm"), job).arg("test").current_dir(folder))?;
    Ok(String::new())
}
