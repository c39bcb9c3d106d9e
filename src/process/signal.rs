//! The signals that end a run: SIGINT, SIGTERM, SIGHUP and SIGQUIT; on Windows what a console reports: Ctrl-C, and as
//! SIGTERM Ctrl-Break, its own closing and the machine's end.

use std::io;
use std::pin::Pin;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::Signal;

/// How long the run has to write its outputs after a second signal.
const LAST_WORDS: Duration = Duration::from_secs(1);

#[cfg(unix)]
mod system {
    use std::io;

    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    use crate::error::Signal;

    /// The number of SIGXFSZ.
    const FILE_TOO_LARGE: i32 = rustix::process::Signal::XFSZ.as_raw();

    pub(super) struct Signals {
        interrupt: Listener,
        terminate: Listener,
        quit: Listener,
        hangup: Option<Listener>,
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            // A file that may not grow any more is an error like a full disk, not the end of the process.
            let _ = signal(SignalKind::from_raw(FILE_TOO_LARGE))?;
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                quit: signal(SignalKind::quit())?,
                hangup: if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) },
            })
        }

        pub(super) async fn next(&mut self) -> Signal {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
                _ = self.quit.recv() => Signal::Quit,
                _ = hangup => Signal::Hangup,
            }
        }
    }

    /// Whether the process was started by `nohup`: it is to outlive its terminal. Only Linux shows that.
    fn ignores_hangup() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        ignored & 1 << (rustix::process::Signal::HUP.as_raw() - 1) != 0
    }
}

#[cfg(windows)]
mod system {
    use std::io;

    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    use crate::error::Signal;

    pub(super) struct Signals {
        interrupt: CtrlC,
        terminate: (CtrlBreak, CtrlClose, CtrlShutdown),
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self { interrupt: ctrl_c()?, terminate: (ctrl_break()?, ctrl_close()?, ctrl_shutdown()?) })
        }

        pub(super) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.0.recv() => Signal::Terminate,
                _ = self.terminate.1.recv() => Signal::Terminate,
                _ = self.terminate.2.recv() => Signal::Terminate,
            }
        }
    }
}

/// The signals that end a run, from the moment of [`OsSignals::listen`] on.
pub struct OsSignals(system::Signals);

impl OsSignals {
    /// Takes the signals over from the operating system's default, which ends the process on the spot. From now on the
    /// second one ends it, whatever hangs.
    pub fn listen() -> io::Result<Self> {
        let watch = Builder::new_current_thread().enable_all().build()?;
        let signals = {
            let _inside = watch.enter();
            system::Signals::listen()?
        };
        thread::Builder::new().spawn(move || end_at_the_second(&watch, signals))?;
        Ok(Self(system::Signals::listen()?))
    }
}

/// A file system or a pipe may hang where no signal is heard.
#[expect(clippy::exit, reason = "the thread that should return from main hangs")]
fn end_at_the_second(watch: &Runtime, mut signals: system::Signals) {
    let first = watch.block_on(async {
        let first = signals.next().await;
        signals.next().await;
        tokio::time::sleep(LAST_WORDS).await;
        first
    });
    std::process::exit(i32::from(first.exit_status()));
}

impl Signals for OsSignals {
    fn next(&mut self) -> NextSignal<'_> {
        Box::pin(self.0.next())
    }
}

/// A signal to come.
pub type NextSignal<'a> = Pin<Box<dyn Future<Output = Signal> + 'a>>;

/// Whatever may end a run before its time.
pub trait Signals {
    /// The next signal.
    fn next(&mut self) -> NextSignal<'_>;
}
