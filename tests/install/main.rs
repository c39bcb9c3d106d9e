//! The installation as a process: the real `install.sh` with a table, a tool cache, a PATH and a mirror of its own.
//!
//! Most tests tell everything that came of it: the status, both streams, the files that are left, and what the server was asked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and the panic names the line")]

#[cfg(unix)]
mod build;
#[cfg(unix)]
mod download;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod places;
#[cfg(unix)]
mod platforms;
#[cfg(unix)]
mod proxies;
#[cfg_attr(windows, expect(dead_code, reason = "there the stories are fewer"))]
mod server;
#[cfg(unix)]
mod shells;
#[cfg(windows)]
mod windows;
