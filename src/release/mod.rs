//! The life of one release.

pub mod context;
pub mod poll_interval;
mod preflight;
mod reconcile;
pub mod retry;
mod submit;
mod wait;
