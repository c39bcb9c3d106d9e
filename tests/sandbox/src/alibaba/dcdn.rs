//! DCDN `EdgeRoutine`, version 2018-01-15: routines, their code revisions, and the environments that run them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    environments,
    params::Params,
    routine::{Publication, Routine},
};
use crate::{record::Effect, refusal::Refusal};

pub(super) const VERSION: &str = "2018-01-15";
pub(super) const ACTIONS: [&str; 5] = [
    "PublishRoutineCodeRevision",
    "DescribeRoutine",
    "DescribeRoutineCodeRevision",
    "DescribeRoutineUserInfo",
    "DescribeRoutineCanaryEnvs",
];

/// `EdgeRoutine`'s state.
#[derive(Clone, Debug)]
pub struct Dcdn {
    /// The account's routines.
    pub routines: Vec<Routine>,
    /// How long an environment goes on with its old revision after a publication.
    pub propagation: SignedDuration,
    /// How much longer each further environment of the same publication does.
    pub stagger: SignedDuration,
    /// Environments that go on with their old revision for ever, in the present spelling.
    pub stuck: Vec<String>,
    /// Whether answers name the environments as older ones did: `Production`, `Preset_Canary_Hong_Kong`.
    pub older_names: bool,
}

impl Dcdn {
    /// The routine of this name, to be arranged.
    pub fn routine_mut(&mut self, name: &str) -> Option<&mut Routine> {
        self.routines.iter_mut().find(|routine| routine.name == name)
    }

    pub(super) fn call(
        &mut self,
        now: Timestamp,
        action: &str,
        params: &Params,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        let content = match action {
            "PublishRoutineCodeRevision" => self.publish(now, params, effects)?,
            "DescribeRoutine" => {
                let name = params.only(&["Name"])?.required("Name")?;
                let older = self.older_names;
                self.routine(name)?.describe(now, older)
            }
            "DescribeRoutineCodeRevision" => self.describe_revision(params)?,
            "DescribeRoutineUserInfo" => {
                params.only(&[])?;
                json!({ "Routines": self.routines.iter().map(|routine| &routine.name).collect::<Vec<_>>(), "Subdomains": [] })
            }
            _ => {
                params.only(&[])?;
                json!({ "Envs": environments::canaries().collect::<Vec<_>>() })
            }
        };
        Ok(json!({ "Content": content }))
    }

    fn publish(
        &mut self,
        now: Timestamp,
        params: &Params,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        params.only(&["Name", "SelectCodeRevision", "Envs"])?;
        let (name, revision) = (params.required("Name")?, params.required("SelectCodeRevision")?);
        let envs = environments::read(params.required("Envs")?)?;
        if self.give(now, name, revision, envs)? {
            effects.push(Effect::of_call("PublishRoutineCodeRevision", revision, now));
        }
        Ok(json!({ "CodeRevision": revision }))
    }

    /// Gives a revision to environments, and says whether that changes anything.
    pub(super) fn give(
        &mut self,
        now: Timestamp,
        name: &str,
        revision: &str,
        envs: Vec<String>,
    ) -> Result<bool, Refusal> {
        let (propagation, stagger, stuck) = (self.propagation, self.stagger, self.stuck.clone());
        let routine = self.routine(name)?;
        routine.revision(revision)?;
        let changed: Vec<_> = envs.into_iter().filter(|env| routine.latest(env) != Some(revision)).collect();
        let nothing_new = changed.is_empty();
        let mut next = now + propagation;
        for env in changed {
            let live_from = if stuck.contains(&env) { Timestamp::MAX } else { next };
            routine.publications.push(Publication { env, revision: revision.into(), live_from });
            next += stagger;
        }
        Ok(!nothing_new)
    }

    fn describe_revision(&mut self, params: &Params) -> Result<Value, Refusal> {
        params.only(&["Name", "SelectCodeRevision"])?;
        let routine = self.routine(params.required("Name")?)?;
        let revision = routine.revision(params.required("SelectCodeRevision")?)?;
        Ok(json!({
            "CodeDescription": revision.description,
            "CreateTime": revision.created.to_string(),
            "ErCode": "YWRkRXZlbnRMaXN0ZW5lcignZmV0Y2gnLCBlID0+IGUpOwo=",
        }))
    }

    fn routine(&mut self, name: &str) -> Result<&mut Routine, Refusal> {
        self.routine_mut(name).ok_or_else(|| general(&format!("the routine {name} does not exist")))
    }
}

pub(super) fn general(fault: &str) -> Refusal {
    Refusal::new(400, "EdgeRoutine.GeneralError", format!("server error occurred: {fault}"))
}
