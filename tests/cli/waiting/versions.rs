//! The version that an artifact's release became: the one that the call's answer named, and no other.

use sandbox::{Server, world};

use super::{sandbox, story, waiting};
use crate::support::answers::{artifact, fresh, no_version};
use crate::support::scripted::{Runs, Script, alibaba, lost};
use crate::support::step::Step;

const OPERATION: &str = "release_artifact";

fn of_a_draft_that_comes_between(server: &Server) -> Step {
    waiting(Step::plain(), OPERATION, server).input("artifact_id", world::ARTIFACT_WITHOUT_DRAFT_ID)
}

/// The look before the call saw no draft: a colleague saved one just before the call.
#[test]
fn the_version_that_the_answer_named_is_waited_for() {
    let saved = format!("fault status 2: somebody saves draft {}", world::ARTIFACT_WITHOUT_DRAFT_ID);
    let mut told = String::new();
    for fate in ["pace 300ms", "fate artifact=at-once"] {
        let server = sandbox(&[&saved, fate, "pace 300ms", "tick 100ms"]);
        let run = of_a_draft_that_comes_between(&server).run().exits_with(0);
        told += &story(fate, &run, &server);
        assert_eq!(run.result()["ArtifactVersion"], "2", "{}", run.transcript());
    }
    insta::assert_snapshot!(told, @"
    pace 300ms
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    warn: it is released already, done (version 1, `1.1.0`): it is released again, as `if_released` is `again`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `1`, request_id `[token]`, ArtifactId `artifact-00000000000000000001`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.2.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    info: ReleaseArtifact: Delivering
    info: ReleaseArtifact: succeeded

    fate artifact=at-once
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    warn: it is released already, done (version 1, `1.1.0`): it is released again, as `if_released` is `again`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `1`, request_id `[token]`, ArtifactId `artifact-00000000000000000001`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.2.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Delivering
    info: ReleaseArtifact: succeeded
    ");
}

fn no_draft() -> Script {
    let script = Script::default().query("GetArtifact draft", no_version());
    script.query("GetArtifact", artifact("23", "1.23.0", "Available", 23))
}

#[test]
fn another_version_is_never_taken_for_it() {
    let accepted = || artifact("draft", "1.24.0", "Scanning", 23);
    let newer = |script: Script, name: &str, status: &str| {
        let newest = artifact("24", name, status, 24);
        let script = script.after("GetArtifact draft", no_version());
        script.after("GetArtifact", newest.clone()).after("GetArtifact 24", newest)
    };
    let mut runs = Runs::default();
    runs.start("no draft, and none comes", OPERATION, no_draft().release(accepted()), &[]);
    let other = newer(no_draft().release(accepted()), "1.99.0", "Available");
    runs.start("a newer one of another name", OPERATION, other, &[]);
    let ours = newer(no_draft().release(accepted()), "1.24.0", "Available");
    runs.start("a newer one of the name", OPERATION, ours, &[]);
    let failed = newer(no_draft().release(accepted()), "1.24.0", "ScanFailed");
    runs.start("it fails", OPERATION, failed, &[]);
    let unnamed = newer(no_draft().release(artifact("draft", "", "Scanning", 23)), "1.24.0", "Available");
    runs.start("accepted without a name", OPERATION, unnamed, &[]);
    let no_time = [("retry_timeout", "0")];
    let lost_one = newer(no_draft().release(lost()), "1.24.0", "Available");
    runs.start("lost, without a draft before", OPERATION, lost_one, &no_time);
    let lost_one = newer(fresh(OPERATION).release(lost()), "1.99.0", "Available");
    runs.start("lost, and another name comes", OPERATION, lost_one, &no_time);
    let lost_one = newer(fresh(OPERATION).release(lost()), "1.24.0", "Available");
    runs.start("lost, and the name comes", OPERATION, lost_one, &no_time);
    let refused = || no_draft().release(alibaba(404, "EntityNotExist.ArtifactVersion"));
    runs.start("refused, nothing moved", OPERATION, refused(), &[]);
    runs.start("refused, a version came", OPERATION, newer(refused(), "1.24.0", "Available"), &[]);
    let draft = refused().after("GetArtifact draft", artifact("draft", "1.24.0", "Created", 23));
    runs.start("refused, a draft came", OPERATION, draft, &[]);
    let moved = refused().after("GetArtifact draft", artifact("draft", "1.24.0", "Scanning", 23));
    runs.start("refused, a draft came and moves", OPERATION, moved, &[]);
    insta::assert_snapshot!(runs.told(), @"
    no draft, and none comes
    = 6, released: yes, origin: call, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the release was accepted and is under way, but was not done within 5s: version `1.24.0`: not shown yet
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23`, which waits for it; or give a longer `wait_timeout`

    a newer one of another name
    = 6, released: yes, origin: call, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the release was accepted and is under way, but was not done within 5s: version `1.24.0`: not shown yet
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23`, which waits for it; or give a longer `wait_timeout`

    a newer one of the name
    = 0, released: yes, origin: call, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`

    it fails
    = 5, released: yes, origin: call, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the release was accepted, then failed: `ScanFailed`
    error: hint: fix the cause shown in the vendor's console, then release again

    accepted without a name
    = 6, released: yes, origin: call, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the release was accepted and is under way, but was not done within 5s: neither the call's answer nor the status before it names the version
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23`, which waits for it; or give a longer `wait_timeout`

    lost, without a draft before
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; neither the call's answer nor the status before it names the version
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    lost, and another name comes
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    lost, and the name comes
    = 0, released: yes, origin: lookup, release calls: 1

    refused, nothing moved
    = 4, released: no, origin: none, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: as the script says (request id `an-id`); the status does not show it
    error: hint: the artifact has no draft to release: create one, or see whether it was released already

    refused, a version came
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the API rejected the call, which may be because it is done already: HTTP 404, `EntityNotExist.ArtifactVersion`: as the script says (request id `an-id`); neither the call's answer nor the status before it names the version
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; the artifact has no draft to release: create one, or see whether it was released already

    refused, a draft came
    = 4, released: no, origin: none, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: as the script says (request id `an-id`); the status does not show it
    error: hint: the artifact has no draft to release: create one, or see whether it was released already

    refused, a draft came and moves
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, done (version 23, `1.23.0`): it is released again, as `if_released` is `again`
    error: the API rejected the call, which may be because it is done already: HTTP 404, `EntityNotExist.ArtifactVersion`: as the script says (request id `an-id`); neither the call's answer nor the status before it names the version
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; the artifact has no draft to release: create one, or see whether it was released already
    ");
}
