//! Untrusted and secret text: how it is shown, recognised, and taken out.

pub mod digest;
pub mod duration;
pub mod encode;
pub mod escapes;
pub mod identifier;
pub mod number;
pub mod placeholder;
pub mod redact;
pub mod sanitize;
pub mod similar;
