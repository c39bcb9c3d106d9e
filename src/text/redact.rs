//! What may never be printed, and how it is kept out of every text that leaves the process.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};

use crate::text::encodings::{Encoding, Run, base64_runs};
use crate::text::escapes::unescape;
use crate::text::known::{self, Known};
use crate::text::signatures;

/// The shortest key that is taken. A shorter one could not be kept out of the log without shredding it.
pub const MIN_SECRET_LEN: usize = 6;

const MASK: &str = "***";

/// How often an encoding is undone within another: the base64 of a password in the base64 of a file.
const DEEPEST: usize = 2;

/// Knows every secret of this run and takes them out of texts: as they are, escaped in URLs, JSON and pages, in base64 and
/// hexadecimal digits, and any of that in any other.
///
/// Clones share what they know, so the log, the outputs and the panic hook learn of a secret at once.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

impl Redactor {
    /// Remembers a secret that servers see, and may cut: its beginning or end, of 12 bytes or more, is known too.
    pub fn add(&self, secret: &str) {
        self.remember(secret, true);
    }

    /// Remembers a secret that no server sees, of which nobody shows a part.
    pub fn add_whole(&self, secret: &str) {
        self.remember(secret, false);
    }

    fn remember(&self, secret: &str, in_parts: bool) {
        if secret.len() < MIN_SECRET_LEN {
            return;
        }
        let mut known = self.write();
        known.add(secret.as_bytes(), in_parts);
        // A secret may look as if it had escapes itself. Where some are undone, these are too.
        if let Some(plain) = unescape(secret.as_bytes()) {
            let plain = Zeroizing::new(plain.bytes);
            if plain.len() >= known::SHORTEST {
                known.add(&plain, in_parts);
            }
        }
    }

    /// Remembers the signatures and digests of one request, as long as the vendor takes them.
    pub fn add_signatures(&self, signatures: &[String]) {
        let mut known = self.write();
        for signature in signatures {
            known.signatures.add(signature);
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text with every known secret replaced by `***`, however it is escaped or encoded there.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        // A secret that overlaps another goes with it, or its rest would stay.
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

    /// Where secrets stand in a text, from its beginning to its end.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        if text.len() >= shortest(&known) {
            search(&known, text.as_bytes(), DEEPEST, &mut |place| {
                // Without its own escapes a secret may be as short as a word. The word is none.
                if place.len() >= MIN_SECRET_LEN {
                    found.push(whole_characters(text, place));
                }
            });
        }
        found.sort_unstable_by_key(|place| (place.start, Reverse(place.end)));
        found
    }

    /// Whether a text holds a known secret.
    #[must_use]
    pub fn contains_secret(&self, text: &str) -> bool {
        !self.find(text).is_empty()
    }

    /// JSON with every known secret taken out of its texts, numbers and names.
    #[must_use]
    pub fn redact_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match self.redact(&text) {
                Cow::Borrowed(_) => Value::String(text),
                Cow::Owned(cleaned) => Value::String(cleaned),
            },
            Value::Number(number) if self.contains_secret(number.as_str()) => MASK.into(),
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

/// The shortest text that can give something away.
fn shortest(known: &Known) -> usize {
    let signatures = if known.signatures.is_empty() { usize::MAX } else { signatures::SHORTEST };
    known.shortest().min(signatures)
}

/// Searches a text as it is, and without its escapes.
fn search(known: &Known, text: &[u8], deep: usize, mark: &mut dyn FnMut(Range<usize>)) {
    search_layer(known, text, deep, mark);
    if let Some(plain) = unescape(text) {
        search_layer(known, &plain.bytes, deep, &mut |place| mark(plain.range(place)));
    }
}

/// Searches a text as it is, and what is encoded in it.
fn search_layer(known: &Known, text: &[u8], deep: usize, mark: &mut dyn FnMut(Range<usize>)) {
    known.find(text, mark);
    let shortest = shortest(known);
    let least = Encoding::Base64.digits(shortest).min(signatures::SHORTEST);
    base64_runs(text, least, |run| {
        let of_hex =
            if known.signatures.is_empty() { Encoding::Hex.digits(shortest) } else { signatures::SHORTEST };
        run.hex_runs(of_hex, |digits| {
            known.signatures.find(digits, mark);
            search_encoded(known, digits, deep, mark);
        });
        search_encoded(known, run, deep, mark);
    });
}

fn search_encoded(known: &Known, run: &Run, deep: usize, mark: &mut dyn FnMut(Range<usize>)) {
    if deep > 0 {
        run.decoded(shortest(known), known.is_ascii(), |skipped, bytes| {
            search(known, bytes, deep - 1, &mut |place| mark(run.range(skipped, place, bytes.len())));
        });
    }
}

/// A part of a secret may end within a character.
fn whole_characters(text: &str, place: Range<usize>) -> Range<usize> {
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=place.start).rev().find(is_boundary).unwrap_or(0);
    start..(place.end..text.len()).find(is_boundary).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::{MASK, Redactor};
    use crate::cloud::signing::sha256;
    use crate::text::encode::{encode, hex};
    use crate::text::steps;

    fn knowing(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    /// As long as the real ones, of every character that a token may have.
    fn token(length: usize) -> String {
        let digests = (0..).map(|number| STANDARD.encode(sha256(&number.to_string())));
        digests.flat_map(String::into_bytes).map(char::from).take(length).collect()
    }

    fn each(text: &str, form: impl Fn(char) -> String) -> String {
        text.chars().map(form).collect()
    }

    fn in_lines(text: &str, end: &str) -> String {
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
        lines.join(end)
    }

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let redactor = knowing(&["se+cr/et\"=", "se+cr/"]);
        assert_eq!(
            redactor.redact(r#"a se+cr/et"= b se%2Bcr%2Fet%22%3D c se+cr/et\"= d se+cr/"#),
            "a *** b *** c *** d ***"
        );
    }

    #[test]
    fn every_letter_may_be_escaped() {
        let secret = "nightly+key/of=mine%41\\n";
        let redactor = knowing(&[secret]);
        let forms = [
            each(secret, |letter| format!("%{:02x}", u32::from(letter))),
            each(secret, |letter| format!("%25{:02X}", u32::from(letter))),
            each(secret, |letter| format!("\\u{:04x}", u32::from(letter))),
            each(secret, |letter| format!("\\\\u{:04X}", u32::from(letter))),
            each(secret, |letter| format!("%u{:04X}", u32::from(letter))),
            each(secret, |letter| format!("\\u{{{:x}}}", u32::from(letter))),
            each(secret, |letter| format!("\\x{:02x}", u32::from(letter))),
            each(secret, |letter| format!("&#{};", u32::from(letter))),
            each(secret, |letter| format!("&amp;#x{:x};", u32::from(letter))),
        ];
        for form in forms {
            assert_eq!(redactor.redact(&format!("a <{form}> b")), "a <***> b", "{form}");
        }
    }

    #[test]
    fn a_secret_is_taken_out_of_base64_and_hexadecimal_digits_of_whatever_form() {
        let secret = token(300) + "\"\\ %41/é";
        let redactor = knowing(&[&secret]);
        let json = serde_json::to_string(&secret).unwrap();
        let texts = [secret.clone(), encode(&secret).into_owned(), json, format!("me:{secret}\n")];
        for text in texts {
            let encoded = [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text), hex(text.as_bytes())];
            for form in encoded {
                let twice = STANDARD.encode(format!("{{auth: {form}}}"));
                let forms = [
                    form.clone(),
                    in_lines(&form, "\n"),
                    in_lines(&form, "\r\n"),
                    in_lines(&form, "\\n"),
                    in_lines(&form, "\\\\r\\\\n"),
                    in_lines(&form, "\n  "),
                    encode(&form).into_owned(),
                    form.replace('/', "\\/"),
                    twice,
                ];
                for form in forms {
                    let cleaned = redactor.redact(&form).into_owned();
                    let left = cleaned.replace(MASK, "");
                    // Of what stands around it in the same digits something may be left.
                    assert!(cleaned.contains(MASK) && left.len() < 24, "{form}\n{cleaned}");
                }
            }
        }
    }

    #[test]
    fn a_beginning_and_an_end_of_a_secret_are_taken_out() {
        let secret = token(1_204);
        let redactor = knowing(&[&secret]);
        for length in [12, 13, 600, 1_100, 1_203] {
            let (start, end) = (&secret[..length], &secret[secret.len() - length..]);
            for part in [start, end] {
                assert_eq!(redactor.redact(&format!("a {part}… b")), "a ***… b", "{length}");
                assert_eq!(redactor.redact(&format!("a {}… b", encode(part))), "a ***… b", "{length}");
                let encoded = redactor.redact(&STANDARD.encode(part)).replace(MASK, "");
                assert!(encoded.len() < 3, "{length}: {encoded}");
            }
        }
        for length in 1..12 {
            let text = format!("a {} b {}", &secret[..length], &secret[secret.len() - length..]);
            assert_eq!(redactor.redact(&text), text);
        }
    }

    #[test]
    fn a_cut_may_fall_into_an_escape() {
        let secret = "abcdefghijkl/mnopqrstuvwxyz";
        let redactor = knowing(&[secret]);
        for cut in ["", "%", "%2", "%2…", "\\", "\\u", "\\u002", "\\u002…", "&", "&#4", "&#x2f"] {
            let cleaned = redactor.redact(&format!("a {}{cut}", &secret[..12])).into_owned();
            assert_eq!(cleaned.trim_end_matches('…'), "a ***", "{cut}");
        }
    }

    #[test]
    fn the_end_of_a_jwt_is_a_secret_by_itself() {
        let parts =
            ["{\"alg\":\"RS256\"}", "{\"sub\":\"ci\"}", &token(48)].map(|part| URL_SAFE_NO_PAD.encode(part));
        let redactor = knowing(&[&parts.join(".")]);
        assert_eq!(redactor.redact(&format!("a {} b", parts[2])), "a *** b");
        assert_eq!(redactor.redact(&format!("a {}.{} b", parts[1], parts[2])), "a *** b");
    }

    /// An id that has some characters with a key in common is no part of it, unless it shares twelve at an end.
    #[test]
    fn what_only_resembles_a_secret_stays() {
        let redactor = knowing(&["LTAI5tAbCdEfGhIjKlMnOpQr", "release-step-of-mine"]);
        redactor.add_whole("release-artifact-linux-key");
        for text in [
            "LTAI5tAbCdE",
            "LTAI5tXbCdEfGhIjKlMnOpQx",
            "AbCdEfGhIjKlMnOp",
            "release-ste",
            "release-artifact-linux",
            "artifact-linux-key",
            "dGhpcyBpcyBubyBzZWNyZXQgYXQgYWxs",
            "d41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert_eq!(redactor.redact(text), text);
        }
        assert_eq!(redactor.redact("release-artifact-linux-key"), MASK);
    }

    #[test]
    fn secrets_that_overlap_or_touch_leave_nothing_between() {
        let redactor = knowing(&["first-half", "half-second", "second", "é-third-é"]);
        assert_eq!(redactor.redact("a first-half-second b"), "a *** b");
        assert_eq!(redactor.redact("secondfirst-half"), "******");
        assert_eq!(redactor.redact("secondsecond"), "******");
        assert_eq!(redactor.redact("éé-third-éé%C3%A9-third-%C3%A9é"), "é***é***é");
        let redactor = knowing(&["ééééééééé-end"]);
        assert_eq!(redactor.redact("a éééééééé b é-end"), "a *** b é-end");
    }

    /// Where what stands before a secret, or after it, makes an escape with its ends.
    #[test]
    fn what_stands_beside_a_secret_does_not_hide_it() {
        for secret in [
            "41abcdefghij",
            "u0041abcdefg",
            "nabcdefghij%",
            "amp;abcdefg&",
            "\\abcdefghij\\",
            "\\\\\\\\\\\\\\\\",
        ] {
            let redactor = knowing(&[secret]);
            for (before, after) in
                [("%", "41"), ("\\", "n"), ("&", ";"), ("%2", "5"), ("\\u00", "amp"), ("", "")]
            {
                let text = format!("{before}{secret}{after}");
                // A backslash goes with what stands after it.
                let left = format!("{}***{after}", before.trim_end_matches('\\'));
                assert_eq!(redactor.redact(&text).replace("\\***", MASK), left, "{text}");
            }
        }
    }

    #[test]
    fn signatures_are_taken_out_whatever_was_signed_since() {
        let redactor = knowing(&["lasting"]);
        let signature = |number: i32| sha256(&number.to_string());
        for number in 0..1_000 {
            redactor.add_signatures(&[signature(number), signature(-1 - number)]);
        }
        for number in [-1_000, -1, 0, 500, 999] {
            let text = format!("lasting ACS3-HMAC-SHA256 Signature={};", signature(number));
            assert_eq!(redactor.redact(&text), "*** ACS3-HMAC-SHA256 Signature=***;");
            for form in
                [signature(number), each(&signature(number), |digit| format!("%{:x}", u32::from(digit)))]
            {
                assert_eq!(redactor.redact(&format!("a {form} b")), "a *** b");
                assert!(redactor.redact(&STANDARD.encode(form)).starts_with(MASK));
            }
        }
        let other = sha256("an image");
        assert_eq!(redactor.redact(&other), other);
    }

    #[test]
    fn numbers_and_names_of_json_are_cleaned_too() {
        let redactor = knowing(&["1234567890123", "secret-name"]);
        let value =
            serde_json::json!({"a secret-name": [1_234_567_890_123_u64, 1.5, true, null, "secret-name"]});
        let cleaned = serde_json::json!({"a ***": ["***", 1.5, true, null, "***"]});
        assert_eq!(redactor.redact_json(value), cleaned);
    }

    #[test]
    fn a_short_text_is_no_secret() {
        let redactor = knowing(&["1"]);
        assert_eq!(redactor.redact("HTTP 411"), "HTTP 411");
    }

    /// The text is the server's: it must not be able to make us think for ever.
    #[test]
    fn the_work_grows_with_the_text_alone() {
        let long = token(1_204);
        let secrets = [
            "%".repeat(30),
            "a".repeat(1_000),
            "\\\"".repeat(15),
            "%41%42".repeat(6),
            "&amp;".repeat(9),
            long.clone(),
        ];
        let redactor = knowing(&secrets.each_ref().map(String::as_str));
        let pieces = [
            "%",
            "%25",
            "\\",
            "&",
            "&amp;",
            "%2525&amp;\\",
            "+",
            "p%25",
            "%3",
            "\\u00",
            "\\u005c",
            "a",
            "aaaaaaaaaaab",
            "41",
            "%41%42",
            &long[..20],
            "JSUlJSUlJSUlJSUl",
            "UVVGQlFVRkJRVUZC",
            "2525252525",
            ";",
            "&#x26;#",
            "\\u{5c}",
        ];
        for piece in pieces {
            let work = |length: usize| {
                let text = piece.repeat(length / piece.len());
                steps::of(|| drop(redactor.redact(&text)))
            };
            let (once, twice) = (work(20_000), work(40_000));
            assert!(once < 150 * 20_000, "{piece}: {once}");
            assert!(twice < 2 * once + once / 10, "{piece}: {once}, {twice}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_and_no_secret_take_more_work_than_their_length(
            secret in "[%a&\\\\u0-4;]{6,60}",
            pieces in proptest::collection::vec("[%a&\\\\u0-4;xnQ=]{1,12}", 1..4),
            length in 1_000_usize..4_000,
        ) {
            let redactor = knowing(&[&secret]);
            let text = pieces.concat().repeat(length);
            let text = &text[..length];
            let work = steps::of(|| drop(redactor.redact(text)));
            prop_assert!(work < 150 * length + 1_000, "{} steps for {} bytes", work, length);
        }

        #[test]
        fn a_secret_leaves_nothing_in_any_text(
            secret in "[ -~é]{12,40}",
            before in "[ -~]{0,9}",
            after in "[ -~]{0,9}",
        ) {
            let redactor = knowing(&[&secret]);
            let cleaned = redactor.redact(&format!("{before}{secret}{after}")).into_owned();
            prop_assert!(!cleaned.contains(&secret[..]) && cleaned.contains(MASK), "{}", cleaned);
        }
    }
}
