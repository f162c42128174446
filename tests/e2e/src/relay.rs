use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A cable between two parts, which can be pulled.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// Leads to `port` on 127.0.0.1.
    ///
    /// # Panics
    /// There is no free port.
    #[must_use]
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let relay = Self {
            port: listener.local_addr().expect("its address").port(),
            streams: Arc::default(),
        };
        let streams = Arc::clone(&relay.streams);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Nobody there: the caller sees the connection close.
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let _ = join(&near, &far);
                let _ = join(&far, &near);
                streams.lock().expect("the list of connections").extend([near, far]);
            }
        });
        relay
    }

    /// Where it begins.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection at once, whatever is under way; new ones are let through.
    ///
    /// # Panics
    /// A thread of the relay has panicked.
    pub fn cut(&self) {
        for stream in self.streams.lock().expect("the list of connections").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Carries bytes one way until either end closes.
fn join(from: &TcpStream, to: &TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
    Ok(())
}
