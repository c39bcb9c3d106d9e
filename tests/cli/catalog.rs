//! The tables: what stands in a folder stands in its table, and what stands in a table fits together.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use release_step::catalog::{self, OPERATIONS};
use release_step::ci;
use release_step::error::exit::EXIT_STATUSES;
use release_step::input::common;
use release_step::input::settings::Settings;
use release_step::input::{self, Input, Presence, Support, ValueType};
use release_step::operation::Known;
use release_step::operation::spec::OperationSpec;
use release_step::output::common::OUTPUTS;
use release_step::process::env::Env;
use release_step::text::redact::Redactor;
use sandbox::{Sandbox, Server, world};

use crate::support::step::Step;

/// The modules in a folder of `src`, without those that are known to be something else.
fn modules(folder: &str, others: &[&str]) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let modules: BTreeSet<_> =
        files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    for other in others {
        assert!(modules.contains(*other), "`{other}` is gone: take it out of this test");
    }
    modules.into_iter().filter(|module| !others.contains(&module.as_str())).collect()
}

fn names_of(cloud: &str) -> BTreeSet<String> {
    let of_cloud = OPERATIONS.iter().filter(|entry| entry.cloud.name() == cloud);
    of_cloud.map(|entry| entry.name.to_owned()).collect()
}

#[test]
fn every_operation_of_a_clouds_folder_is_in_the_catalog() {
    let others = ["credentials", "error_codes", "mod", "services", "sign"];
    assert_eq!(modules("alibaba", &[&others[..], &["artifact"]].concat()), names_of("Alibaba Cloud"));
    let others = [&others[..], &["deployment", "factory", "inputs"]].concat();
    assert_eq!(modules("huawei", &others), names_of("Huawei Cloud"));
}

#[test]
fn every_ci_of_the_folder_is_in_the_table_and_among_the_choices() {
    let in_table: Vec<_> = ci::SYSTEMS.iter().map(|ci| ci.name().to_owned()).collect();
    assert_eq!(
        modules("ci", &["destinations", "earlier_run", "job_token", "journal", "mod", "report"]),
        in_table.iter().cloned().collect()
    );

    let input = common::INPUTS.iter().find(|input| input.name == "ci").unwrap();
    let ValueType::OneOf(choices) = input.kind else { panic!("`ci` is a choice") };
    assert_eq!(choices[0], "auto");
    assert_eq!(choices[1..], in_table);
    // The last one is there where no other is.
    assert_eq!(in_table.last().unwrap(), "plain");
    assert!(ci::SYSTEMS.last().unwrap().detect(&Env::default()));
}

#[track_caller]
fn all_different<'a>(names: impl IntoIterator<Item = &'a str>) {
    let mut known = BTreeSet::new();
    for name in names {
        assert!(known.insert(name), "`{name}` is there twice");
    }
}

#[test]
fn names_are_unique() {
    all_different(OPERATIONS.iter().flat_map(|entry| [entry.name, entry.api_name]));
    all_different(ci::SYSTEMS.iter().map(|ci| ci.name()));
    all_different(EXIT_STATUSES.iter().map(|(status, _)| *status));
    for entry in OPERATIONS {
        all_different(inputs_of(entry).into_iter().map(|input| input.name));
        all_different(entry.inputs.iter().map(|input| input.name));
        // A CI that knows no case takes `Status` and `status` for one; so do the names behind a prefix.
        let outputs = OUTPUTS.iter().chain(entry.outputs).map(|output| output.0.to_lowercase());
        let outputs: Vec<_> = outputs.collect();
        all_different(outputs.iter().map(String::as_str));
    }
}

/// All inputs of an operation: a row of its own stands for the common one.
fn inputs_of(entry: &'static OperationSpec) -> Vec<&'static Input> {
    let is_own = |input: &&Input| entry.inputs.iter().any(|own| own.name == input.name);
    common::INPUTS.iter().filter(|input| !is_own(input)).chain(entry.inputs).collect()
}

/// An input of the same name means the same, and takes the same, wherever it stands.
#[test]
fn shared_inputs_are_the_same_in_every_operation() {
    let own = OPERATIONS.iter().flat_map(|entry| entry.inputs);
    let inputs: Vec<_> = common::INPUTS.iter().chain(own).collect();
    for one in &inputs {
        for other in inputs.iter().filter(|other| other.name == one.name) {
            assert_eq!((other.kind, other.about), (one.kind, one.about), "{}", one.name);
        }
    }
}

#[test]
fn names_and_defaults_fit_their_form() {
    for input in common::INPUTS.iter().chain(OPERATIONS.iter().flat_map(|entry| entry.inputs)) {
        let name = input.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        if let Presence::Default(value) = input.need {
            assert!(input.kind.check(value).is_ok(), "{name}");
        }
        assert!(!input.about.is_empty() && !input.about.ends_with('.'), "{name}");
    }
}

/// The value that an input is given where everything is given.
fn some_value(input: &Input) -> &'static str {
    let in_words: [&str; 12] = [
        "text",
        "1",
        "a-1",
        "1.0.12",
        "true",
        "90",
        "a,b",
        "https://localhost",
        "a.json",
        "auto",
        "0",
        "other",
    ];
    let fits = |value: &&str| input.kind.check(value).is_ok();
    match input.kind {
        ValueType::OneOf(words) => words[0],
        ValueType::LettersAndDigits(32) => world::DOMAIN_ID,
        _ => in_words.into_iter().find(fits).unwrap_or_else(|| panic!("no value for `{}`", input.name)),
    }
}

/// Building panics where a table and its struct contradict each other.
#[test]
fn every_operation_can_be_built_from_its_table() {
    for entry in OPERATIONS {
        let needed = |input: &&Input| matches!(input.need, Presence::Required | Presence::RequiredOr(_));
        let works = |input: &&Input| input.stage != Support::Planned;
        let least: Vec<_> = entry.inputs.iter().filter(needed).collect();
        let most: Vec<_> = entry.inputs.iter().filter(works).collect();
        for inputs in [least, most] {
            let given =
                inputs.iter().map(|input| (input::variable(input.name).into(), some_value(input).into()));
            let env: Env = given.chain([("INPUT_OPERATION".into(), entry.name.into())]).collect();
            let (values, faults) = {
                let inputs = inputs_of(entry);
                input::read(&env, &input::Known::of(&inputs), &Redactor::default())
            };
            assert_eq!(faults, [], "{}", entry.name);
            let request = (entry.build)(&values).release(&Known::default());
            assert!(request.path.starts_with('/'), "{}", request.path);
            let settings: Settings = values.into_struct();
            assert_eq!(settings.call_timeouts().total, Duration::from_secs(120));
        }
    }
}

#[test]
fn an_operation_is_found_by_its_names_alone() {
    for entry in OPERATIONS {
        for name in [entry.name, entry.api_name, &entry.name.replace('_', "-")] {
            assert_eq!(catalog::find(name).map(|found| found.name), Some(entry.name));
        }
        let vendors_in_lower_case = entry.api_name.to_lowercase();
        for name in ["", &entry.name[1..], &entry.name.to_uppercase(), &vendors_in_lower_case] {
            assert!(catalog::find(name).is_none(), "{name}");
        }
    }
}

/// Outputs that the catalog promises are those that a release gives: no more, and no fewer.
#[test]
fn outputs_are_those_of_the_catalog() {
    for entry in OPERATIONS {
        let mut sandbox = Sandbox::new();
        sandbox.arrange("fate package=approved").unwrap();
        sandbox.arrange("pace 100ms").unwrap();
        let server = Server::launch(sandbox, 0, |_| ()).unwrap();
        let step = Step::plain().releasing(entry.name, server.url());
        let step = step.input("wait", "true").input("poll_interval", "100ms");
        let result = step.run().exits_with(0).result();
        let given: BTreeSet<_> = result.as_object().unwrap().keys().map(String::as_str).collect();
        let of_failure = ["error_code", "error_message", "failed_package_ids", "result"];
        // Only while a person is waited for, and as far as the API tells.
        let later = ["waiting_for"];
        let promised = OUTPUTS.iter().chain(entry.outputs).map(|output| output.0);
        let promised: BTreeSet<_> =
            promised.filter(|name| ![&of_failure[..], &later].concat().contains(name)).collect();
        assert_eq!(given, promised, "{}", entry.name);
    }
}
