//! The identity token of a CI job: what proves to a cloud, for some minutes, which job of whose this is.

pub mod absent;
pub mod claims;
pub mod service;

use secrecy::{ExposeSecret, SecretString};

use self::service::TokenService;
use super::exchange::{Answers, Next, TokenFile};
use super::source::Context;
use super::variable;
use crate::error::{CallError, Error, FailureClass, Kind};
use crate::text::placeholder::unfilled;

/// Where a cloud's tools look for a token, and for whom it has to be.
pub struct TokenVariables {
    /// Names a file.
    pub file: &'static str,
    /// Holds the token itself, if there is such a variable.
    pub token: Option<&'static str>,
    /// The audience where the CI is asked and `oidc_audience` is not given.
    pub audience: &'static str,
}

/// Where the token comes from.
pub enum IdentityToken {
    /// It is there, and there will be no other.
    Variable(&'static str, SecretString),
    /// A file, which the CI may replace.
    File(TokenFile),
    /// The CI is asked for one.
    Service(TokenService),
}

/// The lengths that STS takes, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=20_000;

impl IdentityToken {
    /// Looks for a token: in a file, in a variable, from the CI.
    pub fn find(context: &Context, variables: &TokenVariables) -> Result<Option<Self>, Error> {
        let named = |name| Ok::<_, Error>(variable::text(context.env, name)?.map(|value| (name, value)));
        let file = named(variables.file)?;
        let is_at_hand = |name: &str| {
            if context.audience.is_some() {
                tracing::warn!(
                    "`oidc_audience` has no effect: the token is not asked for, it comes from `{name}`"
                );
            }
        };
        let token = variables.token.map(named).transpose()?.flatten();
        match (file, token) {
            (Some((named_by, path)), token) => {
                is_at_hand(named_by);
                if let Some((name, _)) = token.filter(|(_, token)| differs(path, token)) {
                    tracing::warn!("`{name}` and `{named_by}` hold different tokens: the file is used");
                }
                Ok(Some(Self::File(TokenFile { named_by: named_by.to_owned(), path: path.to_owned() })))
            }
            (None, Some((name, token))) => {
                is_at_hand(name);
                let token = checked(token).map_err(|problem| variable::wrong(name, &problem, NOT_A_TOKEN))?;
                Ok(Some(Self::Variable(name, token)))
            }
            (None, None) => {
                let audience = context.audience.as_deref().unwrap_or(variables.audience);
                Ok(TokenService::find(context.env, audience)?.map(Self::Service))
            }
        }
    }

    /// The token, if it is at hand.
    pub fn get(&self, answers: &mut Answers) -> Result<SecretString, Next> {
        match self {
            Self::Variable(_, token) => Ok(token.clone()),
            Self::File(file) => {
                let text = answers.text(|| file.clone())?.expose_secret();
                let wrong = |problem| {
                    let what =
                        format!("`{}` names `{}`, and what is in it {problem}", file.named_by, file.path);
                    CallError::without_answer(FailureClass::Unauthenticated, what, Some(NOT_A_TOKEN))
                };
                checked(text).map_err(|problem| wrong(problem).into())
            }
            Self::Service(service) => service.get(answers),
        }
    }

    /// Whether there can be another one later.
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        !matches!(self, Self::Variable(..))
    }
}

impl std::fmt::Display for IdentityToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name, _) => write!(f, "`{name}`"),
            Self::File(file) => write!(f, "`{}`", file.named_by),
            Self::Service(_) => f.write_str("the CI's own identity token"),
        }
    }
}

const NOT_A_TOKEN: &str =
    "give the CI's identity token (OpenID Connect, a JWT of three parts with dots between) itself, unchanged";

/// A trimmed token that has the form of one.
fn checked(token: &str) -> Result<SecretString, String> {
    let token = token.trim();
    if let Some(unfilled) = unfilled(token) {
        return Err(format!("is no token but {}", unfilled.meaning()));
    }
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='))
    };
    if token.is_empty() {
        return Err("is empty".to_owned());
    }
    if token.split('.').count() != 3 || !token.split('.').all(is_part) {
        return Err("is no identity token: it has not three parts with dots between".to_owned());
    }
    if !LENGTHS.contains(&token.len()) {
        return Err(format!("is too long for an identity token: {} characters, at most 20000", token.len()));
    }
    Ok(token.into())
}

/// Whether a file is there and holds another token. One that cannot be read is an error later.
fn differs(path: &str, token: &str) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.trim() != token)
}

/// The error of a keyless source to which everything is given but the token.
#[must_use]
pub fn missing(context: &Context, asked_for: &str, variables: &TokenVariables) -> Error {
    let what = format!("{asked_for} for keyless credentials, but there is no identity token");
    Error::new(Kind::Credentials, what).with_hint(absent::advice(context.env, variables))
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn a_token_has_three_parts_and_twenty_thousand_characters_at_most() {
        use secrecy::ExposeSecret;
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln";
        assert_eq!(checked(&format!(" {token}\n")).unwrap().expose_secret(), token);
        let long = format!("a.b.{}", "c".repeat(19_996));
        assert_eq!(checked(&long).unwrap().expose_secret(), long);
        let wrong =
            ["", "abc", "a.b", "a.b.c.d", "..", "a..c", "a.b. c", "$TOKEN", "[MASKED]", &format!("{long}c")];
        let problems = wrong.map(|token| checked(token).unwrap_err());
        insta::assert_snapshot!(problems.join("\n"), @"
        is empty
        is no identity token: it has not three parts with dots between
        is no identity token: it has not three parts with dots between
        is no identity token: it has not three parts with dots between
        is no identity token: it has not three parts with dots between
        is no identity token: it has not three parts with dots between
        is no identity token: it has not three parts with dots between
        is no token but the name of a variable, not its value: nothing filled it in
        is no token but what a CI shows in the place of a secret
        is too long for an identity token: 20001 characters, at most 20000
        ");
    }
}
