//! CodeArts Pipeline "publish an extension draft" (`PublishPluginDraft`): makes the draft of an extension a version.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-pipeline/PublishPluginDraft.html>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::services::CODEARTS_PIPELINE;
use super::{Huawei, get, post};
use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Id, LettersAndDigits, OneOf, Text, Version};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Idempotency, Known, Operation, State, Status, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "publish_extension_draft",
    api_name: "PublishPluginDraft",
    summary: "publish the draft of a CodeArts Pipeline extension",
    cloud: &Huawei,
    service: &CODEARTS_PIPELINE,
    status_api: "ShowPluginVersion",
    permissions: &["permission to manage pipeline extensions"],
    // The service has one code for all parameters that it does not like.
    done_already: &["DEVCP.00014004"],
    #[rustfmt::skip]
    inputs: &[
        Input::required("domain_id", LettersAndDigits(32), "the account's id")
            .or(&["HUAWEICLOUD_SDK_DOMAIN_ID", "HW_DOMAIN_ID"]),
        Input::required("plugin_name", Id(50), "the extension's unique name"),
        Input::required("display_name", Text(50), "the name that people see"),
        Input::required("version", Version, "the version to publish"),
        Input::required("plugin_attribution", OneOf(&["custom", "official"]), "whose extension it is"),
        Input::optional("version_attribution", OneOf(&["draft", "formal"]), "what the version is before the call"),
    ],
    outputs: &[Output("published", "`true`, the API's own answer")],
    build: build::<PublishExtensionDraft>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
pub struct PublishExtensionDraft {
    /// `domain_id` in the path: 32 letters and digits.
    domain_id: String,
    /// `plugin_name`: 1 to 50 letters, digits, `-` and `_`.
    plugin_name: String,
    /// `display_name`: 1 to 50 characters.
    display_name: String,
    /// `version`: three groups of 0 to 99.
    version: String,
    /// `plugin_attribution`: `custom` or `official`.
    plugin_attribution: String,
    /// `version_attribution`: `draft` or `formal`.
    version_attribution: Option<String>,
}

impl Operation for PublishExtensionDraft {
    /// One object, as the documentation's example has it; its table says "array".
    fn release(&self, _known: &Known) -> Request {
        let mut body = json!({
            "plugin_name": self.plugin_name,
            "display_name": self.display_name,
            "version": self.version,
            "plugin_attribution": self.plugin_attribution,
        });
        if let Some(attribution) = &self.version_attribution {
            body["version_attribution"] = json!(attribution);
        }
        post(format!("/v1/{}/agent-plugin/publish-draft", self.domain_id), &body)
    }

    /// The bare literal `true`.
    fn released(&self, _known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear> {
        if response.body != Value::Bool(true) {
            return Err(Unclear::nothing(
                "the answer is not the literal `true`, which alone says that it is published",
            ));
        }
        Ok(published())
    }

    /// `{"version_attribution": "draft", …}`, which becomes `formal`.
    ///
    /// Source: `ShowPluginVersion` of the vendor's own SDK, `huaweicloudsdkcodeartspipeline`.
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop> {
        let version = match responses.get(|| self.detail())? {
            Ok(response) => &response.body,
            // No such version, perhaps: the call will say so. One that was there before it has not gone.
            Err(refusal) if is_no_such(refusal) && known.released.is_none() && before(known).is_none() => {
                return Ok(Status::not_found());
            }
            Err(refusal) => return Err(Stop::refused(refusal)),
        };
        let is_formal = match attribution(version).as_deref() {
            Some("formal") => true,
            Some("draft") => false,
            Some(other) if known.released.is_some() => {
                return Ok(Status::in_progress(format!("`{other}`"), Outputs::default()));
            }
            Some(other) => {
                return Err(Stop::Unclear(format!("the version is `{other}`, which is not documented")));
            }
            None => return Err(Stop::Unclear("the answer has no `version_attribution`".to_owned())),
        };
        let was_formal = before(known).and_then(attribution).as_deref() == Some("formal");
        let is_asked_for = known.baseline.is_some() || known.existing != ExistingRelease::Ignore;
        let status = match (is_formal, known.released.is_some()) {
            (true, false) if !is_asked_for => Status::not_found(),
            (true, false) if was_formal => {
                let seen = format!("version `{}` was formal before the call", self.version);
                Status::new(State::Unchanged(seen), Outputs::default())
            }
            (true, false) if known.is_before_call(changed_at(version)) => {
                let seen =
                    "the version was published shortly before the call, perhaps by somebody else".to_owned();
                Status::new(State::Ambiguous(seen), Outputs::default())
            }
            (true, _) => Status::new(State::Succeeded, published()),
            (false, false) => Status::not_found(),
            (false, true) => Status::in_progress("draft", Outputs::default()),
        };
        Ok(Status { known_by: Some(format!("version `{}`", self.version)), ..status })
    }

    fn preview(&self, baseline: &[QueryResult]) -> String {
        let shown = baseline.first().and_then(|version| attribution(&version.as_ref().ok()?.body));
        let (name, version) = (&self.plugin_name, &self.version);
        match shown.as_deref() {
            Some("formal") => {
                format!("version `{version}` of `{name}` is formal already: the call would be refused")
            }
            Some(state) => format!("would publish version `{version}` of `{name}`, which is `{state}`"),
            None => format!("version `{version}` of `{name}` is not shown: the call would be refused"),
        }
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::NonIdempotent
    }

    /// Until it is formal, the version looks as it did before the call.
    fn leaves_trace(&self) -> bool {
        false
    }
}

impl PublishExtensionDraft {
    fn detail(&self) -> Request {
        let mut request = get(format!("/v1/{}/agent-plugin/detail", self.domain_id));
        request.query = vec![("plugin_name", self.plugin_name.clone()), ("version", self.version.clone())];
        request
    }
}

/// What the version was before the call.
fn before(known: &Known) -> Option<&Value> {
    Some(&known.baseline.as_deref()?.first()?.as_ref().ok()?.body)
}

fn attribution(version: &Value) -> Option<String> {
    version.get("version_attribution").and_then(as_text)
}

/// `op_time`: when it was changed last, as RFC 3339 or in milliseconds; the vendor does not say which.
fn changed_at(version: &Value) -> Option<Timestamp> {
    let text = version.get("op_time").and_then(as_text)?;
    text.parse().ok().or_else(|| Timestamp::from_millisecond(text.parse().ok()?).ok())
}

fn is_no_such(refusal: &ApiError) -> bool {
    refusal.code.as_deref() == Some("DEVCP.00014004")
}

fn published() -> Outputs {
    let mut outputs = Outputs::default();
    outputs.set_json("published", Value::Bool(true));
    outputs
}
