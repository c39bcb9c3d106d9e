//! What the operating system gives to a process.

pub mod core_dump;
pub mod env;
pub mod log;
pub mod panic;
pub mod random;
pub mod secrets;
pub mod signal;
