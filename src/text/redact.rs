//! What may never be printed, and how it is kept out of every text that leaves the process.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::text::escapes;

/// The shortest key that is taken. A shorter one could not be kept out of the log without shredding it.
pub const MIN_SECRET_LEN: usize = 6;

const MASK: &str = "***";

/// Knows every secret of this run and takes them out of texts.
///
/// Clones share what they know, so the log, the outputs and the panic hook learn of a secret at once.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    lasting: Vec<SecretString>,
    /// Other tools' secrets, by the names of their variables: perhaps no secrets after all.
    foreign: Vec<SecretString>,
    /// What was signed lately, the oldest first.
    passing: VecDeque<Vec<SecretString>>,
}

/// So many requests are remembered with what was secret in them. A wait of days makes thousands, and an old signature is
/// worth nothing: it was used, and has expired.
const REMEMBERED: usize = 2;

impl Redactor {
    /// Remembers a secret, and the forms in which a server would repeat it.
    pub fn add(&self, secret: &str) {
        if secret.len() < MIN_SECRET_LEN {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms(secret) {
            if form.len() >= MIN_SECRET_LEN
                && !known.lasting.iter().any(|known| known.expose_secret() == form)
            {
                known.lasting.push(form.into());
            }
        }
    }

    /// Remembers what is probably a secret of another tool: it is taken out of texts, but may stand in an input.
    pub fn add_foreign(&self, secret: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.lasting.iter().all(|known| known.expose_secret() != secret) {
            known.foreign.extend(forms(secret).into_iter().map(SecretString::from));
        }
    }

    /// Remembers what is secret in one request, until some more have been made.
    pub fn add_transient(&self, secrets: &[String]) {
        let forms =
            secrets.iter().filter(|secret| secret.len() >= MIN_SECRET_LEN).flat_map(|secret| forms(secret));
        let forms = forms.map(SecretString::from).collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.passing.push_back(forms);
        if known.passing.len() > REMEMBERED {
            known.passing.pop_front();
        }
    }

    /// The text with every known secret replaced by `***`, however it is escaped there.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.len() < MIN_SECRET_LEN {
            return Cow::Borrowed(text);
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let secrets = known.lasting.iter().chain(known.passing.iter().flatten()).chain(&known.foreign);
        let found = secrets.flat_map(|secret| escapes::find_escaped(text, secret.expose_secret()));
        let mut found: Vec<_> = found.collect();
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        // A secret that overlaps another goes with it, or its rest would stay.
        found.sort_unstable_by_key(|place| (place.start, Reverse(place.end)));
        let (mut cleaned, mut end) = (String::with_capacity(text.len()), 0);
        for place in found {
            if place.start >= end {
                cleaned.push_str(&text[end..place.start]);
                cleaned.push_str(MASK);
            }
            end = end.max(place.end);
        }
        cleaned.push_str(&text[end..]);
        Cow::Owned(cleaned)
    }

    /// Whether a text holds a known secret.
    #[must_use]
    pub fn contains_secret(&self, text: &str) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = known.lasting.iter().chain(known.passing.iter().flatten());
        secrets.any(|secret| !escapes::find_escaped(text, secret.expose_secret()).is_empty())
    }

    /// JSON with every known secret taken out of its texts and names.
    #[must_use]
    pub fn redact_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.redact_json(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                let fields =
                    fields.map(|(name, value)| (self.redact(&name).into_owned(), self.redact_json(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

/// A secret as it is, and as base64 has it. However either is escaped, it is found.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    // Where it stands in a longer text decides its base64: one form for each position in a group of three bytes. The
    // digits at either end also hold bits of the neighbours and are left out.
    for before in 0..3 {
        let padded = [&b"\0\0"[..before], secret.as_bytes()].concat();
        let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.push(alphabet.encode(&padded)[own.clone()].to_owned());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let redactor = Redactor::default();
        redactor.add("se+cr/et\"=");
        redactor.add("se+cr/");
        assert_eq!(
            redactor.redact(r#"a se+cr/et"= b se%2Bcr%2Fet%22%3D c se+cr/et\"= d se+cr/"#),
            "a *** b *** c *** d ***"
        );
    }

    #[test]
    fn secrets_that_overlap_or_touch_leave_nothing_between() {
        let redactor = Redactor::default();
        for secret in ["first-half", "half-second", "second", "é-third-é"] {
            redactor.add(secret);
        }
        assert_eq!(redactor.redact("a first-half-second b"), "a *** b");
        assert_eq!(redactor.redact("secondfirst-half"), "******");
        assert_eq!(redactor.redact("éé-third-éé%C3%A9-third-%C3%A9é"), "é***é***é");
    }

    #[test]
    fn what_was_signed_is_known_until_enough_else_was() {
        let redactor = Redactor::default();
        redactor.add("lasting");
        for number in 0..10 {
            redactor.add_transient(&[format!("signature{number}")]);
        }
        let cleaned = redactor.redact("lasting signature7 signature8 signature9").into_owned();
        assert_eq!(cleaned, "*** signature7 *** ***");
    }

    #[test]
    fn a_short_text_is_no_secret() {
        let redactor = Redactor::default();
        redactor.add("1");
        assert_eq!(redactor.redact("HTTP 411"), "HTTP 411");
    }
}
