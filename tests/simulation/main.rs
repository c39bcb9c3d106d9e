//! The law: at most one release, and nothing but the truth about it, whatever goes wrong.
//!
//! A schedule says what goes wrong, in the words of the sandbox's script. It is lived through in virtual time, with the
//! sandbox's core in the place of the network, or by the real binary over real sockets; [`law::broken`] judges both.
//!
//! `LAW_SCHEDULES` sets how many schedules are drawn, `LAW_REAL_SCHEDULES` how many the binary lives through, and
//! `LAW_SEED` draws other ones. A counter-example that is found stays in [`examples`].
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and the panic names the line")]

mod cloud;
mod crowd;
mod examples;
mod law;
mod life;
mod real;
mod schedule;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use release_step::process::env::Env;

use crate::schedule::{REAL, Schedule, VIRTUAL};

/// How many, by a variable.
fn count(variable: &str, usual: u32) -> u32 {
    Env::snapshot().get(variable).map_or(usual, |count| count.parse().unwrap())
}

fn holds_for(schedules: u32, seed: u32, scale: &'static schedule::Scale, live: fn(&Schedule) -> law::Life) {
    let config =
        Config { cases: schedules, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let judge = |schedule| match law::broken(&schedule, &live(&schedule)) {
        None => Ok(()),
        Some(broken) => Err(TestCaseError::fail(broken)),
    };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    if let Err(broken) = TestRunner::new_with_rng(config, rng).run(&schedule::schedules(scale), judge) {
        panic!("{broken}");
    }
}

#[test]
fn it_holds_in_virtual_time() {
    holds_for(count("LAW_SCHEDULES", 1_000), count("LAW_SEED", 1), &VIRTUAL, life::in_virtual_time);
}

#[test]
fn it_holds_for_the_binary() {
    let schedules = count("LAW_REAL_SCHEDULES", 50);
    // Most of the time they wait: many do so at once.
    let at_once = count("LAW_AT_ONCE", 16);
    std::thread::scope(|scope| {
        for thread in 0..at_once {
            let seed = count("LAW_SEED", 1).wrapping_add(thread << 16);
            scope.spawn(move || holds_for(schedules.div_ceil(at_once), seed, &REAL, real::by_the_binary));
        }
    });
}
