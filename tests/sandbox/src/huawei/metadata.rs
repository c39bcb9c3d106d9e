//! The metadata service of ECS.

use jiff::Timestamp;
use serde_json::json;

use super::{Huawei, credential};
use crate::{
    http::Request,
    metadata::{documented, not_found},
    refusal::Refusal,
    reply::Reply,
    state::{Outcome, Times},
};

/// The name of the request, if it is one of the metadata service's.
pub(crate) fn route(request: &Request) -> Option<&'static str> {
    match request.path() {
        "/meta-data/latest/api/token" => Some("GetMetadataToken"),
        "/openstack/latest/securitykey" => Some("GetSecurityKey"),
        _ => None,
    }
}

impl Huawei {
    pub(crate) fn handle_metadata(&mut self, times: Times, request: &Request) -> Outcome {
        let result = self.metadata_answer(times.service, request);
        Outcome { accepted: result.is_ok(), result }
    }

    fn metadata_answer(&mut self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        if route(request).ok_or_else(not_found)? == "GetMetadataToken" {
            return self.metadata.token(now, request, "X-Metadata-Token-Ttl-Seconds");
        }
        self.metadata.check(now, request, "X-Metadata-Token")?;
        let agency = self.metadata.role.clone().ok_or_else(|| documented(401, "no-agency"))?;
        let principal = format!("iam::{}:agency:{agency}", self.keyless.account_id);
        let account = self.metadata.keys(now, ("HST", "gQmd"), principal);
        let answer = json!({ "credential": credential(&account) });
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
        Ok(answer.into())
    }
}
