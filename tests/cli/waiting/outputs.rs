//! Ids are written before a wait, and are there however it ends.

use std::time::{Duration, Instant};

use super::{sandbox, waiting};
use crate::support::step::{Run, Step};

/// The ids are readable after whatever ends the wait, by the rules of each CI.
#[test]
fn ids_are_readable_after_every_end() {
    let ids = |run: &Run, ci: &str| -> [String; 3] {
        let names = ["release_package_id", "released", "release_outcome"];
        match ci {
            "github" => names.map(|name| run.github_outputs().get(name).unwrap().to_owned()),
            "gitlab" => names.map(|name| run.gitlab_variables().get(name).unwrap().to_owned()),
            _ => names.map(|name| run.json("release-step.json")[name].as_str().unwrap().to_owned()),
        }
    };
    for (ci, step) in
        [("github", Step::github as fn() -> Step), ("gitlab", Step::gitlab), ("jenkins", Step::jenkins)]
    {
        let ends: [(&str, &str, &str); 4] = [
            ("", "0", "succeeded"),
            ("fate package=rejected", "5", "failed"),
            ("pace 1m", "6", "timed_out"),
            ("pace 1m", "143", "cancelled"),
        ];
        for (line, status, outcome) in ends {
            let server = sandbox(&[
                "fate package=approved",
                "pace 200ms",
                if line.is_empty() { "pace 300ms" } else { line },
            ]);
            let step = waiting(step(), "release_package", &server);
            let step = if status == "6" { step.input("wait_timeout", "500ms") } else { step };
            let mut running = step.start();
            if status == "143" {
                running.wait_for("waiting for approval");
                let began = Instant::now();
                running.signal("TERM");
                let run = running.finish().exits_with(143);
                assert!(began.elapsed() < Duration::from_secs(2));
                assert_eq!(ids(&run, ci), ["2303", "yes", outcome], "{ci}");
                continue;
            }
            let run = running.finish().exits_with(status.parse().unwrap());
            assert_eq!(ids(&run, ci), ["2303", "yes", outcome], "{ci}");
        }
    }
}

/// A process that is killed while it waits has written its ids down already.
#[test]
fn ids_are_written_before_the_wait() {
    let server = sandbox(&["pace 1m"]);
    let mut running = waiting(Step::jenkins(), "release_package", &server).start();
    running.wait_for("waiting for approval");
    running.signal("KILL");
    let result = running.finish().json("release-step.json");
    assert_eq!((&result["release_package_id"], &result["released"]), (&"2303".into(), &"yes".into()));
}
