//! Identity tokens: JSON Web Tokens with RS256, issued and verified by one key that is no secret.

use std::sync::OnceLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::{SignedDuration, Timestamp};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use serde_json::{Map, Value, json};

use super::Distrust;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `aud`: one as text, several as an array.
    pub audiences: Vec<String>,
    /// `sub`.
    pub subject: String,
    /// `iat`.
    pub issued: Timestamp,
    /// `exp`.
    pub expires: Timestamp,
    /// Further claims.
    pub more: Map<String, Value>,
}

impl Claims {
    /// Claims like GitHub's: issued now, valid for five minutes.
    #[must_use]
    pub fn new(now: Timestamp, issuer: &str, audience: &str, subject: &str) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            subject: subject.into(),
            issued: now,
            expires: now + SignedDuration::from_mins(5),
            more: Map::new(),
        }
    }

    /// The same, valid for that long.
    #[must_use]
    pub fn living(self, lifetime: SignedDuration) -> Self {
        Self { expires: self.issued + lifetime, ..self }
    }

    /// The token that every provider of a fresh sandbox believes, as far as the claims are right.
    ///
    /// # Panics
    ///
    /// Never: the key beside this file is one.
    #[must_use]
    pub fn token(&self) -> String {
        let signed = self.unsigned();
        let mut signature = vec![0; key().public().modulus_len()];
        // The random numbers hide the key from who measures time; they do not change the signature.
        key()
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the signature has the length of the key's modulus");
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// The same claims with a signature that is not the issuer's: no provider believes it.
    #[must_use]
    pub fn forged_token(&self) -> String {
        format!("{}.{}", self.unsigned(), BASE64.encode([7; 256]))
    }

    fn unsigned(&self) -> String {
        let part = |value: Value| BASE64.encode(value.to_string());
        let header = json!({ "alg": "RS256", "kid": "sandbox", "typ": "JWT" });
        format!("{}.{}", part(header), part(self.json()))
    }

    fn json(&self) -> Value {
        let mut claims = self.more.clone();
        let audience = match &self.audiences[..] {
            [one] => json!(one),
            several => json!(several),
        };
        let not_before = self.issued - SignedDuration::from_mins(10);
        claims.extend([
            ("iss".into(), json!(self.issuer)),
            ("aud".into(), audience),
            ("sub".into(), json!(self.subject)),
            ("nbf".into(), json!(not_before.as_second())),
            ("iat".into(), json!(self.issued.as_second())),
            ("exp".into(), json!(self.expires.as_second())),
        ]);
        Value::Object(claims)
    }
}

/// What a token says, whoever signed it.
pub(super) fn decode(token: &str) -> Result<Claims, Distrust> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, _] = parts[..] else { return Err(Distrust::Parts) };
    let json = |part| serde_json::from_slice::<Value>(&BASE64.decode(part).ok()?).ok();
    if json(header).is_none_or(|header| header["alg"] != "RS256") {
        return Err(Distrust::Form);
    }
    json(claims).and_then(|claims| from_json(&claims)).ok_or(Distrust::Form)
}

/// Whether the signature is right.
pub(super) fn is_genuine(token: &str) -> bool {
    let verify = |(signed, signature): (&str, &str)| {
        let signature = BASE64.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key().public());
        public.verify(signed.as_bytes(), &signature).ok()
    };
    token.rsplit_once('.').and_then(verify).is_some()
}

fn from_json(claims: &Value) -> Option<Claims> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let time = |name: &str| Timestamp::from_second(claims[name].as_i64()?).ok();
    let audiences = match &claims["aud"] {
        Value::Array(several) => several.iter().map(text).collect::<Option<_>>()?,
        one => vec![text(one)?],
    };
    Some(Claims {
        issuer: text(&claims["iss"])?,
        audiences,
        subject: text(&claims["sub"])?,
        issued: time("iat")?,
        expires: time("exp")?,
        more: Map::new(),
    })
}

fn key() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| {
        RsaKeyPair::from_der(include_bytes!("not-secret-key.der")).expect("the key beside this file is one")
    })
}
