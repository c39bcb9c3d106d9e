//! What a run writes down on its way, so that a process that is killed leaves files that say the truth.

use crate::error::Error;
use crate::output::Outputs;

/// Where a release writes down how far it is. A file says `released: no` until [`Journal::before_call`], `unknown` until
/// [`Journal::released`], and `yes` from then on.
pub trait Journal {
    /// Called immediately before the release call is sent: every place says `unknown`, with what is known so far. Where
    /// that cannot be written, the error is of [`Kind::Inputs`](crate::error::Kind::Inputs), and no call may be sent.
    /// Before a repetition of the call it does nothing.
    fn before_call(&mut self, outputs: &Outputs) -> Result<(), Error>;

    /// Called once the release is known to have landed: every place says `yes`, with its ids. What cannot be written
    /// now is reported at the end.
    fn released(&mut self, outputs: &Outputs);

    /// Whether this is a recognised second attempt: an earlier run with the same inputs may have made the release.
    fn is_second_attempt(&self) -> bool;
}
