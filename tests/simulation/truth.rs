//! What is true of the release that a run was to make, by the clouds' own state.

use sandbox::{By, Effect, Sandbox, world};

use crate::history::Run;

/// Whether exactly what a run's outputs name has succeeded by its end.
pub(crate) fn is_done(operation: &str, run: &Run, sandbox: &Sandbox) -> bool {
    let now = run.ended;
    let deployed = |id: &str| sandbox.huawei.factory.deploy_status(id, now) == Some(2);
    match operation {
        "release_artifact" => artifact_is_done(run, sandbox),
        "publish_routine_code_revision" => live(run, sandbox).all(|live| live),
        "release_package" => deployed(run.output("release_package_id")),
        "deploy_packages" => world::PACKAGE_IDS.iter().all(|id| deployed(id)),
        _ => is_formal(run, sandbox),
    }
}

/// The version that the outputs name is available, and it is the one of this run's call, if that had an effect.
fn artifact_is_done(run: &Run, sandbox: &Sandbox) -> bool {
    let nest = &sandbox.alibaba.compute_nest;
    let artifact = nest.artifacts.iter().find(|artifact| artifact.id == world::ARTIFACT_ID).unwrap();
    let number = run.output("ArtifactVersion").parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let Some(version) = number.and_then(|number| artifact.versions.get(number)) else { return false };
    let is_call = |effect: &&Effect| {
        let is_ours = effect.by == By::Call && effect.operation == "ReleaseArtifact";
        is_ours && sandbox.requests()[run.requests.clone()].iter().any(|call| call.at == effect.called)
    };
    let calls: Vec<_> = sandbox.effects().iter().filter(is_call).collect();
    let is_ours = calls.is_empty() || calls.iter().any(|call| version.released == Some(call.at));
    nest.status(version, run.ended) == "Available"
        && version.version_name == run.output("VersionName")
        && is_ours
}

/// Whether each environment runs the revision that is asked for.
fn live<'a>(run: &'a Run, sandbox: &'a Sandbox) -> impl Iterator<Item = bool> + 'a {
    let is_ours = |name: &str| name == world::ROUTINE_NAME;
    let routine = sandbox.alibaba.dcdn.routines.iter().find(|routine| is_ours(&routine.name)).unwrap();
    let envs = ["production", "presetCanaryHongKong"].into_iter();
    envs.map(|env| routine.live(env, run.ended) == Some(world::NEW_CODE_REVISION))
}

fn is_formal(run: &Run, sandbox: &Sandbox) -> bool {
    let is_it = |name: &str, version: &str| name == world::PLUGIN_NAME && version == world::PLUGIN_VERSION;
    let mut versions = sandbox.huawei.pipeline.versions.iter();
    versions.any(|known| is_it(&known.plugin_name, &known.version) && known.is_formal(run.ended))
}

/// Whether a part at least of what was asked for has been released by the end of a run, whoever did it.
pub(crate) fn is_there(operation: &str, run: &Run, sandbox: &Sandbox) -> bool {
    let name = crate::history::api_name(operation);
    let mut effects =
        sandbox.effects().iter().filter(|effect| effect.operation == name && effect.at <= run.ended);
    match operation {
        "release_package" => effects.any(|effect| effect.by == By::Call || is_like_ours(&effect.id, sandbox)),
        "deploy_packages" => effects.any(|effect| world::PACKAGE_IDS.contains(&&*effect.id)),
        "publish_routine_code_revision" => effects.any(|effect| effect.id == world::NEW_CODE_REVISION),
        "publish_extension_draft" => {
            effects.any(|effect| effect.id == format!("{}@{}", world::PLUGIN_NAME, world::PLUGIN_VERSION))
        }
        // Without a draft, the version that was released last is there.
        _ => effects.next().is_some() || run.adopts() && !has_draft(sandbox),
    }
}

/// Whether somebody else's package is exactly what was asked for. The items of one that was withdrawn are free again, and
/// tell nothing.
fn is_like_ours(id: &str, sandbox: &Sandbox) -> bool {
    let factory = &sandbox.huawei.factory;
    let Some(package) = factory.packages.iter().find(|package| package.id.to_string() == id) else {
        return false;
    };
    let items = factory.items.iter().filter(|item| item.package == Some(package.id));
    let has_ours = items.map(|item| &*item.id).eq(world::PENDING_ITEM_IDS);
    package.approvers == [world::DEPLOYER_ID] && (has_ours || package.deleted)
}

fn has_draft(sandbox: &Sandbox) -> bool {
    let mut artifacts = sandbox.alibaba.compute_nest.artifacts.iter();
    artifacts.any(|artifact| artifact.id == world::ARTIFACT_ID && artifact.draft.is_some())
}
