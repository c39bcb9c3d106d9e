//! Values of credentials' variables that are no credentials: each try with it counts towards the lock of the real key.

use crate::text::placeholder::{Unfilled, unfilled};
use crate::text::redact::MIN_SECRET_LEN;

/// A part of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public half of a key pair, under a name of this vendor's.
    AccessKeyId(Vendor),
    /// The secret half of a key pair.
    AccessKeySecret,
    /// What makes a key pair a temporary one, or authorises by itself.
    Token,
}

/// Whose keys a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Alibaba Cloud.
    Alibaba,
    /// Huawei Cloud.
    Huawei,
}

/// How the ids of access keys begin, and whose they are.
const ID_PREFIXES: [(&str, &str, Option<Vendor>); 4] = [
    ("LTAI", "Alibaba Cloud", Some(Vendor::Alibaba)),
    ("STS.", "Alibaba Cloud", Some(Vendor::Alibaba)),
    ("AKIA", "AWS", None),
    ("ASIA", "AWS", None),
];

/// Why a trimmed value cannot be this part of a credential, to be read after the variable's name, and what to do.
#[must_use]
pub fn problem(part: Part, value: &str) -> Option<(String, &'static str)> {
    match (no_key(part, value), foreign_id(part, value)) {
        (Some(problem), _) => Some((problem, "store the key itself, as one line, and hand it on")),
        _ if value.len() < MIN_SECRET_LEN => Some((
            "is too short to be a key".to_owned(),
            "see whether the secret of that name is really there",
        )),
        (None, Some(problem)) => {
            Some((problem, "see which secret is stored under this name: it is another one's"))
        }
        (None, None) => None,
    }
}

fn no_key(part: Part, value: &str) -> Option<String> {
    match unfilled(value) {
        Some(Unfilled::Quoted) => return Some("is in quotes, which would be a part of it".to_owned()),
        Some(unfilled) => return Some(format!("is no key but {}", unfilled.meaning())),
        None => {}
    }
    if !value.chars().all(|character| matches!(character, ' '..='~')) {
        return Some("holds a line break or another character that no key has".to_owned());
    }
    if is_path(part, value) {
        return Some("is the path of a file, not a key".to_owned());
    }
    // The name is not shown: where the value is a key after all, it is the beginning of it.
    is_assignment(value).then(|| "holds an assignment, `NAME=…`, not the key alone".to_owned())
}

/// GitLab hands a variable of the type `file` over as a path.
fn is_path(part: Part, value: &str) -> bool {
    let bytes = value.as_bytes();
    let has_drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":\\";
    let has_root = match part {
        // Tokens are base64, which may begin with a slash.
        Part::Token => value.starts_with("/builds/"),
        Part::AccessKeyId(_) | Part::AccessKeySecret => value.starts_with('/'),
    };
    has_drive || has_root
}

/// `NAME=value`. What base64 ends in is no assignment.
fn is_assignment(value: &str) -> bool {
    let Some((name, rest)) = value.split_once('=') else {
        return false;
    };
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name && name.contains('_') && !rest.trim_start_matches('=').is_empty()
}

/// An id in the wrong place: another vendor's, or that of a key in the place of its secret.
fn foreign_id(part: Part, value: &str) -> Option<String> {
    let (_, owner, vendor) = ID_PREFIXES.iter().find(|(prefix, ..)| value.starts_with(prefix))?;
    match part {
        Part::AccessKeyId(own) if Some(own) == *vendor => None,
        Part::AccessKeyId(_) => Some(format!("is the id of an access key of {owner}")),
        Part::AccessKeySecret if *vendor == Some(Vendor::Alibaba) => {
            Some("is the id of an access key, not its secret".to_owned())
        }
        Part::AccessKeySecret | Part::Token => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Part, Vendor, problem};

    #[test]
    fn what_is_no_key_is_recognised_by_its_form() {
        use Part::{AccessKeyId, AccessKeySecret, Token};
        let cases = [
            (AccessKeySecret, "[MASKED]"),
            (AccessKeySecret, "******"),
            (AccessKeySecret, "$ALIBABA_SECRET"),
            (AccessKeySecret, "${ALIBABA_SECRET}"),
            (AccessKeySecret, "${{ secrets.KEY }}"),
            (AccessKeySecret, "undefined"),
            (AccessKeySecret, "\"quoted-secret\""),
            (AccessKeySecret, "/builds/acme/app.tmp/ALIBABA_SECRET"),
            (AccessKeySecret, "/tmp/secret"),
            (AccessKeySecret, "C:\\builds\\secret"),
            (Token, "/builds/acme/app.tmp/TOKEN"),
            (Token, "HW_SECURITY_TOKEN=abcdefgh"),
            (AccessKeySecret, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=abcdefgh"),
            (AccessKeySecret, "first\nsecond"),
            (AccessKeySecret, "short"),
            (AccessKeySecret, "LTAI5tNotARealKey000"),
            (AccessKeyId(Vendor::Huawei), "LTAI5tNotARealKey000"),
            (AccessKeyId(Vendor::Huawei), "STS.NotARealKey00000"),
            (AccessKeyId(Vendor::Huawei), "AKIANOTAREALKEY00000"),
            (AccessKeyId(Vendor::Alibaba), "AKIANOTAREALKEY00000"),
        ];
        let mut said = String::new();
        for (part, value) in cases {
            let (problem, _) = problem(part, value).unwrap_or_else(|| panic!("{value}"));
            writeln!(said, "{}: {problem}", value.escape_debug()).unwrap();
        }
        insta::assert_snapshot!(said, @r##"
        [MASKED]: is no key but what a CI shows in the place of a secret
        ******: is no key but what a CI shows in the place of a secret
        $ALIBABA_SECRET: is no key but the name of a variable, not its value: nothing filled it in
        ${ALIBABA_SECRET}: is no key but the name of a variable, not its value: nothing filled it in
        ${{ secrets.KEY }}: is no key but an expression that was not evaluated
        undefined: is no key but what a script writes for a value that it does not have
        \"quoted-secret\": is in quotes, which would be a part of it
        /builds/acme/app.tmp/ALIBABA_SECRET: is the path of a file, not a key
        /tmp/secret: is the path of a file, not a key
        C:\\builds\\secret: is the path of a file, not a key
        /builds/acme/app.tmp/TOKEN: is the path of a file, not a key
        HW_SECURITY_TOKEN=abcdefgh: holds an assignment, `NAME=…`, not the key alone
        ALIBABA_CLOUD_ACCESS_KEY_SECRET=abcdefgh: holds an assignment, `NAME=…`, not the key alone
        first\nsecond: holds a line break or another character that no key has
        short: is too short to be a key
        LTAI5tNotARealKey000: is the id of an access key, not its secret
        LTAI5tNotARealKey000: is the id of an access key of Alibaba Cloud
        STS.NotARealKey00000: is the id of an access key of Alibaba Cloud
        AKIANOTAREALKEY00000: is the id of an access key of AWS
        AKIANOTAREALKEY00000: is the id of an access key of AWS
        "##);
    }

    #[test]
    fn keys_of_every_form_pass() {
        let cases = [
            (Part::AccessKeyId(Vendor::Alibaba), "LTAI5tNotARealKey000"),
            (Part::AccessKeyId(Vendor::Alibaba), "STS.NotARealKey00000"),
            (Part::AccessKeyId(Vendor::Alibaba), "FAKEKEYID0000001"),
            (Part::AccessKeyId(Vendor::Huawei), "HWFAKEACCESS00000001"),
            (Part::AccessKeySecret, "FakeKey/Secret+0000000000000=="),
            (Part::AccessKeySecret, "abcdefghijklmnop="),
            (Part::AccessKeySecret, "A=b/c+d000000000"),
            (Part::Token, "/base64/may/begin+so=="),
            (Part::Token, "MIIF-a/token=="),
        ];
        for (part, value) in cases {
            assert_eq!(problem(part, value), None, "{value}");
        }
    }
}
