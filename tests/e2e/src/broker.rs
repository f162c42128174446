use std::{
    env, fs,
    io::Write,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    scratch::Scratch,
    wait::{eventually, free_port},
};

/// Runs a broker until its input ends or names a signal: so it ends with us,
/// however we end.
const KEEPER: &str = r#"
exec 3<&0
"$0" -c "$1" </dev/null &
read -r signal <&3 || signal=TERM
kill "-$signal" $!
wait $!
"#;

/// A Mosquitto on a port of its own, with sessions that survive a restart.
#[derive(Debug)]
pub struct Mosquitto {
    program: PathBuf,
    folder: Scratch,
    port: u16,
    keeper: Option<Child>,
}

/// How a broker ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// It stores its sessions.
    Orderly,
    /// It is killed, and its store is lost.
    Disaster,
}

impl Mosquitto {
    /// Starts one.
    ///
    /// # Panics
    /// It is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        let program = installed().expect(
            "Mosquitto is not installed: `cargo xtask test` installs it, or `apt-get install mosquitto`",
        );
        let folder = Scratch::new();
        let port = free_port();
        // It gives up root for a user who has to be able to write here.
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n\
             persistence_location {}/\nmax_inflight_messages 20\nlog_type error\n",
            folder.path().display()
        );
        fs::write(folder.path().join("mosquitto.conf"), settings).expect("its configuration");
        let mut broker = Self { program, folder, port, keeper: None };
        broker.open();
        broker
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Ends and starts again: with its sessions.
    pub fn restart(&mut self) {
        self.close(End::Orderly);
        self.open();
    }

    /// Ends and starts again: it has forgotten everything.
    pub fn lose_everything(&mut self) {
        self.close(End::Disaster);
        let _ = fs::remove_file(self.folder.path().join("mosquitto.db"));
        self.open();
    }

    fn open(&mut self) {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .arg(&self.program)
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell");
        self.keeper = Some(keeper);
        let address = ("127.0.0.1", self.port);
        eventually("Mosquitto listens", || TcpStream::connect(address).ok());
    }

    fn close(&mut self, end: End) {
        let Some(mut keeper) = self.keeper.take() else { return };
        if let (Some(mut input), End::Disaster) = (keeper.stdin.take(), end) {
            let _ = input.write_all(b"KILL\n");
        }
        let _ = keeper.wait();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.close(End::Orderly);
    }
}

/// Debian puts it where only root's PATH looks.
fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"].map(PathBuf::from);
    let mut programs = env::split_paths(&path).chain(usual).map(|folder| folder.join("mosquitto"));
    programs.find(|program| Path::is_file(program))
}
