//! Credentials, and the order in which they are looked for: under the names that the vendors' own tools read, never
//! among the inputs, which CI systems print.

use std::fmt;

use secrecy::SecretString;

use crate::error::{Error, Kind};
use crate::process::env::Env;
use crate::text::redact::{MIN_SECRET_LEN, Redactor};

/// What a call is authorised with.
#[derive(Clone)]
pub enum Credentials {
    /// A key pair, long-lived or temporary.
    Keys(Keys),
    /// A ready token.
    Token(SecretString),
}

/// A key pair.
#[derive(Clone)]
pub struct Keys {
    /// The public half.
    pub access_key_id: SecretString,
    /// The secret half.
    pub access_key_secret: SecretString,
    /// Comes with a temporary pair.
    pub security_token: Option<SecretString>,
}

/// A place in the environment where credentials may stand.
pub enum Source {
    /// A ready token in one variable.
    Token(&'static str),
    /// A key pair, and the variable of its token if it may be a temporary one.
    Keys {
        /// The variable of the public half.
        id: &'static str,
        /// The variable of the secret half.
        secret: &'static str,
        /// The variable of the security token.
        token: Option<&'static str>,
    },
    /// A way that this version does not go yet; the variable that asks for it. Not `overridden` if it must not be
    /// passed over in favour of keys.
    Unsupported {
        /// The variable that configures it.
        variable: &'static str,
        /// The only value that does; any if there is none.
        value: Option<&'static str>,
        /// What it is.
        about: &'static str,
        /// Whether keys that are there too are taken instead.
        overridden: bool,
    },
}

/// Secrets that this version does not use, but that may stand in a job's environment all the same.
const OTHERS: [&str; 3] =
    ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN", "HUAWEICLOUD_OIDC_ID_TOKEN"];

/// An access key's id is no secret, but nobody needs to see it. A short one is taken for a word.
const SHORTEST_ID: usize = 16;

/// Learns every secret of the environment, whichever will be used, before anything is read that could repeat one.
pub fn register_secrets<'a>(env: &Env, sources: impl IntoIterator<Item = &'a Source>, redactor: &Redactor) {
    let remember = |variable: &str, shortest: usize| {
        let value = env.get(variable).unwrap_or_default().trim();
        if value.len() >= shortest {
            redactor.add(value);
        }
    };
    for source in sources {
        match source {
            Source::Token(variable) => remember(variable, MIN_SECRET_LEN),
            Source::Keys { id, secret, token } => {
                remember(id, SHORTEST_ID);
                remember(secret, MIN_SECRET_LEN);
                if let Some(token) = token {
                    remember(token, MIN_SECRET_LEN);
                }
            }
            Source::Unsupported { .. } => {}
        }
    }
    for variable in OTHERS {
        remember(variable, MIN_SECRET_LEN);
    }
}

/// Takes the first complete source. A second one is named in a warning, half a one is an error.
pub fn find(env: &Env, sources: &[Source]) -> Result<Credentials, Error> {
    first_complete(env, sources).map_err(|error| {
        let what = format!("{}; nothing was sent", error.what);
        Error { what, ..error }
    })
}

fn first_complete(env: &Env, sources: &[Source]) -> Result<Credentials, Error> {
    let mut found: Option<(Credentials, String)> = None;
    for source in sources {
        match (source.read(env), &found) {
            (Ok(None), _) => {}
            (Ok(Some(credentials)), None) => found = Some((credentials, source.variables())),
            (Ok(Some(_)), Some((_, first))) => tracing::warn!(
                "two sources of credentials are set, {first} and {}: the first is used",
                source.variables()
            ),
            (Err(fault), None) => return Err(fault),
            (Err(fault), Some((_, first))) if source.must_work() => {
                return Err(fault.with_hint(format!("unset it to use {first}")));
            }
            (Err(fault), Some((_, first))) => {
                tracing::warn!("{}; {first} is used", fault.what);
            }
        }
    }
    let Some((credentials, variables)) = found else {
        return Err(missing(sources));
    };
    tracing::debug!("credentials from {variables}");
    Ok(credentials)
}

fn missing(sources: &[Source]) -> Error {
    let names: Vec<String> = sources
        .iter()
        .filter(|source| !matches!(source, Source::Unsupported { .. }))
        .map(Source::variables)
        .collect();
    Error::new(Kind::Credentials, "no credentials are set").with_hint(format!(
        "set one of: {}; as secrets of the CI, in the environment of this step",
        names.join("; ")
    ))
}

impl Source {
    /// The variables that make it complete, for messages.
    fn variables(&self) -> String {
        match self {
            Self::Token(variable) | Self::Unsupported { variable, .. } => format!("`{variable}`"),
            Self::Keys { id, secret, .. } => format!("`{id}` with `{secret}`"),
        }
    }

    /// The variables of a source that works, for `--help`.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        match self {
            Self::Unsupported { .. } => None,
            Self::Keys { token: Some(token), .. } => Some(format!("{} (and `{token}`)", self.variables())),
            source => Some(source.variables()),
        }
    }

    fn must_work(&self) -> bool {
        matches!(self, Self::Unsupported { overridden: false, .. })
    }

    fn read(&self, env: &Env) -> Result<Option<Credentials>, Error> {
        match *self {
            Self::Token(variable) => Ok(secret(env, variable)?.map(Credentials::Token)),
            Self::Keys { id, secret, token } => keys(env, id, secret, token),
            Self::Unsupported { variable, value, about, .. } => match (env.checked(variable), value) {
                (Ok(None), _) => Ok(None),
                (Ok(given), Some(_)) if given != value => Ok(None),
                _ => Err(Error::new(
                    Kind::Credentials,
                    format!("`{variable}` asks for {about}, which this version cannot do yet"),
                )
                .with_hint("unset it and set a key pair, or wait for the version that can")),
            },
        }
    }
}

fn keys(
    env: &Env,
    id: &'static str,
    secret_name: &'static str,
    token: Option<&'static str>,
) -> Result<Option<Credentials>, Error> {
    let access_key_id = secret(env, id)?;
    let access_key_secret = secret(env, secret_name)?;
    let security_token = match token {
        Some(token) => secret(env, token)?,
        None => None,
    };
    let half = |missing: &[&str]| {
        let set = [Some(id), Some(secret_name), token].into_iter().flatten();
        let set: Vec<&str> = set.filter(|name| !missing.contains(name) && env.get(name).is_some()).collect();
        let (set, missing) = (Names(&set), Names(missing));
        Error::new(
            Kind::Credentials,
            format!("{set} {} set, but {missing} {} not", set.verb(), missing.verb()),
        )
        .with_hint(format!("set {missing} too, or unset {set}"))
    };
    match (access_key_id, access_key_secret, security_token) {
        (None, None, None) => Ok(None),
        (Some(access_key_id), Some(access_key_secret), security_token) => {
            Ok(Some(Credentials::Keys(Keys { access_key_id, access_key_secret, security_token })))
        }
        (None, Some(_), _) => Err(half(&[id])),
        (Some(_), None, _) => Err(half(&[secret_name])),
        (None, None, Some(_)) => Err(half(&[id, secret_name])),
    }
}

/// Variables in a sentence.
struct Names<'a>(&'a [&'a str]);

impl Names<'_> {
    fn verb(&self) -> &'static str {
        if self.0.len() == 1 { "is" } else { "are" }
    }
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.join("` and `"))
    }
}

/// A secret variable, trimmed (a line break at the end of a pasted key is the usual accident), and fit to stand in a header.
fn secret(env: &Env, variable: &str) -> Result<Option<SecretString>, Error> {
    let wrong = |problem: &str, hint: &str| {
        Err(Error::new(Kind::Credentials, format!("`{variable}` {problem}")).with_hint(hint))
    };
    let value = match env.checked(variable) {
        Ok(None) => return Ok(None),
        Ok(Some(value)) => value.trim(),
        Err(fault) => return wrong(&fault.to_string(), "paste the key again"),
    };
    if value.is_empty() {
        return Ok(None);
    }
    if !value.chars().all(|character| matches!(character, ' '..='~')) {
        return wrong(
            "holds a line break or another character that no key has",
            "paste the key again, as one line",
        );
    }
    if value.len() < MIN_SECRET_LEN {
        return wrong("is too short to be a key", "see whether the secret of that name is really there");
    }
    Ok(Some(value.into()))
}
