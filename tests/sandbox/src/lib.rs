//! Alibaba Cloud and Huawei Cloud on loopback, as far as `release-step` talks to them.
//!
//! [`Sandbox`] is the state of both clouds with one pure function, [`Sandbox::handle`]: a request and the time go in, an
//! answer comes out. It has no clock, no socket and no randomness. [`Sandbox::deliver`] is the same with everything that can
//! go wrong on the way, as [`Sandbox::faults`], [`Sandbox::limit`] and [`Sandbox::schedule`] have it; it is as pure.
//! [`Server`] puts it behind a port of `127.0.0.1`.
//! [`world`] names what a fresh sandbox holds and which credentials it knows.
//!
//! Both clouds also hand out temporary keys, for other keys, for identity tokens ([`identity`]) and to their servers; see
//! [`alibaba::Sts`], [`huawei::Keyless`] and [`Metadata`].
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
//!
//! ```
//! use sandbox::{Ending, Request, Sandbox};
//!
//! let mut sandbox = Sandbox::new();
//! sandbox.faults.push("any 2: reset after".parse().unwrap());
//! let now = "2026-01-02T03:04:05Z".parse().unwrap();
//! let [first, second] = [(); 2].map(|()| sandbox.deliver(now, &Request::default()).ending);
//! assert!(matches!(first, Ending::Answer(_)));
//! assert_eq!(second, Ending::Reset);
//! ```

pub mod alibaba;
pub mod huawei;
pub mod identity;
pub mod world;

mod account;
mod action;
mod calls;
mod clock;
mod command;
mod deliver;
mod fault;
mod http;
mod json;
mod limit;
mod metadata;
mod record;
mod refusal;
mod reply;
mod revocation;
mod schedule;
mod script;
mod server;
mod service;
mod session;
mod state;
mod text;
#[cfg(test)]
mod vectors;

pub use account::{Account, Cloud};
pub use action::Action;
pub use calls::Calls;
pub use clock::Clock;
pub use command::alone;
pub use deliver::{Delivery, Ending};
pub use fault::{Fault, Instead, Retry, Rule, Unreadable, When};
pub use http::{Answer, Request};
pub use limit::{Limit, Throttled};
pub use metadata::{Metadata, TokenUse};
pub use record::{By, Effect, Recorded};
pub use script::fates;
pub use server::{Event, Listen, Server, Tls};
pub use service::{ALIBABA_METADATA_ADDRESS, HUAWEI_METADATA_ADDRESS};
pub use session::Sessions;
pub use state::Sandbox;
