//! What the files that are made from the code's tables share.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read or written is a failure")]

use std::fs;
use std::path::{Path, PathBuf};

use release_step::catalog::OPERATIONS;
use release_step::input::common;
use release_step::input::{Input, Support};
use release_step::process::env::Env;

/// An input that works, with the operations that it is of; none for a common one.
pub(crate) type Offered = (&'static Input, Vec<&'static str>);

/// Every input that works.
pub(crate) fn inputs() -> Vec<Offered> {
    let mut inputs: Vec<Offered> = common::INPUTS.iter().map(|input| (input, Vec::new())).collect();
    for entry in OPERATIONS {
        for input in entry.inputs {
            match inputs.iter_mut().find(|(known, _)| known.name == input.name) {
                Some((_, operations)) => operations.push(entry.name),
                None => inputs.push((input, vec![entry.name])),
            }
        }
    }
    inputs.retain(|(input, _)| input.stage != Support::Planned);
    inputs
}

/// What an input means, and what it is of, as YAML.
pub(crate) fn about((input, operations): &Offered) -> String {
    let of = if operations.is_empty() { String::new() } else { format!(" ({})", operations.join(", ")) };
    quoted(&format!("{}{of}", input.about))
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
