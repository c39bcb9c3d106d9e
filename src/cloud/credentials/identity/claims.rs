//! What an identity token says of its job, and the condition that a cloud has to make of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::text::sanitize;

/// The claims that a trust policy is about. They are the CI's text, and hostile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it is.
    pub aud: Vec<String>,
    /// Which job it is.
    pub sub: String,
    /// When it expires.
    pub exp: Option<Timestamp>,
}

impl Claims {
    /// The claims of a token; whoever signed it.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?.trim_end_matches('=');
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let aud = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => vec![text("aud")],
        };
        let exp = claims.get("exp").and_then(Value::as_i64);
        let exp = exp.and_then(|exp| Timestamp::from_second(exp).ok());
        Some(Self { iss: text("iss"), aud, sub: text("sub"), exp })
    }

    /// `"StringEquals"` as Alibaba Cloud's trust policies have it.
    ///
    /// Source: <https://www.alibabacloud.com/help/en/ram/user-guide/create-a-ram-role-for-a-trusted-idp>
    #[must_use]
    pub fn condition(&self) -> String {
        let aud = match &self.aud[..] {
            [one] => json!(one),
            several => json!(several),
        };
        string_equals(&json!(self.iss), &aud, &json!(self.sub))
    }

    /// The same as Huawei Cloud's have it: each value in a list.
    #[must_use]
    pub fn condition_of_lists(&self) -> String {
        string_equals(&json!([self.iss]), &json!(self.aud), &json!([self.sub]))
    }

    /// The rule by which Huawei Cloud's classic IAM takes the token for a user of a group.
    ///
    /// Source: <https://support.huaweicloud.com/intl/en-us/usermanual-iam/iam_08_0006.html>
    #[must_use]
    pub fn conversion_rule(&self) -> String {
        let local = json!([{"user": {"name": "ci"}}, {"group": {"name": "GROUP"}}]);
        let remote = json!([{"type": "sub", "any_one_of": [self.sub]}]);
        sanitize::json(&json!([{"local": local, "remote": remote}]).to_string())
    }
}

fn string_equals(iss: &Value, aud: &Value, sub: &Value) -> String {
    sanitize::json(&json!({"StringEquals": {"oidc:iss": iss, "oidc:aud": aud, "oidc:sub": sub}}).to_string())
}

impl std::fmt::Display for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let aud = self.aud.join("`, `");
        let [iss, aud, sub] = [&self.iss, &aud, &self.sub].map(|claim| sanitize::line(claim));
        write!(f, "iss `{iss}`, aud `{aud}`, sub `{sub}`")?;
        match self.exp {
            Some(exp) => write!(f, ", exp `{}`", exp.strftime("%Y-%m-%dT%H:%M:%SZ")),
            None => Ok(()),
        }
    }
}
