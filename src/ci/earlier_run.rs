//! What an earlier run left in an output file: whether it may have made a release, and of what.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::Destination;
use crate::output::Format;

/// A file of ours is smaller, in bytes.
const LARGEST: u64 = 16 << 20;

/// An earlier run whose release may have been made.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct EarlierRun {
    /// Its output `released`: `yes` or `unknown`.
    released: String,
    /// Its output `release_hash`.
    pub(super) release_hash: Option<String>,
}

/// The earlier run that wrote this file, if it did not end with `released: no`.
pub(super) fn read(place: &Destination, prefix: &str) -> Option<EarlierRun> {
    if place.format.is_shared() {
        return None;
    }
    let text = text(&place.path)?;
    let earlier = match place.format {
        Format::Json => serde_json::from_str(&text).ok()?,
        _ => of_lines(&text, prefix)?,
    };
    ["yes", "unknown"].contains(&earlier.released.as_str()).then_some(earlier)
}

/// Neither value has a character that a format escapes.
fn of_lines(text: &str, prefix: &str) -> Option<EarlierRun> {
    let value = |name: &str| {
        let values =
            text.lines().filter_map(|line| line.strip_prefix(prefix)?.strip_prefix(name)?.strip_prefix('='));
        values.last().map(str::to_owned)
    };
    Some(EarlierRun { released: value("released")?, release_hash: value("release_hash") })
}

/// What is no file is not opened: a pipe without a writer would hold the run up.
fn text(path: &Path) -> Option<String> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}
