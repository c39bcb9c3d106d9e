//! What other people do to artifacts and routines. Each says whether it could be done.

use jiff::Timestamp;

use super::{Alibaba, artifact::Build, environments};

impl Alibaba {
    /// Releases the draft; where there is none, a new one.
    pub(crate) fn somebody_releases(&mut self, now: Timestamp, id: &str) -> bool {
        self.compute_nest.hand_over(now);
        let without = |artifact: &&super::Artifact| artifact.id == id && artifact.draft.is_none();
        if self.compute_nest.artifacts.iter().any(|artifact| without(&artifact)) {
            self.somebody_saves(now, id);
        }
        self.compute_nest.release_draft(now, id).is_ok()
    }

    /// Makes a new draft, where there is none.
    pub(crate) fn somebody_saves(&mut self, now: Timestamp, id: &str) -> bool {
        self.compute_nest.hand_over(now);
        let Some(artifact) = self.compute_nest.artifact_mut(id).filter(|artifact| artifact.draft.is_none())
        else {
            return false;
        };
        let name = format!("1.{}.0", artifact.versions.len() + 1);
        artifact.draft = Some(Build::draft(&name, now));
        true
    }

    /// Throws the draft away, released or not.
    pub(crate) fn somebody_deletes_draft(&mut self, now: Timestamp, id: &str) -> bool {
        self.compute_nest.hand_over(now);
        self.compute_nest.artifact_mut(id).is_some_and(|artifact| artifact.draft.take().is_some())
    }

    /// Gives a revision to environments, in whichever spelling.
    pub(crate) fn somebody_publishes(
        &mut self,
        now: Timestamp,
        routine: &str,
        revision: &str,
        envs: &[String],
    ) -> bool {
        let envs: Result<_, _> = envs.iter().map(|name| environments::environment(name)).collect();
        envs.and_then(|envs| self.dcdn.give(now, routine, revision, envs)).unwrap_or(false)
    }
}
