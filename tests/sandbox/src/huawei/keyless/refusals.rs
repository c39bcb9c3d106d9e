//! What STS and IAM say when they refuse.

use crate::{identity::Distrust, refusal::Refusal};

/// The trust policy is not met. The vendor's table of STS's codes is not public; this one is from reports of users.
pub(in crate::huawei) fn access_denied() -> Refusal {
    let message = "access denied: no identity-based policy allows sts:agencies:assumeWithOIDC";
    Refusal::new(403, "STS5.1001", message)
}

/// What else STS refuses. Only the code of a wrong audience is known, from a report of a user.
pub(super) fn distrusted(why: Distrust) -> Refusal {
    let fault = match why {
        Distrust::Parts | Distrust::Form => "the id token is malformed",
        Distrust::Issuer => "the issuer is not the provider's",
        Distrust::Signature => "the signature of the id token is wrong",
        Distrust::Expired => "the id token is expired",
        Distrust::Audience => {
            return Refusal::new(403, "STS5.2001", "the audience is none of the provider's client ids");
        }
    };
    Refusal { message: format!("access denied: {fault}"), ..access_denied() }
}

/// No documented code.
pub(super) fn invalid(fault: impl AsRef<str>) -> Refusal {
    Refusal::new(400, "STS5.0001", format!("invalid parameter: {}", fault.as_ref()))
}

/// No documented code; from a report of a user.
pub(super) fn not_found(what: &str) -> Refusal {
    Refusal::new(404, "STS5.1106", format!("the {what} cannot be found"))
}

/// An error of classic IAM, in Keystone's form: its code is the HTTP status.
pub(in crate::huawei) fn keystone(status: u16) -> Refusal {
    let (code, message) = match status {
        400 => ("400", "The request body is invalid."),
        401 => ("401", "The request you have made requires authentication."),
        403 => ("403", "You are not authorized to perform the requested action."),
        _ => ("500", "An unexpected error prevented the server from fulfilling your request."),
    };
    Refusal::new(status, code, message)
}
