//! The `tripline-bridge` command: MQTT in, HTTP batches out.
//!
//! Exit codes: 0 stopped with everything sent, 1 the configuration is at
//! fault or readings were left unsent, 2 wrong usage.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, ExitCode},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use mqtt_bridge::{config::Config, drive, notice::Voice};
use tokio::runtime;

/// Hear devices on an MQTT broker and send their readings to Tripline
#[derive(Parser)]
#[command(name = "tripline-bridge", version, after_help = NOTES)]
struct Cli {
    /// The configuration, as examples/bridge.toml shows it
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only say whether the configuration is right
    #[arg(long)]
    check: bool,
}

const NOTES: &str = "\
Environment, before what the file says:
  TRIPLINE_TOKEN            bearer token of the service (role ingest)
  TRIPLINE_SERVICE          address of the service
  TRIPLINE_BROKER           address of the broker
  TRIPLINE_BROKER_USER      user at the broker
  TRIPLINE_BROKER_PASSWORD  password at the broker

SIGINT or SIGTERM: sends what it has, then stops; a second one stops at once.
When it stops it prints one JSON object with its counts.";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match configuration(&cli).and_then(|config| if cli.check { Ok(true) } else { bridge(config) }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            for line in why.lines() {
                eprintln!("tripline-bridge: {line}");
            }
            ExitCode::from(1)
        }
    }
}

fn configuration(cli: &Cli) -> Result<Config, String> {
    let path = cli.config.display();
    let text = fs::read_to_string(&cli.config).map_err(|why| format!("{path}: {why}"))?;
    Config::read(&text, |name| env::var(name).ok(), seed()).map_err(|mistakes| {
        let lines = mistakes.0.iter().map(|mistake| format!("{path}: {mistake}"));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Runs until told to stop; whether everything was sent.
fn bridge(config: Config) -> Result<bool, String> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| why.to_string())?;
    let mut voice = Voice::default();
    let tell = move |notice: &_, now| {
        for line in voice.say(notice, now) {
            eprintln!("tripline-bridge: {line}");
        }
    };
    let summary = runtime.block_on(async {
        let stop = stopped()?;
        drive::run(config, stop, tell).await
    });
    // A request that hangs must not keep the process.
    runtime.shutdown_background();
    let summary = summary?;
    println!("{}", summary.to_json());
    Ok(summary.unsent == 0)
}

/// Ends at the first SIGINT or SIGTERM; the second one ends the process.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt()).map_err(|why| why.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|why| why.to_string())?;
    let (first, told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut first = Some(first);
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            match first.take() {
                Some(first) => drop(first.send(())),
                None => process::exit(130),
            }
        }
    });
    Ok(async move { drop(told.await) })
}

/// Ends at Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Differs from bridge to bridge, so that their pauses do.
fn seed() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "no decision depends on it")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) << 32 | u64::from(process::id())
}
