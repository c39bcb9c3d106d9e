//! Status queries at a server that is about the release call alone: answered as a fresh cloud does before it, and not at
//! all after it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use sandbox::{Answer, Calls, Request, Sandbox};

use super::hostile::http;

/// What answers them.
#[derive(Default)]
pub(crate) struct Queries {
    sandbox: Mutex<Sandbox>,
    ended: AtomicBool,
}

impl Queries {
    pub(crate) fn of(sandbox: Sandbox) -> Self {
        Self { sandbox: Mutex::new(sandbox), ended: AtomicBool::new(false) }
    }

    /// A release call has come: what became of it cannot be looked up.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    /// The answer to a whole query.
    pub(crate) fn answer(&self, query: &str) -> Vec<u8> {
        if self.ended.load(Ordering::SeqCst) {
            return http(503, &[], "<html>back soon</html>");
        }
        let request = request(query.as_bytes()).unwrap();
        let Answer { status, headers, body } =
            self.sandbox.lock().unwrap().handle(Timestamp::now(), &request);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http(status, &headers, body)
    }
}

/// Whether these bytes, a whole head at least, are a call of a cloud's that releases nothing.
pub(crate) fn is_query(bytes: &[u8]) -> bool {
    let Some(request) = request(bytes) else { return false };
    let is_call = request.header("x-acs-action").is_some() || request.path().starts_with("/v");
    let mut sandbox = Sandbox::new();
    sandbox.handle(Timestamp::now(), &request);
    is_call && !Calls::Release.include(&sandbox.requests()[0].operation)
}

/// None for what is no request.
pub(crate) fn request(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(&bytes[..end]).ok()?;
    let (first, lines) = head.split_once("\r\n").unwrap_or((head, ""));
    let (method, rest) = first.split_once(' ')?;
    let (target, _) = rest.split_once(' ')?;
    let headers = lines.split("\r\n").filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Some(Request { method: method.into(), target: target.into(), headers, body: bytes[end + 4..].into() })
}
