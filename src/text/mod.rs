//! Untrusted and secret text: how it is shown, recognised, and taken out.

pub mod digest;
pub mod duration;
pub mod encode;
pub mod escapes;
pub mod identifier;
pub mod redact;
pub mod sanitize;
