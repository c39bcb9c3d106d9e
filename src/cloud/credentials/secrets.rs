//! Which texts are secret: in the environment, and in what credential services answer.

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroize;
use serde_json::Value;

use super::exchange::whole_body;
use super::source::Source;
use super::{Credentials, Keys};
use crate::http::{Body, Response};
use crate::process::env::Env;
use crate::text::redact::{MIN_SECRET_LEN, Redactor};

/// The tokens that are exchanged for credentials, and the one that they are asked for with.
const TOKENS: [&str; 3] =
    ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN", "HUAWEICLOUD_OIDC_ID_TOKEN"];

/// An access key's id is no secret, but not to be seen without need. A short one is taken for a word.
const SHORTEST_ID: usize = 16;

/// Learns every secret of the environment, whichever will be used, before anything is read that could repeat one.
pub fn register<'a>(env: &Env, sources: impl IntoIterator<Item = &'a Source>, redactor: &Redactor) {
    let remember = |variable: &str, shortest: usize| {
        let value = env.get(variable).unwrap_or_default().trim();
        if value.len() >= shortest {
            redactor.add(value);
        }
    };
    for source in sources {
        match source {
            Source::Token(variable) => remember(variable, MIN_SECRET_LEN),
            Source::Keys(keys) => {
                remember(keys.id, SHORTEST_ID);
                remember(keys.secret, MIN_SECRET_LEN);
                if let Some(token) = keys.token {
                    remember(token, MIN_SECRET_LEN);
                }
            }
            Source::Exchange(_) => {}
        }
    }
    for variable in TOKENS {
        register_token(redactor, env.get(variable).unwrap_or_default().trim());
    }
}

/// Learns a token; of one that has three parts also the last, which is what makes it one.
pub fn register_token(redactor: &Redactor, token: &str) {
    redactor.add(token);
    if let Some((rest, signature)) = token.rsplit_once('.')
        && rest.contains('.')
    {
        redactor.add(signature);
    }
}

/// Learns credentials.
pub fn register_credentials(redactor: &Redactor, credentials: &Credentials) {
    match credentials {
        Credentials::Token(token) => redactor.add(token.expose_secret()),
        Credentials::Keys(Keys { access_key_id, access_key_secret, security_token }) => {
            for secret in [Some(access_key_id), Some(access_key_secret), security_token.as_ref()] {
                redactor.add(secret.map_or("", |secret| secret.expose_secret()));
            }
        }
    }
}

/// The fields under which credential services give secrets out.
const SECRET_FIELDS: [&str; 10] = [
    "value",
    "AccessKeyId",
    "AccessKeySecret",
    "SecurityToken",
    "access_key_id",
    "secret_access_key",
    "security_token",
    "access",
    "secret",
    "securitytoken",
];

/// Learns what a credential service has given out, before anything of it is logged.
pub fn register_answer(redactor: &Redactor, response: &Response) {
    if let Some(token) = response.header("x-subject-token") {
        redactor.add(token);
    }
    if let Some(token) = whole_body(response) {
        redactor.add(token.expose_secret());
    } else if let Body::Json(body) = &response.body {
        register_fields(redactor, body);
    }
}

fn register_fields(redactor: &Redactor, body: &Value) {
    let Value::Object(fields) = body else { return };
    for (name, value) in fields {
        match value {
            Value::String(text) if SECRET_FIELDS.contains(&&**name) => register_token(redactor, text),
            value => register_fields(redactor, value),
        }
    }
}

/// Overwrites the texts of an answer that is no longer needed.
pub fn wipe(response: &mut Response) {
    response.headers.iter_mut().for_each(|(_, value)| value.zeroize());
    match &mut response.body {
        Body::Text(text) => text.zeroize(),
        Body::Json(body) => wipe_json(body),
        Body::Unreadable(_) => {}
    }
}

/// Overwrites every text of a JSON value.
pub fn wipe_json(body: &mut Value) {
    match body {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe_json),
        Value::Object(fields) => fields.values_mut().for_each(wipe_json),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{register_answer, wipe};
    use crate::http::{Body, Response};
    use crate::text::redact::Redactor;

    #[test]
    fn what_a_service_gives_out_is_known_and_can_be_wiped() {
        let redactor = Redactor::default();
        let body = br#"{"Credentials":{"AccessKeyId":"STS.abcdefgh","AccessKeySecret":"secret-secret",
            "SecurityToken":"token-token"},"value":"header.payload.signature","RequestId":"request-id"}"#;
        let headers = vec![("x-subject-token".to_owned(), "subject-token".to_owned())];
        let mut response = Response { status: 200, headers, body: Body::read(body) };
        register_answer(&redactor, &response);
        let text = "STS.abcdefgh secret-secret token-token header.payload.signature signature subject-token request-id";
        assert_eq!(redactor.redact(text), "*** *** *** *** *** *** request-id");
        wipe(&mut response);
        let left = format!("{:?} {:?}", response.headers, response.body);
        assert!(!left.contains("token-token") && !left.contains("secret-secret"), "{left}");
    }
}
