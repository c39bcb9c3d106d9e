//! Credentials that a sandbox knows.

use jiff::Timestamp;

/// One of the two clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// Alibaba Cloud: Compute Nest and DCDN.
    Alibaba,
    /// Huawei Cloud: `DataArts` Factory and `CodeArts` Pipeline.
    Huawei,
}

/// A key pair and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The access key's id.
    pub id: String,
    /// The access key's secret.
    pub secret: String,
    /// The security token that must come with a temporary key; none for a long-lived one.
    pub security_token: Option<String>,
    /// From when on a temporary key is refused.
    pub expires: Option<Timestamp>,
    /// Whether it may call the APIs at all.
    pub permitted: bool,
    /// Of keys that a cloud has handed out the ARN or URN of their session; none for those of [`crate::world`].
    pub principal: Option<String>,
}

impl Account {
    /// A long-lived key pair with every permission.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            security_token: None,
            expires: None,
            permitted: true,
            principal: None,
        }
    }

    /// The same as a temporary key.
    #[must_use]
    pub fn with_security_token(self, token: &str) -> Self {
        Self { security_token: Some(token.into()), ..self }
    }

    /// The same without any permission.
    #[must_use]
    pub fn without_permission(self) -> Self {
        Self { permitted: false, ..self }
    }

    pub(crate) fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}
