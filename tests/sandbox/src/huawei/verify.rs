//! SDK-HMAC-SHA256 and `X-Auth-Token`, as the gateway checks them.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::Huawei;
use crate::{account::Account, http::Request, refusal::Refusal, text};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const SKEW: SignedDuration = SignedDuration::from_mins(15);
const LOCK: SignedDuration = SignedDuration::from_mins(5);
const FAILURES_BEFORE_LOCK: u32 = 5;

/// Failures of one access key, one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failures {
    count: u32,
    last: Timestamp,
}

impl Huawei {
    /// Whether whoever sent this request has permissions, or why nobody is believed to have sent it.
    pub(super) fn permitted(&mut self, now: Timestamp, request: &Request) -> Result<bool, Refusal> {
        match (request.header("authorization"), request.header("x-auth-token")) {
            (None, None) => Err(unknown("x-auth-token not found")),
            (Some(_), Some(_)) => Err(unknown("both Authorization and X-Auth-Token were sent")),
            (None, Some(token)) if self.auth_tokens.iter().any(|known| known == token) => Ok(true),
            (None, Some(_)) => Err(unknown("decrypt token fail")),
            (Some(header), None) => self.signed(now, request, header),
        }
    }

    /// The account whose key the request names.
    pub(super) fn sender(&self, request: &Request) -> Option<&Account> {
        let access = access(request.header("authorization")?);
        self.accounts.iter().find(|account| account.id == access)
    }

    fn signed(&mut self, now: Timestamp, request: &Request, header: &str) -> Result<bool, Refusal> {
        let access = access(header);
        let failures =
            self.failures.get(access).copied().filter(|earlier| now.duration_since(earlier.last) < LOCK);
        let count = failures.map_or(0, |earlier| earlier.count);
        if count > FAILURES_BEFORE_LOCK {
            return Err(unknown("AK access failed to reach the limit,forbidden."));
        }
        let verified = verify(now, request, header, &self.accounts).map(|account| account.permitted);
        match verified {
            Ok(_) => self.failures.remove(access),
            Err(_) => self.failures.insert(access.into(), Failures { count: count + 1, last: now }),
        };
        verified
    }
}

/// The key that an `Authorization` names.
fn access(header: &str) -> &str {
    header.split("Access=").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default()
}

/// The account that signed this request.
pub(super) fn verify<'a>(
    now: Timestamp,
    request: &Request,
    header: &str,
    accounts: &'a [Account],
) -> Result<&'a Account, Refusal> {
    let fields = header.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
    let fields = fields.ok_or_else(|| unknown("the algorithm is not supported"))?;
    let fields: Vec<_> = fields.split(',').filter_map(|field| field.trim().split_once('=')).collect();
    let [("Access", access), ("SignedHeaders", signed_headers), ("Signature", signature)] = fields[..] else {
        return Err(unknown("Access, SignedHeaders and Signature are expected"));
    };
    check_headers(request, signed_headers)?;
    let date = check_date(now, request)?;
    let Some(account) = accounts.iter().find(|account| account.id == access) else {
        return Err(unknown(&format!("Get secretKey failed,ak:{access},err:ak not exist")));
    };
    check_security_token(now, request, account)?;
    let canonical = canonical_request(request, signed_headers);
    let to_sign = format!("{ALGORITHM}\n{date}\n{}", text::sha256(canonical.as_bytes()));
    if text::hmac_sha256(&account.secret, &to_sign) != signature {
        // The real gateway shows the canonical request as well, security token included.
        let canonical = canonical.replace('\n', "|");
        return Err(unknown(&format!("verify aksk signature fail, canonicalRequest:{canonical}")));
    }
    Ok(account)
}

fn check_headers(request: &Request, signed_headers: &str) -> Result<(), Refusal> {
    let signed: Vec<_> = signed_headers.split(';').collect();
    if !signed.is_sorted() || signed.iter().any(|name| name.to_ascii_lowercase() != *name) {
        return Err(unknown("SignedHeaders must be sorted and in lower case"));
    }
    if let Some(name) = ["host", "x-sdk-date"].iter().find(|name| !signed.contains(name)) {
        return Err(unknown(&format!("the header {name} is not signed")));
    }
    match signed.iter().find(|name| request.header(name).is_none()) {
        Some(name) => Err(unknown(&format!("the signed header {name} was not sent"))),
        None => Ok(()),
    }
}

fn check_date(now: Timestamp, request: &Request) -> Result<&str, Refusal> {
    let text = request.header("x-sdk-date").unwrap_or_default();
    let date = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok().filter(|_| text.len() == 16);
    let date = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    let date = date.ok_or_else(|| unknown("the X-Sdk-Date is not well formatted"))?.timestamp();
    if now.duration_since(date).abs() > SKEW {
        return Err(unknown("the request's X-Sdk-Date is expired"));
    }
    Ok(text)
}

fn check_security_token(now: Timestamp, request: &Request, account: &Account) -> Result<(), Refusal> {
    match (request.header("x-security-token"), &account.security_token) {
        (None, None) => Ok(()),
        (Some(sent), Some(known)) if sent == known && !account.expired(now) => Ok(()),
        (Some(_), None) => Err(unknown("the security token does not belong to the AK")),
        _ => Err(unknown("decrypt token fail")),
    }
}

pub(super) fn canonical_request(request: &Request, signed_headers: &str) -> String {
    let segments: Vec<_> =
        request.path().split('/').map(|segment| text::encode(&text::decode(segment))).collect();
    let mut uri = segments.join("/");
    if !uri.ends_with('/') {
        uri.push('/');
    }
    let value = |name| request.header(name).unwrap_or_default();
    let lines: Vec<_> = signed_headers.split(';').map(|name| format!("{name}:{}", value(name))).collect();
    let lines = lines.join("\n");
    let query = text::canonical_query(request.query());
    let hash = text::sha256(&request.body);
    format!("{}\n{uri}\n{query}\n{lines}\n\n{signed_headers}\n{hash}", request.method)
}

fn unknown(fault: &str) -> Refusal {
    Refusal::new(401, "APIGW.0301", format!("Incorrect IAM authentication information: {fault}"))
}
