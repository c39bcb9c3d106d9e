//! The error codes of Alibaba Cloud, and what a user can do about each.

use crate::cloud::error_codes::ErrorCodes;

/// Source: <https://www.alibabacloud.com/help/en/sdk/product-overview/error-codes>, and the codes that the vendor's
/// own tools retry.
pub static CODES: ErrorCodes = ErrorCodes {
    is_code,
    older: None,
    // Which status it comes with is not documented.
    refused: &["EntityNotExist.*"],
    // Beside those of the documentation the ones that users of other services of the vendor report.
    throttled: &[
        "Throttling*",
        "Rejected.Throttling",
        "ServiceBusy",
        "SystemBusy",
        "FlowControlError",
        "QpsLimitExceeded",
        "OperationConflict",
    ],
    under_way: &["LastTokenProcessing", "IdempotentProcessing"],
    // A nonce is never used twice here: the server has seen this very request before, so something repeated it.
    open: &["ServiceUnavailable", "InternalError", "UnknownError", "SignatureNonceUsed"],
    unauthenticated: &[
        "InvalidAccessKeyId*",
        "InvalidSecurityToken*",
        "MissingSecurityToken",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidTimeStamp.*",
    ],
    forbidden: &["Forbidden*", "NoPermission*", "Unauthorized*"],
    account: &[
        "Forbidden.RiskControl",
        "Forbidden.SubscriptionRequired",
        "Forbidden.UserInArrears",
        "Forbidden.InDebt*",
    ],
    hints: &[
        (
            "InvalidAccessKeyId.Inactive",
            "the AccessKey is disabled: enable it in the RAM console, or use another",
        ),
        (
            "InvalidAccessKeyId*",
            "no such AccessKey: see whether it was deleted, or belongs to the other site (China or international)",
        ),
        (
            "InvalidSecurityToken*",
            "the temporary key has expired, or its token belongs to another key: get all three parts anew",
        ),
        ("SignatureDoesNotMatch", "the AccessKey secret is not that of the AccessKey id: paste it again"),
        (
            "InvalidTimeStamp.*",
            "this machine's clock is more than 15 minutes off: set it, and run the job again",
        ),
        (
            "Forbidden.RiskControl",
            "the vendor's risk control blocks the account: see the notice in the console, and ask the vendor's support",
        ),
        (
            "Forbidden.SubscriptionRequired",
            "the service is not activated for this account: activate it in the vendor's console",
        ),
        ("Forbidden.UserInArrears", UNPAID),
        ("Forbidden.InDebt*", UNPAID),
        (
            "LXBuyError",
            "the vendor does not sell this to the account: see its balance, and its real-name verification",
        ),
        ("NoPermission*", "give the RAM user or role permission for this action"),
        ("Forbidden*", "give the RAM user or role permission for this action"),
        ("EntityNotExist.Artifact", "see whether `artifact_id` is right, and in this `region` and account"),
        (
            "EntityNotExist.*",
            "the artifact has no draft to release: create one, or see whether it was released already",
        ),
        (
            "IdempotentParameterMismatch",
            "this `client_token` was used with other parameters: leave it out, or give a fresh one",
        ),
        (
            "EdgeRoutine.GeneralError",
            "see whether the routine, the code revision and the environments exist; the server gives no other code",
        ),
        ("Throttling*", "run the job again in a minute; nothing was released"),
    ],
};

/// What to do about a bill.
const UNPAID: &str = "the account has unpaid bills: pay them, and run the job again";

/// Words joined by periods, each beginning with a capital letter: `EntityNotExist.Artifact`.
fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|character| character.is_ascii_alphanumeric())
    };
    text.split('.').all(is_word)
}
