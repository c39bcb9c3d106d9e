//! STS: where it is, what it says, and what a user can do about that.
//!
//! Source: <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes>

use std::time::Duration;

use serde_json::Value;

use crate::cloud::credentials::source::Context;
use crate::cloud::credentials::variable::{is_on, text, wrong};
use crate::cloud::signed_text::without_signed_text;
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Response};

pub(super) const SERVER: &str = "Alibaba Cloud's STS";
pub(super) const VERSION: &str = "2015-04-01";

/// What can be renewed is asked for so long: every role allows it.
pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// The code of a session that is longer than the role allows.
pub(super) const TOO_LONG: &str = "InvalidParameter.DurationSeconds";

/// Where STS is asked: the input, the variables of the CLI and the SDKs, `sts_region` of a profile, else the one host that is
/// there for all regions.
pub(super) fn endpoint(context: &Context, profile_region: Option<&str>) -> Result<Endpoint, Error> {
    const ENDPOINT: &str = "ALIBABA_CLOUD_STS_ENDPOINT";
    const REGION: &str = "ALIBABA_CLOUD_STS_REGION";
    if let Some(endpoint) = &context.sts_endpoint {
        return Ok(endpoint.clone());
    }
    let parse = |name: &str, text: &str| {
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        Endpoint::parse(&url)
            .map_err(|problem| wrong(name, &problem, "give a host such as `sts.aliyuncs.com`"))
    };
    if let Some(endpoint) = text(context.env, ENDPOINT)? {
        return parse(ENDPOINT, endpoint);
    }
    let region = text(context.env, REGION)?.or(profile_region);
    let is_inside = is_on(context.env, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
    let host = match region {
        Some(region) if is_inside => format!("sts-vpc.{region}.aliyuncs.com"),
        Some(region) => format!("sts.{region}.aliyuncs.com"),
        None => "sts.aliyuncs.com".to_owned(),
    };
    parse(REGION, &host)
}

/// A session's name, before it is sent: 2 to 64 characters of letters, digits and `.@-_`.
pub(super) fn session_name(name: &str, given: Option<&str>) -> Result<String, Error> {
    let given = given.unwrap_or("release-step");
    let fits = (2..=64).contains(&given.len())
        && given.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-' | '_'));
    if fits {
        return Ok(given.to_owned());
    }
    Err(wrong(name, "is no name of a session", "give 2 to 64 letters, digits and `.@-_`, or leave it out"))
}

/// An ARN, before it is sent: `acs:ram::ACCOUNT:KIND/NAME`.
pub(super) fn arn<'a>(name: &str, arn: &'a str, kind: &str) -> Result<&'a str, Error> {
    let account = arn.strip_prefix("acs:ram::").and_then(|rest| rest.split_once(&format!(":{kind}/")));
    let is_account = |account: &str| !account.is_empty() && account.chars().all(|c| c.is_ascii_digit());
    match account {
        Some((account, rest))
            if is_account(account) && !rest.is_empty() && !rest.contains(char::is_whitespace) =>
        {
            Ok(arn)
        }
        _ => {
            let problem = format!("is `{}`, which is no ARN of this kind", crate::text::sanitize::line(arn));
            Err(wrong(
                name,
                &problem,
                &format!("give `acs:ram::ACCOUNT:{kind}/NAME`, with the account's number"),
            ))
        }
    }
}

/// Whether an answer is a success. A refusal is one of the credentials, whatever its code: `EntityNotExist.Role` is no
/// missing draft.
pub(super) fn read(response: &Response) -> Result<(), CallError> {
    let Body::Json(Value::Object(body)) = &response.body else {
        return Err(unreadable(response));
    };
    let field = |upper: &str, lower: &str| {
        body.get(upper).or_else(|| body.get(lower)).and_then(Value::as_str).map(str::to_owned)
    };
    let is_success = (200..300).contains(&response.status);
    let code =
        field("Code", "code").filter(|code| !is_success || !["Success", "OK", "200"].contains(&&**code));
    let Some(code) = code else {
        return if is_success { Ok(()) } else { Err(unreadable(response)) };
    };
    let class = match &*code {
        _ if code.starts_with("Throttling") => FailureClass::Throttled,
        "ServiceUnavailable" | "InternalError" | "UnknownError" | "SignatureNonceUsed" => {
            FailureClass::Unknown
        }
        _ if response.status >= 500 || response.status == 408 => FailureClass::Unknown,
        _ => FailureClass::Rejected,
    };
    let message = field("Message", "message").map(|message| without_signed_text(&message).to_owned());
    let hint = hint(&code, message.as_deref().unwrap_or_default()).map(str::to_owned);
    let answer = ApiError {
        http_status: Some(response.status),
        code: Some(code),
        message,
        request_id: field("RequestId", "requestId"),
    };
    Err(CallError { hint, ..CallError::answered(class, answer) })
}

/// Not the service but something in between. What it says is not shown: it may hold what the service gave out.
pub(super) fn unreadable(response: &Response) -> CallError {
    let answer = ApiError { http_status: Some(response.status), ..ApiError::default() };
    let hint = "not the service but something in between has answered: check for a proxy or gateway, or another address";
    let class = if response.status == 429 { FailureClass::Throttled } else { FailureClass::Unknown };
    let what = "the answer is not in the form that the vendor documents".to_owned();
    CallError { what: Some(what), hint: Some(hint.to_owned()), ..CallError::answered(class, answer) }
}

fn hint(code: &str, message: &str) -> Option<&'static str> {
    if message.starts_with("No such OIDC Provider") {
        return Some(
            "`ALIBABA_CLOUD_OIDC_PROVIDER_ARN` names no provider of its account: compare account and name in the RAM console",
        );
    }
    let (_, hint) = HINTS.iter().find(|(known, _)| match known.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => code == *known,
    })?;
    Some(hint)
}

/// What a user can do about a code; the first that matches.
const HINTS: &[(&str, &str)] = &[
    ("AuthenticationFail.NoPermission", "the role's trust policy does not match this token"),
    (
        "AuthenticationFail.OIDCToken.AudienceNotMatch",
        "add the token's `aud` to the client ids of the OIDC provider in RAM, or set `oidc_audience` to one of them",
    ),
    (
        "AuthenticationFail.OIDCToken.Expired",
        "the token's time is over: on GitLab give the job a `timeout:` (the token lives as long) or release early in it, on \
         Jenkins bind the credential just before this step",
    ),
    (
        "AuthenticationFail.OIDCToken.Issuer*",
        "the issuer's URL at the OIDC provider in RAM must be the token's `iss`, and reachable from the internet over https",
    ),
    (
        "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        "nothing in this job is wrong: the certificate of the token's issuer is refused; register the fingerprint of its root \
         CA at the OIDC provider in RAM",
    ),
    (
        "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch",
        "nothing in this job is wrong: the fingerprint at the OIDC provider in RAM is out of date; register that of the \
         issuer's root CA",
    ),
    (
        "AuthenticationFail.OIDCToken.Invalid*",
        "this is no token that the issuer has signed (RS256): see whether the variable or file holds the CI's token, unchanged",
    ),
    (
        "EntityNotExist.Role",
        "no such role: compare account and name of `ALIBABA_CLOUD_ROLE_ARN` in the RAM console",
    ),
    (
        "NoPermission*",
        "give the caller `sts:AssumeRole` on the role (or `AliyunSTSAssumeRoleAccess`), and let the role's trust policy name \
         it; the keys of the account itself can assume no role",
    ),
    (
        "InvalidParameter.DurationSeconds",
        "the role allows no session of this length: raise its maximum, or shorten `wait_timeout`",
    ),
    (
        "InvalidParameter.RoleSessionName",
        "give `ALIBABA_CLOUD_ROLE_SESSION_NAME` as 2 to 64 letters, digits and `.@-_`",
    ),
    ("InvalidAccessKeyId*", "no such AccessKey, or it is disabled: see the RAM console, or take another"),
    ("SignatureDoesNotMatch", "the AccessKey secret is not that of the AccessKey id: paste it again"),
    (
        "InvalidSecurityToken*",
        "the temporary key has expired, or its token belongs to another key: get all three parts anew",
    ),
    (
        "MissingSecurityToken",
        "a key that begins with `STS.` needs its token: set `ALIBABA_CLOUD_SECURITY_TOKEN`",
    ),
    ("InvalidTimeStamp*", "this machine's clock is more than 15 minutes off: set it"),
    ("Throttling*", "too many exchanges in this account: run the job again in a minute"),
];
