//! Builds of what is shipped.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    process::{answer, command},
    schedule::Job,
    setup,
};

/// The Cloudflare Worker: wasm, its JavaScript shim, bundled.
pub(crate) fn worker(job: &Job) -> Result<String, String> {
    let folder = job.repository.at("worker-app");
    let tools = folder.join("node_modules/.bin");
    let lock =
        fs::read_to_string(job.repository.at("Cargo.lock")).map_err(|why| why.to_string())?;
    let wasm_bindgen = setup::locked_version(&lock, "wasm-bindgen")
        .and_then(|version| setup::tool(&job.repository, "wasm-bindgen", version))
        .ok_or("wasm-bindgen is missing")?;
    let worker_build = setup::tool(&job.repository, "worker-build", setup::WORKER_BUILD)
        .ok_or("worker-build is missing")?;
    job.run(
        command(worker_build)
            .args(["--profile", "wasm", "worker-app"])
            .current_dir(&job.repository.root)
            // Named, so that worker-build does not fetch its own from the web.
            .env("WASM_BINDGEN_BIN", wasm_bindgen)
            .env("WASM_OPT_BIN", tools.join("wasm-opt"))
            .env("ESBUILD_BIN", tools.join("esbuild"))
            .env("CARGO_TARGET_DIR", &job.repository.target),
    )?;
    Ok(String::new())
}

/// The Spin component.
pub(crate) fn spin(job: &Job) -> Result<String, String> {
    job.cargo(&[
        "build",
        "--locked",
        "-p",
        "spin-app",
        "--profile",
        "wasm",
        "--target",
        "wasm32-wasip2",
    ])?;
    Ok(String::new())
}

/// The command line.
pub(crate) fn cli(job: &Job) -> Result<String, String> {
    job.cargo(&["build", "--locked", "--release", "--bin", "tripline"])?;
    Ok(job.repository.target.join("release/tripline").display().to_string())
}

/// Sizes of both applications, as they are and gzipped.
pub(crate) fn sizes(job: &Job) -> Result<String, String> {
    let spin = job.repository.target.join("wasm32-wasip2/wasm/spin_app.wasm");
    let worker = job.repository.at("worker-app/build/index_bg.wasm");
    let mut lines = Vec::new();
    for (name, file) in [("Worker", worker), ("Spin component", spin)] {
        let raw = fs::metadata(&file).map_err(|why| format!("{}: {why}", file.display()))?.len();
        let script = "const z=require('node:zlib'),f=require('node:fs');\
                      console.log(z.gzipSync(f.readFileSync(process.argv[1]),{level:9}).length)";
        let gzipped = answer(command("node").args(["-e", script]).arg(&file))
            .ok_or("node could not compress the file")?;
        lines.push(format!("\n  {name}: {raw} bytes, {gzipped} gzipped ({})", file.display()));
    }
    Ok(lines.concat())
}

/// What `wrangler deploy` would upload and bind, without doing it.
pub(crate) fn bindings(job: &Job) -> Result<String, String> {
    let out = job.repository.target.join("xtask/wrangler");
    job.run(wrangler(job).args(["deploy", "--dry-run", "--outdir"]).arg(out))?;
    let log = fs::read_to_string(job.repository.log("bindings")).unwrap_or_default();
    Ok(format!("\n{log}"))
}

/// wrangler, with the Node that npm installed for it first on the PATH.
pub(crate) fn wrangler(job: &Job) -> Command {
    let tools = job.repository.at("worker-app/node_modules/.bin");
    let rest = env::var("PATH").unwrap_or_default();
    let path: PathBuf = tools.join("wrangler");
    let mut wrangler = command(path);
    wrangler
        .current_dir(&job.repository.root)
        .env("PATH", format!("{}:{rest}", tools.display()))
        .env("WRANGLER_SEND_METRICS", "false");
    wrangler
}

/// The Worker's own tests, in workerd.
pub(crate) fn worker_tests(job: &Job) -> Result<String, String> {
    let folder = job.repository.at("worker-app");
    let tools = folder.join("node_modules/.bin");
    let rest = env::var("PATH").unwrap_or_default();
    job.run(
        command("npm")
            .args(["test"])
            .current_dir(&folder)
            .env("PATH", format!("{}:{rest}", tools.display())),
    )?;
    Ok(String::new())
}
