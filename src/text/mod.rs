//! Untrusted and secret text: how it is shown, recognised, and taken out.

pub mod digest;
pub mod duration;
pub mod encode;
pub mod encodings;
pub mod escapes;
pub mod identifier;
pub mod invisible;
pub mod known;
pub mod number;
pub mod placeholder;
pub mod redact;
pub mod sanitize;
pub mod signatures;
pub mod similar;
mod steps;
