//! What the files that are made from the code's tables share.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read or written is a failure")]

use std::fs;
use std::path::{Path, PathBuf};

use release_step::catalog::OPERATIONS;
use release_step::input::common;
use release_step::input::{ALIASES, Input, Support, variable};
use release_step::process::env::Env;

/// An input, with the operations that it is of; none for a common one.
type Row = (&'static Input, Vec<&'static str>);

/// A name under which an input is declared, its own or another.
pub(crate) struct Offered {
    pub(crate) name: &'static str,
    /// What it means, and what it is of, as YAML.
    pub(crate) about: String,
}

/// Every row of every table, whether it works yet or not, and then the other names: what is not declared is lost on GitHub,
/// where only the binary can refuse it.
pub(crate) fn inputs() -> Vec<Offered> {
    let rows = rows();
    let alias = |(alias, name): &(&'static str, &str)| {
        let (input, _) = rows.iter().find(|(input, _)| input.name == *name).unwrap();
        Offered { name: alias, about: quoted(&format!("the same as `{name}`{}", not_yet(input))) }
    };
    let own = rows.iter().map(|row| Offered { name: row.0.name, about: about(row) });
    own.chain(ALIASES.iter().map(alias)).collect()
}

fn rows() -> Vec<Row> {
    let mut inputs: Vec<Row> = common::INPUTS.iter().map(|input| (input, Vec::new())).collect();
    for entry in OPERATIONS {
        for input in entry.inputs {
            match inputs.iter_mut().find(|(known, _)| known.name == input.name) {
                Some((_, operations)) => operations.push(entry.name),
                None => inputs.push((input, vec![entry.name])),
            }
        }
    }
    inputs
}

fn about((input, operations): &Row) -> String {
    let of = if operations.is_empty() { String::new() } else { format!(" ({})", operations.join(", ")) };
    quoted(&format!("{}{of}{}", input.about, not_yet(input)))
}

fn not_yet(input: &Input) -> String {
    match input.stage {
        Support::Full => String::new(),
        Support::Except(word) => format!("; `{word}` does not work yet and is refused"),
        Support::Planned => "; does not work yet and is refused".to_owned(),
    }
}

/// Every row of every table is declared in a file that is made from them, and handed to the binary so many times, in this form.
pub(crate) fn hands_every_row_through(file: &str, times: usize, handed: impl Fn(&str, &str) -> String) {
    let text = fs::read_to_string(path(file)).unwrap();
    let (declared, used) = text.split_once("\nruns:\n").or_else(|| text.split_once("\n---\n")).unwrap();
    let own = OPERATIONS.iter().flat_map(|entry| entry.inputs).chain(common::INPUTS);
    for name in own.map(|input| input.name).chain(ALIASES.iter().map(|(alias, _)| *alias)) {
        let declaration = format!("{name}:");
        let declarations = declared.lines().filter(|line| line.trim() == declaration);
        assert!(declarations.count() >= 1, "{file} does not declare `{name}`");
        let mapping = handed(&variable(name), name);
        let found = used.lines().filter(|line| line.trim() == mapping).count();
        assert_eq!(found, times, "`{mapping}` in {file}");
    }
}

/// A text as YAML.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A file of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Fails if the file is not the expected text, which it becomes where the variable `update` is set.
pub(crate) fn hold(name: &str, update: &str, expected: &str) {
    if Env::snapshot().get(update).is_some() {
        fs::write(path(name), expected).unwrap();
    }
    let written = fs::read_to_string(path(name)).unwrap();
    let differs = written.lines().zip(expected.lines()).find(|(written, expected)| written != expected);
    assert_eq!(differs, None, "{name} is not what the code says");
    assert_eq!(written, expected, "{name} is not what the code says");
}

/// The inputs that a head declares, by its first level of names, are none of the code's.
pub(crate) fn collide_with_none(own: &[&str]) {
    let known = common::INPUTS.iter().chain(OPERATIONS.iter().flat_map(|entry| entry.inputs));
    let known: Vec<&str> = known.map(|input| input.name).collect();
    assert!(own.iter().all(|name| !known.contains(name)), "{own:?} in {known:?}");
}
