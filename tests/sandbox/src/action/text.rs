//! Actions as text, and back.

use std::{
    fmt::{Display, Formatter, Result},
    str::FromStr,
};

use super::Action;
use crate::{
    fault::words::{Read, Unreadable, Words, unreadable},
    world,
};

const ACTIONS: &str = "`releases artifact`, `saves draft`, `deletes draft`, `publishes revision`, `packs NAME`, \
                       `deploys package`, `approves package`, `withdraws package`, `rejects package`, \
                       `deletes package`, `publishes extension`, `deletes extension`, `revokes sessions`, \
                       `revokes trust`";

impl Display for Action {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let package = |id: &Option<String>| id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        match self {
            Self::ReleaseArtifact { id } => write!(formatter, "releases artifact {id}"),
            Self::SaveDraft { id } => write!(formatter, "saves draft {id}"),
            Self::DeleteDraft { id } => write!(formatter, "deletes draft {id}"),
            Self::PublishRevision { routine, revision, envs } => {
                write!(formatter, "publishes revision {revision} of {routine} to {}", envs.join(","))
            }
            Self::Pack { name, items, approvers } => {
                write!(formatter, "packs {name} of {}", items.join(","))?;
                let usual = approvers.len() == 1 && approvers[0] == world::ADMIN_ID;
                if usual { Ok(()) } else { write!(formatter, " for {}", approvers.join(",")) }
            }
            Self::DeployPackage { id } => write!(formatter, "deploys package{}", package(id)),
            Self::WithdrawPackage { id } => write!(formatter, "withdraws package{}", package(id)),
            Self::DeletePackage { id } => write!(formatter, "deletes package{}", package(id)),
            Self::RevokeSessions => formatter.write_str("revokes sessions"),
            Self::RevokeTrust => formatter.write_str("revokes trust"),
            Self::PublishExtension { name, version } => {
                write!(formatter, "publishes extension {name}@{version}")
            }
            Self::DeleteExtension { name, version } => {
                write!(formatter, "deletes extension {name}@{version}")
            }
        }
    }
}

impl FromStr for Action {
    type Err = Unreadable;

    fn from_str(text: &str) -> Read<Self> {
        let mut words = Words::of(text);
        let action = read(&mut words)?;
        words.end()?;
        Ok(action)
    }
}

/// Reads an action, and nothing behind it.
pub(crate) fn read(words: &mut Words<'_>) -> Read<Action> {
    let verb = words.required("what somebody does, such as `releases artifact`,")?;
    let noun = words.required("what it is done to")?;
    Ok(match (verb, noun) {
        ("releases", "artifact") => Action::ReleaseArtifact { id: id(words, world::ARTIFACT_ID) },
        ("saves", "draft") => Action::SaveDraft { id: id(words, world::ARTIFACT_ID) },
        ("deletes", "draft") => Action::DeleteDraft { id: id(words, world::ARTIFACT_ID) },
        ("publishes", "revision") => Action::PublishRevision {
            revision: id(words, world::OTHER_CODE_REVISION),
            routine: if words.take("of") {
                words.required("the routine's name")?.into()
            } else {
                world::ROUTINE_NAME.into()
            },
            envs: if words.take("to") { list(words)? } else { vec!["production".into()] },
        },
        ("packs", name) => Action::Pack {
            name: name.into(),
            items: if words.take("of") { list(words)? } else { vec![world::OTHER_PENDING_ITEM_ID.into()] },
            approvers: if words.take("for") { list(words)? } else { vec![world::ADMIN_ID.into()] },
        },
        ("deploys" | "approves", "package") => Action::DeployPackage { id: given(words) },
        ("withdraws" | "rejects", "package") => Action::WithdrawPackage { id: given(words) },
        ("deletes", "package") => Action::DeletePackage { id: given(words) },
        ("revokes", "sessions") => Action::RevokeSessions,
        ("revokes", "trust") => Action::RevokeTrust,
        ("publishes", "extension") => {
            let (name, version) = version(words)?;
            Action::PublishExtension { name, version }
        }
        ("deletes", "extension") => {
            let (name, version) = version(words)?;
            Action::DeleteExtension { name, version }
        }
        _ => {
            return unreadable(format!("`{verb} {noun}` is nothing that somebody does; there are {ACTIONS}"));
        }
    })
}

/// The next word, unless the sentence goes on without it.
fn given(words: &mut Words<'_>) -> Option<String> {
    let name = |word: &str| (!["of", "for", "to", "after"].contains(&word)).then(|| word.to_owned());
    words.take_as(name)
}

fn id(words: &mut Words<'_>, usual: &str) -> String {
    given(words).unwrap_or_else(|| usual.into())
}

fn list(words: &mut Words<'_>) -> Read<Vec<String>> {
    let word = words.required("names with commas between them")?;
    Ok(word.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn version(words: &mut Words<'_>) -> Read<(String, String)> {
    let Some(word) = given(words) else {
        return Ok((world::PLUGIN_NAME.into(), world::PLUGIN_VERSION.into()));
    };
    match word.split_once('@') {
        Some((name, version)) => Ok((name.into(), version.into())),
        None => unreadable(format!("`{word}` is not `NAME@VERSION`")),
    }
}
