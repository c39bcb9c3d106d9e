//! Keyless with the older IAM: the CI's identity token becomes an unscoped token, and that a temporary key pair.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0606.html>,
//! <https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0003.html>

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::security_key::CREDENTIAL;
use super::{iam, security_key};
use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
use crate::cloud::credentials::identity::claims::Claims;
use crate::cloud::credentials::identity::{self, IdentityToken, TokenVariables};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{half, text};
use crate::error::{CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Request, Response};
use crate::text::sanitize;

const IDP: &str = "HUAWEICLOUD_SDK_IDP_ID";
const TOKEN: TokenVariables =
    TokenVariables { file: "HUAWEICLOUD_SDK_ID_TOKEN_FILE", token: None, audience: iam::AUDIENCE };

/// The identity provider that an identity token is exchanged with.
pub(super) struct Federation {
    pub(super) endpoint: Endpoint,
    pub(super) idp_id: String,
    pub(super) token: IdentityToken,
}

/// The provider of the environment, with the CI's token.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let Some(idp_id) = text(context.env, IDP)? else {
        return match text(context.env, TOKEN.file)? {
            Some(_) => Err(half(&[TOKEN.file], &[IDP])),
            None => Ok(None),
        };
    };
    let token = IdentityToken::find(context, &TOKEN)?
        .ok_or_else(|| identity::missing(context, &format!("`{IDP}` asks"), &TOKEN))?;
    let name = format!("`{IDP}` with {token}");
    let exchange =
        Federation { endpoint: iam::iam_endpoint(context, None)?, idp_id: idp_id.to_owned(), token };
    Ok(Some(Found { name, way: Way::Exchange(Box::new(exchange), None), account: Vec::new() }))
}

impl Question<Issued> for Federation {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let token = self.token.get(answers)?;
        let refused = |failed: &CallError| Next::from(self.refused(failed, token.expose_secret()));
        let response = answers.either(|| self.unscoped_token_step(&token))?.as_ref().map_err(refused)?;
        let unscoped = response.header("x-subject-token").filter(|token| !token.is_empty());
        let unscoped: SecretString =
            unscoped.ok_or_else(|| iam::missing(iam::IAM, "X-Subject-Token"))?.into();
        let holder = holder(response);
        let response = answers.either(|| self.keys_step(&unscoped))?.as_ref().map_err(refused)?;
        Ok(security_key::read(iam::IAM, &CREDENTIAL, response, holder)?)
    }
}

impl Exchange for Federation {}

/// Whose keys they are: the user that the conversion rules made of the token, and the account.
fn holder(response: &Response) -> Option<String> {
    let Body::Json(body) = &response.body else { return None };
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).map(sanitize::line);
    let (user, account) = (text("/token/user/name")?, text("/token/user/domain/name")?);
    Some(format!("user `{user}` of the account `{account}`"))
}

impl Federation {
    fn unscoped_token_step(&self, token: &SecretString) -> Step {
        let body = json!({"auth": {"id_token": {"id": token.expose_secret()}}});
        let headers = vec![Header::new("X-Idp-Id", &*self.idp_id)];
        self.step(
            "`CreateTokenWithIdToken`",
            iam::post("/v3.0/OS-AUTH/id-token/tokens", headers, iam::secret_body(body)),
        )
    }

    fn keys_step(&self, unscoped: &SecretString) -> Step {
        let token = json!({"id": unscoped.expose_secret(), "duration_seconds": 3600});
        let body = json!({"auth": {"identity": {"methods": ["token"], "token": token}}});
        let request = iam::post("/v3.0/OS-CREDENTIAL/securitytokens", Vec::new(), iam::secret_body(body));
        self.step("`CreateTemporaryAccessKeyByToken`", request)
    }

    fn step(&self, call: &'static str, request: Request) -> Step {
        let endpoint = self.endpoint.clone();
        Step {
            call,
            server: iam::IAM,
            endpoint,
            request,
            signed_with: None,
            patience: Patience::Query,
            read: iam::read,
        }
    }

    /// What was asked for, what the token says, and the rule that takes it.
    fn refused(&self, failed: &CallError, token: &str) -> CallError {
        let what = failed.what.clone().unwrap_or_default();
        let what = format!("{what} for the identity provider `{}`", sanitize::line(&self.idp_id));
        let general =
            "see whether the provider is there, of the protocol `oidc`, with the token's issuer and audience";
        let mut hint = failed.hint.clone().unwrap_or_else(|| general.to_owned());
        if let Some(claims) = Claims::read(token) {
            let rule = claims.conversion_rule();
            hint = format!("{hint}\nthe token has {claims}\nthis identity conversion rule takes it: {rule}");
        }
        CallError {
            class: FailureClass::Unauthenticated,
            what: Some(what),
            hint: Some(hint),
            ..failed.clone()
        }
    }
}
