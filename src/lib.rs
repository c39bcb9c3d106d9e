//! release-step makes **one** release or deploy call on Alibaba Cloud or Huawei Cloud from a CI job, and hands the
//! results to the next step in the CI's own format.
//!
//! The code is one straight line, which [`run::run`] shows in this order:
//!
//! ```text
//! environment → Inputs → Report → Config → credentials → Release (preflight → submit → reconcile → wait) → Outputs → Ci → exit status
//! ```
//!
//! Its folders are floors: none imports one above it. From the top:
//!
//! ```text
//! cli
//! run
//! config
//! catalog
//! alibaba, huawei, release
//! operation, ci
//! input, cloud
//! http
//! process
//! output, error
//! text
//! ```
//!
//! An operation is one file in its cloud's folder and one line in [`catalog`]; a CI is one file and one line in [`ci`].

pub mod alibaba;
pub mod catalog;
pub mod ci;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod error;
pub mod http;
pub mod huawei;
pub mod input;
pub mod operation;
pub mod output;
pub mod process;
pub mod release;
pub mod run;
pub mod text;

pub use cli::main;
