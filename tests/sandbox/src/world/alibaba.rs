//! Alibaba Cloud's half of a fresh sandbox.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::{Key, day};
use crate::{
    account::Account,
    alibaba::{Artifact, Build, ComputeNest, Dcdn, Fate, HandOver, Publication, Revision, Routine},
};

/// A long-lived key with every permission.
pub const ALIBABA_KEY: Key =
    Key { id: "LTAI-sandbox-not-real", secret: "not+a/real=Secret~of*Alibaba", security_token: None };

/// A temporary key with every permission.
pub const ALIBABA_TEMPORARY_KEY: Key = Key {
    id: "STS.sandbox-not-real",
    secret: "not/a+real=TemporarySecret",
    security_token: Some("CAIS-not+a/real=SecurityToken/of+Alibaba=="),
};

/// A long-lived key without any permission.
pub const ALIBABA_POWERLESS_KEY: Key =
    Key { id: "LTAI-sandbox-powerless", secret: "powerless+/=Secret", security_token: None };

/// An artifact with a draft that waits for its release, and 23 versions before it.
pub const ARTIFACT_ID: &str = "artifact-5f0c2b7d9e3a4c168b20";

/// Its name; other artifacts' names contain it.
pub const ARTIFACT_NAME: &str = "web-shop";

/// An artifact with one version and no draft.
pub const ARTIFACT_WITHOUT_DRAFT_ID: &str = "artifact-00000000000000000001";

/// A routine.
pub const ROUTINE_NAME: &str = "edge-hello";

/// The revision that `production`, `staging` and `presetCanaryHongKong` run.
pub const LIVE_CODE_REVISION: &str = "1620876959997924701";

/// A newer revision that runs nowhere.
pub const NEW_CODE_REVISION: &str = "1720876959997924702";
/// A revision that somebody else made after that, and that runs nowhere yet.
pub const OTHER_CODE_REVISION: &str = "1820876959997924703";

pub(crate) fn alibaba_accounts() -> Vec<Account> {
    vec![
        ALIBABA_KEY.account(),
        ALIBABA_TEMPORARY_KEY.account(),
        ALIBABA_POWERLESS_KEY.account().without_permission(),
    ]
}

pub(crate) fn compute_nest() -> ComputeNest {
    let others = (1..=24).map(|number| Artifact {
        id: format!("artifact-{number:020}"),
        name: format!("{ARTIFACT_NAME}-assets-{number}"),
        kind: "File".into(),
        description: "static files".into(),
        versions: vec![version(number)],
        draft: None,
    });
    let main = Artifact {
        id: ARTIFACT_ID.into(),
        name: ARTIFACT_NAME.into(),
        kind: "File".into(),
        description: "a shop".into(),
        versions: (1..=23).map(version).collect(),
        draft: Some(Build { released: None, ..version(24) }),
    };
    ComputeNest {
        artifacts: others.chain([main]).collect(),
        hand_over: HandOver::WhenDelivered,
        scanning: SignedDuration::from_millis(400),
        delivering: SignedDuration::from_millis(400),
        delivering_word: None,
        tokens: HashMap::new(),
    }
}

/// A version that was released long ago.
fn version(number: i64) -> Build {
    Build {
        version_name: format!("1.{number}.0"),
        created: day(number),
        released: Some(day(number)),
        fate: Fate::Available,
    }
}

pub(crate) fn dcdn() -> Dcdn {
    let revision = |id: &str, description: &str, created| Revision {
        id: id.into(),
        description: description.into(),
        created: day(created),
    };
    let publication =
        |env: &str| Publication { env: env.into(), revision: LIVE_CODE_REVISION.into(), live_from: day(1) };
    Dcdn {
        routines: vec![Routine {
            name: ROUTINE_NAME.into(),
            description: "Z3JlZXRz".into(),
            created: day(0),
            revisions: vec![
                revision(LIVE_CODE_REVISION, "Zmlyc3Q=", 0),
                revision(NEW_CODE_REVISION, "c2Vjb25k", 2),
                revision(OTHER_CODE_REVISION, "dGhpcmQ=", 3),
            ],
            publications: ["production", "staging", "presetCanaryHongKong"].map(publication).into(),
        }],
        propagation: SignedDuration::from_millis(500),
        stagger: SignedDuration::ZERO,
        stuck: Vec::new(),
        older_names: false,
    }
}
