//! The metadata service of ECS, and a server of the user's own that the credentials URI points at.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Alibaba, sts};
use crate::{
    http::Request,
    metadata::{check_is_get, not_found},
    refusal::Refusal,
    reply::Reply,
    state::{Outcome, Times},
};

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const URI: &str = "/credentials";

/// The name of the request, if it is one of the metadata service's or for the credentials URI.
pub(crate) fn route(request: &Request) -> Option<&'static str> {
    match request.path() {
        TOKEN => Some("GetMetadataToken"),
        ROLES => Some("GetRamRole"),
        URI => Some("GetCredentialsUri"),
        path => path.starts_with(ROLES).then_some("GetRamCredentials"),
    }
}

impl Alibaba {
    pub(crate) fn handle_metadata(&mut self, times: Times, request: &Request) -> Outcome {
        let result = self.metadata_answer(times.service, request);
        Outcome { accepted: result.is_ok(), result }
    }

    fn metadata_answer(&mut self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        let operation = route(request).ok_or_else(not_found)?;
        if operation == "GetMetadataToken" {
            return self.metadata.token(now, request, "X-aliyun-ecs-metadata-token-ttl-seconds");
        }
        let is_uri = operation == "GetCredentialsUri";
        if is_uri {
            check_is_get(request)?;
        } else {
            self.metadata.check(now, request, "X-aliyun-ecs-metadata-token")?;
        }
        let role = self.metadata.role.clone().ok_or_else(not_found)?;
        if operation == "GetRamRole" {
            return Ok(Value::from(role).into());
        }
        if !is_uri && request.path() != format!("{ROLES}{role}") {
            return Err(not_found());
        }
        let mut answer = self.keys_of_server(now, &role);
        if !is_uri {
            answer["LastUpdated"] = json!(sts::seconds(now));
        }
        Ok(answer.into())
    }

    fn keys_of_server(&mut self, now: Timestamp, role: &str) -> Value {
        let principal = format!("acs:ram::1234567890123456:role/{role}/i-sandbox");
        let account = self.metadata.keys(now, ("STS.", "CAIS-"), principal);
        let mut answer = sts::credentials(&account);
        answer["Code"] = json!("Success");
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
        answer
    }
}
