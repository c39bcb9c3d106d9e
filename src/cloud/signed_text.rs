//! Texts that were signed, which both vendors repeat in the message that refuses a signature.

/// The words of such a text, without what stands between them.
const NAMES: [&str; 10] = [
    "stringtosign",
    "stringtobesigned",
    "signingstring",
    "canonicalrequest",
    "canonicalstring",
    "canonicalquery",
    "canonicalheader",
    "canonicaluri",
    "canonicalresource",
    "canonicalized",
];

/// Signatures begin with the name of one of these.
const ALGORITHMS: [&str; 3] = ["hmacsha256", "hmacsm3", "rsasha256"];

/// A message up to the clause in which it repeats the string to sign or the canonical request, in whatever words:
/// `server string to sign is:…`, `StringToSign is […]`, `canonicalRequest:…`, `[ACS3-HMAC-SHA256 …`.
///
/// What was signed holds tokens and digests, and the server's own digest is none that could be recognised.
#[must_use]
pub fn without_signed_text(message: &str) -> &str {
    let letters: Vec<(usize, char)> =
        message.char_indices().filter(|(_, character)| character.is_ascii_alphanumeric()).collect();
    let text: String = letters.iter().map(|(_, letter)| letter.to_ascii_lowercase()).collect();
    let named = NAMES.iter().filter_map(|name| text.find(name));
    let shown = ALGORITHMS.iter().filter_map(|name| {
        let mut places = text.match_indices(name).map(|(at, _)| at);
        places.find(|at| is_signed(&text[at + name.len()..]))
    });
    let Some(first) = named.chain(shown).min() else { return message };
    let before = &message[..letters[first].0];
    // `ACS3-` belongs to the name.
    beginning(
        before.trim_end_matches(|character: char| {
            character.is_ascii_alphanumeric() || "-_".contains(character)
        }),
    )
}

/// Whether what follows an algorithm is what it was used for, and not only its name.
fn is_signed(rest: &str) -> bool {
    let is_digest =
        |text: &str| text.len() >= 16 && text.bytes().take(16).all(|byte| byte.is_ascii_hexdigit());
    // An `n` is left of a line break in JSON; a date stands before the digest in Huawei's.
    let rest = rest.strip_prefix('n').unwrap_or(rest);
    let is_date = rest.len() > 8
        && rest.as_bytes()[8] == b't'
        && rest.bytes().take(8).all(|byte| byte.is_ascii_digit());
    is_digest(rest)
        || is_date
        || ["credential", "access", "signedheaders"].iter().any(|name| rest.starts_with(name))
}

/// Without the last clause that has begun.
fn beginning(message: &str) -> &str {
    let ends = [". ", "! ", "? ", ", ", "; ", "。", "，", "；", "\n"];
    let end = ends
        .iter()
        .filter_map(|end| {
            Some(message.rfind(end)? + end.trim_matches([' ', ',', ';', '，', '；', '\n']).len())
        })
        .max();
    let message = end.map_or(message, |end| &message[..end]);
    message
        .trim_end_matches(|character: char| character.is_whitespace() || "[({<\"'`,;:|-=".contains(character))
}

#[cfg(test)]
mod tests {
    use super::without_signed_text;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_text_that_was_signed_is_cut_off_in_whatever_words_it_is_announced() {
        let cases = [
            (
                "Incorrect IAM authentication information: verify aksk signature fail, \
                 canonicalRequest:POST|/v2/1/deploy/|x-sdk-date:20261122T100000Z|e3b0c442",
                "Incorrect IAM authentication information: verify aksk signature fail",
            ),
            (
                "Specified signature is not matched with our calculation. server string to sign is:ACS3-HMAC-SHA256\nDIGEST, \
                 server canonical request is:POST\n/",
                "Specified signature is not matched with our calculation.",
            ),
            (
                "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\nDIGEST\n]",
                "Specified signature does not match our calculation.",
            ),
            ("The signatures differ: [ACS3-HMAC-SHA256\nDIGEST\n]", "The signatures differ"),
            ("The signatures differ: ACS3-HMAC-SHA256\\nDIGEST", "The signatures differ"),
            ("Wrong; SDK-HMAC-SHA256\n20261122T100000Z\nDIGEST", "Wrong"),
            ("Wrong header SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=DIGEST", "Wrong header"),
            (
                "Wrong header ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=DIGEST",
                "Wrong header",
            ),
            ("Wrong. The Canonical String for this request should have been\n'GET", "Wrong."),
            ("Wrong. The String-to-Sign should have been\n'", "Wrong."),
            ("Wrong! STRING_TO_SIGN=a", "Wrong!"),
            ("Wrong, hashed canonicalized request a", "Wrong"),
            ("签名不匹配。服务端 StringToSign: a", "签名不匹配。"),
            ("签名不匹配，CanonicalRequest: a", "签名不匹配"),
            ("CanonicalRequest: a", ""),
            ("<CanonicalRequest>GET", ""),
        ];
        for (message, left) in cases {
            assert_eq!(without_signed_text(&message.replace("DIGEST", DIGEST)), left, "{message}");
        }
    }

    #[test]
    fn every_other_message_stays_as_it_is() {
        let messages = [
            "",
            "Specified access key is not found.",
            "the algorithm is not supported, give SDK-HMAC-SHA256 or ACS3-HMAC-SHA256",
            "SDK-HMAC-SHA256 is expected",
            "The artifact's canonical name is taken: a, b. c",
            "The string to show is signed by nobody",
        ];
        for message in messages {
            assert_eq!(without_signed_text(message), message);
        }
    }
}
