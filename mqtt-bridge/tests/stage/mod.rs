//! A broker and a service that do exactly what a test says, in any order.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::Duration,
};

/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing has to happen to count as nothing. A bridge that is right
/// passes however long it is.
const SILENCE: Duration = Duration::from_millis(150);

/// A broker; the test plays its part by hand.
pub(crate) struct Broker {
    listener: TcpListener,
}

impl Broker {
    pub(crate) fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://{}", self.listener.local_addr().unwrap())
    }

    /// Takes the bridge's next connection, says whether its session is known,
    /// and takes its subscription.
    pub(crate) fn accept(&self, session_present: bool) -> Connection {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut connection = Connection { stream };
        assert_eq!(connection.packet(), Some(Packet::Connect));
        connection.send(&[0x20, 2, u8::from(session_present), 0]);
        let Some(Packet::Subscribe(id)) = connection.packet() else { panic!("no subscription") };
        let [high, low] = id.to_be_bytes();
        connection.send(&[0x90, 3, high, low, 1]);
        connection
    }
}

/// What the bridge says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Packet {
    Connect,
    Subscribe(u16),
    Acknowledge(u16),
    Disconnect,
}

/// A connection of the bridge.
pub(crate) struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// Publishes under packet id `id`; `again` marks it as sent before.
    pub(crate) fn publish(&mut self, id: u8, payload: &str, again: Again) {
        let topic = "t/d";
        let mark = if again == Again::Yes { 0x08 } else { 0 };
        let length = u8::try_from(2 + topic.len() + 2 + payload.len()).unwrap();
        assert!(length < 128, "one byte of length is enough here");
        let mut bytes = vec![0x32 | mark, length, 0, u8::try_from(topic.len()).unwrap()];
        bytes.extend(topic.as_bytes());
        bytes.extend([0, id]);
        bytes.extend(payload.as_bytes());
        self.send(&bytes);
    }

    /// The next packet that is no ping; none if there is none for [`PATIENCE`].
    pub(crate) fn packet(&mut self) -> Option<Packet> {
        loop {
            let mut head = [0; 2];
            self.stream.read_exact(&mut head).ok()?;
            let mut body = vec![0; usize::from(head[1])];
            self.stream.read_exact(&mut body).ok()?;
            let id = || u16::from_be_bytes([body[0], body[1]]);
            match head[0] >> 4 {
                1 => return Some(Packet::Connect),
                4 => return Some(Packet::Acknowledge(id())),
                8 => return Some(Packet::Subscribe(id())),
                12 => self.send(&[0xd0, 0]),
                14 => return Some(Packet::Disconnect),
                other => panic!("packet of type {other}"),
            }
        }
    }

    pub(crate) fn assert_silent(&mut self) {
        self.stream.set_read_timeout(Some(SILENCE)).unwrap();
        assert_eq!(self.packet(), None);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }
}

/// Whether a message was sent before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Again {
    No,
    Yes,
}

/// A service; the test answers each batch when it likes.
pub(crate) struct Service {
    url: String,
    calls: Receiver<Call>,
}

/// A batch that waits for its answer.
pub(crate) struct Call {
    pub(crate) body: String,
    pub(crate) authorization: String,
    answer: Sender<String>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (call, calls) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let call = call.clone();
                thread::spawn(move || serve(&stream, &call));
            }
        });
        Self { url, calls }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The next batch.
    pub(crate) fn call(&self) -> Call {
        self.calls.recv_timeout(PATIENCE).expect("a batch")
    }
}

impl Call {
    /// Everything is taken.
    pub(crate) fn accept(self) {
        let count = self.body.lines().count();
        self.answer(
            "200 OK",
            &format!(
                r#"{{"received":{count},"accepted":{count},"duplicate":0,"late":0,"refused":0,"errors":[]}}"#
            ),
        );
    }

    pub(crate) fn answer(self, status: &str, body: &str) {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\n");
        self.answer.send(format!("{head}content-length: {length}\r\n\r\n{body}")).unwrap();
    }
}

fn serve(stream: &TcpStream, call: &Sender<Call>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let (mut length, mut authorization) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("authorization", value)) => value.clone_into(&mut authorization),
                None if line.trim().is_empty() => break,
                Some(_) | None => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let (answer, answered) = mpsc::channel();
        let body = String::from_utf8(body).unwrap();
        if call.send(Call { body, authorization, answer }).is_err() {
            return;
        }
        let Ok(response) = answered.recv() else { return };
        if writer.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}
