//! What both clouds' metadata services have in common: tokens of their own, and answers without an envelope.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    account::Account,
    http::{Answer, Request},
    refusal::Refusal,
    reply::Reply,
    session::{Holder, Sessions},
    text,
};

/// The name of every request that is served. The vendors have none for them.
pub(crate) const OPERATIONS: [&str; 5] =
    ["GetMetadataToken", "GetRamRole", "GetRamCredentials", "GetSecurityKey", "GetCredentialsUri"];

const LONGEST_TOKEN: i64 = 21_600;
/// How long keys of a server's role live.
const SIX_HOURS: SignedDuration = SignedDuration::from_hours(6);

/// Whether a metadata service asks for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// It gives them, and answers without one as well.
    Optional,
    /// It answers nothing without one ("hardened mode").
    Required,
    /// It knows none: asked for one it answers 404.
    Unknown,
}

/// A metadata service.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The server's role or agency; none where it has none.
    pub role: Option<String>,
    /// Whether it asks for tokens.
    pub token_use: TokenUse,
    /// How it hands out keys. The same are given until half of their life is over.
    pub sessions: Sessions,
    tokens: HashMap<String, Timestamp>,
    current: Option<(Timestamp, Account)>,
}

impl Metadata {
    pub(crate) fn of(role: &str) -> Self {
        Self {
            role: Some(role.into()),
            token_use: TokenUse::Optional,
            sessions: Sessions::default(),
            tokens: HashMap::new(),
            current: None,
        }
    }

    /// Gives a token for as long as the header asks.
    pub(crate) fn token(
        &mut self,
        now: Timestamp,
        request: &Request,
        header: &str,
    ) -> Result<Reply, Refusal> {
        if request.method != "PUT" {
            return Err(refusal(405, "MethodNotAllowed", "405 - Method Not Allowed"));
        }
        if self.token_use == TokenUse::Unknown {
            return Err(not_found());
        }
        let seconds = request.header(header).and_then(|seconds| seconds.parse().ok());
        let seconds = seconds.filter(|seconds| (1..=LONGEST_TOKEN).contains(seconds));
        let seconds = seconds.ok_or_else(|| refusal(400, "BadRequest", "400 - Bad Request"))?;
        let token =
            format!("{}+/==", text::sha256(format!("{header} {now} {}", self.tokens.len()).as_bytes()));
        self.tokens.insert(token.clone(), now + SignedDuration::from_secs(seconds));
        Ok(Value::from(token).into())
    }

    /// Whether a question may be asked with this header.
    pub(crate) fn check(&self, now: Timestamp, request: &Request, header: &str) -> Result<(), Refusal> {
        check_is_get(request)?;
        match request.header(header) {
            None if self.token_use == TokenUse::Required => Err(refusal(403, "Forbidden", "403 - Forbidden")),
            None => Ok(()),
            Some(token) if self.tokens.get(token).is_some_and(|expires| now < *expires) => Ok(()),
            Some(_) => Err(documented(401, "unauthorized")),
        }
    }

    /// The keys that the server's role has now; new ones where half of their life is over.
    pub(crate) fn keys(&mut self, now: Timestamp, ids: (&str, &str), principal: String) -> Account {
        let is_young = |given: Timestamp, account: &Account| {
            account
                .expires
                .is_some_and(|expires| now.duration_since(given) * 2 < expires.duration_since(given))
        };
        match &self.current {
            Some((given, account)) if is_young(*given, account) => account.clone(),
            _ => {
                let account = self.sessions.give(now, SIX_HOURS, ids, Holder { principal, permitted: true });
                self.current = Some((now, account.clone()));
                account
            }
        }
    }

    /// The keys given so far are no longer the server's.
    pub(crate) fn forget(&mut self) {
        self.current = None;
    }
}

fn refusal(status: u16, code: &'static str, message: &str) -> Refusal {
    Refusal::new(status, code, message)
}

pub(crate) fn check_is_get(request: &Request) -> Result<(), Refusal> {
    match request.method.as_str() {
        "GET" => Ok(()),
        _ => Err(refusal(405, "MethodNotAllowed", "405 - Method Not Allowed")),
    }
}

pub(crate) fn not_found() -> Refusal {
    refusal(404, "NotFound", "404 - Not Found")
}

/// What an error of this name says; the body is a text without a code.
pub(crate) fn documented(status: u16, code: &str) -> Refusal {
    let message = match code {
        "unauthorized" => r#"{"code":"unauthorized","message":"invalid token"}"#,
        // Source: huaweicloudsdkcore, auth/internal.py
        "no-agency" => "Please configure Cloud Service Agency first",
        other => other,
    };
    Refusal::new(status, code.to_owned(), message)
}

/// A text, or JSON, and nothing around it.
pub(crate) fn render(result: &Result<Reply, Refusal>) -> Answer {
    let (status, kind, body) = match result {
        Ok(Reply { status, body: Value::String(text), .. }) => (*status, "text/plain", text.clone()),
        Ok(reply) => (reply.status, "application/json", reply.body.to_string()),
        Err(refusal) => (refusal.status, "text/plain", refusal.message.clone()),
    };
    Answer { status, headers: vec![("Content-Type".into(), kind.into())], body: body.into_bytes() }
}
