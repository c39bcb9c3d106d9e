//! SIGINT and SIGTERM; on Windows Ctrl-C and Ctrl-Break.

use std::io;

use crate::error::Signal;

/// The signals that end a run, from the moment of [`Signals::listen`] on.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
}

impl Signals {
    /// Takes the signals over from the operating system's default, which ends the process on the spot.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(windows)]
        {
            use tokio::signal::windows::{ctrl_break, ctrl_c};
            Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
        }
    }
}

impl Interrupts for Signals {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

/// Whatever may end a run before its time.
pub trait Interrupts {
    /// The next signal.
    fn next(&mut self) -> impl Future<Output = Signal>;

    /// Does something unless a signal comes first; then it is given up on the spot.
    fn unless<T>(&mut self, doing: impl Future<Output = T>) -> impl Future<Output = Result<T, Signal>> {
        async {
            tokio::select! {
                biased;
                signal = self.next() => Err(signal),
                done = doing => Ok(done),
            }
        }
    }
}
