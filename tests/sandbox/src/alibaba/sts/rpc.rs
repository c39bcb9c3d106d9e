//! The RPC signature 1.0, by which the vendor's Python, Node and Go providers sign, as the gateway checks it.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::Timestamp;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY as SHA1, Key, sign};

use crate::{
    account::Account,
    alibaba::{params::Params, verify},
    http::Request,
    refusal::Refusal,
    text,
};

/// Every parameter of an RPC call that is not one of the action's own.
pub(super) const COMMON: [&str; 10] = [
    "AccessKeyId",
    "Action",
    "Format",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// The account that signed this request.
pub(super) fn verify<'a>(
    now: Timestamp,
    request: &Request,
    params: &Params,
    accounts: &'a [Account],
) -> Result<&'a Account, Refusal> {
    let Some(id) = params.get("AccessKeyId") else {
        return Err(Refusal::new(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."));
    };
    for (name, known) in [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"), ("Format", "JSON")] {
        if params.required(name)? != known {
            return Err(Refusal::new(
                400,
                format!("Invalid{name}"),
                format!("Specified {name} is not valid."),
            ));
        }
    }
    verify::check_time(now, params.required("Timestamp")?)?;
    let Some(account) = accounts.iter().find(|account| account.id == id) else {
        return Err(verify::no_key());
    };
    check_security_token(now, params, account)?;
    let to_sign = string_to_sign(request, params);
    if params.required("Signature")? != signature(&account.secret, &to_sign) {
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
        );
        return Err(Refusal::new(400, "SignatureDoesNotMatch", message));
    }
    Ok(account)
}

fn check_security_token(now: Timestamp, params: &Params, account: &Account) -> Result<(), Refusal> {
    let refuse =
        |kind: &str, message: &str| Err(Refusal::new(400, format!("InvalidSecurityToken.{kind}"), message));
    match (params.get("SecurityToken"), &account.security_token) {
        (None, Some(_)) => {
            Err(Refusal::new(400, "MissingSecurityToken", "SecurityToken is mandatory for this action."))
        }
        (Some(_), None) => {
            refuse("MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
        }
        (Some(sent), Some(known)) if sent != known => {
            refuse("Malformed", "Specified SecurityToken is malformed.")
        }
        (Some(_), Some(_)) if account.expired(now) => {
            refuse("Expired", "Specified SecurityToken is expired.")
        }
        (None, None) | (Some(_), Some(_)) => Ok(()),
    }
}

/// Query and form together, sorted by name, encoded once as pairs and once more as a whole.
pub(super) fn string_to_sign(request: &Request, params: &Params) -> String {
    let mut pairs: Vec<_> = params.iter().filter(|(name, _)| *name != "Signature").collect();
    pairs.sort_unstable();
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", text::encode(name), text::encode(value))).collect();
    format!("{}&%2F&{}", request.method, text::encode(&pairs.join("&")))
}

pub(super) fn signature(secret: &str, to_sign: &str) -> String {
    let key = Key::new(SHA1, format!("{secret}&").as_bytes());
    BASE64.encode(sign(&key, to_sign.as_bytes()))
}

/// Nothing in the request authorises: what is believed is the identity token.
pub(super) fn unsigned(request: &Request, params: &Params) -> Result<(), Refusal> {
    let headers = ["authorization", "x-acs-security-token", "x-acs-accesskey-id", "cookie"];
    let parameters = ["AccessKeyId", "Signature", "SecurityToken"];
    let header = headers.into_iter().find(|name| request.header(name).is_some());
    match header.or_else(|| parameters.into_iter().find(|name| params.get(name).is_some())) {
        None => Ok(()),
        Some(name) => {
            let message = format!("{name} is not supported: this action is called without a signature.");
            Err(Refusal::new(400, "IncompleteSignature", message))
        }
    }
}
