//! `AssumeRole` and `AssumeRoleWithOIDC`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    assumed,
    refusals::{distrusted, duration, no_provider, no_role, refuse},
    role::Role,
    rpc::COMMON,
};
use crate::{
    account::Account,
    alibaba::{
        Alibaba,
        params::{Params, invalid},
    },
    http::Request,
    identity::Claims,
    refusal::Refusal,
    reply::Reply,
    session::Holder,
    text,
};

const SHORTEST: SignedDuration = SignedDuration::from_mins(15);
const USUAL: SignedDuration = SignedDuration::from_hours(1);

impl Alibaba {
    pub(super) fn assume_role(
        &mut self,
        now: Timestamp,
        params: &Params,
        caller: &Account,
    ) -> Result<Reply, Refusal> {
        known(params, &["RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "ExternalId"])?;
        let (role, session, lifetime) = self.asked(params)?;
        let knows = role.external_id.is_none() || params.get("ExternalId") == role.external_id.as_deref();
        if !(caller.permitted && role.trusts_keys && knows) {
            return Err(refuse("NoPermission"));
        }
        Ok(self.give(now, &role, &session, lifetime).into())
    }

    pub(super) fn assume_role_with_oidc(
        &mut self,
        now: Timestamp,
        request: &Request,
        params: &Params,
    ) -> Result<Reply, Refusal> {
        let own = ["RoleArn", "OIDCProviderArn", "OIDCToken", "RoleSessionName", "DurationSeconds", "Policy"];
        known(params, &own)?;
        self.check_places(request)?;
        let arn = params.required("OIDCProviderArn")?;
        let token = params.required("OIDCToken")?;
        if !(4..=20_000).contains(&token.len()) {
            return Err(invalid("OIDCToken", "is not 4 to 20000 characters long"));
        }
        let (role, session, lifetime) = self.asked(params)?;
        let provider = self.sts.providers.iter().find(|provider| provider.name == arn);
        let provider = provider.ok_or_else(no_provider)?;
        let claims = provider.believe(now, token).map_err(distrusted)?;
        if !role.trusts.iter().any(|trust| trust.is_met(provider, &claims)) {
            return Err(refuse("AuthenticationFail.NoPermission"));
        }
        let mut answer = self.give(now, &role, &session, lifetime);
        answer["OIDCTokenInfo"] = token_info(&claims);
        Ok(answer.into())
    }

    /// The form carries what the action asks for; the query only says which action it is.
    fn check_places(&self, request: &Request) -> Result<(), Refusal> {
        if self.sts.token_in_url {
            return Ok(());
        }
        let pairs = text::pairs(request.query());
        let strange =
            pairs.iter().find(|(name, _)| !["Action", "Format", "Timestamp", "Version"].contains(&&name[..]));
        match strange {
            Some((name, _)) => Err(invalid(name, "is not supported in the query")),
            None if request.method != "POST" => {
                Err(Refusal::new(400, "UnsupportedHTTPMethod", "This http method is not supported."))
            }
            None => Ok(()),
        }
    }

    /// Role, session name and lifetime of both actions.
    fn asked(&self, params: &Params) -> Result<(Role, String, SignedDuration), Refusal> {
        let arn = params.required("RoleArn")?;
        let session = params.required("RoleSessionName")?;
        let is_fine = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
        if !(2..=64).contains(&session.len()) || !session.chars().all(is_fine) {
            return Err(refuse("InvalidParameter.RoleSessionName"));
        }
        let is_policy =
            |policy: &str| serde_json::from_str::<Value>(policy).is_ok_and(|policy| policy.is_object());
        if params.get("Policy").is_some_and(|policy| !is_policy(policy)) {
            return Err(refuse("InvalidParameter.PolicyGrammar"));
        }
        let role = self.sts.roles.iter().find(|role| role.arn == arn).ok_or_else(|| no_role(arn))?;
        let asked =
            params.get("DurationSeconds").map(|seconds| seconds.parse().ok().map(SignedDuration::from_secs));
        let lifetime = asked.unwrap_or(Some(USUAL.min(role.max_session)));
        let lifetime = lifetime.filter(|lifetime| (SHORTEST..=role.max_session).contains(lifetime));
        Ok((role.clone(), session.into(), lifetime.ok_or_else(|| duration(role.max_session))?))
    }

    fn give(&mut self, now: Timestamp, role: &Role, session: &str, lifetime: SignedDuration) -> Value {
        let (arn, id) = assumed(role, session);
        let holder = Holder { principal: arn.clone(), permitted: role.permitted };
        let account = self.sts.sessions.give(now, lifetime, ("STS.", "CAIS-"), holder);
        let credentials = credentials(&account);
        self.accounts.push(account);
        json!({ "AssumedRoleUser": { "Arn": arn, "AssumedRoleId": id }, "Credentials": credentials })
    }
}

/// The four members under which Alibaba Cloud hands out keys.
pub(in crate::alibaba) fn credentials(account: &Account) -> Value {
    json!({
        "AccessKeyId": account.id,
        "AccessKeySecret": account.secret,
        "SecurityToken": account.security_token,
        "Expiration": account.expires.map(seconds),
    })
}

fn token_info(claims: &Claims) -> Value {
    json!({
        "Subject": claims.subject,
        "Issuer": claims.issuer,
        "ClientIds": claims.audiences.join(","),
        "ExpirationTime": seconds(claims.expires),
        "IssuanceTime": seconds(claims.issued),
        "VerificationInfo": "Success",
    })
}

pub(in crate::alibaba) fn seconds(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn known(params: &Params, own: &[&str]) -> Result<(), Refusal> {
    params.only(&[own, &COMMON[..]].concat()).map(|_| ())
}
