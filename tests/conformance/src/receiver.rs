//! A webhook receiver on this machine.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use scenario::hosts::Delivery;

/// How long a sender may take to say its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest body taken.
const BODY_BYTES_MAX: u64 = 1_048_576;

/// A server that keeps what it is sent. It ends with the process.
pub struct Receiver {
    address: SocketAddr,
    mail: Arc<Mutex<Mail>>,
}

#[derive(Default)]
struct Mail {
    answers: VecDeque<u16>,
    received: Vec<Delivery>,
}

impl Receiver {
    /// Begins to listen on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// There is none.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let receiver = Self { address: listener.local_addr()?, mail: Arc::default() };
        let mail = Arc::clone(&receiver.mail);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mail = Arc::clone(&mail);
                // A connection that breaks is the sender's to notice.
                thread::spawn(move || serve(&stream, &mail));
            }
        });
        Ok(receiver)
    }

    /// Where it listens, without a path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next requests are answered so, one each; after that 200 again.
    pub fn answer_next(&self, answers: &[u16]) {
        self.lock().answers.extend(answers);
    }

    /// What came since the last call, in order; planned answers are kept.
    #[must_use]
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.lock().received)
    }

    /// Forgets what came and what was planned.
    pub fn clear(&self) {
        *self.lock() = Mail::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers the requests of one connection until it is closed.
fn serve(stream: &TcpStream, mail: &Mutex<Mail>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some((path, headers)) = head(&mut reader)? {
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let body = if header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            chunked(&mut reader)?
        } else {
            let length = header("content-length").parse().unwrap_or(0);
            exactly(&mut reader, length)?
        };
        let answered = {
            let mut mail = mail.lock().unwrap_or_else(PoisonError::into_inner);
            let answered = mail.answers.pop_front().unwrap_or(200);
            mail.received.push(Delivery {
                path,
                idempotency_key: header("idempotency-key").to_owned(),
                body: String::from_utf8_lossy(&body).into_owned(),
                answered,
            });
            answered
        };
        let answer = format!("HTTP/1.1 {answered} -\r\ncontent-length: 0\r\n\r\n");
        (&mut &*stream).write_all(answer.as_bytes())?;
    }
    Ok(())
}

type Head = (String, Vec<(String, String)>);

/// The path and the headers of the next request; `None` if there is none.
fn head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let first = line(reader)?;
    if first.is_empty() {
        return Ok(None);
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => return Ok(Some((path, headers))),
        }
    }
}

fn chunked(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        body.extend(exactly(reader, size)?);
        line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn exactly(reader: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    reader.take(length.min(BODY_BYTES_MAX)).read_to_end(&mut body)?;
    Ok(body)
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(16_384).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
