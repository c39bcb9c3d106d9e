//! Whose keys these are, and which projects there are.

use serde_json::{Value, json};

use super::{Keyless, keystone};
use crate::{http::Request, refusal::Refusal, reply::Reply, text};

impl Keyless {
    pub(super) fn show(
        &self,
        request: &Request,
        operation: &str,
        permitted: bool,
        principal: Option<&str>,
    ) -> Result<Reply, Refusal> {
        let query = text::pairs(request.query());
        let name = match &query[..] {
            [] => None,
            [(name, value)] if name == "name" && operation == "KeystoneListProjects" => Some(value.as_str()),
            _ => return Err(keystone(400)),
        };
        if operation == "GetCallerIdentity" {
            return Ok(self.caller(principal).into());
        }
        if !(permitted && self.may_list) {
            return Err(keystone(403));
        }
        let found = if operation == "KeystoneListProjects" {
            json!({ "projects": self.projects_named(name), "links": {} })
        } else {
            json!({ "domains": self.domains_of(principal), "links": {} })
        };
        Ok(Reply::from(found).with_header("X-IAM-Trace-Id", "token_cn-north-4_null_0123456789abcdef"))
    }

    fn caller(&self, principal: Option<&str>) -> Value {
        let user = format!("iam::{}:user:ci", self.account_id);
        let urn = principal.unwrap_or(&user);
        let id = &text::sha256(urn.as_bytes())[..32];
        json!({ "account_id": self.account_id, "principal_id": id, "principal_urn": urn })
    }

    fn projects_named(&self, name: Option<&str>) -> Vec<Value> {
        let wanted = self.projects.iter().filter(|project| name.is_none_or(|name| project.name == name));
        let show = |project: &super::Project| json!({ "id": project.id, "name": project.name, "domain_id": self.account_id, "enabled": true });
        wanted.map(show).collect()
    }

    /// A session of an agency belongs to no user of the account.
    fn domains_of(&self, principal: Option<&str>) -> Vec<Value> {
        let is_agency = principal.is_some_and(|urn| urn.contains(":assumed-agency:"));
        let domains = self.domains.iter().filter(|_| !is_agency);
        domains.map(|id| json!({ "id": id, "name": "acme", "enabled": true })).collect()
    }
}
