//! `CodeArts` Pipeline's extensions: drafts and formal versions of plugins.
//!
//! Its errors come with HTTP status 200 and a body of `error_code` and `error_msg`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::call::{Call, Page};
use crate::{json::Checked, record::Effect, refusal::Refusal, text};

/// The extensions of one account.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The account's id, of which the paths speak.
    pub domain_id: String,
    /// Every version of every plugin, oldest first.
    pub versions: Vec<PluginVersion>,
    /// How long after its publication a draft becomes formal; without it it never does.
    pub publishing: Option<SignedDuration>,
}

/// A version of a plugin.
#[derive(Clone, Debug)]
pub struct PluginVersion {
    /// `plugin_name`.
    pub plugin_name: String,
    /// `display_name`.
    pub display_name: String,
    /// `plugin_attribution`: `custom` or `official`.
    pub plugin_attribution: String,
    /// `version`, such as `0.0.1`.
    pub version: String,
    /// From when on its `version_attribution` is `formal`; none for a `draft` that nobody has published.
    pub formal_from: Option<Timestamp>,
    /// `op_time`: when it was last changed.
    pub changed: Timestamp,
}

impl Pipeline {
    /// This version of this plugin, to be arranged.
    pub fn version_mut(&mut self, plugin_name: &str, version: &str) -> Option<&mut PluginVersion> {
        let is_it = |known: &&mut PluginVersion| known.plugin_name == plugin_name && known.version == version;
        self.versions.iter_mut().find(is_it)
    }

    pub(super) fn call(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        if call.owner != self.domain_id {
            return Err(forbidden());
        }
        let result = match call.operation {
            "PublishPluginDraft" => self.publish(now, call, effects),
            "ShowPluginVersion" => self.detail(now, call),
            "ListPLuginVersion" => self.list(call, |version| version.describe(now)),
            _ => self.list(call, |version| json!(version.version)),
        };
        result.map_err(|fault| Refusal::new(200, "DEVCP.00014004", format!("Invalid parameter: {fault}")))
    }

    fn publish(&mut self, now: Timestamp, call: &Call<'_>, effects: &mut Vec<Effect>) -> Checked<Value> {
        let names = ["plugin_name", "display_name", "version", "plugin_attribution", "version_attribution"];
        let fields = call.fields(&names)?;
        let (name, version) = (fields.required_text("plugin_name")?, fields.required_text("version")?);
        let attribution = fields.required_text("plugin_attribution")?;
        fields.required_text("display_name")?;
        if !matches!(fields.text("version_attribution")?, None | Some("draft" | "formal")) {
            return Err("version_attribution is neither draft nor formal".into());
        }
        check_version(version)?;
        let known = self.version_mut(name, version).ok_or("the draft does not exist")?;
        if known.plugin_attribution != attribution {
            return Err("plugin_attribution is not the draft's".into());
        }
        self.make_formal(now, name, version)?;
        effects.push(Effect::of_call("PublishPluginDraft", format!("{name}@{version}"), now));
        Ok(json!(true))
    }

    /// Publishes a draft.
    pub(super) fn make_formal(&mut self, now: Timestamp, name: &str, version: &str) -> Checked<()> {
        let formal_from = self.publishing.map_or(Timestamp::MAX, |publishing| now + publishing);
        let known = self.version_mut(name, version).ok_or("the draft does not exist")?;
        match known.formal_from {
            Some(from) if from <= now => Err("the version is formal already".into()),
            Some(_) => Err("the version is being published already".into()),
            None => {
                (known.formal_from, known.changed) = (Some(formal_from), now);
                Ok(())
            }
        }
    }

    fn detail(&self, now: Timestamp, call: &Call<'_>) -> Checked<Value> {
        let query = call.query(&["plugin_name", "version"])?;
        let (name, version) = (query.required("plugin_name")?, query.required("version")?);
        let known = self.versions.iter().find(|known| known.plugin_name == name && known.version == version);
        Ok(known.ok_or("the version does not exist")?.describe(now))
    }

    fn list(&self, call: &Call<'_>, show: impl Fn(&PluginVersion) -> Value) -> Checked<Value> {
        let query = call.query(&["plugin_name", "offset", "limit"])?;
        let name = query.required("plugin_name")?;
        let page = Page::new(query.number("limit")?, query.number("offset")?)?;
        let found: Vec<_> = self.versions.iter().filter(|known| known.plugin_name == name).collect();
        Ok(json!({
            "offset": page.offset,
            "limit": page.limit,
            "total": found.len(),
            "data": page.of_entries(found.into_iter().map(show)),
        }))
    }
}

impl PluginVersion {
    /// Whether it is formal by now.
    #[must_use]
    pub fn is_formal(&self, now: Timestamp) -> bool {
        self.formal_from.is_some_and(|from| from <= now)
    }

    fn describe(&self, now: Timestamp) -> Value {
        let key = format!("{}@{}", self.plugin_name, self.version);
        json!({
            "unique_id": &text::sha256(key.as_bytes())[..32],
            "plugin_name": self.plugin_name,
            "display_name": self.display_name,
            "plugin_attribution": self.plugin_attribution,
            "plugin_composition_type": "single",
            "version": self.version,
            "version_attribution": if self.is_formal(now) { "formal" } else { "draft" },
            "version_description": "",
            "runtime_attribution": "agent",
            "op_user": "carol",
            "op_time": self.changed.to_string(),
        })
    }
}

/// Three numbers from 0 to 99.
fn check_version(version: &str) -> Checked<()> {
    let parts: Vec<_> = version.split('.').collect();
    let fine = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() == 3 && parts.iter().all(fine) { Ok(()) } else { Err("version is not x.xx.xx".into()) }
}

pub(super) fn forbidden() -> Refusal {
    Refusal::new(200, "DEVCP.00014031", "You do not have the permission to perform this operation.")
}
