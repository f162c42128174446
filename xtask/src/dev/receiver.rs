use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use tinyjson::JsonValue;

/// Takes webhooks on a free port, in a thread of its own, and prints each
/// alert; gives the address.
pub(super) fn listen() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = format!("http://127.0.0.1:{}/alerts", listener.local_addr()?.port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                // A sender that breaks off sends again.
                let _ = take(stream);
            });
        }
    });
    Ok(address)
}

fn take(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    println!("{}", describe(&String::from_utf8_lossy(&body)));
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// A notification on one line; as it came if it is none of ours.
fn describe(body: &str) -> String {
    let parsed: Option<JsonValue> = body.parse().ok();
    let Some(fields) = parsed.as_ref().and_then(JsonValue::get::<HashMap<String, JsonValue>>)
    else {
        return body.to_owned();
    };
    let text =
        |name: &str| fields.get(name).and_then(JsonValue::get::<String>).map_or("", String::as_str);
    // 2026-01-01T12:03:04.000Z
    let clock = text("at").get(11..19).unwrap_or_default();
    let state = text("state").to_uppercase();
    format!(
        "{clock} {state:<9} {} {} ({}): {}",
        text("rule"),
        text("device"),
        text("severity"),
        text("summary")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_one_line_with_its_clock_time() {
        let body = r#"{"at": "2026-01-01T12:03:04.000Z", "state": "firing", "rule": "boiler-hot",
            "device": "boiler-1", "severity": "critical", "summary": "boiler-1 is hot"}"#;
        assert_eq!(
            describe(body),
            "12:03:04 FIRING    boiler-hot boiler-1 (critical): boiler-1 is hot"
        );
        assert_eq!(describe("hello"), "hello");
    }
}
