//! Alibaba Cloud: its services, its error envelope, its codes.

use serde_json::Value;

use crate::cloud::credentials::{Credentials, Source};
use crate::cloud::error_codes::{self, Codes};
use crate::cloud::{Cloud, Service, Signed};
use crate::error::{Answer, Class, Failed};
use crate::http::{Body, Header, Method, Reply, Request, Response, Stamp};

mod credentials;
pub mod publish_routine_code_revision;
pub mod release_artifact;
pub mod sign;

/// The vendor.
pub struct Alibaba;

/// Compute Nest for suppliers.
///
/// Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-endpoint>
pub static COMPUTE_NEST: Service = Service {
    name: "Compute Nest",
    regions: &["cn-hangzhou", "ap-southeast-1"],
    default_region: Some("cn-hangzhou"),
    host: |region| format!("computenestsupplier.{region}.aliyuncs.com"),
    region_variables: &["ALIBABA_CLOUD_REGION_ID"],
};

/// DCDN, one host for all regions.
///
/// Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-endpoint>
pub static DCDN: Service = Service {
    name: "DCDN",
    regions: &[],
    default_region: None,
    host: |_| "dcdn.aliyuncs.com".to_owned(),
    region_variables: &[],
};

/// Source: <https://www.alibabacloud.com/help/en/sdk/product-overview/error-codes>, and the codes that the vendor's
/// own tools retry.
pub static CODES: Codes = Codes {
    // Which status it comes with is not documented.
    refused: &["EntityNotExist.*"],
    throttled: &["Throttling*", "Rejected.Throttling"],
    // A nonce is never used twice here: the server has seen this very request before, so something repeated it.
    unknown: &["ServiceUnavailable", "InternalError", "UnknownError", "SignatureNonceUsed"],
    unauthenticated: &[
        "InvalidAccessKeyId*",
        "InvalidSecurityToken*",
        "MissingSecurityToken",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidTimeStamp.*",
    ],
    forbidden: &["Forbidden*", "NoPermission*", "Unauthorized*"],
    hints: &[
        (
            "InvalidAccessKeyId.Inactive",
            "the AccessKey is disabled: enable it in the RAM console, or use another",
        ),
        (
            "InvalidAccessKeyId*",
            "no such AccessKey: see whether it was deleted, or belongs to the other site (China or international)",
        ),
        (
            "InvalidSecurityToken*",
            "the temporary key has expired, or its token belongs to another key: get all three parts anew",
        ),
        ("SignatureDoesNotMatch", "the AccessKey secret is not that of the AccessKey id: paste it again"),
        (
            "InvalidTimeStamp.*",
            "this machine's clock is more than 15 minutes off: set it, and run the job again",
        ),
        ("NoPermission*", "give the RAM user or role permission for this action"),
        ("Forbidden*", "give the RAM user or role permission for this action"),
        ("EntityNotExist.Artifact", "see whether `artifact_id` is right, and in this `region` and account"),
        (
            "EntityNotExist.*",
            "the artifact has no draft to release: create one, or see whether it was released already",
        ),
        (
            "IdempotentParameterMismatch",
            "this `client_token` was used with other parameters: leave it out, or give a fresh one",
        ),
        (
            "EdgeRoutine.GeneralError",
            "see whether the routine, the code revision and the environments exist; the server gives no other code",
        ),
        ("Throttling*", "run the job again in a minute; nothing was released"),
    ],
};

impl Cloud for Alibaba {
    fn name(&self) -> &'static str {
        "Alibaba Cloud"
    }

    fn sources(&self) -> &'static [Source] {
        credentials::SOURCES
    }

    fn authorize(&self, request: &Request, host: &str, credentials: &Credentials, stamp: &Stamp) -> Signed {
        match credentials {
            Credentials::Keys(keys) => sign::sign(request, host, keys, stamp),
            Credentials::Token(_) => unreachable!("no source of Alibaba's gives a token"),
        }
    }

    /// A failure is `{"RequestId", "Code", "Message"}`, in either capitalisation, usually with a status from 400 up.
    fn read(&self, response: &Response) -> Result<Reply, Failed> {
        let from_header = response.header("x-acs-request-id").map(str::to_owned);
        let Body::Json(Value::Object(body)) = &response.body else {
            return Err(error_codes::unreadable(response, from_header));
        };
        let field = |upper: &str, lower: &str| {
            let value = body.get(upper).or_else(|| body.get(lower))?;
            value.as_str().map(str::to_owned)
        };
        let request_id = field("RequestId", "requestId").or(from_header);
        let success = (200..300).contains(&response.status);
        let code = field("Code", "code").filter(|code| !(success && ["200", "OK"].contains(&code.as_str())));
        if code.is_none() {
            return if success {
                Ok(Reply { status: response.status, request_id, body: Value::Object(body.clone()) })
            } else {
                Err(error_codes::unreadable(response, request_id))
            };
        }
        let message = field("Message", "message").map(|message| without_string_to_sign(&message));
        let mut failed =
            CODES.failed(Answer { http_status: Some(response.status), code, message, request_id });
        let is_documented =
            failed.answer.code.as_deref().is_some_and(|code| code.starts_with("EntityNotExist."));
        if success && failed.class == Class::Refused && !is_documented {
            // Not documented: nobody can say that nothing was done.
            failed.class = Class::Unknown;
        }
        Err(failed)
    }
}

/// The vendor repeats its string to sign and its canonical request behind the message, tokens and all.
fn without_string_to_sign(message: &str) -> String {
    let end = message.to_ascii_lowercase().find("server string to sign").unwrap_or(message.len());
    message[..end].trim_end().to_owned()
}

/// A call in the RPC style: always `POST /`, the action named by headers.
fn call(action: &'static str, version: &'static str) -> Request {
    Request {
        method: Method::Post,
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![
            Header::new("x-acs-action", action),
            Header::new("x-acs-version", version),
            Header::new("accept", "application/json"),
        ],
        body: String::new(),
    }
}
