//! Temporary keys that a cloud hands out.

use jiff::{SignedDuration, Timestamp};

use crate::{account::Account, text};

/// How a cloud hands out temporary keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// How long each one is to live, whatever was asked for; without it as long as asked for.
    pub lifetime: Option<SignedDuration>,
    given: u32,
}

/// Whose keys these are, and what they may do.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// The ARN or URN of the session.
    pub(crate) principal: String,
    pub(crate) permitted: bool,
}

impl Sessions {
    /// Keys like `STS.` or `HST` with this security token's beginning; they expire at a whole second.
    pub(crate) fn give(
        &mut self,
        now: Timestamp,
        asked: SignedDuration,
        (id, token): (&str, &str),
        holder: Holder,
    ) -> Account {
        self.given += 1;
        let hash = |what: &str| text::sha256(format!("{what} of {id} session {}", self.given).as_bytes());
        let expires = now + self.lifetime.unwrap_or(asked);
        Account {
            id: format!("{id}{}", hash("id")[..17].to_uppercase()),
            // The characters that are easily lost in encodings.
            secret: format!("{}+/=~*", &hash("secret")[..34]),
            security_token: Some(format!("{token}+a/{}/{}==", hash("token"), hash("rest"))),
            expires: Some(whole(expires)),
            permitted: holder.permitted,
            principal: Some(holder.principal),
        }
    }
}

/// The second that this moment is in.
fn whole(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}
