//! CodeArts Pipeline "publish an extension draft" (`PublishPluginDraft`): makes the draft of an extension a version.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-pipeline/PublishPluginDraft.html>

use serde::Deserialize;
use serde_json::{Value, json};

use super::services::CODEARTS_PIPELINE;
use super::{Huawei, get, post};
use crate::cloud::query::{Ask, Responses};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Id, LettersAndDigits, OneOf, Text, Version};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Known, Observation, Operation, Progress, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "publish_extension_draft",
    api_name: "PublishPluginDraft",
    about: "publish the draft of a CodeArts Pipeline extension",
    cloud: &Huawei,
    service: &CODEARTS_PIPELINE,
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
    fn released(&self, _known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear> {
        if reply.body != Value::Bool(true) {
            return Err(Unclear::nothing(
                "the answer is not the literal `true`, which alone says that it is published",
            ));
        }
        Ok(published())
    }

    /// `{"version_attribution": "draft", …}`, which becomes `formal`.
    ///
    /// Source: `ShowPluginVersion` of the vendor's own SDK, `huaweicloudsdkcodeartspipeline`.
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask> {
        let reply = match answers.to(|| self.detail())? {
            Ok(reply) => reply,
            // No such version, perhaps: the call will say so. One that was there before it has not gone.
            Err(refusal) if is_no_such(refusal) && known.released.is_none() && before(known).is_none() => {
                return Ok(Observation::NotThere);
            }
            Err(refusal) => return Ok(Observation::Unclear(refusal.to_string())),
        };
        let attribution = |reply: &ApiResponse| reply.body.get("version_attribution").and_then(as_text);
        let is_formal = |reply: &ApiResponse| attribution(reply).as_deref() == Some("formal");
        if attribution(reply).is_none() && known.before.is_some() {
            return Ok(Observation::Unclear("the answer has no `version_attribution`".to_owned()));
        }
        let of_interest = match before(known) {
            Some(before) => known.released.is_some() || !is_formal(before),
            None => {
                known.before.is_some() || known.released.is_some() || known.earlier != ExistingRelease::Ignore
            }
        };
        if is_formal(reply) && of_interest {
            return Ok(Observation::Done(published()));
        }
        if known.released.is_none() {
            return Ok(Observation::NotThere);
        }
        let state = attribution(reply).unwrap_or_else(|| "unknown".to_owned());
        Ok(Observation::Pending(Progress::new(state, Outputs::default())))
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
fn before(known: &Known) -> Option<&ApiResponse> {
    known.before.as_deref()?.first()?.as_ref().ok()
}

/// The service has one code for all parameters that it does not like.
fn is_no_such(refusal: &ApiError) -> bool {
    refusal.code.as_deref() == Some("DEVCP.00014004")
}

fn published() -> Outputs {
    let mut outputs = Outputs::default();
    outputs.set_json("published", Value::Bool(true));
    outputs
}
