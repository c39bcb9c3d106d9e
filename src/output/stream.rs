//! Stdout and stderr, written by threads of their own: a reader who has stopped reading holds up a line for a moment, and
//! never the run.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Standard output.
pub static STDOUT: Stream =
    Stream::new(|text| io::stdout().write_all(text).and_then(|()| io::stdout().flush()));
/// Standard error.
pub static STDERR: Stream = Stream::new(|text| io::stderr().write_all(text));

/// How long a reader may leave a line unread before the run no longer waits for each line.
const PATIENCE: Duration = Duration::from_millis(500);
/// What waits for a reader, in bytes at most; what comes then is lost.
const LARGEST_QUEUE: usize = 1 << 20;
/// As many bytes as a pipe takes at once.
const CHUNK: usize = 4096;

/// A stream of this process.
pub struct Stream {
    queue: Mutex<Queue>,
    changed: Condvar,
    write: fn(&[u8]) -> io::Result<()>,
}

struct Queue {
    waiting: VecDeque<u8>,
    /// Bytes that were queued and written since the beginning.
    queued: u64,
    written: u64,
    /// Whether the reader has kept a line waiting, and not caught up since.
    is_stuck: bool,
    has_thread: bool,
    /// Why nothing can be written any more.
    failed: Option<(io::ErrorKind, String)>,
}

impl Stream {
    const fn new(write: fn(&[u8]) -> io::Result<()>) -> Self {
        let queue = Queue {
            waiting: VecDeque::new(),
            queued: 0,
            written: 0,
            is_stuck: false,
            has_thread: false,
            failed: None,
        };
        Self { queue: Mutex::new(queue), changed: Condvar::new(), write }
    }

    /// Writes a line and its end.
    pub fn write_line(&'static self, line: &str) -> io::Result<()> {
        self.write(&format!("{line}\n"))
    }

    /// Writes a text, and waits until it is written. Where the reader does not read it is written later, if ever: that is
    /// the error [`io::ErrorKind::TimedOut`].
    pub fn write(&'static self, text: &str) -> io::Result<()> {
        let mut queue = self.lock();
        if queue.waiting.len() + text.len() > LARGEST_QUEUE {
            return Err(not_read());
        }
        queue.waiting.extend(text.as_bytes());
        queue.queued += text.len() as u64;
        if !queue.has_thread {
            queue.has_thread = self.start();
            if !queue.has_thread {
                drop(queue);
                self.write_on();
                queue = self.lock();
            }
        }
        self.changed.notify_all();
        if queue.is_stuck {
            return Err(not_read());
        }
        self.wait(queue)
    }

    /// Waits once more for a reader that has been slow, at the end of the process.
    pub fn finish(&'static self) {
        let queue = self.lock();
        let _ = self.wait(queue);
    }

    /// Waits until everything is written, while the reader reads.
    fn wait(&self, mut queue: MutexGuard<'_, Queue>) -> io::Result<()> {
        let goal = queue.queued;
        while queue.written < goal {
            if let Some((kind, reason)) = &queue.failed {
                return Err(io::Error::new(*kind, reason.clone()));
            }
            let before = queue.written;
            let (next, timeout) =
                self.changed.wait_timeout(queue, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            queue = next;
            if timeout.timed_out() && queue.written == before {
                queue.is_stuck = true;
                return Err(not_read());
            }
        }
        Ok(())
    }

    fn start(&'static self) -> bool {
        thread::Builder::new().spawn(move || self.write_for_ever()).is_ok()
    }

    fn write_for_ever(&self) {
        loop {
            self.write_on();
            let queue = self.lock();
            if queue.waiting.is_empty() || queue.failed.is_some() {
                drop(self.changed.wait(queue));
            }
        }
    }

    /// Writes what waits, until nothing does.
    fn write_on(&self) {
        loop {
            let mut queue = self.lock();
            let chunk: Vec<u8> = queue.waiting.iter().copied().take(CHUNK).collect();
            if chunk.is_empty() || queue.failed.is_some() {
                return;
            }
            drop(queue);
            let done = (self.write)(&chunk);
            queue = self.lock();
            match done {
                Ok(()) => {
                    queue.waiting.drain(..chunk.len());
                    queue.written += chunk.len() as u64;
                    queue.is_stuck &= !queue.waiting.is_empty();
                }
                Err(error) => queue.failed = Some((error.kind(), error.to_string())),
            }
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_read() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "what is written there is not read")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use super::Stream;

    static READER: Mutex<Option<Receiver<()>>> = Mutex::new(None);
    static READ: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    /// Takes nothing until it is let go.
    static SLOW: Stream = Stream::new(|text| {
        if let Some(go) = READER.lock().unwrap().take() {
            go.recv().unwrap();
        }
        READ.lock().unwrap().extend_from_slice(text);
        Ok(())
    });

    #[test]
    fn what_was_not_read_in_time_is_read_later_and_in_order() {
        let (go, wait) = channel();
        *READER.lock().unwrap() = Some(wait);
        let kind = |written: io::Result<()>| written.map_err(|error| error.kind());
        assert_eq!(kind(SLOW.write_line("one")), Err(io::ErrorKind::TimedOut));
        assert_eq!(kind(SLOW.write_line("two")), Err(io::ErrorKind::TimedOut));
        go.send(()).unwrap();
        SLOW.finish();
        assert_eq!(kind(SLOW.write_line("three")), Ok(()));
        assert_eq!(*READ.lock().unwrap(), b"one\ntwo\nthree\n");
    }
}
