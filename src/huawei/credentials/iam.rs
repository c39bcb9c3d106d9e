//! IAM and STS: where they are, what they say, and what a user can do about that.

use secrecy::SecretString;
use serde_json::Value;

use crate::cloud::credentials::secrets::wipe_json;
use crate::cloud::credentials::source::Context;
use crate::cloud::credentials::variable::{text, wrong};
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, RequestBody, Response};

pub(super) const STS: &str = "Huawei Cloud's STS";
pub(super) const IAM: &str = "Huawei Cloud's IAM";

/// The audience where the CI is asked. The vendor names none; this is what the published GitHub action takes.
pub(super) const AUDIENCE: &str = "sts.huaweicloud.com";

/// The regions with an STS of their own.
///
/// Source: the region table of the vendor's own SDK, `huaweicloudsdksts`.
const STS_REGIONS: [&str; 12] = [
    "cn-north-4",
    "cn-south-1",
    "cn-east-3",
    "cn-southwest-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "sa-brazil-1",
    "la-south-2",
    "af-south-1",
    "tr-west-1",
];

/// The STS that is asked where the region has none.
const OTHER_REGIONS: &str = "cn-north-4";

/// Where STS is asked: the input, the SDK's variable, else the region.
pub(super) fn sts_endpoint(context: &Context) -> Result<Endpoint, Error> {
    const VARIABLE: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";
    if let Some(endpoint) = &context.sts_endpoint {
        return Ok(endpoint.clone());
    }
    if let Some(endpoint) = text(context.env, VARIABLE)? {
        return parse(VARIABLE, endpoint);
    }
    let region = match context.region.as_deref() {
        Some(region) if STS_REGIONS.contains(&region) => region,
        Some(region) => {
            tracing::info!(
                "STS is not known to be in `{region}`: that of `{OTHER_REGIONS}` is asked; `sts_endpoint` names another"
            );
            OTHER_REGIONS
        }
        None => OTHER_REGIONS,
    };
    parse(VARIABLE, &format!("sts.{region}.myhuaweicloud.com"))
}

/// Where IAM is asked: the input, the SDK's variable, what a profile names, else the region.
pub(super) fn iam_endpoint(context: &Context, profile: Option<&str>) -> Result<Endpoint, Error> {
    const VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
    if let Some(endpoint) = &context.iam_endpoint {
        return Ok(endpoint.clone());
    }
    if let Some(endpoint) = text(context.env, VARIABLE)? {
        return parse(VARIABLE, endpoint);
    }
    if let Some(endpoint) = profile {
        return parse("iam_endpoint", endpoint);
    }
    let host = match context.region.as_deref() {
        Some(region) => format!("iam.{region}.{}", crate::huawei::services::domain(region)),
        None => "iam.myhuaweicloud.com".to_owned(),
    };
    parse(VARIABLE, &host)
}

fn parse(name: &str, text: &str) -> Result<Endpoint, Error> {
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let hint = "give a base URL such as `https://iam.cn-north-4.myhuaweicloud.com`";
    Endpoint::parse(url.trim_end_matches('/')).map_err(|problem| wrong(name, &problem, hint))
}

/// An unsigned request with a JSON body.
pub(super) fn post(path: &str, headers: Vec<Header>, body: RequestBody) -> Request {
    let content_type = Header::new("content-type", "application/json;charset=UTF-8");
    let headers = headers.into_iter().chain([content_type]).collect();
    Request { method: Method::Post, path: path.to_owned(), query: Vec::new(), headers, body }
}

/// Whether an answer is a success. A refusal is one of the credentials, whatever its code.
///
/// Source: <https://support.huaweicloud.com/intl/en-us/api-iam5/ErrorCode.html>; classic IAM's errors are Keystone's.
pub(super) fn read(response: &Response) -> Result<(), CallError> {
    let Body::Json(body) = &response.body else {
        return Err(unreadable(response));
    };
    let is_success = (200..300).contains(&response.status);
    let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = text(body, "error_code");
    let keystone = body.get("error").filter(|error| error.is_object());
    let message = text(body, "error_msg").or_else(|| text(keystone?, "message"));
    match (is_success, &code, keystone) {
        (true, None, None) => return Ok(()),
        (false, None, None) => return Err(unreadable(response)),
        _ => {}
    }
    let class = match code.as_deref() {
        Some("APIGW.0308" | "APIG.0308") => FailureClass::Throttled,
        _ if response.status == 429 => FailureClass::Throttled,
        Some("APIGW.0201") => FailureClass::Unknown,
        _ if response.status >= 500 || response.status == 408 => FailureClass::Unknown,
        _ => FailureClass::Rejected,
    };
    let hint = code.as_deref().and_then(hint).map(str::to_owned);
    let request_id = text(body, "request_id").or_else(|| response.header("x-request-id").map(str::to_owned));
    let answer = ApiError { http_status: Some(response.status), code, message, request_id };
    Err(CallError { hint, ..CallError::answered(class, answer) })
}

/// Not the service but something in between. What it says is not shown: it may hold what the service gave out.
fn unreadable(response: &Response) -> CallError {
    let answer = ApiError { http_status: Some(response.status), ..ApiError::default() };
    let hint = "not the service but something in between has answered: check for a proxy or gateway, or another address";
    let class = if response.status == 429 { FailureClass::Throttled } else { FailureClass::Unknown };
    let what = "the answer is not in the form that the vendor documents".to_owned();
    CallError { what: Some(what), hint: Some(hint.to_owned()), ..CallError::answered(class, answer) }
}

fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "STS5.1001" => "the agency's trust policy does not match this token",
        "STS5.2001" => {
            "add the token's `aud` to the client ids of the OIDC provider in IAM, or set `oidc_audience` to one of them"
        }
        "APIGW.0301" | "APIG.0301" => {
            "the key pair is refused: see whether both halves are right and active, and this machine's clock is right; five \
             refusals in a row lock the key for five minutes"
        }
        _ => return None,
    })
}

/// A field of an answer that has to be there.
pub(super) fn missing(server: &str, field: &str) -> CallError {
    let what = format!("the answer of {server} is of no use: it lacks a valid `{field}`");
    CallError::without_answer(
        FailureClass::Unauthenticated,
        what,
        Some("see who answers there, and whether its address is right"),
    )
}

/// A body with a token in it; the text that it was made of is overwritten.
pub(super) fn secret_body(mut body: Value) -> RequestBody {
    let text = SecretString::from(body.to_string());
    wipe_json(&mut body);
    text.into()
}
