//! Exit statuses. They are part of the interface and keep their meaning.

/// The call was accepted; with a wait, the release is done.
pub const DONE: u8 = 0;
/// A bug in release-step.
pub const BUG: u8 = 1;
/// Inputs or configuration are wrong; nothing was sent.
pub const INPUTS: u8 = 2;
/// Credentials are missing, refused or without permission; nothing was released.
pub const CREDENTIALS: u8 = 3;
/// The API rejected the call; nothing was released.
pub const REJECTED: u8 = 4;
/// The release was accepted, then failed in the cloud.
pub const FAILED: u8 = 5;
/// The release was accepted and goes on, but was not watched to its end.
pub const UNWATCHED: u8 = 6;
/// The API could not be reached or throttled the call; nothing was released.
pub const UNREACHABLE: u8 = 7;
/// The call may or may not have landed.
pub const UNKNOWN: u8 = 8;
/// The release is made, its outputs could not be written.
pub const OUTPUTS: u8 = 9;
/// Ended by SIGINT.
pub const SIGINT: u8 = 130;
/// Ended by SIGTERM.
pub const SIGTERM: u8 = 143;
/// Ended by SIGHUP.
pub const SIGHUP: u8 = 129;
/// Ended by SIGQUIT.
pub const SIGQUIT: u8 = 131;

/// Exit statuses and their meaning.
pub static EXIT_STATUSES: &[(&str, &str)] = &[
    ("0", "done: the call was accepted; with `wait`, the release has succeeded"),
    ("1", "a bug in release-step"),
    ("2", "inputs or configuration are wrong; no release call was sent"),
    ("3", "credentials are missing, refused or without permission; nothing was released"),
    ("4", "the API rejected the call, or `if_released: fail`; nothing was released"),
    ("5", "the release was accepted, then failed in the cloud"),
    ("6", "the release was accepted and goes on, but was not watched to its end: `resume` waits on"),
    ("7", "the API could not be reached, or kept throttling; nothing was released"),
    (
        "8",
        "the call may or may not have landed, and looking it up did not tell: look before you run it again",
    ),
    ("9", "all went well, but the outputs could not be written; they are in the log"),
    (
        "130, 143, 129, 131",
        "ended by SIGINT, SIGTERM, SIGHUP, SIGQUIT; the output `released` says how far it came",
    ),
];
