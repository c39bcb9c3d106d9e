//! A rehearsal's script: what goes wrong, and how releases end.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{
    alibaba,
    clock::Clock,
    fault::{
        Unreadable,
        words::{Read, duration, signed_duration, unreadable},
    },
    huawei,
    huawei::{Manner, Review, Verdict},
    metadata::TokenUse,
    state::Sandbox,
    world,
};

/// What a metadata service can do; see [`TokenUse`]. `no-role`: the server has no role, or agency.
const MODES: &str = "`optional-token`, `required-token`, `no-token`, `no-role`";

/// How a release ends: its name in a script, what it means, and how it is arranged.
type Fate = (&'static str, &'static str, fn(&mut Sandbox));

const FATES: [Fate; 17] = [
    ("artifact=scan-failed", "its scan fails", |sandbox| artifact(sandbox, alibaba::Fate::ScanFailed)),
    ("artifact=create-failed", "it ends with `CreateFailed`", |sandbox| {
        artifact(sandbox, alibaba::Fate::CreateFailed);
    }),
    ("artifact=deleted", "it ends with `Deleted`", |sandbox| artifact(sandbox, alibaba::Fate::Deleted)),
    ("artifact=stuck", "it is delivered for ever", |sandbox| artifact(sandbox, alibaba::Fate::Stuck)),
    ("artifact=at-once", "the draft is a numbered version from the call on", |sandbox| {
        sandbox.alibaba.compute_nest.hand_over = alibaba::HandOver::AtOnce;
    }),
    ("artifact=new-word", "on its way it shows a status that nobody has seen before", |sandbox| {
        sandbox.alibaba.compute_nest.delivering_word = Some("Replicating".into());
    }),
    ("routine=stuck", "`production` never gets the new revision", |sandbox| {
        sandbox.alibaba.dcdn.stuck = vec!["production".into()];
    }),
    ("routine=one-by-one", "the environments switch one after another", |sandbox| {
        sandbox.alibaba.dcdn.stagger = sandbox.alibaba.dcdn.propagation;
    }),
    ("routine=older-names", "environments are named as in older answers", |sandbox| {
        sandbox.alibaba.dcdn.older_names = true;
    }),
    ("package=approved", "somebody deploys each new package", |sandbox| review(sandbox, Verdict::Approved)),
    ("package=rejected", "somebody withdraws each new package", |sandbox| review(sandbox, Verdict::Rejected)),
    ("package=deleted", "somebody deletes each new package", |sandbox| review(sandbox, Verdict::Deleted)),
    ("package=failed", "its deployment fails", |sandbox| items(sandbox, huawei::Fate::Fails)),
    ("package=start-failed", "it is deployed, but its jobs do not start", |sandbox| {
        items(sandbox, huawei::Fate::StartFails);
    }),
    ("package=half", "of several packages one is deployed, and the answer lists no other", |sandbox| {
        sandbox.huawei.factory.manner = Manner::DoesFirst;
    }),
    ("package=half-failed", "of several packages one is deployed, and the answer is an error", |sandbox| {
        sandbox.huawei.factory.manner = Manner::FailsAfterFirst;
    }),
    ("extension=stuck", "it stays a draft for ever", |sandbox| sandbox.huawei.pipeline.publishing = None),
];

fn artifact(sandbox: &mut Sandbox, fate: alibaba::Fate) {
    let artifact = sandbox.alibaba.compute_nest.artifact_mut(world::ARTIFACT_ID);
    if let Some(draft) = artifact.and_then(|artifact| artifact.draft.as_mut()) {
        draft.fate = fate;
    }
}

fn review(sandbox: &mut Sandbox, verdict: Verdict) {
    let factory = &mut sandbox.huawei.factory;
    let after = factory.starting + factory.deploying;
    factory.review = Some(Review { after, verdict });
}

fn items(sandbox: &mut Sandbox, fate: huawei::Fate) {
    for item in &mut sandbox.huawei.factory.items {
        item.fate = fate;
    }
}

/// Every fate that a script can name, and what it means.
pub fn fates() -> impl Iterator<Item = (&'static str, &'static str)> {
    FATES.iter().map(|(name, about, _)| (*name, *about))
}

impl Sandbox {
    /// Follows one line of a script:
    ///
    /// - `fault RULE`: see [`crate::Rule`];
    /// - `limit LIMIT`: see [`crate::Limit`];
    /// - `fate FATE`: one of [`crate::fates`];
    /// - `pace TIME`: how long every release takes;
    /// - `clock TIME`: see [`Sandbox::clock`];
    /// - `tick TIME`: see [`Clock::Ticking`];
    /// - `session TIME`: how long all keys live that the clouds hand out, whatever was asked for;
    /// - `subject SUB`: whose identity tokens the CI system's endpoint issues;
    /// - `metadata MODE`: what the metadata services do, `optional-token`, `required-token`, `no-token` ([`TokenUse`]), or `no-role`;
    /// - `sts token-in-url`: see [`alibaba::Sts::token_in_url`].
    ///
    /// ```
    /// let mut sandbox = sandbox::Sandbox::new();
    /// sandbox.arrange("fault release: reset after").unwrap();
    /// sandbox.arrange("fate artifact=scan-failed").unwrap();
    /// ```
    pub fn arrange(&mut self, line: &str) -> Read<()> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match (word, rest.trim()) {
            ("fault", rule) => self.faults.push(rule.parse()?),
            ("limit", limit) => self.limit = Some(limit.parse()?),
            ("fate", fate) => self.meet_fate(fate)?,
            ("pace", pace) => self.pace(duration(pace)?),
            ("clock", clock) => self.clock = signed_duration(clock)?,
            ("tick", tick) => self.time = Clock::ticking(signed_duration(tick)?),
            ("session", lifetime) => self.let_sessions_live(duration(lifetime)?),
            ("subject", "") => return unreadable("the subject is missing at the end"),
            ("subject", subject) => self.identity.subject = subject.into(),
            ("metadata", mode) => self.set_metadata(mode)?,
            ("sts", "token-in-url") => self.alibaba.sts.token_in_url = true,
            ("sts", word) => return unreadable(format!("`{word}` is not `token-in-url`")),
            _ => {
                let known = "`fault`, `limit`, `fate`, `pace`, `clock`, `tick`, `session`, `subject`, \
                             `metadata`, `sts`";
                return unreadable(format!("`{word}` is none of {known}"));
            }
        }
        Ok(())
    }

    fn meet_fate(&mut self, name: &str) -> Read<()> {
        let Some((_, _, arrange)) = FATES.iter().find(|(known, ..)| *known == name) else {
            let known: Vec<_> = FATES.iter().map(|(known, ..)| format!("`{known}`")).collect();
            return Err(Unreadable(format!("`{name}` is no fate; there are {}", known.join(", "))));
        };
        arrange(self);
        Ok(())
    }

    fn let_sessions_live(&mut self, lifetime: Duration) {
        let lifetime = SignedDuration::try_from(lifetime).ok();
        self.alibaba.sts.sessions.lifetime = lifetime;
        self.huawei.keyless.sessions.lifetime = lifetime;
        self.alibaba.metadata.sessions.lifetime = lifetime;
        self.huawei.metadata.sessions.lifetime = lifetime;
    }

    fn set_metadata(&mut self, mode: &str) -> Read<()> {
        for metadata in [&mut self.alibaba.metadata, &mut self.huawei.metadata] {
            match mode {
                "optional-token" => metadata.token_use = TokenUse::Optional,
                "required-token" => metadata.token_use = TokenUse::Required,
                "no-token" => metadata.token_use = TokenUse::Unknown,
                "no-role" => metadata.role = None,
                _ => return unreadable(format!("`{mode}` is none of {MODES}")),
            }
        }
        Ok(())
    }

    fn pace(&mut self, pace: Duration) {
        let pace = SignedDuration::try_from(pace).unwrap_or(SignedDuration::MAX);
        let nest = &mut self.alibaba.compute_nest;
        (nest.scanning, nest.delivering) = (pace / 2, pace / 2);
        let dcdn = &mut self.alibaba.dcdn;
        dcdn.propagation = pace;
        if !dcdn.stagger.is_zero() {
            dcdn.stagger = pace;
        }
        let factory = &mut self.huawei.factory;
        (factory.starting, factory.deploying) = (pace / 4, pace * 3 / 4);
        if let Some(review) = &mut factory.review {
            review.after = pace;
        }
        let publishing = &mut self.huawei.pipeline.publishing;
        *publishing = publishing.map(|_| pace);
    }
}
