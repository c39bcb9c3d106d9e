//! A server on loopback that plays the release, a mirror or a proxy: it does as it is told, and keeps what it was asked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What becomes of one request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes, with status 200.
    File(Vec<u8>),
    /// This status, with these header lines.
    Status(u16, String),
    /// The connection ends without an answer.
    Nothing,
    /// The connection is reset.
    Reset,
    /// Half of these bytes, and then the end.
    Half(Vec<u8>),
    /// Half of these bytes, and then nothing more.
    Stall(Vec<u8>),
    /// Bytes without end.
    Endless,
}

/// Each request has its answer; the last one stays.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    answers: Vec<Answer>,
    asked: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

impl Server {
    pub(crate) fn start(answers: impl Into<Vec<Answer>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared =
            Shared { answers: answers.into(), asked: Mutex::default(), stopped: AtomicBool::new(false) };
        let shared = Arc::new(shared);
        let of_thread = Arc::clone(&shared);
        let listener = Some(thread::spawn(move || of_thread.listen(&listener)));
        Self { address, shared, listener }
    }

    /// One that has this file, whatever it is asked for.
    pub(crate) fn of(file: &[u8]) -> Self {
        Self::start([Answer::File(file.to_vec())])
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Method and target of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // One more connection lets the listener look at the flag.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            listener.join().ok();
        }
    }
}

/// The URL of a port where nobody listens, and nobody will while this lives: a connection goes out from it.
pub(crate) fn nobody() -> (TcpStream, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let url = format!("http://{}", held.local_addr().unwrap());
    (held, url)
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.stopped.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            let shared = Arc::clone(&self);
            // The other side may go at any time: what fails here shows there.
            thread::spawn(move || shared.answer(stream).ok());
        }
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let line = read_until(&mut stream, b"\r\n")?;
        let request: Vec<_> = line.split(' ').take(2).collect();
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(request.join(" "));
            asked.len() - 1
        };
        let answer = self.answers.get(number).or(self.answers.last()).unwrap();
        if matches!(answer, Answer::Reset) {
            // A socket that is closed with unread bytes sends a reset.
            return stream.peek(&mut [0]).map(drop);
        }
        read_until(&mut stream, b"\r\n\r\n")?;
        self.send(&mut stream, answer)
    }

    fn send(&self, stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
        match answer {
            Answer::File(bytes) => {
                stream.write_all(&head(200, "", bytes.len()))?;
                stream.write_all(bytes)?;
            }
            Answer::Status(status, headers) => {
                stream.write_all(&head(*status, headers, 9))?;
                stream.write_all(b"not here\n")?;
            }
            Answer::Nothing | Answer::Reset => {}
            Answer::Half(bytes) | Answer::Stall(bytes) => {
                stream.write_all(&head(200, "", bytes.len()))?;
                stream.write_all(&bytes[..bytes.len() / 2])?;
            }
            Answer::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
                let block = vec![b'x'; 1 << 16];
                while !self.stopped.load(Ordering::SeqCst) {
                    stream.write_all(&block)?;
                }
            }
        }
        if matches!(answer, Answer::Stall(_)) {
            while !self.stopped.load(Ordering::SeqCst) && is_open(stream) {
                thread::sleep(Duration::from_millis(5));
            }
        }
        stream.shutdown(Shutdown::Both)
    }
}

fn head(status: u16, headers: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status} It\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n").into()
}

/// Byte by byte, so that the rest stays unread.
fn read_until(stream: &mut TcpStream, end: &[u8]) -> io::Result<String> {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        read.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).ok();
    let open = !matches!(stream.peek(&mut [0]), Ok(0));
    stream.set_nonblocking(false).ok();
    open
}
