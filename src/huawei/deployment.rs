//! What a package shows of a deployment: whether it was deployed by this call.

use std::collections::BTreeMap;

use serde_json::Value;

use super::factory::Package;
use crate::cloud::query::Stop;
use crate::operation::{ExistingRelease, Known};

/// Packages by their ids, as far as the status shows them.
pub(super) type Packages<'a> = BTreeMap<String, Shown<'a>>;

/// A package, with its detail if that was asked for.
pub(super) type Shown<'a> = (Package<'a>, Option<&'a Value>);

/// What a package shows of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It was deployed by it.
    Landed,
    /// It was deployed after the look before the call, and before the call.
    Earlier,
    /// It had been deployed, or was being deployed, and nothing shows that it was deployed once more.
    Unchanged,
    /// It waits for approval, or is not shown.
    Nothing,
}

/// What a package showed before the call.
#[derive(Clone, Copy)]
pub(super) enum Before<'a> {
    /// Nobody looked.
    Unknown,
    /// It was not shown.
    NotShown,
    /// This.
    Shown(Package<'a>),
}

impl<'a> Before<'a> {
    /// What the look before the call showed of it.
    pub(super) fn of(shown: Option<&Shown<'a>>) -> Self {
        shown.map_or(Self::NotShown, |(package, _)| Self::Shown(*package))
    }
}

/// What a package shows of the call. `before` is what it showed before the call, if that is known.
pub(super) fn effect(
    known: &Known,
    id: &String,
    now: Option<&Shown>,
    before: Before,
) -> Result<Effect, Stop> {
    let Some((package, _)) = now else { return Ok(Effect::Nothing) };
    let status = package.status();
    if known.adopted.contains(id) {
        return Ok(Effect::Landed);
    }
    if !package.is_documented() && known.released.is_none() {
        let seen =
            format!("`{}` shows the `deploy_status` `{status}`, which is not documented", package.id());
        return Err(Stop::Unclear(seen));
    }
    let shows =
        |statuses: &[&str]| if statuses.contains(&&*status) { Effect::Landed } else { Effect::Nothing };
    let effect = match (before, known.existing) {
        (Before::Shown(before), _) => {
            let is_newer = package.deployed_at() > before.deployed_at();
            // That somebody else's deployment ends says nothing of this call.
            let was_under_way = before.status() == "5" && known.released.is_none();
            let has_moved = if was_under_way {
                is_newer && before.deployed_at().is_some()
            } else {
                is_newer || before.status() != status
            };
            match (&*status, has_moved) {
                ("1", _) => Effect::Nothing,
                (_, true) => Effect::Landed,
                (_, false) => Effect::Unchanged,
            }
        }
        // It was not shown before the call: what ended may have ended long ago.
        (Before::NotShown, _) if known.released.is_none() => shows(&["5"]),
        (Before::Unknown, ExistingRelease::Ignore) if known.released.is_none() => Effect::Nothing,
        (Before::Unknown, ExistingRelease::Adopt) if known.released.is_none() => shows(&["5", "2"]),
        _ => shows(&["5", "2", "3"]),
    };
    let is_earlier = known.released.is_none()
        && effect == Effect::Landed
        && known.is_before_call(package.deployment_began());
    Ok(if is_earlier { Effect::Earlier } else { effect })
}
