//! `spin-host --component FILE [--precompiled FILE] [--state FOLDER] [--variable NAME=VALUE …]
//! [--requests-per-instance N]`
//!
//! Runs the component and prints one line of JSON with its address. Then
//! each line on standard input is a command, answered by one line of JSON:
//!
//! - `new [--state FOLDER] [NAME=VALUE …]`: another application of the same
//!   component, with its own variables and state: `{"url": …}`;
//! - `close URL`: stops that application: `{"closed": …}`.
//!
//! Ends when standard input does.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};

use serde_json::{Value, json};
use spin_host::{
    application::{Application, Options},
    component::Runnable,
};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

fn main() {
    if let Err(error) = run() {
        eprintln!("spin-host: {error:#}");
        std::process::exit(1);
    }
}

fn run() -> wasmtime::Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let component = Arc::new(Runnable::load(&arguments.component, arguments.precompiled)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(component, arguments.options))
}

async fn serve(component: Arc<Runnable>, options: Options) -> wasmtime::Result<()> {
    let mut applications = BTreeMap::new();
    let start = Instant::now();
    let first = Application::start(Arc::clone(&component), options).await?;
    println!(
        "{}",
        json!({
            "url": first.url(),
            "component_ms": component.ready_after.as_secs_f64() * 1e3,
            "start_ms": start.elapsed().as_secs_f64() * 1e3,
        })
    );
    applications.insert(first.url(), first);
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        println!("{}", command(&line, &component, &mut applications).await);
    }
    Ok(())
}

async fn command(
    line: &str,
    component: &Arc<Runnable>,
    applications: &mut BTreeMap<String, Application>,
) -> Value {
    let mut words = line.split_whitespace().map(str::to_owned);
    match words.next().as_deref() {
        Some("new") => match start(component, words).await {
            Ok(application) => {
                let url = application.url();
                applications.insert(url.clone(), application);
                json!({ "url": url })
            }
            Err(error) => json!({ "error": format!("{error:#}") }),
        },
        Some("close") => {
            let closed = words.next().filter(|url| applications.remove(url).is_some());
            closed.map_or_else(
                || json!({ "error": "close: no application has that address" }),
                |url| json!({ "closed": url }),
            )
        }
        _ => json!({ "error": "a command is `new …` or `close URL`" }),
    }
}

async fn start(
    component: &Arc<Runnable>,
    mut words: impl Iterator<Item = String>,
) -> wasmtime::Result<Application> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        if word == "--state" {
            options.state = Some(value(&word, words.next())?.into());
        } else {
            set_variable(&mut options, &word)?;
        }
    }
    Application::start(Arc::clone(component), options).await
}

/// The command line.
struct Arguments {
    component: PathBuf,
    precompiled: Option<PathBuf>,
    options: Options,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> wasmtime::Result<Self> {
        let mut component = None;
        let mut precompiled = None;
        let mut options = Options::default();
        while let Some(word) = words.next() {
            let value = value(&word, words.next())?;
            match word.as_str() {
                "--component" => component = Some(value.into()),
                "--precompiled" => precompiled = Some(value.into()),
                "--state" => options.state = Some(value.into()),
                "--variable" => set_variable(&mut options, &value)?,
                "--requests-per-instance" => options.requests_per_instance = Some(value.parse()?),
                _ => wasmtime::bail!(
                    "{word}: allowed are --component, --precompiled, --state, --variable and \
                     --requests-per-instance"
                ),
            }
        }
        let component =
            component.ok_or_else(|| wasmtime::format_err!("--component FILE is missing"))?;
        Ok(Self { component, precompiled, options })
    }
}

fn value(name: &str, value: Option<String>) -> wasmtime::Result<String> {
    value.ok_or_else(|| wasmtime::format_err!("{name}: its value is missing"))
}

fn set_variable(options: &mut Options, word: &str) -> wasmtime::Result<()> {
    let Some((name, value)) = word.split_once('=') else {
        wasmtime::bail!("{word}: a variable is NAME=VALUE");
    };
    options.variables.insert(name.to_owned(), value.to_owned());
    Ok(())
}
