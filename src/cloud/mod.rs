//! What one cloud is to this crate: where credentials come from, how a call is signed, how an answer is read.

pub mod client;
pub mod clock;
pub mod credentials;
pub mod error_codes;
pub mod query;
pub mod region;
pub mod signed_text;
pub mod signing;

use secrecy::SecretString;

use crate::cloud::credentials::Credentials;
use crate::cloud::credentials::exchange::Question;
use crate::cloud::credentials::source::{Context, Source};
use crate::cloud::region::RegionVariables;
use crate::cloud::signing::SigningTime;
use crate::error::{CallError, Error};
use crate::http::{ApiResponse, Header, Request, Response};
use crate::process::env::Env;

/// A vendor.
pub trait Cloud: Sync {
    /// The vendor's name.
    fn name(&self) -> &'static str;

    /// Where credentials are looked for, in this order.
    fn sources(&self) -> &'static [Source];

    /// Whether an id of the account that no input gives can be found out in this environment.
    fn may_look_up(&self, _input: &str, _env: &Env, _region: Option<&str>) -> bool {
        false
    }

    /// The question for an id of the account that an operation needs and no input gives; none where it cannot be asked.
    fn look_up(
        &self,
        _input: &str,
        _context: &Context,
        _credentials: Credentials,
    ) -> Result<Option<Box<dyn Question<String>>>, Error> {
        Ok(None)
    }

    /// Authorises a call to `host`.
    fn authorize(
        &self,
        request: &Request,
        host: &str,
        credentials: &Credentials,
        stamp: &SigningTime,
    ) -> Signed;

    /// Reads the envelope of an answer: a success, or what kind of failure.
    fn read(&self, response: &Response) -> Result<ApiResponse, CallError>;
}

/// A call as it is sent.
pub struct Signed {
    /// The headers, `Host` excepted.
    pub headers: Vec<Header>,
    /// The query, encoded, without `?`.
    pub query: String,
    /// The signature and the digest, which must never be shown, should a server repeat them.
    pub withheld: Vec<String>,
}

impl Signed {
    /// A signed call. The `Authorization` header goes last; the signature and the digest under it are withheld.
    #[must_use]
    pub fn new(mut headers: Vec<Header>, query: String, authorization: String, string_to_sign: &str) -> Self {
        let tail = |text: &str, mark| text.rsplit(mark).next().unwrap_or_default().to_owned();
        let withheld = vec![tail(&authorization, '='), tail(string_to_sign, '\n')];
        headers.push(Header::secret("Authorization", authorization.into()));
        Self { headers, query, withheld }
    }

    /// A call that carries a token instead of a signature.
    #[must_use]
    pub fn with_token(
        mut headers: Vec<Header>,
        query: String,
        name: &'static str,
        token: SecretString,
    ) -> Self {
        headers.push(Header::secret(name, token));
        Self { headers, query, withheld: Vec::new() }
    }
}

/// An API of a cloud, and its hosts.
pub struct Service {
    /// The vendor's name of the service.
    pub name: &'static str,
    /// The regions it is known to be in; empty if it has none.
    pub regions: &'static [&'static str],
    /// The region where none is given.
    pub default_region: Option<&'static str>,
    /// The host of a region.
    pub host: fn(&str) -> String,
    /// The beginnings of its own error codes, which its gateway's do not have; each ends in `*`.
    pub codes: &'static [&'static str],
    /// What the service in its regions reaches beyond them, to be read after their names.
    pub reach: &'static str,
    /// The account's variables that name a region.
    pub region_variables: RegionVariables,
}
