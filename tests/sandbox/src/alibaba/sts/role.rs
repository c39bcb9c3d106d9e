//! A role, and who may assume it.

use jiff::SignedDuration;

use crate::identity::Trust;

/// A RAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// `MaxSessionDuration`: 1 to 12 hours.
    pub max_session: SignedDuration,
    /// Whether keys of the account that may call `AssumeRole` get it.
    pub trusts_keys: bool,
    /// The `ExternalId` that they must give, where the role asks for one.
    pub external_id: Option<String>,
    /// The identity tokens that get it.
    pub trusts: Vec<Trust>,
    /// Whether it may call the other services.
    pub permitted: bool,
}
