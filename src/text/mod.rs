//! Untrusted and secret text: how it is shown, recognised, and taken out.

pub mod duration;
pub mod encode;
pub mod escapes;
pub mod number;
pub mod placeholder;
pub mod redact;
pub mod sanitize;
pub mod similar;
