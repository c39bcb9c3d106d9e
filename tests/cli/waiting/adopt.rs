//! What is released already: adopted, refused, or released again.

use sandbox::world;

use super::{sandbox, story, waiting};
use crate::support::step::Step;

#[test]
fn what_is_released_already_is_adopted_refused_or_released_again() {
    let mut told = String::new();
    for operation in world::OPERATIONS {
        let server = sandbox(&["fate package=approved", "pace 400ms", "tick 100ms"]);
        waiting(Step::plain(), operation, &server).run().exits_with(0);
        for (choice, status) in [("adopt", 0), ("fail", 4)] {
            let step = waiting(Step::plain(), operation, &server).input("if_released", choice);
            let run = step.run().exits_with(status);
            told += &story(&format!("{operation}, {choice}"), &run, &server);
        }
    }
    insta::assert_snapshot!(told, @"
    release_artifact, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: found the existing release; no release call is sent: ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `24`, VersionName `1.24.0`, Status `Available`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (version 24, `1.24.0`), was adopted
    info: ReleaseArtifact: succeeded

    release_artifact, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_routine_code_revision, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: found the existing release; no release call is sent: CodeRevision `1720876959997924702`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (revision `1720876959997924702`), was adopted
    info: PublishRoutineCodeRevision: succeeded

    publish_routine_code_revision, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    release_package, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: found the existing release; no release call is sent: release_package_id `2303`, package_name `nightly`, deploy_status `2`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted
    info: CreateFactoryPendingItemsPackage: succeeded

    release_package, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    deploy_packages, adopt
    = 0, released: yes, succeeded, 2 by this run
    info: found the existing release; no release call is sent: package_id `2301,2302`, deploy_status `2,2`, succeeded_package_ids `2301,2302`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (deployed at [time]), was adopted
    info: DeployFactoryPackages: succeeded

    deploy_packages, fail
    = 4, released: no, not_released, 2 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_extension_draft, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: found the existing release; no release call is sent: published `true`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (version `0.1.0`), was adopted
    info: PublishPluginDraft: succeeded

    publish_extension_draft, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there
    ");
}
