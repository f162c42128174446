use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
        mpsc::{self, Sender, channel},
    },
    thread,
};

use serde_json::Value;

use super::PATIENCE;

/// A receiver of webhooks on this machine.
pub(crate) struct Receiver {
    /// Its address.
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    received: mpsc::Receiver<Value>,
}

impl Receiver {
    /// A receiver that answers 200.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let url = format!("http://{}/hook", listener.local_addr().expect("it has an address"));
        let status = Arc::new(AtomicU16::new(200));
        let (sender, received) = channel();
        let answered = Arc::clone(&status);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if take(stream, &answered, &sender).is_none() {
                    break;
                }
            }
        });
        Self { url, status, received }
    }

    /// What it answers from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next webhook that came.
    pub(crate) fn next(&self) -> Value {
        self.received.recv_timeout(PATIENCE).expect("a webhook comes in time")
    }

    /// Webhooks that came and were not asked for.
    pub(crate) fn rest(&self) -> Vec<Value> {
        self.received.try_iter().collect()
    }
}

/// Takes one webhook; `None` when nobody listens to it.
fn take(stream: TcpStream, status: &AtomicU16, sender: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() < 3 {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return Some(());
    }
    let status = status.load(Ordering::SeqCst);
    sender.send(serde_json::from_slice(&body).unwrap_or_default()).ok()?;
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = reader.get_mut().write_all(answer.as_bytes());
    Some(())
}
