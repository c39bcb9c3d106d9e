//! SIGINT and SIGTERM; on Windows what a console tells of: Ctrl-C, and for the latter Ctrl-Break, its own closing and the
//! machine's end.

use std::io;
use std::pin::Pin;

use crate::error::Signal;

#[cfg(unix)]
mod system {
    use std::io;

    pub(super) use tokio::signal::unix::Signal as Interrupt;
    pub(super) use tokio::signal::unix::Signal as Terminate;
    use tokio::signal::unix::SignalKind;

    pub(super) fn listen() -> io::Result<(Interrupt, Terminate)> {
        let signal = tokio::signal::unix::signal;
        Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }
}

#[cfg(windows)]
mod system {
    use std::io;

    use tokio::signal::windows::{CtrlBreak, CtrlClose, CtrlShutdown};
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    pub(super) use tokio::signal::windows::CtrlC as Interrupt;

    pub(super) struct Terminate(CtrlBreak, CtrlClose, CtrlShutdown);

    impl Terminate {
        pub(super) async fn recv(&mut self) -> Option<()> {
            tokio::select! {
                told = self.0.recv() => told,
                told = self.1.recv() => told,
                told = self.2.recv() => told,
            }
        }
    }

    pub(super) fn listen() -> io::Result<(Interrupt, Terminate)> {
        Ok((ctrl_c()?, Terminate(ctrl_break()?, ctrl_close()?, ctrl_shutdown()?)))
    }
}

/// The signals that end a run, from the moment of [`OsSignals::listen`] on.
pub struct OsSignals {
    interrupt: system::Interrupt,
    terminate: system::Terminate,
}

impl OsSignals {
    /// Takes the signals over from the operating system's default, which ends the process on the spot.
    pub fn listen() -> io::Result<Self> {
        let (interrupt, terminate) = system::listen()?;
        Ok(Self { interrupt, terminate })
    }
}

impl Signals for OsSignals {
    fn next(&mut self) -> NextSignal<'_> {
        Box::pin(async {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
            }
        })
    }
}

/// A signal to come.
pub type NextSignal<'a> = Pin<Box<dyn Future<Output = Signal> + 'a>>;

/// Whatever may end a run before its time.
pub trait Signals {
    /// The next signal.
    fn next(&mut self) -> NextSignal<'_>;
}
