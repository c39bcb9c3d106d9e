//! A server on loopback for the answers that no honest server gives to a release call.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox::Sandbox;

use super::queries::{Queries, is_query};

/// What happens to one connection.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// It is closed before anything is read.
    Close,
    /// It is reset when the request begins to arrive.
    ResetBeforeRequest,
    /// It is reset when the whole request has arrived.
    ResetAfterRequest,
    /// The request is read, and never answered.
    Hang,
    /// The request is read, these bytes are sent, and the connection is closed: an answer of [`http`], a cut one, or none.
    Answer(Vec<u8>),
    /// As `Answer`, with an answer that is made from the request.
    Reply(fn(&str) -> Vec<u8>),
    /// As `Answer`, with a pause after each byte.
    Drip(Vec<u8>, Duration),
    /// The request is read, the first bytes are sent, and then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
}

/// Is hostile to release calls, and to all else that is no call of a cloud's; status queries it answers well before the
/// first of these, and never after: it is for one run. Stops, and lets go of every connection, when it is dropped.
pub(crate) struct Hostile {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    /// How many behaviours have been shown.
    shown: AtomicUsize,
    /// None where status queries are nothing special.
    queries: Option<Queries>,
}

impl Hostile {
    /// Starts with one behaviour for each connection that is for no status query; the last one stays for all that follow.
    pub(crate) fn start(behaviours: impl Into<Vec<Behaviour>>) -> Self {
        Self::launch(behaviours, Some(Queries::default()))
    }

    /// As `start`, where this sandbox answers the status queries instead of a fresh one.
    pub(crate) fn beside(sandbox: Sandbox, behaviours: impl Into<Vec<Behaviour>>) -> Self {
        Self::launch(behaviours, Some(Queries::of(sandbox)))
    }

    /// Hostile to status queries too.
    pub(crate) fn from_the_first(behaviours: impl Into<Vec<Behaviour>>) -> Self {
        Self::launch(behaviours, None)
    }

    fn launch(behaviours: impl Into<Vec<Behaviour>>, queries: Option<Queries>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { queries, ..Shared::default() });
        let (behaviours, of_thread) = (Arc::from(behaviours.into()), Arc::clone(&shared));
        let listener = thread::spawn(move || of_thread.listen(&listener, &behaviours));
        Self { address, shared, listener: Some(listener) }
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were accepted, those for status queries included.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many behaviours were shown: calls that are no status queries, whether or not they arrived whole.
    pub(crate) fn shown(&self) -> usize {
        self.shared.shown.load(Ordering::SeqCst)
    }

    /// The whole requests that arrived and met a behaviour, head and body, in the order in which they were complete.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // One more connection lets the listener look at the flag.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            listener.join().ok();
        }
    }
}

/// A port on loopback where nobody listens, and nobody will while this lives: a connection goes out from it.
pub(crate) struct Nobody {
    held: TcpStream,
    _listener: TcpListener,
}

impl Nobody {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self { held, _listener: listener }
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.held.local_addr().unwrap())
    }
}

/// An answer in HTTP/1.1. The length of the body is added, unless the headers say how long it is, rightly or not.
pub(crate) fn http(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let framing = ["content-length", "transfer-encoding"];
    let framed = headers.iter().any(|(name, _)| {
        let known = |known: &&str| name.eq_ignore_ascii_case(known);
        framing.iter().any(known)
    });
    let added = (!framed).then_some(("content-length", length.as_str()));
    let mut head = format!("HTTP/1.1 {status} \r\nconnection: close\r\n");
    for (name, value) in headers.iter().copied().chain(added) {
        head = head + name + ": " + value + "\r\n";
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener, behaviours: &Arc<[Behaviour]>) {
        let mut connections = Vec::new();
        for stream in listener.incoming() {
            if self.stopped.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            self.connections.fetch_add(1, Ordering::SeqCst);
            let (shared, behaviours) = (Arc::clone(&self), Arc::clone(behaviours));
            // The other side may go at any time: what fails here shows there.
            connections.push(thread::spawn(move || shared.meet(stream, &behaviours).ok()));
        }
        for connection in connections {
            connection.join().ok();
        }
    }

    fn meet(&self, mut stream: TcpStream, behaviours: &[Behaviour]) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_millis(20)))?;
        stream.set_write_timeout(Some(Duration::from_millis(20)))?;
        if let Some(queries) = &self.queries {
            if self.brings_query(&stream)? {
                let query = self.read_until(&mut stream, is_whole)?;
                self.send(&mut stream, &queries.answer(&query))?;
                return stream.shutdown(Shutdown::Write);
            }
            queries.end();
        }
        let number = self.shown.fetch_add(1, Ordering::SeqCst);
        let behaviour = behaviours.get(number).or(behaviours.last());
        self.behave(stream, behaviour.cloned().unwrap_or(Behaviour::Close))
    }

    /// Looks at the first request without taking it.
    fn brings_query(&self, stream: &TcpStream) -> io::Result<bool> {
        let query = Cell::new(false);
        self.peek_until(stream, |seen| {
            query.set(is_query(seen));
            // A handshake of TLS has no such end.
            seen.windows(4).any(|four| four == b"\r\n\r\n") || !seen[0].is_ascii_uppercase()
        })?;
        Ok(query.get())
    }

    fn behave(&self, mut stream: TcpStream, behaviour: Behaviour) -> io::Result<()> {
        match behaviour {
            Behaviour::Close => Ok(()),
            Behaviour::ResetBeforeRequest => self.peek_until(&stream, |seen| !seen.is_empty()),
            Behaviour::ResetAfterRequest => self.peek_until(&stream, |seen| self.record_if_whole(seen)),
            Behaviour::Hang => {
                self.read_request(&mut stream)?;
                self.wait_for_end(&mut stream)
            }
            Behaviour::Answer(bytes) => {
                self.read_request(&mut stream)?;
                self.send(&mut stream, &bytes)?;
                stream.shutdown(Shutdown::Write)
            }
            Behaviour::Reply(to) => {
                let answer = to(&self.read_request(&mut stream)?);
                self.send(&mut stream, &answer)?;
                stream.shutdown(Shutdown::Write)
            }
            Behaviour::Drip(bytes, pause) => {
                self.read_request(&mut stream)?;
                for byte in bytes {
                    self.send(&mut stream, &[byte])?;
                    thread::sleep(pause);
                }
                stream.shutdown(Shutdown::Write)
            }
            Behaviour::Endless(start, again) => {
                self.read_request(&mut stream)?;
                self.send(&mut stream, &start)?;
                loop {
                    self.send(&mut stream, &again)?;
                }
            }
        }
    }

    /// Waits without taking anything: a socket that is closed with unread bytes sends a reset.
    fn peek_until(&self, stream: &TcpStream, enough: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        let mut seen = vec![0; 1 << 16];
        loop {
            match self.unless_stopped(stream.peek(&mut seen))? {
                Some(0) => return Ok(()),
                Some(length) if enough(&seen[..length]) => return Ok(()),
                // `peek` returns at once while there is something, new or not.
                Some(_) => thread::sleep(Duration::from_millis(1)),
                None => {}
            }
        }
    }

    fn read_request(&self, stream: &mut TcpStream) -> io::Result<String> {
        self.read_until(stream, |read| self.record_if_whole(read))
    }

    fn read_until(&self, stream: &mut TcpStream, enough: impl Fn(&[u8]) -> bool) -> io::Result<String> {
        let mut read = Vec::new();
        let mut chunk = [0; 4096];
        while !enough(&read) {
            match self.unless_stopped(stream.read(&mut chunk))? {
                Some(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Some(length) => read.extend_from_slice(&chunk[..length]),
                None => {}
            }
        }
        Ok(String::from_utf8_lossy(&read).into_owned())
    }

    fn wait_for_end(&self, stream: &mut TcpStream) -> io::Result<()> {
        while self.unless_stopped(stream.read(&mut [0; 64]))? != Some(0) {}
        Ok(())
    }

    fn send(&self, stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let sent = self.unless_stopped(stream.write(rest))?;
            rest = &rest[sent.unwrap_or(0)..];
        }
        Ok(())
    }

    /// `None` for a time-out, and an error for all that ends the connection.
    fn unless_stopped(&self, done: io::Result<usize>) -> io::Result<Option<usize>> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        match done {
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => Ok(None),
            done => done.map(Some),
        }
    }

    fn record_if_whole(&self, bytes: &[u8]) -> bool {
        let whole = is_whole(bytes);
        if whole {
            let request = String::from_utf8_lossy(bytes).into_owned();
            self.requests.lock().unwrap().push(request);
        }
        whole
    }
}

/// Whether the head is there, and as much of a body as it announces.
pub(crate) fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let lines = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = lines.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().unwrap());
    request.len() >= head + 4 + length
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const REQUEST: &str = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";

    fn connect(server: &Hostile) -> TcpStream {
        let url = server.url();
        let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends the request in two parts, and gives all that comes back.
    fn ask(server: &Hostile) -> io::Result<String> {
        let mut stream = connect(server);
        let (start, end) = REQUEST.split_at(40);
        stream.write_all(start.as_bytes())?;
        thread::sleep(Duration::from_millis(30));
        stream.write_all(end.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn each_connection_has_its_behaviour_and_the_last_one_stays() {
        let redirect = http(302, &[("location", "http://a/")], "");
        let cut = http(200, &[("Content-Length", "10")], "abc");
        let behaviours = [redirect, cut, vec![]].map(Behaviour::Answer);
        let server = Hostile::start(behaviours);
        let head = "HTTP/1.1 302 \r\nconnection: close\r\nlocation: http://a/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(ask(&server).unwrap(), head);
        let head = "HTTP/1.1 200 \r\nconnection: close\r\nContent-Length: 10\r\n\r\nabc";
        assert_eq!(ask(&server).unwrap(), head);
        assert_eq!(ask(&server).unwrap(), "");
        assert_eq!(ask(&server).unwrap(), "");
        assert_eq!(server.requests(), [REQUEST; 4]);
        assert_eq!(server.connections(), 4);
    }

    #[test]
    fn a_connection_can_be_reset_before_and_after_the_request() {
        let server = Hostile::start([Behaviour::ResetBeforeRequest, Behaviour::ResetAfterRequest]);
        assert!(ask(&server).is_err());
        assert!(server.requests().is_empty());
        assert_eq!(ask(&server).unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(server.requests(), [REQUEST]);
    }

    #[test]
    fn an_answer_can_be_made_from_the_request() {
        let server = Hostile::start([Behaviour::Reply(|request| request.to_uppercase().into())]);
        assert_eq!(ask(&server).unwrap(), REQUEST.to_uppercase());
        assert_eq!(server.requests(), [REQUEST]);
    }

    #[test]
    fn a_connection_can_be_closed_before_anything_is_sent() {
        let server = Hostile::from_the_first([Behaviour::Close]);
        assert_eq!(connect(&server).read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn an_answer_can_be_slow_without_end_or_missing_until_the_server_is_dropped() {
        let drip = Behaviour::Drip(b"abcde".into(), Duration::from_millis(10));
        let endless = Behaviour::Endless(b"a".into(), vec![b'b'; 1 << 16]);
        let server = Hostile::start([drip, endless, Behaviour::Hang]);

        let begin = Instant::now();
        assert_eq!(ask(&server).unwrap(), "abcde");
        assert!(begin.elapsed() >= Duration::from_millis(50));

        let mut stream = connect(&server);
        stream.write_all(REQUEST.as_bytes()).unwrap();
        let mut much = vec![0; 1 << 22];
        stream.read_exact(&mut much).unwrap();
        assert_eq!(much[..2], *b"ab");

        let mut hanging = connect(&server);
        hanging.write_all(REQUEST.as_bytes()).unwrap();
        hanging.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        assert!(hanging.read(&mut [0]).is_err());
        assert_eq!(server.requests().len(), 3);
        drop(server);
        assert_eq!(hanging.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_query_is_answered_before_the_first_other_request_and_never_after() {
        let query = "GET /v1/a/agent-plugin/detail HTTP/1.1\r\n\r\n";
        let release = "POST /v1/a/agent-plugin/publish-draft HTTP/1.1\r\n\r\n";
        let ask = |server: &Hostile, request: &str| {
            let mut stream = connect(server);
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.lines().next().unwrap_or_default().to_owned()
        };
        let server = Hostile::start([Behaviour::Answer(http(418, &[], ""))]);
        let answers = [query, release, query].map(|request| ask(&server, request));
        assert_eq!(answers, ["HTTP/1.1 401 ", "HTTP/1.1 418 ", "HTTP/1.1 503 "]);
        assert_eq!((server.connections(), server.requests()), (3, vec![release.to_owned()]));

        let server = Hostile::from_the_first([Behaviour::Answer(http(418, &[], ""))]);
        assert_eq!(ask(&server, query), "HTTP/1.1 418 ");
        assert_eq!(server.requests(), [query]);
    }

    #[test]
    fn nobody_answers_where_nobody_listens() {
        let nobody = Nobody::new();
        let refused = TcpStream::connect(nobody.url().trim_start_matches("http://"));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}
