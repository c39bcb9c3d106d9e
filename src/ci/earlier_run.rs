//! What an earlier run left in an output file: whether it may have made a release, and of what.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Destination;
use super::destinations::Destinations;
use crate::output::Format;

/// A file of ours is smaller, in bytes.
const LARGEST: u64 = 16 << 20;

/// An earlier run whose release may have been made.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct EarlierRun {
    /// Its output `released`: `yes` or `unknown`.
    released: String,
    /// Its output `release_hash`.
    release_hash: Option<String>,
    /// The one before it. A run that released nothing keeps that: nothing has become of the earlier call by it.
    #[serde(rename = "earlier_run")]
    before: Option<Box<EarlierRun>>,
}

impl EarlierRun {
    /// Whether it was to make the release of this `release_hash`.
    pub(super) fn is_of(&self, release_hash: &str) -> bool {
        self.release_hash.as_deref() == Some(release_hash)
    }

    /// `earlier_run: {released, release_hash}` of the output `result`.
    pub(super) fn to_json(&self) -> Value {
        json!({"released": self.released, "release_hash": self.release_hash})
    }

    /// This one, or the one before it, if it did not end with `released: no`.
    fn that_may_have_released(self) -> Option<Self> {
        match self.released.as_str() {
            "yes" | "unknown" => Some(self),
            _ => self.before?.that_may_have_released(),
        }
    }
}

/// The earlier runs that wrote these files and may have made a release.
pub(super) fn read_all(destinations: &Destinations) -> Vec<EarlierRun> {
    let read = |place| read(place, &destinations.prefix)?.that_may_have_released();
    destinations.places.iter().filter_map(read).collect()
}

fn read(place: &Destination, prefix: &str) -> Option<EarlierRun> {
    match place.format {
        // The CI makes it anew for each run.
        Format::Heredoc => None,
        Format::Json => serde_json::from_str(&text(&place.path)?).ok(),
        Format::Dotenv | Format::Properties => of_lines(&text(&place.path)?, prefix),
    }
}

/// Neither value has a character that a format escapes.
fn of_lines(text: &str, prefix: &str) -> Option<EarlierRun> {
    let value = |name: &str| {
        let mut values =
            text.lines().filter_map(|line| line.strip_prefix(prefix)?.strip_prefix(name)?.strip_prefix('='));
        values.next_back().map(str::to_owned)
    };
    Some(EarlierRun { released: value("released")?, release_hash: value("release_hash"), before: None })
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
