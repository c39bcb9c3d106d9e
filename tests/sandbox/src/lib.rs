//! Alibaba Cloud and Huawei Cloud on loopback, as far as `release-step` talks to them.
//!
//! [`Sandbox`] is the state of both clouds with one pure function, [`Sandbox::handle`]: a request and the time go in, an
//! answer comes out. It has no clock, no socket and no randomness. [`Server`] puts it behind a port of `127.0.0.1`.
//! [`world`] names what a fresh sandbox holds and which credentials it knows.
//!
//! Every signature is verified here by an implementation of its own, so that a mistake in the client cannot cancel out
//! against the same mistake on this side. Requests that the real services would refuse are refused, with their codes.
//!
//! ```
//! use sandbox::{Request, Sandbox};
//!
//! let mut sandbox = Sandbox::new();
//! let answer = sandbox.handle(
//!     "2026-01-02T03:04:05Z".parse().unwrap(),
//!     &Request { method: "GET".into(), target: "/v1/nothing".into(), headers: vec![], body: vec![] },
//! );
//! assert_eq!(answer.status, 404);
//! ```

pub mod alibaba;
pub mod huawei;
pub mod world;

mod account;
mod clock;
mod http;
mod json;
mod record;
mod refusal;
mod server;
mod state;
mod text;

pub use account::{Account, Cloud};
pub use clock::Clock;
pub use http::{Answer, Request};
pub use record::{Effect, Recorded};
pub use server::Server;
pub use state::Sandbox;
