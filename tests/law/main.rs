//! The law: at most one release, and nothing but the truth about it, whatever goes wrong.
//!
//! A schedule says what goes wrong, in the words of the sandbox's script. It is lived through in virtual time, with the
//! sandbox's core in the place of the network, or by the real binary over real sockets; [`law::broken`] judges both.
//!
//! `LAW_SCHEDULES` sets how many schedules are drawn, `LAW_REAL_SCHEDULES` how many the binary lives through, and
//! `PROPTEST_RNG_SEED` draws other ones. A counter-example that is found stays in [`examples`].

mod cloud;
mod crowd;
mod examples;
mod law;
mod life;
mod real;
mod schedule;

use proptest::test_runner::{Config, TestRunner};
use release_step::env::Env;

use crate::schedule::{REAL, Schedule, VIRTUAL};

/// How many, by a variable.
fn count(variable: &str, usual: u32) -> u32 {
    Env::snapshot().get(variable).map_or(usual, |count| count.parse().unwrap())
}

fn holds_for(schedules: u32, scale: &'static schedule::Scale, live: fn(&Schedule) -> law::Life) {
    let config =
        Config { cases: schedules, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let judge = |schedule| match law::broken(&schedule, &live(&schedule)) {
        None => Ok(()),
        Some(broken) => Err(proptest::test_runner::TestCaseError::fail(broken)),
    };
    if let Err(broken) = TestRunner::new(config).run(&schedule::schedules(scale), judge) {
        panic!("{broken}");
    }
}

#[test]
fn it_holds_in_virtual_time() {
    holds_for(count("LAW_SCHEDULES", 1_000), &VIRTUAL, life::in_virtual_time);
}

#[test]
fn it_holds_for_the_binary() {
    let schedules = count("LAW_REAL_SCHEDULES", 50);
    // Most of the time they wait: many do so at once.
    let at_once = 16;
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| holds_for(schedules.div_ceil(at_once), &REAL, real::by_the_binary));
        }
    });
}
