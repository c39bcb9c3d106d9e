//! A routine, its code revisions, and what its environments run.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{dcdn::general, environments};
use crate::refusal::Refusal;

/// A routine.
#[derive(Clone, Debug)]
pub struct Routine {
    /// `Name`.
    pub name: String,
    /// `Description`, in Base64 as the API gives it.
    pub description: String,
    /// `CreationTime`.
    pub created: Timestamp,
    /// Its code revisions, oldest first.
    pub revisions: Vec<Revision>,
    /// Every publication, oldest first; the last one in force decides what an environment runs.
    pub publications: Vec<Publication>,
}

/// A code revision of a routine.
#[derive(Clone, Debug)]
pub struct Revision {
    /// `CodeRevision`: decimal digits, too many for a float.
    pub id: String,
    /// `CodeDescription`, in Base64 as the API gives it.
    pub description: String,
    /// `CreationTime`.
    pub created: Timestamp,
}

/// A revision given to an environment.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The environment, in the vendor's present spelling, such as `production`.
    pub env: String,
    /// The revision's id.
    pub revision: String,
    /// From when on the environment runs it.
    pub live_from: Timestamp,
}

impl Routine {
    /// The revision that an environment runs at this time.
    #[must_use]
    pub fn live(&self, env: &str, now: Timestamp) -> Option<&str> {
        self.last(|publication| publication.env == env && publication.live_from <= now)
    }

    /// The revision that an environment was given last, live or not.
    pub(super) fn latest(&self, env: &str) -> Option<&str> {
        self.last(|publication| publication.env == env)
    }

    fn last(&self, wanted: impl Fn(&Publication) -> bool) -> Option<&str> {
        self.publications
            .iter()
            .rev()
            .find(|publication| wanted(publication))
            .map(|found| found.revision.as_str())
    }

    pub(super) fn revision(&self, id: &str) -> Result<&Revision, Refusal> {
        let known = self.revisions.iter().find(|revision| revision.id == id);
        known.ok_or_else(|| general(&format!("the code revision {id} does not exist")))
    }

    pub(super) fn describe(&self, now: Timestamp, older_names: bool) -> Value {
        let mut conf = Map::new();
        let mut since = Map::new();
        for publication in &self.publications {
            let env = &publication.env;
            if let Some(revision) = self.live(env, now) {
                let env = if older_names { environments::older(env) } else { env.clone() };
                let entry =
                    json!({ "SpecName": "50ms", "CodeRev": revision, "AllowedHosts": ["*.example.com"] });
                conf.insert(env.clone(), entry);
                since.entry(env).or_insert_with(|| json!(publication.live_from.to_string()));
            }
        }
        let revisions: Vec<_> = self.revisions.iter().map(Revision::describe).collect();
        json!({
            "CreationTime": self.created.to_string(),
            "Description": self.description,
            "Envs": conf.keys().collect::<Vec<_>>(),
            "EnvConf": conf,
            "EnvsCreationTime": since,
            "CodeRevs": revisions,
        })
    }
}

impl Revision {
    fn describe(&self) -> Value {
        json!({
            "CodeRevision": self.id,
            "CodeDescription": self.description,
            "CreationTime": self.created.to_string(),
        })
    }
}
