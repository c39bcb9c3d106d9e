//! Alibaba Cloud: the RPC gateway in front of Compute Nest and DCDN.
//!
//! Actions and versions travel in `x-acs-action` and `x-acs-version`; the path is always `/`.

mod artifact;
mod artifact_lists;
#[cfg(test)]
pub(crate) mod client;
mod compute_nest;
mod dcdn;
mod environments;
pub(crate) mod metadata;
mod params;
mod routine;
mod somebody;
pub(crate) mod sts;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use artifact::{Artifact, Build, Fate};
pub use compute_nest::{ComputeNest, HandOver};
pub use dcdn::Dcdn;
pub use routine::{Publication, Revision, Routine};
pub use sts::{Role, Sts};

use crate::{
    account::Account,
    http::{Answer, Request},
    metadata::Metadata,
    record::Effect,
    refusal::Refusal,
    reply::Reply,
    state::{Outcome, Times},
    text, world,
};

/// Alibaba Cloud's state.
#[derive(Clone, Debug)]
pub struct Alibaba {
    /// The keys it knows.
    pub accounts: Vec<Account>,
    /// Compute Nest, supplier's side, version 2021-05-21.
    pub compute_nest: ComputeNest,
    /// DCDN `EdgeRoutine`, version 2018-01-15.
    pub dcdn: Dcdn,
    /// STS, version 2015-04-01.
    pub sts: Sts,
    /// The metadata service of ECS, and what the credentials URI points at.
    pub metadata: Metadata,
    nonces: HashMap<(String, String), Timestamp>,
}

impl Alibaba {
    pub(crate) fn fresh() -> Self {
        Self {
            accounts: world::alibaba_accounts(),
            compute_nest: world::compute_nest(),
            dcdn: world::dcdn(),
            sts: Sts::fresh(),
            metadata: Metadata::of(world::ALIBABA_ECS_ROLE),
            nonces: HashMap::new(),
        }
    }

    pub(crate) fn handle(&mut self, times: Times, request: &Request, effects: &mut Vec<Effect>) -> Outcome {
        let account = verify::verify(times.gateway, request, &self.accounts).cloned();
        let nonce = request.header("x-acs-signature-nonce").unwrap_or_default();
        let account = account.and_then(|account| self.use_nonce(times.gateway, nonce, account));
        let (accepted, result) = match account {
            Err(refusal) => (false, Err(refusal)),
            Ok(account) => (
                true,
                self.dispatch(times.service, request, &account, operation(request), effects).map(Reply::from),
            ),
        };
        Outcome { accepted, result }
    }

    fn use_nonce(&mut self, now: Timestamp, nonce: &str, account: Account) -> Result<Account, Refusal> {
        self.nonces.retain(|_, used| now.duration_since(*used) <= verify::SKEW + verify::SKEW);
        match self.nonces.insert((account.id.clone(), nonce.to_owned()), now) {
            None => Ok(account),
            Some(_) => {
                Err(Refusal::new(400, "SignatureNonceUsed", "Specified signature nonce was used already."))
            }
        }
    }

    fn dispatch(
        &mut self,
        now: Timestamp,
        request: &Request,
        account: &Account,
        action: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        let version = request.header("x-acs-version").unwrap_or_default();
        let nest = version == compute_nest::VERSION && compute_nest::ACTIONS.contains(&action);
        let dcdn = version == dcdn::VERSION && dcdn::ACTIONS.contains(&action);
        if request.path() != "/" || !(nest || dcdn) {
            let message = "Specified api is not found, please check your url and method.";
            return Err(Refusal::new(404, "InvalidAction.NotFound", message));
        }
        // Compute Nest's metadata allows GET as well; DCDN's parameters are form fields, which only POST carries.
        if request.method != "POST" && !(nest && request.method == "GET") {
            return Err(Refusal::new(400, "UnsupportedHTTPMethod", "This http method is not supported."));
        }
        if !account.permitted {
            return Err(Refusal::new(
                403,
                "NoPermission",
                "You are not authorized to perform this operation.",
            ));
        }
        if nest {
            self.compute_nest.call(now, action, &params::Params::anywhere(request)?, effects)
        } else {
            self.dcdn.call(now, action, &params::Params::form(request)?, effects)
        }
    }
}

/// The name of every action that is served.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    compute_nest::ACTIONS.into_iter().chain(dcdn::ACTIONS)
}

/// The action that a request asks for; where no header names it, as the older RPC style has it, the query.
pub(crate) fn operation(request: &Request) -> &str {
    let mut pairs = request.query().split('&').filter_map(|pair| pair.split_once('='));
    let action = || pairs.find(|(name, _)| *name == "Action").map(|(_, action)| action);
    request.header("x-acs-action").or_else(action).unwrap_or_default()
}

/// Puts Alibaba Cloud's envelope around a result.
pub(crate) fn render(result: &Result<Reply, Refusal>, number: usize) -> Answer {
    let id = request_id(number);
    let (status, mut body) = match result {
        Ok(reply) => (reply.status, reply.body.clone()),
        Err(refusal) => {
            let recommend = format!("https://api.aliyun.com/troubleshoot?q={}", refusal.code);
            (
                refusal.status,
                json!({ "Code": refusal.code, "Message": refusal.message, "Recommend": recommend }),
            )
        }
    };
    body["RequestId"] = json!(id);
    Answer {
        status,
        headers: vec![
            ("Content-Type".into(), "application/json;charset=utf-8".into()),
            ("x-acs-request-id".into(), id),
        ],
        body: body.to_string().into_bytes(),
    }
}

/// An upper-case UUID that follows from the request's number.
fn request_id(number: usize) -> String {
    let hash = text::sha256(format!("alibaba request {number}").as_bytes()).to_uppercase();
    format!("{}-{}-{}-{}-{}", &hash[..8], &hash[8..12], &hash[12..16], &hash[16..20], &hash[20..32])
}
