//! Whom a cloud believes, and on what condition.

use jiff::Timestamp;

use super::token::{Claims, decode, is_genuine};

/// An OIDC provider that a cloud's account has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its ARN of Alibaba Cloud, or its URN of Huawei Cloud.
    pub name: String,
    /// The tokens' `iss`.
    pub issuer: String,
    /// What may stand in the tokens' `aud`.
    pub client_ids: Vec<String>,
}

/// On what condition a role or an agency is given to a token; the texts are compared as a whole (`StringEquals`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// [`Provider::name`].
    pub provider: String,
    /// `oidc:iss`.
    pub issuer: String,
    /// `oidc:aud`.
    pub audiences: Vec<String>,
    /// `oidc:sub`.
    pub subjects: Vec<String>,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// It has not three parts.
    Parts,
    /// It is no token with RS256.
    Form,
    /// `iss` is not the provider's.
    Issuer,
    /// It is not signed by the issuer.
    Signature,
    /// `exp` has passed.
    Expired,
    /// `aud` is none of the provider's client ids.
    Audience,
}

impl Provider {
    /// What a token says, if it is this provider's and still valid. A line break behind it is forgiven, as files end in one.
    pub(crate) fn believe(&self, now: Timestamp, token: &str) -> Result<Claims, Distrust> {
        let token = token.trim_end_matches(['\r', '\n']);
        let claims = decode(token)?;
        if claims.issuer != self.issuer {
            return Err(Distrust::Issuer);
        }
        if !is_genuine(token) {
            return Err(Distrust::Signature);
        }
        if claims.expires <= now {
            return Err(Distrust::Expired);
        }
        if !claims.audiences.iter().any(|audience| self.client_ids.contains(audience)) {
            return Err(Distrust::Audience);
        }
        Ok(claims)
    }
}

impl Trust {
    /// Whether a token of this provider meets the condition.
    pub(crate) fn is_met(&self, provider: &Provider, claims: &Claims) -> bool {
        self.provider == provider.name
            && self.issuer == claims.issuer
            && self.audiences.iter().any(|audience| claims.audiences.contains(audience))
            && self.subjects.contains(&claims.subject)
    }
}
