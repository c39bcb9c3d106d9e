//! The vendor's words for "later": nothing was done, or the same call is being done.

use std::time::Duration;

use crate::support::answers::{accepted, fresh, landing};
use crate::support::scripted::{Runs, alibaba, huawei};

#[test]
fn a_busy_vendor_is_called_again() {
    let mut runs = Runs::default();
    for code in [
        "SystemBusy",
        "FlowControlError",
        "ServiceBusy",
        "QpsLimitExceeded",
        "OperationConflict",
        "Throttling.Api",
    ] {
        let script =
            fresh("release_artifact").release(alibaba(400, code)).release(accepted("release_artifact"));
        runs.start(code, "release_artifact", script, &[("wait", "false")]);
    }
    for (status, code) in [(429, "APIGW.0308"), (500, "COCT.0070003"), (200, "COCT.0070003")] {
        let operation = "publish_extension_draft";
        let script = fresh(operation).release(huawei(status, code)).release(accepted(operation));
        runs.start(&format!("{status} {code}"), operation, script, &[("wait", "false")]);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 2");
}

#[test]
fn a_call_that_is_under_way_by_its_token_is_found_or_called_again_and_never_refused() {
    let operation = "release_artifact";
    let mut runs = Runs::default();
    for code in ["LastTokenProcessing", "IdempotentProcessing"] {
        let landed =
            landing(fresh(operation).release(alibaba(400, code)), operation, Duration::from_millis(500));
        runs.start(&format!("{code}, landed"), operation, landed.clone(), &[]);
        let inputs = [("client_token", "mine"), ("if_released", "adopt")];
        runs.start(&format!("{code}, landed, adopt"), operation, landed, &inputs);
        let later = fresh(operation).release(alibaba(400, code)).release(accepted(operation));
        runs.start(&format!("{code}, then accepted"), operation, later, &[("wait", "false")]);
        let never = fresh(operation).release(alibaba(400, code));
        runs.start(&format!("{code}, and no time"), operation, never, &[("retry_timeout", "0")]);
    }
    insta::assert_snapshot!(runs.told(), @"
    LastTokenProcessing, landed
    = 0, released: yes, origin: lookup, release calls: 1

    LastTokenProcessing, landed, adopt
    = 0, released: yes, origin: lookup, release calls: 1

    LastTokenProcessing, then accepted
    = 0, released: yes, origin: call, release calls: 2

    LastTokenProcessing, and no time
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: HTTP 400, `LastTokenProcessing`: as the script says (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    IdempotentProcessing, landed
    = 0, released: yes, origin: lookup, release calls: 1

    IdempotentProcessing, landed, adopt
    = 0, released: yes, origin: lookup, release calls: 1

    IdempotentProcessing, then accepted
    = 0, released: yes, origin: call, release calls: 2

    IdempotentProcessing, and no time
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: HTTP 400, `IdempotentProcessing`: as the script says (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}
