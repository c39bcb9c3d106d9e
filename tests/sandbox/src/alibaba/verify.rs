//! ACS3-HMAC-SHA256, as the gateway checks it.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use crate::{account::Account, http::Request, refusal::Refusal, text};

/// How far `x-acs-date` may be from the server's clock, either way.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(15);

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const MANDATORY: [&str; 5] =
    ["x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// The account that signed this request, or why the request is refused.
pub(super) fn verify<'a>(
    now: Timestamp,
    request: &Request,
    accounts: &'a [Account],
) -> Result<&'a Account, Refusal> {
    let authorization = authorization(request)?;
    check_headers(request, authorization.signed_headers)?;
    check_time(now, request.header("x-acs-date").unwrap_or_default())?;
    let Some(account) = accounts.iter().find(|account| account.id == authorization.credential) else {
        return Err(no_key());
    };
    check_security_token(now, request, account)?;
    check_signature(request, &authorization, account)?;
    Ok(account)
}

fn authorization(request: &Request) -> Result<Authorization<'_>, Refusal> {
    if request.header("x-auth-token").is_some() {
        return Err(incomplete("X-Auth-Token is not a header of this service"));
    }
    let Some(header) = request.header("authorization") else {
        return Err(Refusal::new(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."));
    };
    let Some(fields) = header.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')) else {
        return Err(incomplete("the algorithm is not supported"));
    };
    let fields: Vec<_> = fields.split(',').filter_map(|field| field.trim().split_once('=')).collect();
    let [("Credential", credential), ("SignedHeaders", signed_headers), ("Signature", signature)] =
        fields[..]
    else {
        return Err(incomplete("Credential, SignedHeaders and Signature are expected"));
    };
    Ok(Authorization { credential, signed_headers, signature })
}

/// Everything that must be signed is there, and is signed.
fn check_headers(request: &Request, signed_headers: &str) -> Result<(), Refusal> {
    let signed: Vec<_> = signed_headers.split(';').collect();
    if let Some(name) = MANDATORY.iter().find(|name| request.header(name).is_none_or(str::is_empty)) {
        return Err(Refusal::new(
            400,
            "MissingParameter",
            format!("The header {name} is mandatory for this action."),
        ));
    }
    if !signed.is_sorted() || signed.iter().any(|name| name.to_ascii_lowercase() != *name) {
        return Err(incomplete("SignedHeaders must be sorted and in lower case"));
    }
    if let Some(name) = signed.iter().find(|name| request.header(name).is_none()) {
        return Err(incomplete(&format!("the signed header {name} was not sent")));
    }
    let must_be_signed = |name: &str| name == "host" || name == "content-type" || name.starts_with("x-acs-");
    let sent = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    match sent.into_iter().find(|name| must_be_signed(name) && !signed.contains(&name.as_str())) {
        Some(name) => Err(incomplete(&format!("the header {name} is not signed"))),
        None if !signed.contains(&"host") => Err(incomplete("the header host is not signed")),
        None => Ok(()),
    }
}

pub(super) fn no_key() -> Refusal {
    Refusal::new(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
}

pub(super) fn check_time(now: Timestamp, date: &str) -> Result<(), Refusal> {
    let Some(date) = parse_date(date) else {
        return Err(Refusal::new(
            400,
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        ));
    };
    if now.duration_since(date).abs() > SKEW {
        return Err(Refusal::new(
            400,
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
        ));
    }
    Ok(())
}

fn parse_date(text: &str) -> Option<Timestamp> {
    let date = DateTime::strptime("%Y-%m-%dT%H:%M:%SZ", text).ok()?;
    // Lenient parsing would take "2026-1-2T3:4:5Z" as well.
    (text.len() == 20).then(|| date.to_zoned(TimeZone::UTC).ok())?.map(|date| date.timestamp())
}

fn check_security_token(now: Timestamp, request: &Request, account: &Account) -> Result<(), Refusal> {
    let refuse =
        |kind: &str, message: &str| Err(Refusal::new(400, format!("InvalidSecurityToken.{kind}"), message));
    let key_header = request.header("x-acs-accesskey-id");
    match (request.header("x-acs-security-token"), &account.security_token) {
        (None, Some(_)) => refuse("Malformed", "Specified SecurityToken is malformed."),
        (Some(_), None) => {
            refuse("MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
        }
        (Some(sent), Some(known)) if sent != known => {
            refuse("Malformed", "Specified SecurityToken is malformed.")
        }
        (Some(_), Some(_)) if key_header != Some(&account.id) => {
            refuse("MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
        }
        (Some(_), Some(_)) if account.expired(now) => {
            refuse("Expired", "Specified SecurityToken is expired.")
        }
        (None, None) | (Some(_), Some(_)) => Ok(()),
    }
}

fn check_signature(
    request: &Request,
    authorization: &Authorization<'_>,
    account: &Account,
) -> Result<(), Refusal> {
    let canonical = canonical_request(request, authorization.signed_headers);
    let to_sign = format!("{ALGORITHM}\n{}", text::sha256(canonical.as_bytes()));
    if text::hmac_sha256(&account.secret, &to_sign) == authorization.signature
        && request.header("x-acs-content-sha256") == Some(&text::sha256(&request.body))
    {
        return Ok(());
    }
    // The real gateway shows both strings as well, security token included.
    let message = format!(
        "Specified signature is not matched with our calculation. server string to sign is:{to_sign}, \
         server canonical request is:{canonical}"
    );
    Err(Refusal::new(400, "SignatureDoesNotMatch", message))
}

pub(super) fn canonical_request(request: &Request, signed_headers: &str) -> String {
    let line = |name| {
        let named = request.headers.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        let mut values: Vec<_> = named.map(|(_, value)| value.trim()).collect();
        values.sort_unstable();
        format!("{name}:{}", values.join(","))
    };
    let lines: Vec<_> = signed_headers.split(';').map(line).collect();
    let lines = lines.join("\n");
    let query = text::canonical_query(request.query());
    let hash = text::sha256(&request.body);
    format!("{}\n{}\n{query}\n{lines}\n\n{signed_headers}\n{hash}", request.method, request.path())
}

fn incomplete(fault: &str) -> Refusal {
    let message = format!("The request signature does not conform to Aliyun standards: {fault}.");
    Refusal::new(400, "IncompleteSignature", message)
}
