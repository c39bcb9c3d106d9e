//! Places in the environment where credentials may stand.

use std::fmt::Write as _;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::check::{Part, Vendor};
use super::exchange::Exchange;
use super::variable::{half, secret};
use super::{Credentials, Keys};
use crate::error::Error;
use crate::http::endpoint::Endpoint;
use crate::process::env::Env;

/// One place, in the order of its cloud's table.
pub enum Source {
    /// A ready token in one variable.
    Token(&'static str),
    /// A key pair.
    Keys(KeyVariables),
    /// Credentials that something else is exchanged for.
    Exchange(ExchangeSource),
}

/// The variables of a key pair.
#[derive(Clone, Copy)]
pub struct KeyVariables {
    /// Whose they are.
    pub vendor: Vendor,
    /// The public half.
    pub id: &'static str,
    /// The secret half.
    pub secret: &'static str,
    /// The security token of a temporary pair, where it may be one.
    pub token: Option<&'static str>,
}

/// Credentials that something else is exchanged for.
pub struct ExchangeSource {
    /// What it is: `keyless`, `profile`, `machine`, …
    pub kind: &'static str,
    /// The variables that configure it, for people.
    pub shown: &'static str,
    /// Looks for it. What is configured by half or wrongly is an error. Not where a complete one was found before
    /// (`is_first` is false) and a file would have to be looked for.
    pub look: fn(context: &Context, is_first: bool) -> Result<Option<Found>, Error>,
}

/// Where a source is looked for, and what the inputs say to it.
pub struct Context<'a> {
    /// The variables.
    pub env: &'a Env,
    /// Whether this is a job of a CI system: there, a profile counts only where it is named.
    pub in_ci: bool,
    /// The input `oidc_audience`.
    pub audience: Option<String>,
    /// The input `sts_endpoint`.
    pub sts_endpoint: Option<Endpoint>,
    /// The input `iam_endpoint`.
    pub iam_endpoint: Option<Endpoint>,
    /// The region of the release, where there is one.
    pub region: Option<String>,
    /// The id of the account that the operation needs: `project_id`, `domain_id`.
    pub account_input: Option<&'static str>,
    /// For how long credentials are asked that cannot be renewed.
    pub lifetime: Duration,
}

/// A complete source.
pub struct Found {
    /// Its variables, for people.
    pub name: String,
    /// How its credentials are got.
    pub way: Way,
    /// The account's ids, as far as the source itself knows them, by the input's name.
    pub account: Vec<(&'static str, String)>,
}

/// How credentials are got.
pub enum Way {
    /// They are there.
    Ready(Credentials),
    /// For a time, in exchange; with the keys that are given for it, if it is keys.
    Exchange(Box<dyn Exchange>, Option<Keys>),
    /// They stand in a file, which is read once it is certain that this is the source.
    File(fn(context: &Context) -> Result<Found, Error>),
}

impl<'a> Context<'a> {
    /// The variables of a CI's job, and no inputs.
    #[must_use]
    pub fn of(env: &'a Env) -> Self {
        Self {
            env,
            in_ci: true,
            audience: None,
            sts_endpoint: None,
            iam_endpoint: None,
            region: None,
            account_input: None,
            lifetime: Duration::from_secs(3600),
        }
    }
}

impl Source {
    /// Looks for it.
    pub fn look(&self, context: &Context, is_first: bool) -> Result<Option<Found>, Error> {
        let name = || self.variables();
        match self {
            Self::Token(variable) => {
                let token = secret(context.env, variable, Part::Token)?;
                Ok(token.map(|token| Found::ready(name(), Credentials::Token(token))))
            }
            Self::Keys(variables) => {
                let keys = variables.read(context.env)?;
                Ok(keys.map(|keys| Found::ready(name(), Credentials::Keys(keys))))
            }
            Self::Exchange(source) => (source.look)(context, is_first),
        }
    }

    /// What kind of source it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "ready token",
            Self::Keys(_) => "keys",
            Self::Exchange(source) => source.kind,
        }
    }

    /// The variables that make it complete, for people.
    #[must_use]
    pub fn variables(&self) -> String {
        match self {
            Self::Token(variable) => format!("`{variable}`"),
            Self::Keys(keys) => keys.to_string(),
            Self::Exchange(source) => source.shown.to_owned(),
        }
    }

    /// The same with what else belongs to it, for `--help`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = self.variables();
        if let Self::Keys(KeyVariables { token: Some(token), .. }) = self {
            let _ = write!(shown, " (and `{token}`)");
        }
        shown
    }
}

impl KeyVariables {
    /// The pair, if it is there.
    pub fn read(&self, env: &Env) -> Result<Option<Keys>, Error> {
        let access_key_id = secret(env, self.id, Part::AccessKeyId(self.vendor))?;
        let access_key_secret = secret(env, self.secret, Part::AccessKeySecret)?;
        let security_token = match self.token {
            Some(token) => secret(env, token, Part::Token)?,
            None => None,
        };
        let missing: &[&str] = match (access_key_id, access_key_secret, &security_token) {
            (None, None, None) => return Ok(None),
            (Some(access_key_id), Some(access_key_secret), _) => {
                return Ok(Some(Keys { access_key_id, access_key_secret, security_token }));
            }
            (None, Some(_), _) => &[self.id],
            (Some(_), None, _) => &[self.secret],
            (None, None, Some(_)) => &[self.id, self.secret],
        };
        let set = [Some(self.id), Some(self.secret), self.token].into_iter().flatten();
        let is_set = |name: &&str| !missing.contains(name) && env.get(name).is_some();
        Err(half(&set.filter(is_set).collect::<Vec<_>>(), missing))
    }
}

impl std::fmt::Display for KeyVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` with `{}`", self.id, self.secret)
    }
}

impl Found {
    /// Credentials that are there.
    #[must_use]
    pub fn ready(name: String, credentials: Credentials) -> Self {
        Self { name, way: Way::Ready(credentials), account: Vec::new() }
    }

    /// Whether both are the same credentials under two names, as the vendors' own actions export them.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.keys(), other.keys()) {
            (Some(keys), Some(others)) => keys.is_same(others),
            _ => match (&self.way, &other.way) {
                (Way::Ready(Credentials::Token(token)), Way::Ready(Credentials::Token(other))) => {
                    token.expose_secret() == other.expose_secret()
                }
                _ => false,
            },
        }
    }

    fn keys(&self) -> Option<&Keys> {
        match &self.way {
            Way::Ready(Credentials::Keys(keys)) => Some(keys),
            Way::Exchange(_, keys) => keys.as_ref(),
            Way::Ready(Credentials::Token(_)) | Way::File(_) => None,
        }
    }
}
