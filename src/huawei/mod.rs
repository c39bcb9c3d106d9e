//! Huawei Cloud: its services, its error envelopes, its codes.

use serde_json::Value;

use crate::cloud::credentials::{Credentials, Source};
use crate::cloud::error_codes::{self, Codes};
use crate::cloud::signing;
use crate::cloud::{Cloud, Service, Signed};
use crate::error::{Answer, Failed};
use crate::http::{Body, Header, Method, Reply, Request, Response, Stamp};
use crate::input::Need::{Default, Required, RequiredOr};
use crate::input::Stage::Works;
use crate::input::{Input, Kind};

mod credentials;
pub mod deploy_packages;
mod factory;
pub mod publish_extension_draft;
pub mod release_package;
pub mod sign;

/// The vendor.
pub struct Huawei;

/// DataArts Factory.
///
/// Source: the region table of the vendor's own SDK, `huaweicloudsdkdataartsstudio`.
pub static DATAARTS_FACTORY: Service = Service {
    name: "DataArts Factory",
    regions: &[
        "cn-north-1",
        "cn-north-2",
        "cn-north-4",
        "cn-north-9",
        "cn-north-11",
        "cn-east-2",
        "cn-east-3",
        "cn-east-4",
        "cn-south-1",
        "cn-southwest-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "af-south-1",
        "ru-northwest-2",
        "ru-moscow-1",
        "sa-brazil-1",
        "la-south-2",
        "la-north-2",
        "na-mexico-1",
        "tr-west-1",
        "me-east-1",
        "eu-west-101",
        "ae-ad-1",
        "my-kualalumpur-1",
    ],
    default_region: None,
    host: |region| format!("dayu.{region}.{}", domain(region)),
    region_variables: &["HW_REGION_NAME"],
};

/// CodeArts Pipeline.
///
/// Source: the region table of the vendor's own SDK, `huaweicloudsdkcodeartspipeline`; for the European site
/// <https://support.huaweicloud.com/eu/api-pipeline/pipeline_03_0003.html>.
pub static CODEARTS_PIPELINE: Service = Service {
    name: "CodeArts Pipeline",
    regions: &[
        "cn-north-1",
        "cn-north-4",
        "cn-south-1",
        "cn-south-2",
        "cn-east-2",
        "cn-east-3",
        "cn-southwest-2",
        "ap-southeast-3",
        "sa-brazil-1",
        "la-north-2",
        "tr-west-1",
        "la-south-2",
        "af-north-1",
        "me-east-1",
        "af-south-1",
        "eu-west-101",
    ],
    default_region: None,
    host: |region| {
        let name = match region {
            "tr-west-1" | "la-south-2" | "eu-west-101" => "pipeline-external",
            "af-north-1" | "me-east-1" | "af-south-1" => "pipeline",
            _ => "cloudpipeline-ext",
        };
        format!("{name}.{region}.{}", domain(region))
    },
    region_variables: &["HW_REGION_NAME"],
};

/// The European site has a domain of its own, as the vendor's Terraform provider has it.
fn domain(region: &str) -> &'static str {
    if region.starts_with("eu-west-1") { "myhuaweicloud.eu" } else { "myhuaweicloud.com" }
}

/// Source: <https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html>, and the error tables of
/// DataArts Factory and CodeArts Pipeline.
pub static CODES: Codes = Codes {
    refused: &[],
    throttled: &["APIGW.0308", "COCT.0070003"],
    // Also the gateway's word for a back end that did not answer in time.
    unknown: &["APIGW.0201"],
    unauthenticated: &[
        "APIGW.0301",
        "APIGW.0303",
        "APIGW.0305",
        "APIGW.0307",
        "DEVCP.00021018",
        "COCT.0070009",
    ],
    forbidden: &["APIGW.0302", "APIGW.0304", "APIGW.0306", "APIGW.0402", "DLF.6888", "DEVCP.00014031"],
    hints: &[
        (
            "APIGW.0301",
            "see whether the keys are right and active, the token is not older than 24 hours, and this machine's \
             clock is right; more than five refusals in a row lock the key for five minutes",
        ),
        (
            "APIGW.0101",
            "this endpoint does not have the API: see whether `region` or `endpoint` is that of the service",
        ),
        ("APIGW.0308", "run the job again in a minute; nothing was released"),
        ("DLF.6888", "give the user the role of a developer, deployer or administrator in this workspace"),
        ("DEVCP.00014031", "give the user permission to manage pipeline extensions"),
        ("DLF.0810", "no such task package: see whether `package_ids` and `workspace` are right"),
        ("DLF.20810", "no such task package: see whether `package_ids` and `workspace` are right"),
        (
            "DLF.3051",
            "the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were \
             submitted by `apply_user_id`, and the approvers may approve in this workspace",
        ),
    ],
};

impl Cloud for Huawei {
    fn name(&self) -> &'static str {
        "Huawei Cloud"
    }

    fn sources(&self) -> &'static [Source] {
        credentials::SOURCES
    }

    fn authorize(&self, request: &Request, host: &str, credentials: &Credentials, stamp: &Stamp) -> Signed {
        match credentials {
            Credentials::Keys(keys) => sign::sign(request, host, keys, stamp),
            Credentials::Token(token) => Signed::with_token(
                request.headers.clone(),
                signing::query(&request.pairs()),
                "X-Auth-Token",
                token.clone(),
            ),
        }
    }

    /// A failure has a code and a message under one of three pairs of names, perhaps one level down, and may come
    /// with HTTP 200.
    fn read(&self, response: &Response) -> Result<Reply, Failed> {
        let from_header = response.header("x-request-id").map(str::to_owned);
        let Body::Json(body) = &response.body else {
            return Err(error_codes::unreadable(response, from_header));
        };
        let request_id = from_header.or_else(|| text(body, "request_id"));
        let success = (200..300).contains(&response.status);
        let Some((code, message)) = failure(body, success) else {
            return if success {
                Ok(Reply { status: response.status, request_id, body: body.clone() })
            } else {
                Err(error_codes::unreadable(response, request_id))
            };
        };
        Err(CODES.failed(Answer {
            http_status: Some(response.status),
            code: Some(code),
            message,
            request_id,
        }))
    }
}

/// Code and message of an error body. Under a success status only what cannot be a result counts.
fn failure(body: &Value, success: bool) -> Option<(String, Option<String>)> {
    const NAMES: [(&str, &str); 3] =
        [("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")];
    let flat = |body: &Value| {
        NAMES.iter().find_map(|(code, message)| Some((text(body, code)?, text(body, message))))
    };
    if success {
        return flat(body).filter(|(_, message)| message.is_some()).or_else(|| flat(body.get("error")?));
    }
    flat(body).or_else(|| body.as_object()?.values().find_map(flat))
}

fn text(body: &Value, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A `POST` with a JSON body.
fn post(path: String, body: &Value) -> Request {
    Request {
        method: Method::Post,
        path,
        query: Vec::new(),
        headers: vec![Header::new("Content-Type", "application/json;charset=utf-8")],
        body: body.to_string(),
    }
}

/// A query. The vendor's own SDK names the type of a body that is not there, too.
fn get(path: String) -> Request {
    let headers = vec![Header::new("Content-Type", "application/json")];
    Request { method: Method::Get, path, query: Vec::new(), headers, body: String::new() }
}

/// In the path of every DataArts call.
const PROJECT_ID: Input = Input {
    name: "project_id",
    kind: Kind::Id(64),
    need: RequiredOr(&["HUAWEICLOUD_SDK_PROJECT_ID"]),
    about: "the project's id",
    stage: Works,
};

/// DataArts allows a user ten requests a second, over all jobs: the common default would be too short.
const POLL_INTERVAL: Input = Input {
    name: "poll_interval",
    kind: Kind::Duration,
    need: Default("5s"),
    about: "the shortest pause between two polls",
    stage: Works,
};

/// A header of every DataArts call.
const WORKSPACE: Input = Input {
    name: "workspace",
    kind: Kind::Id(64),
    need: Required,
    about: "the workspace's id",
    stage: Works,
};

#[cfg(test)]
mod tests {
    use super::{CODEARTS_PIPELINE, DATAARTS_FACTORY};

    #[test]
    fn hosts_of_regions() {
        let hosts = [
            (&DATAARTS_FACTORY, "cn-north-4", "dayu.cn-north-4.myhuaweicloud.com"),
            (&DATAARTS_FACTORY, "eu-west-101", "dayu.eu-west-101.myhuaweicloud.eu"),
            (&CODEARTS_PIPELINE, "cn-north-4", "cloudpipeline-ext.cn-north-4.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "tr-west-1", "pipeline-external.tr-west-1.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "me-east-1", "pipeline.me-east-1.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "eu-west-101", "pipeline-external.eu-west-101.myhuaweicloud.eu"),
        ];
        for (service, region, host) in hosts {
            assert!(service.regions.contains(&region), "{region}");
            assert_eq!((service.host)(region), host);
        }
    }
}
