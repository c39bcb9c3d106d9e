//! Untrusted and secret text: how it is shown, recognised, and taken out.

pub mod digest;
pub mod duration;
pub mod encode;
pub mod escapes;
<<<<<<< HEAD
pub mod identifier;
pub mod number;
=======
>>>>>>> 80b494c (WIP: credentials in exchange for identity tokens, roles and metadata)
pub mod placeholder;
pub mod redact;
pub mod sanitize;
pub mod similar;
