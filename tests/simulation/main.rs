//! Deterministic simulation: at most one release, and nothing but the truth about it, whatever goes wrong.
//!
//! A schedule says what goes wrong, in the words of the sandbox's script. It is lived through in virtual time, with the
//! sandbox's core in the place of the network, or by the real binary over real sockets; [`invariants::broken`] judges both by
//! the law of `docs/one-release.md`. A counter-example that is found stays in [`examples`].
//!
//! `cargo test --test simulation` is a sample of each. How much more, by variables:
//!
//! - `SCHEDULES=500` schedules in virtual time, `REAL_SCHEDULES=48` of the binary, `AT_ONCE=16` of these at once;
//! - `KILLED=250` schedules with SIGKILL and a second run in virtual time, `REAL_KILLED=16` of the binary;
//! - `SEED=1` draws other ones;
//! - `PATHS=4` events a path, of every path there is ([`paths`]); without it a sample of one and two;
//! - `STEPS=100` steps that wait at once ([`crowd`]).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and the panic names the line")]

mod cloud;
mod crowd;
mod examples;
mod history;
mod invariants;
mod killed;
mod paths;
mod real;
mod run;
mod schedule;
mod truth;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use release_step::process::env::Env;

use crate::history::Life;
use crate::schedule::{REAL, Schedule, VIRTUAL, schedules};

/// How many, by a variable.
fn count(variable: &str, usual: u32) -> u32 {
    Env::snapshot().get(variable).map_or(usual, |count| count.parse().unwrap())
}

/// Lives through so many schedules.
fn hold_for(cases: u32, seed: u32, schedules: &impl Strategy<Value = Schedule>, live: fn(&Schedule) -> Life) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let judge = |schedule| match invariants::broken(&schedule, &live(&schedule)) {
        None => Ok(()),
        Some(broken) => Err(TestCaseError::fail(broken)),
    };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    if let Err(broken) = TestRunner::new_with_rng(config, rng).run(schedules, judge) {
        panic!("{broken}");
    }
}

/// Lives through so many schedules by the binary. Most of the time they wait: many do so at once.
fn hold_for_the_binary(
    cases: u32,
    schedules: impl Fn() -> proptest::strategy::BoxedStrategy<Schedule> + Sync,
) {
    let at_once = count("AT_ONCE", 16).min(cases);
    std::thread::scope(|scope| {
        for thread in 0..at_once {
            let seed = count("SEED", 1).wrapping_add(thread << 16);
            let schedules = &schedules;
            scope.spawn(move || hold_for(cases.div_ceil(at_once), seed, &schedules(), real::by_the_binary));
        }
    });
}

#[test]
fn the_law_holds_in_virtual_time() {
    hold_for(count("SCHEDULES", 500), count("SEED", 1), &schedules(&VIRTUAL), run::in_virtual_time);
}

#[test]
fn the_law_holds_for_the_binary() {
    hold_for_the_binary(count("REAL_SCHEDULES", 48), || schedules(&REAL).boxed());
}
