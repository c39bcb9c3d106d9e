//! What somebody else does meanwhile.

#[cfg(test)]
mod tests;
pub(crate) mod text;

use jiff::Timestamp;

use crate::{
    huawei::Verdict,
    record::{By, Effect},
    schedule::{Coming, Due},
    state::Sandbox,
};

/// Something that somebody else does. What cannot be done when its time comes is not done.
///
/// As text, each as written below; what follows the noun may be left out and is then what [`crate::world`] has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `releases artifact ID`: its draft becomes a new version; where it has none, somebody makes one first.
    ReleaseArtifact {
        /// `ArtifactId`.
        id: String,
    },
    /// `saves draft ID`: a new draft of an artifact that has none.
    SaveDraft {
        /// `ArtifactId`.
        id: String,
    },
    /// `deletes draft ID`: the artifact's draft is gone, without a new version.
    DeleteDraft {
        /// `ArtifactId`.
        id: String,
    },
    /// `publishes revision ID of ROUTINE to production,staging`.
    PublishRevision {
        /// The routine's name.
        routine: String,
        /// `CodeRevision`.
        revision: String,
        /// The environments' names.
        envs: Vec<String>,
    },
    /// `packs NAME of 5103,5104 for USER`: a package of these pending items, to be approved by these users.
    Pack {
        /// `package_name`.
        name: String,
        /// The pending items' ids.
        items: Vec<String>,
        /// The approvers' ids.
        approvers: Vec<String>,
    },
    /// `deploys package ID` or `approves package ID`.
    DeployPackage {
        /// `package_id`; the newest package where it is not given.
        id: Option<String>,
    },
    /// `withdraws package ID` or `rejects package ID`: its `delete_flag` is 1, its items are free again.
    WithdrawPackage {
        /// `package_id`; the newest package where it is not given.
        id: Option<String>,
    },
    /// `deletes package ID`: it is gone, from the list and as a detail.
    DeletePackage {
        /// `package_id`; the newest package where it is not given.
        id: Option<String>,
    },
    /// `publishes extension NAME@VERSION`.
    PublishExtension {
        /// `plugin_name`.
        name: String,
        /// `version`.
        version: String,
    },
    /// `revokes sessions`: see [`Sandbox::revoke_sessions`].
    RevokeSessions,
    /// `revokes trust`: see [`Sandbox::revoke_trust`].
    RevokeTrust,
    /// `deletes extension NAME@VERSION`: this version is gone.
    DeleteExtension {
        /// `plugin_name`.
        name: String,
        /// `version`.
        version: String,
    },
}

impl Sandbox {
    /// Lets somebody else do something at this time, by the clock of [`Sandbox::deliver`].
    pub fn schedule(&mut self, at: Timestamp, action: Action) {
        self.plan(at + self.clock, action);
    }

    pub(crate) fn plan(&mut self, at: Timestamp, action: Action) {
        self.due.push(Due { at, what: Coming::Action(action) });
    }

    /// Reviews the packages that calls have made since there were this many effects.
    pub(crate) fn review(&mut self, earlier: usize) {
        let Some(review) = self.huawei.factory.review else { return };
        let made = self.effects[earlier..].iter();
        let made: Vec<_> = made
            .filter(|effect| effect.operation == "CreateFactoryPendingItemsPackage")
            .map(|effect| (effect.at + review.after, Some(effect.id.clone())))
            .collect();
        for (at, id) in made {
            self.plan(
                at,
                match review.verdict {
                    Verdict::Approved => Action::DeployPackage { id },
                    Verdict::Rejected => Action::WithdrawPackage { id },
                    Verdict::Deleted => Action::DeletePackage { id },
                },
            );
        }
    }

    pub(crate) fn act(&mut self, at: Timestamp, action: Action) {
        match action {
            // Nothing that is released.
            Action::RevokeSessions => return self.revoke_sessions(at),
            Action::RevokeTrust => return self.revoke_trust(),
            _ => {}
        }
        let present = self.present(at);
        let done = self.try_to(at, action);
        self.past.extend(done.is_some().then_some(present));
        let by = By::Somebody;
        self.effects.extend(done.map(|(operation, id)| Effect { operation, id, at, called: at, by }));
    }

    /// The operation's name and what it was done to, if it could be done.
    fn try_to(&mut self, at: Timestamp, action: Action) -> Option<(&'static str, String)> {
        let (alibaba, huawei) = (&mut self.alibaba, &mut self.huawei);
        let newest =
            |huawei: &crate::huawei::Huawei, id: Option<String>| id.or_else(|| huawei.newest_package());
        match action {
            Action::ReleaseArtifact { id } => {
                alibaba.somebody_releases(at, &id).then_some(("ReleaseArtifact", id))
            }
            Action::SaveDraft { id } => alibaba.somebody_saves(at, &id).then_some(("UpdateArtifact", id)),
            Action::DeleteDraft { id } => {
                alibaba.somebody_deletes_draft(at, &id).then_some(("DeleteArtifact", id))
            }
            Action::PublishRevision { routine, revision, envs } => {
                let done = alibaba.somebody_publishes(at, &routine, &revision, &envs);
                done.then_some(("PublishRoutineCodeRevision", revision))
            }
            Action::Pack { name, items, approvers } => huawei
                .somebody_packs(at, &name, &items, approvers)
                .map(|id| ("CreateFactoryPendingItemsPackage", id)),
            Action::DeployPackage { id } => newest(huawei, id)
                .filter(|id| huawei.somebody_deploys(at, id))
                .map(|id| ("DeployFactoryPackages", id)),
            Action::WithdrawPackage { id } => newest(huawei, id)
                .filter(|id| huawei.somebody_withdraws(id))
                .map(|id| ("CancelFactoryPackages", id)),
            Action::DeletePackage { id } => newest(huawei, id)
                .filter(|id| huawei.somebody_deletes_package(id))
                .map(|id| ("delete package", id)),
            Action::PublishExtension { name, version } => huawei
                .somebody_publishes(at, &name, &version)
                .then_some(("PublishPluginDraft", format!("{name}@{version}"))),
            Action::RevokeSessions | Action::RevokeTrust => None,
            Action::DeleteExtension { name, version } => huawei
                .somebody_deletes_extension(&name, &version)
                .then_some(("delete extension", format!("{name}@{version}"))),
        }
    }
}
