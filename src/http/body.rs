//! An answer's body, as far as it can be read.

use serde_json::Value;

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON, as every API here answers.
    Json(Value),
    /// Anything else that is text.
    Text(String),
    /// Nothing that can be read; why not.
    Unreadable(String),
}

/// The most memory that one answer's JSON may take once it is read, in bytes: thousands of packages with all their fields.
/// A dense one needs a hundred times its length.
const LARGEST_JSON: usize = 8 << 20;

impl Body {
    /// Reads the bytes of a body.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        Self::decode(bytes, None)
    }

    /// Reads the bytes of a body. `encoding` is the header `Content-Encoding`.
    #[must_use]
    pub fn decode(bytes: &[u8], encoding: Option<&str>) -> Self {
        if memory(bytes) > LARGEST_JSON {
            return Self::Unreadable("the answer has more fields than any answer of this API".to_owned());
        }
        if let Ok(value) = serde_json::from_slice(bytes) {
            return Self::Json(value);
        }
        match compression(bytes, encoding) {
            Some(name) => {
                Self::Unreadable(format!("the answer is compressed ({name}), though it was not asked for"))
            }
            None => Self::Text(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

/// Which compression a body has, by its first bytes, else by its header.
fn compression(bytes: &[u8], encoding: Option<&str>) -> Option<&'static str> {
    const FIRST_BYTES: [(&[u8], &str); 4] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x78\x9c", "deflate"),
        (b"\x78\xda", "deflate"),
    ];
    const NAMES: [&str; 6] = ["gzip", "x-gzip", "br", "deflate", "zstd", "compress"];
    let by_bytes = FIRST_BYTES.iter().find(|(first, _)| bytes.starts_with(first)).map(|(_, name)| *name);
    let named = encoding.map(|encoding| encoding.trim().to_ascii_lowercase()).unwrap_or_default();
    let by_header = NAMES.into_iter().find(|name| named == *name && !bytes.is_empty());
    by_bytes.or(by_header)
}

/// About how much memory a JSON text takes once it is read, in bytes.
fn memory(json: &[u8]) -> usize {
    let (mut sum, mut in_text, mut is_escaped) = (json.len(), false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (true, b'"') => in_text = false,
            (false, b'"') => {
                in_text = true;
                sum += TEXT;
            }
            (false, b'{') => sum += OBJECT,
            (false, b'[') => sum += ARRAY,
            (false, b',') => sum += ENTRY,
            _ => {}
        }
    }
    sum
}

/// About how much memory a value takes, in bytes.
#[must_use]
pub fn memory_of(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| ENTRY + TEXT + name.len() + memory_of(value);
            OBJECT + fields.iter().map(field).sum::<usize>()
        }
        Value::Array(items) => ARRAY + items.iter().map(|item| ENTRY + memory_of(item)).sum::<usize>(),
        Value::String(text) => TEXT + text.len(),
        Value::Number(number) => TEXT + number.as_str().len(),
        Value::Bool(_) | Value::Null => 0,
    }
}

/// A node of a map has room for eleven entries, and is at least half full but for the first.
const OBJECT: usize = 640;
/// A list begins with room for four.
const ARRAY: usize = 128;
const ENTRY: usize = 110;
/// What the allocator and a text itself need beside its bytes.
const TEXT: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    fn unreadable(bytes: &[u8], encoding: Option<&str>) -> String {
        match Body::decode(bytes, encoding) {
            Body::Unreadable(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_compressed_answer_is_told_as_one() {
        let cases: [(&[u8], Option<&str>, &str); 6] = [
            (b"\x1f\x8b\x08\0\0", None, "gzip"),
            (b"\x1f\x8b\x08\0\0", Some("br"), "gzip"),
            (b"\x28\xb5\x2f\xfd\0", None, "zstd"),
            (b"\x78\x9c\xab\xae", None, "deflate"),
            (b"\x0b\x02\x80{}\x03", Some("br"), "br"),
            (b"\x0b\x02\x80{}\x03", Some(" GZIP "), "gzip"),
        ];
        for (bytes, encoding, name) in cases {
            let why = unreadable(bytes, encoding);
            assert_eq!(why, format!("the answer is compressed ({name}), though it was not asked for"));
        }
    }

    #[test]
    fn what_can_be_read_is_read_whatever_its_header_says() {
        for encoding in [None, Some("gzip"), Some("identity")] {
            assert_eq!(Body::decode(b"{\"a\": 1}", encoding), Body::Json(serde_json::json!({ "a": 1 })));
        }
        for (bytes, encoding) in
            [("", None), ("", Some("gzip")), ("<html>", Some("identity")), ("<html>", Some("utf-8"))]
        {
            assert_eq!(Body::decode(bytes.as_bytes(), encoding), Body::Text(bytes.to_owned()));
        }
    }

    /// A megabyte, however dense, of names that are our own too.
    #[test]
    fn an_answer_that_would_need_too_much_memory_is_not_read() {
        let repeated =
            |item: &str| format!("{{\"data\":[{}]}}", vec![item; (1 << 20) / (item.len() + 1)].join(","));
        for item in ["{\"package_id\":1}", "{\"a\":{}}", "[0]", "[[]]", "0", "\"\"", "{\"a\":[{}]}"] {
            let json = repeated(item);
            assert_eq!(
                unreadable(json.as_bytes(), None),
                "the answer has more fields than any answer of this API",
                "{item}"
            );
        }
        let text = format!("{{\"data\":\"{}\"}}", "[{,".repeat(300_000));
        assert!(matches!(Body::decode(text.as_bytes(), None), Body::Json(_)), "a long text is none of it");
        let escaped = r#"{"data":"\"[[[[\\"}"#;
        assert_eq!(memory(escaped.as_bytes()), escaped.len() + OBJECT + 2 * TEXT);
    }

    #[test]
    fn a_full_page_of_packages_is_far_from_the_limit() {
        let fields: Vec<String> =
            (0..30).map(|field| format!("\"a_field_{field}\":\"of some length {field}\"")).collect();
        let package = format!("{{{}}}", fields.join(","));
        let page = format!("{{\"total\":1000,\"data\":[{}]}}", vec![package; 1000].join(","));
        assert!(matches!(Body::decode(page.as_bytes(), None), Body::Json(_)), "{}", memory(page.as_bytes()));
        let Body::Json(value) = Body::decode(page.as_bytes(), None) else { return };
        let (before, after) = (memory(page.as_bytes()), memory_of(&value));
        assert!(after.abs_diff(before) < before / 2, "both are about the same: {before}, {after}");
    }
}
