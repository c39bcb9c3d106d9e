//! Credentials, and the order in which they are looked for: under the names that the vendors' own tools read, never
//! among the inputs, which CI systems print.
//!
//! ```text
//! environment → chain (the first complete source) → exchange (where it is one) → provider (renews them) → client
//! ```

pub mod chain;
pub mod check;
pub mod exchange;
pub mod exchanger;
pub mod expiry;
pub mod identity;
pub mod provider;
pub mod secrets;
pub mod source;
pub mod variable;

use secrecy::{ExposeSecret, SecretString};

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

impl Keys {
    /// Whether both are the same pair.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same = |own: &SecretString, other: &SecretString| own.expose_secret() == other.expose_secret();
        is_same(&self.access_key_id, &other.access_key_id)
            && is_same(&self.access_key_secret, &other.access_key_secret)
            && match (&self.security_token, &other.security_token) {
                (Some(own), Some(other)) => is_same(own, other),
                (own, other) => own.is_none() && other.is_none(),
            }
    }
}
