//! STS: keys of an agency for an identity token.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    Agency, check_unsigned,
    refusals::{access_denied, distrusted, invalid, not_found},
};
use crate::{
    http::Request,
    huawei::Huawei,
    identity::Claims,
    json::{Checked, Fields},
    refusal::Refusal,
    reply::Reply,
    session::Holder,
};

const SHORTEST: SignedDuration = SignedDuration::from_mins(15);
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// The checked body.
struct Asked {
    provider: String,
    agency: String,
    session: String,
    token: String,
    lifetime: SignedDuration,
}

impl Huawei {
    pub(super) fn assume_agency(&mut self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        let asked = check_unsigned(request).and_then(|()| read(request)).map_err(invalid)?;
        let keyless = &self.keyless;
        let provider = keyless.providers.iter().find(|provider| provider.name == asked.provider);
        let provider = provider.ok_or_else(|| not_found("OIDC provider"))?;
        let agency = keyless.agencies.iter().find(|agency| agency.urn == asked.agency);
        let agency = agency.ok_or_else(|| not_found("agency"))?.clone();
        let claims = provider.believe(now, &asked.token).map_err(distrusted)?;
        if !agency.trusts.iter().any(|trust| trust.is_met(provider, &claims)) {
            return Err(access_denied());
        }
        if !(SHORTEST..=agency.max_session).contains(&asked.lifetime) {
            let most = agency.max_session.as_secs();
            return Err(invalid(format!("duration_seconds is not from 900 to {most}")));
        }
        Ok(self.give_agency(now, &agency, &asked, &claims))
    }

    fn give_agency(&mut self, now: Timestamp, agency: &Agency, asked: &Asked, claims: &Claims) -> Reply {
        let (urn, id) = assumed(agency, &asked.session);
        let holder = Holder { principal: urn.clone(), permitted: agency.permitted };
        let account = self.keyless.sessions.give(now, asked.lifetime, ("HST", "gQpj"), holder);
        let expires = account.expires.unwrap_or(now);
        let answer = json!({
            "credentials": {
                "access_key_id": account.id,
                "secret_access_key": account.secret,
                "security_token": account.security_token,
                // The real service's answers carry milliseconds, and the vendor's own reader demands a fraction.
                "expiration": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            },
            "assumed_agency": { "urn": urn, "id": id },
            "subject_from_id_token": claims.subject,
            "audience": claims.audiences.join(","),
            "provider": asked.provider,
        });
        self.accounts.push(account);
        answer.into()
    }
}

fn read(request: &Request) -> Checked<Asked> {
    const KNOWN: [&str; 7] = [
        "provider_urn",
        "agency_urn",
        "agency_session_name",
        "id_token",
        "duration_seconds",
        "policy",
        "policy_ids",
    ];
    let fields = Fields::parse(&request.body)?.only(&KNOWN)?;
    let limited = |name: &str, least: usize, most: usize| {
        let text = fields.required_text(name)?;
        let fits = (least..=most).contains(&text.len());
        if fits {
            Ok(text.to_owned())
        } else {
            Err(format!("{name} is not {least} to {most} characters long"))
        }
    };
    let session = limited("agency_session_name", 2, 128)?;
    if !session.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter)) {
        return Err("agency_session_name holds other characters than letters, digits and _+=,.@-".into());
    }
    if fields.text("policy")?.is_some_and(|policy| !(2..=4096).contains(&policy.len())) {
        return Err("policy is not 2 to 4096 characters long".into());
    }
    if fields.texts("policy_ids")?.is_some_and(|ids| ids.len() > 20) {
        return Err("policy_ids holds more than 20 values".into());
    }
    Ok(Asked {
        provider: limited("provider_urn", 1, 1500)?,
        agency: limited("agency_urn", 1, 1500)?,
        session,
        token: limited("id_token", 4, 20_000)?,
        lifetime: fields.integer("duration_seconds")?.map_or(USUAL, SignedDuration::from_secs),
    })
}

/// `sts::ACCOUNT:assumed-agency:NAME/SESSION` and `ID:SESSION`.
fn assumed(agency: &Agency, session: &str) -> (String, String) {
    let (account, name) = agency.urn.trim_start_matches("iam::").split_once(":agency:").unwrap_or_default();
    let id = &crate::text::sha256(agency.urn.as_bytes())[..32];
    (format!("sts::{account}:assumed-agency:{name}/{session}"), format!("{id}:{session}"))
}
