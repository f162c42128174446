use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver as Inbox, Sender},
    thread,
};

use serde_json::Value;

use crate::wait::PATIENCE;

/// Somebody who is told by webhook.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    told: Inbox<Value>,
}

impl Receiver {
    /// Listens on a free port.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                thread::spawn(move || take(&stream, &tell));
            }
        });
        Self { port, told }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/alert", self.port)
    }

    /// The next notification.
    ///
    /// # Panics
    /// None comes.
    #[must_use]
    pub fn next(&self) -> Value {
        self.told.recv_timeout(PATIENCE).expect("a notification")
    }

    /// Those that have come and were not asked for.
    #[must_use]
    pub fn others(&self) -> Vec<Value> {
        self.told.try_iter().collect()
    }
}

/// Takes the requests of one connection.
fn take(stream: &TcpStream, tell: &Sender<Value>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(body) = request(&mut reader) {
        let told = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if tell.send(told).is_err() {
            return;
        }
        let answered = writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        if answered.is_err() {
            return;
        }
    }
}

/// The body of the next request; none when the connection ends.
fn request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
