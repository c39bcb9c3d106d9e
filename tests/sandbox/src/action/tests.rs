use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Action;
use crate::{
    Answer, By, Request, Sandbox,
    alibaba::client::{at, sign, unsigned},
    fates,
    huawei::client::{factory, packing, publishing, request, with_token},
    world,
};

const ACTIONS: &str = "\
releases artifact artifact-1
saves draft artifact-1
deletes draft artifact-1
publishes revision 1620876959997924701 of edge-hello to production,staging
packs nightly of 5103,5104
packs nightly of 5103 for d0e1,d0e2
deploys package 2301
deploys package
withdraws package 2301
deletes package 2301
publishes extension notify-team@0.1.0
deletes extension notify-team@0.1.0
";

#[test]
fn actions_are_read_as_they_are_written_and_the_world_fills_the_gaps() {
    let again = |text: &str| text.parse::<Action>().unwrap().to_string();
    let all: Vec<_> = ACTIONS.lines().map(again).collect();
    assert_eq!(all.join("\n"), ACTIONS.trim_end());
    let short = [
        "releases artifact",
        "publishes revision",
        "packs nightly",
        "rejects package",
        "approves package 2",
        "publishes extension",
    ];
    assert_snapshot!(short.map(|text| again(text) + "\n").concat(), @"
    releases artifact artifact-5f0c2b7d9e3a4c168b20
    publishes revision 1820876959997924703 of edge-hello to production
    packs nightly of 5103
    withdraws package
    deploys package 2
    publishes extension notify-team@0.1.0
    ");
}

/// A client's calls, by the names that it shows its answers under.
struct Client(Sandbox);

impl Client {
    fn new(lines: &[&str]) -> Self {
        let mut sandbox = Sandbox::new();
        for line in lines {
            sandbox.arrange(line).unwrap();
        }
        Self(sandbox)
    }

    fn ask(&mut self, now: Timestamp, request: &Request) -> Value {
        let answer: Answer = self.0.handle(now, request);
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn alibaba(&mut self, now: Timestamp, action: &str, query: &str, body: &str) -> Value {
        let nonce = self.0.requests().len();
        self.ask(now, &sign(unsigned(now, action, query, body, nonce), &world::ALIBABA_KEY))
    }

    fn huawei(&mut self, now: Timestamp, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(now, &with_token(request(method, path, &body)))
    }

    fn release(&mut self, operation: &str) -> Value {
        let start = at(0);
        match operation {
            "artifact" => {
                self.alibaba(start, "ReleaseArtifact", &format!("ArtifactId={}", world::ARTIFACT_ID), "")
            }
            "routine" => {
                let revision = world::NEW_CODE_REVISION;
                let envs = "%5B%22staging%22%2C%22production%22%5D";
                let body = format!("Name={}&SelectCodeRevision={revision}&Envs={envs}", world::ROUTINE_NAME);
                self.alibaba(start, "PublishRoutineCodeRevision", "", &body)
            }
            "package" => self.huawei(start, "POST", &factory("pending-items/package"), &packing()),
            "packages" => {
                let body = json!({ "package_ids": world::PACKAGE_IDS });
                self.huawei(start, "POST", &factory("release-packages/deploy"), &body)
            }
            _ => {
                let path = format!("/v1/{}/agent-plugin/publish-draft", world::DOMAIN_ID);
                self.huawei(start, "POST", &path, &publishing(world::PLUGIN_VERSION))
            }
        }
    }

    /// What the status queries of an operation say, in short.
    fn look(&mut self, now: Timestamp, operation: &str) -> String {
        match operation {
            "artifact" => {
                let mut build = |version: &str| {
                    let query = format!("ArtifactId={}{version}", world::ARTIFACT_ID);
                    let answer = self.alibaba(now, "GetArtifact", &query, "");
                    let detail = answer["StatusDetail"].as_str().unwrap_or_default();
                    let version = answer["ArtifactVersion"].as_str().unwrap_or("none");
                    let status = answer["Status"].as_str().or(answer["Code"].as_str()).unwrap();
                    format!("{version} {status} {detail}").trim_end().to_owned()
                };
                format!("{}; {}", build("&ArtifactVersion=draft"), build(""))
            }
            "routine" => {
                let answer =
                    self.alibaba(now, "DescribeRoutine", "", &format!("Name={}", world::ROUTINE_NAME));
                let conf = answer["Content"]["EnvConf"].as_object().unwrap();
                let env = |(name, conf): (&String, &Value)| {
                    let new = conf["CodeRev"] == world::NEW_CODE_REVISION;
                    format!("{name} {}", if new { "new" } else { "old" })
                };
                conf.iter().map(env).collect::<Vec<_>>().join(", ")
            }
            "package" => self.package(now, "2303"),
            "packages" => world::PACKAGE_IDS.map(|id| self.package(now, id)).join("; "),
            _ => {
                let query = format!("plugin_name={}&version={}", world::PLUGIN_NAME, world::PLUGIN_VERSION);
                let path = format!("/v1/{}/agent-plugin/detail?{query}", world::DOMAIN_ID);
                let answer = self.huawei(now, "GET", &path, &Value::Null);
                let known = answer["version_attribution"].as_str();
                known.or(answer["error_msg"].as_str()).unwrap().to_owned()
            }
        }
    }

    fn package(&mut self, now: Timestamp, id: &str) -> String {
        let answer = self.huawei(now, "GET", &factory(&format!("release-packages/{id}")), &Value::Null);
        let listed = self.huawei(now, "POST", &factory("release-packages"), &json!({ "limit": 100 }));
        let listed = listed["data"].as_array().unwrap().iter().any(|entry| entry["package_id"] == id);
        let package = &answer["release_package"];
        let detail = match package["deploy_status"].as_u64() {
            None => answer["error_code"].as_str().unwrap().to_owned(),
            Some(status) if package["delete_flag"] == 1 => format!("status {status}, deleted"),
            Some(status) => {
                let starts = answer["task_details"].as_array().unwrap().iter();
                let starts: Vec<_> = starts.map(|task| task["start_job_status"].to_string()).collect();
                format!("status {status}, jobs {}", starts.join("/"))
            }
        };
        format!("{id}: {detail}{}", if listed { "" } else { ", not listed" })
    }
}

/// What an operation answers, and what its status queries say until five seconds later.
fn rehearsal(operation: &str, lines: &[&str]) -> String {
    let mut client = Client::new(&["pace 2s"]);
    for line in lines {
        client.0.arrange(line).unwrap();
    }
    let answer = client.release(operation);
    let fates = if lines.is_empty() { "as usual".into() } else { lines.join(", ") };
    let mut diary = format!("{operation}: {fates}\n");
    if let Some(code) = answer["error_code"].as_str() {
        writeln!(diary, "  refused {code}").unwrap();
    }
    let mut last = String::new();
    for step in 0..=10 {
        let look = client.look(at(500 * step), operation);
        if look != last {
            writeln!(diary, "  {:>4} ms {look}", 500 * step).unwrap();
        }
        last = look;
    }
    diary
}

#[test]
fn releases_end_as_fate_has_it() {
    let mut all = String::new();
    for operation in ["artifact", "routine", "package", "extension"] {
        all += &rehearsal(operation, &[]);
        for (fate, _) in fates().filter(|(fate, _)| fate.starts_with(operation)) {
            let deployed =
                ["failed", "half"].iter().any(|part| fate.contains(part)) && operation == "package";
            all += &rehearsal(if deployed { "packages" } else { operation }, &[&format!("fate {fate}")]);
        }
    }
    all += &rehearsal("artifact", &["fate artifact=at-once", "fate artifact=scan-failed"]);
    all += &rehearsal("package", &["fate package=approved", "fate package=start-failed"]);
    assert_snapshot!(all, @"
    artifact: as usual
         0 ms draft Scanning; 23 Available
      1000 ms draft Delivering; 23 Available
      2000 ms none EntityNotExist.ArtifactVersion; 24 Available
    artifact: fate artifact=scan-failed
         0 ms draft Scanning; 23 Available
      1000 ms draft ScanFailed the scan found a fault; 23 Available
    artifact: fate artifact=create-failed
         0 ms draft Scanning; 23 Available
      1000 ms draft CreateFailed the image could not be created; 23 Available
    artifact: fate artifact=deleted
         0 ms draft Scanning; 23 Available
      1000 ms draft Deleted; 23 Available
    artifact: fate artifact=stuck
         0 ms draft Scanning; 23 Available
      1000 ms draft Delivering; 23 Available
    artifact: fate artifact=at-once
         0 ms none EntityNotExist.ArtifactVersion; 24 Scanning
      1000 ms none EntityNotExist.ArtifactVersion; 24 Delivering
      2000 ms none EntityNotExist.ArtifactVersion; 24 Available
    artifact: fate artifact=new-word
         0 ms draft Scanning; 23 Available
      1000 ms draft Replicating; 23 Available
      2000 ms none EntityNotExist.ArtifactVersion; 24 Available
    routine: as usual
         0 ms presetCanaryHongKong old, production old, staging old
      2000 ms presetCanaryHongKong old, production new, staging new
    routine: fate routine=stuck
         0 ms presetCanaryHongKong old, production old, staging old
      2000 ms presetCanaryHongKong old, production old, staging new
    routine: fate routine=one-by-one
         0 ms presetCanaryHongKong old, production old, staging old
      2000 ms presetCanaryHongKong old, production old, staging new
      4000 ms presetCanaryHongKong old, production new, staging new
    routine: fate routine=older-names
         0 ms Preset_Canary_Hong_Kong old, Production old, Staging old
      2000 ms Preset_Canary_Hong_Kong old, Production new, Staging new
    package: as usual
         0 ms 2303: status 1, jobs null/null
    package: fate package=approved
         0 ms 2303: status 1, jobs null/null
      2500 ms 2303: status 5, jobs null/null
      4000 ms 2303: status 2, jobs 2/null
    package: fate package=rejected
         0 ms 2303: status 1, jobs null/null
      2000 ms 2303: status 1, deleted
    package: fate package=deleted
         0 ms 2303: status 1, jobs null/null
      2000 ms 2303: DLF.0810, not listed
    packages: fate package=failed
         0 ms 2301: status 1, jobs null; 2302: status 1, jobs null
       500 ms 2301: status 5, jobs null; 2302: status 5, jobs null
      2000 ms 2301: status 3, jobs null; 2302: status 3, jobs null
    packages: fate package=start-failed
         0 ms 2301: status 1, jobs null; 2302: status 1, jobs null
       500 ms 2301: status 5, jobs null; 2302: status 5, jobs null
      2000 ms 2301: status 2, jobs 3; 2302: status 2, jobs 3
    packages: fate package=half
         0 ms 2301: status 1, jobs null; 2302: status 1, jobs null
       500 ms 2301: status 5, jobs null; 2302: status 1, jobs null
      2000 ms 2301: status 2, jobs 2; 2302: status 1, jobs null
    packages: fate package=half-failed
      refused APIGW.0606
         0 ms 2301: status 1, jobs null; 2302: status 1, jobs null
       500 ms 2301: status 5, jobs null; 2302: status 1, jobs null
      2000 ms 2301: status 2, jobs 2; 2302: status 1, jobs null
    extension: as usual
         0 ms draft
      2000 ms formal
    extension: fate extension=stuck
         0 ms draft
    artifact: fate artifact=at-once, fate artifact=scan-failed
         0 ms none EntityNotExist.ArtifactVersion; 24 Scanning
      1000 ms none EntityNotExist.ArtifactVersion; 24 ScanFailed the scan found a fault
    package: fate package=approved, fate package=start-failed
         0 ms 2303: status 1, jobs null/null
      2500 ms 2303: status 5, jobs null/null
      4000 ms 2303: status 2, jobs 3/null
    ");
}

/// What the status queries say before somebody does something and right after it, and its effect.
fn action(operation: &str, action: &str) -> String {
    let mut client = Client::new(&["pace 0s"]);
    let before = client.look(at(0), operation);
    client.0.schedule(at(1000), action.parse().unwrap());
    let still = client.look(at(999), operation);
    assert_eq!(before, still);
    let after = client.look(at(1000), operation);
    let effects = client.0.effects().iter();
    let effects: Vec<_> = effects
        .map(|effect| {
            assert_eq!((effect.by, effect.at), (By::Somebody, at(1000)));
            format!("{} {}", effect.operation, effect.id)
        })
        .collect();
    let effects = if effects.is_empty() { "no effect".into() } else { effects.join(", ") };
    format!("{action}\n  {before}\n  {after}\n  {effects}\n")
}

#[test]
fn somebody_else_does_things_when_their_time_comes() {
    let all = [
        action("artifact", "releases artifact"),
        action("artifact", "saves draft"),
        action("artifact", "deletes draft"),
        action("routine", "publishes revision 1720876959997924702 to Production,presetCanaryHongKong"),
        action("routine", "publishes revision 1620876959997924701"),
        action("routine", "publishes revision 1"),
        action("package", "packs nightly"),
        action("package", "packs nightly of 5001"),
        action("packages", "approves package 2301"),
        action("packages", "rejects package"),
        action("packages", "deletes package"),
        action("packages", "deletes package 1"),
        action("extension", "publishes extension"),
        action("extension", "deletes extension"),
    ];
    assert_snapshot!(all.concat(), @"
    releases artifact
      draft Created; 23 Available
      none EntityNotExist.ArtifactVersion; 24 Available
      ReleaseArtifact artifact-5f0c2b7d9e3a4c168b20
    saves draft
      draft Created; 23 Available
      draft Created; 23 Available
      no effect
    deletes draft
      draft Created; 23 Available
      none EntityNotExist.ArtifactVersion; 23 Available
      DeleteArtifact artifact-5f0c2b7d9e3a4c168b20
    publishes revision 1720876959997924702 to Production,presetCanaryHongKong
      presetCanaryHongKong old, production old, staging old
      presetCanaryHongKong new, production new, staging old
      PublishRoutineCodeRevision 1720876959997924702
    publishes revision 1620876959997924701
      presetCanaryHongKong old, production old, staging old
      presetCanaryHongKong old, production old, staging old
      no effect
    publishes revision 1
      presetCanaryHongKong old, production old, staging old
      presetCanaryHongKong old, production old, staging old
      no effect
    packs nightly
      2303: DLF.0810, not listed
      2303: status 1, jobs null
      CreateFactoryPendingItemsPackage 2303
    packs nightly of 5001
      2303: DLF.0810, not listed
      2303: DLF.0810, not listed
      no effect
    approves package 2301
      2301: status 1, jobs null; 2302: status 1, jobs null
      2301: status 2, jobs 2; 2302: status 1, jobs null
      DeployFactoryPackages 2301
    rejects package
      2301: status 1, jobs null; 2302: status 1, jobs null
      2301: status 1, jobs null; 2302: status 1, deleted
      CancelFactoryPackages 2302
    deletes package
      2301: status 1, jobs null; 2302: status 1, jobs null
      2301: status 1, jobs null; 2302: DLF.0810, not listed
      delete package 2302
    deletes package 1
      2301: status 1, jobs null; 2302: status 1, jobs null
      2301: status 1, jobs null; 2302: status 1, jobs null
      no effect
    publishes extension
      draft
      formal
      PublishPluginDraft notify-team@0.1.0
    deletes extension
      draft
      Invalid parameter: the version does not exist
      delete extension notify-team@0.1.0
    ");
}

#[test]
fn somebody_takes_a_new_draft_where_there_is_none() {
    let mut client = Client::new(&["pace 0s"]);
    client.release("artifact");
    client.0.schedule(at(1), "releases artifact".parse().unwrap());
    assert_snapshot!(client.look(at(1), "artifact"), @"none EntityNotExist.ArtifactVersion; 25 Available");
    let who: Vec<_> = client.0.effects().iter().map(|effect| effect.by).collect();
    assert_eq!(who, [By::Call, By::Somebody]);
}

#[test]
fn somebody_can_come_between_two_calls() {
    let mut client =
        Client::new(&["fault ShowFactoryPackageDetail 2: somebody deletes package 2302 after 1s"]);
    let mut look = |time| {
        let request = with_token(request("GET", &factory("release-packages/2302"), ""));
        client.0.deliver(at(time), &request);
        client.0.requests().last().unwrap().code.clone()
    };
    assert_eq!([0, 2000, 2999].map(&mut look), [None, None, None]);
    assert_eq!(look(3000), Some("DLF.0810".into()));
}
