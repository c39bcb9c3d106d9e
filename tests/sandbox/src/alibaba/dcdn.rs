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
                self.routine(name)?.describe(now)
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
        let propagation = self.propagation;
        let routine = self.routine(name)?;
        routine.revision(revision)?;
        let changed: Vec<_> = envs.into_iter().filter(|env| routine.latest(env) != Some(revision)).collect();
        if !changed.is_empty() {
            effects.push(Effect::of_call("PublishRoutineCodeRevision", revision, now));
        }
        let live_from = now + propagation;
        let publication = |env| Publication { env, revision: revision.into(), live_from };
        routine.publications.extend(changed.into_iter().map(publication));
        Ok(json!({ "CodeRevision": revision }))
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
