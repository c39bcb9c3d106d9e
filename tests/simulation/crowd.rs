//! Many steps at once, under the vendors' limits: none fails, and they do not stand in each other's way.
//!
//! The measure is what a simulation of waiting rules found for as many pollers: a fixed interval has 89 % of all requests
//! throttled, the best rule 9 to 11 %, and up to five times running for one poller.

use release_step::error::exit;
use sandbox::Sandbox;
use sandbox::huawei::Package;
use sandbox::world::PACKAGE_IDS;
use tokio::task::LocalSet;

use crate::cloud::{Cloud, Throttling};
use crate::history::Run;
use crate::run::{BEGINNING, Files, Step, arranged, virtual_time};
use crate::schedule::Schedule;

/// Runs the schedules at once, against the same clouds.
fn together(schedules: Vec<Schedule>, sandbox: Sandbox) -> Vec<(Run, Throttling)> {
    virtual_time(async {
        let clouds = Cloud::of(sandbox, BEGINNING.parse().unwrap());
        let together = LocalSet::new();
        let steps = schedules.into_iter().enumerate().map(|(step, schedule)| {
            let cloud = clouds.for_another_step();
            together.spawn_local(async move {
                let run = Step::new(schedule.operation, &schedule.inputs);
                let mut files = Files::default();
                (run.run(&cloud, &mut files, None, step as u64).await, cloud.throttling())
            })
        });
        let steps: Vec<_> = steps.collect();
        together.await;
        let mut ended = Vec::new();
        for step in steps {
            ended.push(step.await.unwrap());
        }
        ended
    })
}

fn waiting(operation: &'static str, more: &[(&'static str, &str)]) -> Schedule {
    let inputs = [("wait", "true")].iter().chain(more).map(|(name, value)| (*name, (*value).to_owned()));
    Schedule::new(operation, inputs.collect(), Vec::new())
}

/// The share of requests that were throttled, and the longest run of them for one step.
fn throttled(steps: &[(Run, Throttling)]) -> (f64, u32) {
    let sum = |of: fn(&Throttling) -> u32| steps.iter().map(|(_, throttling)| of(throttling)).sum::<u32>();
    let share = f64::from(sum(|step| step.throttled)) / f64::from(sum(|step| step.requests));
    (share, steps.iter().map(|(_, throttling)| throttling.longest_run).max().unwrap_or_default())
}

/// A thousand and a hundred a second are the same rush, ten times as long to live through: `STEPS=1000`.
#[test]
fn many_steps_share_a_tenth_as_many_requests_a_second() {
    let steps = crate::count("STEPS", 100);
    let schedules = vec![waiting("publish_routine_code_revision", &[]); steps as usize];
    let steps = together(schedules, arranged(&[format!("limit {}/s", steps / 10), "pace 10m".to_owned()]));
    for (run, _) in &steps {
        assert_eq!(run.exit_status, Some(exit::DONE), "{}", run.message);
    }
    let (share, longest) = throttled(&steps);
    assert!(share < 0.11 && longest <= 5, "{:.1} % throttled, {longest} times running", share * 100.0);
}

/// Three steps with a hundred packages each; the user has ten requests a second for all of them.
#[test]
fn hundreds_of_packages_are_watched_with_ten_requests_a_second() {
    let mut sandbox = arranged(&["limit 10/s".to_owned(), "pace 1m".to_owned()]);
    let packages = &mut sandbox.huawei.factory.packages;
    let pattern = packages.iter().find(|package| package.id.to_string() == PACKAGE_IDS[0]).unwrap().clone();
    let mut schedules = Vec::new();
    for step in 0..3 {
        let ids: Vec<u64> = (0..100).map(|number| 10_000 + 100 * step + number).collect();
        packages.extend(ids.iter().map(|id| Package { id: *id, ..pattern.clone() }));
        let ids = serde_json::to_string(&ids).unwrap();
        schedules.push(waiting("deploy_packages", &[("package_ids", &ids)]));
    }
    let steps = together(schedules, sandbox);
    for (run, _) in &steps {
        assert_eq!(run.exit_status, Some(exit::DONE), "{}", run.message);
        assert_eq!(run.outputs["succeeded_package_ids"].split(',').count(), 100);
    }
    let (share, longest) = throttled(&steps);
    assert!(share < 0.11 && longest <= 5, "{:.1} % throttled, {longest} times running", share * 100.0);
}
