//! The forms in which a text of secrets may stand somewhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::utf8_percent_encode;
use release_step::text::encode::UNRESERVED;
use release_step::text::sanitize;
use serde_json::json;

use super::step::Run;

pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

pub(crate) fn json_escaped(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// In a longer text that is encoded as a whole, a secret may begin at any of three places.
fn base64_forms(text: &str) -> impl Iterator<Item = String> {
    let alphabets = [STANDARD, URL_SAFE];
    let places =
        alphabets.into_iter().flat_map(|alphabet| (0..3).map(move |before| (alphabet.clone(), before)));
    places.map(|(alphabet, before)| {
        let encoded = alphabet.encode("\0".repeat(before) + text);
        // Digits at the ends hold bits of the neighbours, too.
        let digits = (before + text.len()) * 8 / 6;
        encoded[(before * 8).div_ceil(6)..digits].to_owned()
    })
}

/// What would give this text away.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), percent_encoded(secret), json_escaped(secret)];
    // As the data of a workflow command.
    forms.push(percent_encoded(secret).replace('%', "%25"));
    // As the log and a line of JSON would show it: what they make harmless is a secret still.
    forms.extend([sanitize::line(secret), sanitize::json(&json_escaped(secret))]);
    forms.extend(base64_forms(secret));
    forms
}

/// The forms, and the ends of the text itself: a text that is cut before its secrets are taken out shows one of them.
pub(crate) fn traces(secret: &str) -> Vec<String> {
    let mut traces = forms(secret);
    let ends = [&secret[..secret.len().min(12)], &secret[secret.len().saturating_sub(12)..]];
    traces.extend(ends.map(str::to_owned));
    traces
}

/// Fails if one of these texts stands in a stream or a file that a run has left.
#[track_caller]
pub(crate) fn stand_nowhere(hidden: &[String], run: &Run) {
    let mut texts: Vec<(&str, String)> = vec![("stdout", run.stdout.clone()), ("stderr", run.stderr.clone())];
    let files = run.files.iter();
    texts.extend(files.map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes).into_owned())));
    for (name, text) in texts {
        let seen = hidden.iter().find(|hidden| text.contains(hidden.as_str()));
        assert_eq!(seen, None, "in {name}\n{}", run.transcript());
    }
}
