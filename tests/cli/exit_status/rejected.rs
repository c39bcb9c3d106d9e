//! Status 4: the API says no.

use sandbox::{Server, world};

use super::told_all;
use crate::support::step::Step;

#[test]
fn four_is_for_calls_that_the_api_rejects() {
    let server = Server::start();
    let plain = |operation| Step::plain().releasing(operation, server.url());
    let runs = [
        (
            "the artifact has no draft",
            plain("release_artifact").input("artifact_id", world::ARTIFACT_WITHOUT_DRAFT_ID),
        ),
        (
            "there is no such environment",
            plain("publish_routine_code_revision").input("envs", "production,presetCanaryAtlantis"),
        ),
        ("there is no such item", plain("release_package").input("pending_item_list", "1")),
        ("the draft does not exist, under 200", plain("publish_extension_draft").input("version", "9.9.9")),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(4)));
    insta::assert_snapshot!(told_all(runs), @"
    the artifact has no draft
    = 4, released: no, not_released, error_code: EntityNotExist.ArtifactVersion
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] warn: it is released already, done (version 1, `1.1.0`): it is released again, as `if_released` is `again`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 404, `EntityNotExist.ArtifactVersion`: The specified artifact version does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: The specified artifact version does not exist (request id `[token]`); the status does not show it
    [time] error: hint: the artifact has no draft to release: create one, or see whether it was released already

    there is no such environment
    = 4, released: no, not_released, error_code: EdgeRoutine.GeneralError
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 400, `EdgeRoutine.GeneralError`: server error occurred: the environment presetCanaryAtlantis does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 400, `EdgeRoutine.GeneralError`: server error occurred: the environment presetCanaryAtlantis does not exist (request id `[token]`); the status does not show it
    [time] error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code

    there is no such item
    = 4, released: no, not_released, error_code: DLF.3051
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 400, `DLF.3051`: Invalid parameter: the pending item 1 does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: Invalid parameter: the pending item 1 does not exist (request id `[token]`); the status does not show it
    [time] error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    the draft does not exist, under 200
    = 4, released: no, not_released, error_code: DEVCP.00014004
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 200, `DEVCP.00014004`: Invalid parameter: the draft does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: Invalid parameter: the draft does not exist (request id `[token]`); the status does not show it
    [time] error: hint: read the vendor's message, and check the inputs that it names
    ");
    assert!(server.effects().is_empty());
}
