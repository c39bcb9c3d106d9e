//! The output `result`.

use serde::ser::{SerializeMap, Serializer};

use super::Outputs;
use crate::text::sanitize;

/// One object in one line; its keys in the order of the outputs.
pub(super) fn render(outputs: &Outputs) -> String {
    let mut json = Vec::new();
    // Writing JSON values into memory cannot fail.
    let _ = write(&mut serde_json::Serializer::new(&mut json), outputs);
    sanitize::json(&String::from_utf8_lossy(&json))
}

fn write<S: Serializer>(serializer: S, outputs: &Outputs) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (name, value) in &outputs.0 {
        map.serialize_entry(name, &value.to_json())?;
    }
    map.end()
}
