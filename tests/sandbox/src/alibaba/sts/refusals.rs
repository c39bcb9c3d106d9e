//! What STS says when it refuses.

use jiff::SignedDuration;

use crate::{identity::Distrust, refusal::Refusal};

/// Status, code and message, to the letter.
/// Source: <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes>
const DOCUMENTED: [(u16, &str, &str); 13] = [
    (401, "AuthenticationFail.NoPermission", "There is no permission"),
    (401, "AuthenticationFail.OIDCToken.AudienceNotMatch", "Invalid audience."),
    (401, "AuthenticationFail.OIDCToken.Expired", "This JsonWebToken is expired."),
    (
        401,
        "AuthenticationFail.OIDCToken.IssuerNotMatch",
        "The issuer in the OIDC Token doesn't match the OIDC Provider registered.",
    ),
    (
        401,
        "AuthenticationFail.OIDCToken.IssuerConfigurationBroken",
        "Get public keys from OIDC Provider failed",
    ),
    (
        401,
        "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        "Invoke url failed due to certificate chain validation",
    ),
    (
        401,
        "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch",
        "The https fingerprint of this discovery is invalid.",
    ),
    (
        401,
        "AuthenticationFail.OIDCToken.Invalid",
        "The number of Jwt field should be divided into 3 parts with '.' .",
    ),
    // The vendor's table names the code, without a text of its own.
    (401, "AuthenticationFail.OIDCToken.InvalidSignature", "The signature of the OIDC Token is invalid."),
    (403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM."),
    (400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed."),
    (400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check."),
    (400, "Throttling.User", "Request was denied due to user flow control."),
];

/// The documented refusal of this code, with its usual status.
pub(crate) fn documented(code: &str) -> Option<Refusal> {
    let (status, code, message) = DOCUMENTED.iter().find(|(_, known, _)| *known == code)?;
    Some(Refusal::new(*status, *code, *message))
}

pub(super) fn refuse(code: &'static str) -> Refusal {
    documented(code).unwrap_or_else(|| Refusal::new(400, code, code))
}

pub(super) fn distrusted(why: Distrust) -> Refusal {
    refuse(match why {
        Distrust::Parts | Distrust::Form => "AuthenticationFail.OIDCToken.Invalid",
        Distrust::Issuer => "AuthenticationFail.OIDCToken.IssuerNotMatch",
        Distrust::Signature => "AuthenticationFail.OIDCToken.InvalidSignature",
        Distrust::Expired => "AuthenticationFail.OIDCToken.Expired",
        Distrust::Audience => "AuthenticationFail.OIDCToken.AudienceNotMatch",
    })
}

/// The code of [`refuse`]d conditions as well; only the message differs.
pub(super) fn no_provider() -> Refusal {
    Refusal {
        message: "No such OIDC Provider registered.".into(),
        ..refuse("AuthenticationFail.NoPermission")
    }
}

pub(super) fn no_role(arn: &str) -> Refusal {
    Refusal::new(404, "EntityNotExist.Role", format!("The role not exists: {arn}. "))
}

pub(super) fn duration(most: SignedDuration) -> Refusal {
    let message = format!("The Min/Max value of DurationSeconds is 15min/{}hr.", most.as_hours());
    Refusal::new(400, "InvalidParameter.DurationSeconds", message)
}
