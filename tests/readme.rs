//! Holds the README's tables against the code's own. To write them anew: `UPDATE_README=1 cargo test --test readme`.

#![expect(clippy::unwrap_used, reason = "a README that cannot be read is a failure")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use release_step::catalog::OPERATIONS;
use release_step::cli::help::need;
use release_step::error::exit::EXIT_STATUSES;
use release_step::input::Input;
use release_step::input::common;
use release_step::output::common::{OUTPUTS, Output};
use release_step::process::env::Env;

#[test]
fn the_tables_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut expected = readme.clone();
    for (name, table) in [
        ("inputs", inputs()),
        ("credentials", credentials()),
        ("outputs", outputs()),
        ("exit statuses", exit_statuses()),
    ] {
        expected = with_block(&expected, name, &table);
    }
    if Env::snapshot().get("UPDATE_README").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let readme = fs::read_to_string(&path).unwrap();
    let differs = readme.lines().zip(expected.lines()).find(|(readme, expected)| readme != expected);
    assert_eq!(differs, None, "README.md is not what the code says");
    assert_eq!(readme.lines().count(), expected.lines().count(), "README.md is not what the code says");
}

/// The page with what stands between two marks replaced.
fn with_block(page: &str, name: &str, block: &str) -> String {
    let (begin, end) = (format!("<!-- begin: {name} -->\n"), format!("<!-- end: {name} -->"));
    let start = page.find(&begin).unwrap() + begin.len();
    let stop = page.find(&end).unwrap();
    [&page[..start], block, &page[stop..]].concat()
}

fn inputs() -> String {
    let mut text = String::from("Every operation:\n\n");
    input_table(&mut text, common::INPUTS);
    for entry in OPERATIONS {
        let _ = write!(text, "\n### `{}` ({})\n\n", entry.name, entry.api_name);
        let _ = write!(text, "{}: {}.\n\n", entry.service.name, entry.summary);
        input_table(&mut text, entry.inputs);
    }
    text
}

fn input_table(text: &mut String, inputs: &[Input]) {
    text.push_str("| input | meaning | value | |\n|---|---|---|---|\n");
    for input in inputs {
        let (value, need) = (input.kind.describe(), need(input));
        let _ = writeln!(text, "| `{}` | {} | {value} | {need} |", input.name, input.about);
    }
}

fn credentials() -> String {
    let mut text = String::from("| cloud | source | variables |\n|---|---|---|\n");
    let mut clouds: Vec<&str> = Vec::new();
    for entry in OPERATIONS {
        if clouds.contains(&entry.cloud.name()) {
            continue;
        }
        clouds.push(entry.cloud.name());
        for source in entry.cloud.sources() {
            let _ = writeln!(text, "| {} | {} | {} |", entry.cloud.name(), source.kind(), source.shown());
        }
    }
    text
}

fn outputs() -> String {
    let mut text = String::from("| output | of | meaning |\n|---|---|---|\n");
    for entry in OPERATIONS {
        for Output(name, about) in entry.outputs {
            let _ = writeln!(text, "| `{name}` | `{}` | {about} |", entry.name);
        }
    }
    for Output(name, about) in OUTPUTS {
        let _ = writeln!(text, "| `{name}` | every operation | {about} |");
    }
    text
}

fn exit_statuses() -> String {
    let mut text = String::from("| status | meaning |\n|---|---|\n");
    for (status, meaning) in EXIT_STATUSES {
        let _ = writeln!(text, "| {status} | {meaning} |");
    }
    text
}
