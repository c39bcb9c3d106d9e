//! The secrets of a job's environment that are none of this program's: whichever stand there may stand in an input or in a
//! server's answer too.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::process::env::Env;
use crate::text::redact::Redactor;

/// The shortest value that is kept out of texts.
const SHORTEST: usize = 8;

/// The shortest line of a secret of several lines that is kept out of texts on its own.
const SHORTEST_LINE: usize = 12;

/// A secret's value is not only a word, unless the word is as long as this.
const LONGEST_WORD: usize = 16;

/// What the name of a variable says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// A secret.
    Secret,
    /// Maybe a secret, maybe the key of a cache or of a project.
    Key,
}

/// Learns every value that is a secret by the name of its variable, and every login in a URL.
pub fn register(env: &Env, redactor: &Redactor) {
    for (name, value) in env.all() {
        // No URL has white space in it. A text with one may have an address after it: a commit's message, with its authors.
        for (user, password) in value.split_whitespace().filter_map(login) {
            remember(redactor, password.unwrap_or_default());
            // `https://TOKEN@host`, `https://TOKEN:x-oauth-basic@host`
            if looks_secret(user) {
                remember(redactor, user);
            }
        }
        if named(name).is_some_and(|named| is_secret(named, value.trim())) {
            remember(redactor, value.trim());
        }
    }
}

fn remember(redactor: &Redactor, value: &str) {
    if value.len() < SHORTEST {
        return;
    }
    redactor.add_whole(value);
    if let Cow::Owned(decoded) = percent_decode_str(value).decode_utf8_lossy() {
        redactor.add_whole(&decoded);
    }
    // A text of several lines is shown line by line.
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != value);
    for line in lines.filter(|line| !line.starts_with("-----")) {
        redactor.add_whole(line);
    }
    // The part of a JWT that makes it valid.
    if let [header, _, signature] = value.split('.').collect::<Vec<_>>()[..]
        && header.starts_with("eyJ")
    {
        redactor.add_whole(signature);
    }
}

/// User and password of a text without white space that is a URL with a login.
#[must_use]
pub fn login(value: &str) -> Option<(&str, Option<&str>)> {
    let (_, rest) = value.as_bytes().contains(&b'@').then(|| value.split_once("://"))??;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if let Some((login, _)) = authority.rsplit_once('@') {
        return Some(login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password))));
    }
    // A `/` in a password is not the end of the host. After a port it is.
    let (user, password) = rest.rsplit_once('@')?.0.split_once(':')?;
    let port = password.split('/').next().unwrap_or_default();
    (!port.bytes().all(|byte| byte.is_ascii_digit())).then_some((user, Some(password)))
}

/// Whether a user's name looks like a token.
#[must_use]
pub fn looks_secret(user: &str) -> bool {
    is_secret(Named::Key, user)
}

fn named(variable: &str) -> Option<Named> {
    const SECRET: [&str; 5] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE"];
    const SECRET_ALONE: [&str; 3] = ["PASS", "PWD", "SSHPASS"];
    const KEY_ALONE: [&str; 11] = [
        "KEY",
        "APIKEY",
        "ACCESSKEY",
        "SECRETKEY",
        "PRIVATEKEY",
        "SK",
        "CREDENTIAL",
        "PAT",
        "JWT",
        "COOKIE",
        "AUTH",
    ];
    let name = variable.as_bytes();
    let end = name.iter().rposition(|last| !(last.is_ascii_digit() || *last == b'_'))? + 1;
    let name = match &name[..end] {
        [one @ .., b'S' | b's'] if !one.ends_with(b"S") && !one.ends_with(b"s") => one,
        name => name,
    };
    // There may be hundreds of variables, and few end in a word that ends in one of these.
    if !name.last().is_some_and(|last| b"NTDESYKLH".contains(&last.to_ascii_uppercase())) {
        return None;
    }
    let start = name.iter().rposition(|mark| matches!(mark, b'_' | b'-' | b'.')).map_or(0, |mark| mark + 1);
    let word = &name[start..];
    let is = |words: &[&str]| words.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word));
    if SECRET.iter().any(|end| ends_with(word, end.as_bytes())) || is(&SECRET_ALONE) {
        (!is_shown(variable)).then_some(Named::Secret)
    } else {
        is(&KEY_ALONE).then_some(Named::Key)
    }
}

/// The name of a call, which is there to be shown, however an input is spelled, and the working directory.
fn is_shown(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase().replace('-', "_").replace("__", "_");
    ["CLIENT_TOKEN", "PWD"].contains(&name.strip_prefix("INPUT_").unwrap_or(&name))
}

fn ends_with(word: &[u8], end: &[u8]) -> bool {
    word.len().checked_sub(end.len()).is_some_and(|at| word[at..].eq_ignore_ascii_case(end))
}

/// Whether a value is a secret under such a name, and not an id, a region, a path, a URL or a word. What is taken for a secret
/// is taken out of the log, and refused in an input.
fn is_secret(named: Named, value: &str) -> bool {
    let is_number = || value.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = || match named {
        Named::Secret => is_word(value) && value.len() < LONGEST_WORD,
        Named::Key => is_list_of_words(value),
    };
    value.len() >= SHORTEST && !is_number() && !is_path(value) && !is_url(value) && !is_plain()
}

/// Letters of one case, but for the first.
fn is_word(text: &str) -> bool {
    let rest = text.strip_prefix(|first: char| first.is_ascii_uppercase()).unwrap_or(text);
    let of_case = |is_case: fn(&u8) -> bool| text.bytes().all(|byte| is_case(&byte));
    rest.bytes().all(|byte| byte.is_ascii_lowercase()) || of_case(u8::is_ascii_uppercase)
}

/// `my-project`, `cn-hangzhou`, `linux-x64-v12`, `a/b.c`, `2026-11-22`
fn is_list_of_words(text: &str) -> bool {
    let is_part = |part: &str| {
        let word = part.trim_end_matches(|last: char| last.is_ascii_digit());
        is_word(word) && word.len() < LONGEST_WORD && part.len() - word.len() <= 8
    };
    text.split(['-', '_', '.', '/', ':', ',', ' ']).all(is_part)
}

/// A path, and not base64 that begins like one.
fn is_path(value: &str) -> bool {
    let rest = ["/", "./", "../", "~/"].iter().find_map(|root| value.strip_prefix(root));
    let on_drive = || value.as_bytes().get(1..3).is_some_and(|mark| mark == b":\\" || mark == b":/");
    let is_random = |part: &str| {
        let has = |is: fn(&u8) -> bool| part.bytes().any(|byte| is(&byte));
        part.len() >= SHORTEST
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_digit)
    };
    let is_one = rest.is_some() || on_drive();
    is_one && !value.contains(['+', '=', '\n']) && !value.split(['/', '\\']).any(is_random)
}

/// A URL, whose login is another matter.
fn is_url(value: &str) -> bool {
    let scheme = value.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::register;
    use crate::process::env::Env;
    use crate::text::redact::Redactor;

    fn is_known(name: &str, value: &str) -> bool {
        let redactor = Redactor::default();
        register(&Env::from([(name, value)]), &redactor);
        redactor.contains_secret(value)
    }

    #[test]
    fn a_variable_whose_name_ends_in_a_word_of_secrets_holds_one() {
        let names = [
            "HW_USER_PASSWORD",
            "GITHUB_TOKEN",
            "CI_JOB_TOKEN",
            "PGPASSWORD",
            "DB_PASSWD",
            "MYSQL_PWD",
            "SSHPASS",
            "DB_PASS",
            "GPG_PASSPHRASE",
            "APP_SECRET",
            "SECRETS",
            "NPM_TOKENS",
            "TOKEN_2",
            "API_KEY",
            "APIKEY",
            "AWS_SECRET_ACCESS_KEY",
            "MY_SK",
            "SK",
            "REGISTRY_CREDENTIALS",
            "GH_PAT",
            "CI_JOB_JWT",
            "accessKeySecret",
            "INPUT_TOKEN",
            "my-token",
            "ORG_GRADLE_PROJECT_signing.password",
            "JENKINS_COOKIE",
            "REDISCLI_AUTH",
        ];
        for name in names {
            assert!(is_known(name, "x1Fh+82jz/0qPz"), "{name}");
        }
        for name in [
            "PWD",
            "OLDPWD",
            "CLIENT_TOKEN",
            "INPUT_CLIENT_TOKEN",
            "INPUT_CLIENT-TOKEN",
            "INPUT_CLIENT__TOKEN",
            "HW_ACCESS_KEY_ID",
            "BYPASS",
            "COMPASS",
            "TASK",
            "MONKEY",
            "KEYS_FILE",
            "TOKENIZER",
            "GIT_ASKPASS",
        ] {
            assert!(!is_known(name, "x1Fh+82jz/0qPz"), "{name}");
        }
    }

    #[test]
    fn an_id_a_region_a_path_a_url_and_a_word_are_none() {
        let of_any_name = [
            "short",
            "production",
            "postgres",
            "Production",
            "DISABLED",
            "12345678",
            "1720876959997924600",
            "/home/me/.ssh/id_rsa",
            "./secret.txt",
            "~/.netrc",
            r"C:\Users\me\key.pem",
            "/builds/group/project.tmp/TOKEN",
            "https://example.com/hook",
            "postgres://localhost/base",
        ];
        for value in of_any_name {
            assert!(!is_known("SOME_TOKEN", value), "{value}");
            assert!(!is_known("SOME_KEY", value), "{value}");
        }
        let of_keys = [
            "cn-hangzhou",
            "ap-southeast-1",
            "my-org_my-project",
            "linux-x64-v12",
            "npm-Linux-20261122",
            "a/b.c, d:e",
        ];
        for value in of_keys {
            assert!(!is_known("CACHE_KEY", value), "{value}");
            assert!(is_known("PASSWORD", value) || value.len() < 8, "{value}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_one_under_any_name() {
        let values = [
            "correct-horse-battery-staple-2",
            "hunter2!",
            "abcdefghijklmnopq",
            "6f1ed002-ab55-4d1c-8a5c-0d5b6f3c9a11",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "/Zr4+kq0PzXh1Fh82jz==",
            "/Zr4kq0PzXh1/Fh82jzAAbbCC99",
            "ghp_1234567890abcdefABCDEF",
            "glpat-xYz_123abcDEF",
            "MiXedCaseOnly",
        ];
        for value in values {
            assert!(is_known("SOME_TOKEN", value), "{value}");
        }
        for value in &values[2..] {
            assert!(is_known("SOME_KEY", value), "{value}");
        }
    }

    #[test]
    fn in_a_text_each_url_is_searched_for_a_login_and_nothing_between_two() {
        let redactor = Redactor::default();
        let message = "Mend https://ci.example/job/7: the docs\n\nreleased as: nightly of today\n\nBy: me <me@mail.example>";
        let two = "from https://one:password-1@a.example/x to git+https://two:password-2@b.example";
        register(&Env::from([("CI_COMMIT_MESSAGE", message), ("SYNC", two)]), &redactor);
        assert!(!redactor.contains_secret(message));
        assert_eq!(redactor.redact(two), "from https://one:***@a.example/x to git+https://two:***@b.example");
    }

    #[test]
    fn lines_logins_and_the_end_of_a_jwt_are_secrets_of_their_own() {
        let cases = [
            (
                "SSH_KEY",
                "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\nabcdefghijk+lmno=\n-----END KEY-----\n",
                "MIIEowIBAAKCAQEA7 ; abcdefghijk+lmno=",
                "*** ; ***",
            ),
            (
                "SSH_KEY",
                "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\n-----END KEY-----",
                "-----BEGIN KEY-----",
                "-----BEGIN KEY-----",
            ),
            ("ID_TOKEN", "eyJhbGciOi.eyJzdWIiOiJh.c2lnbmF0dXJlLW9mLWl0", "c2lnbmF0dXJlLW9mLWl0", "***"),
            (
                "DATABASE_URL",
                "postgres://me:pass%2Fword-1@db/base",
                "pass/word-1 pass%2Fword-1 me",
                "*** *** me",
            ),
            ("REPOSITORY", "https://ghp_0123456789@github.com/a/b", "ghp_0123456789", "***"),
            (
                "REPOSITORY",
                "https://0a1b2c3d4e5f6071:x-oauth-basic@github.com/a/b",
                "0a1b2c3d4e5f6071",
                "***",
            ),
            (
                "CI_REPOSITORY_URL",
                "https://gitlab-ci-token:glcbt-64_xYz123@gitlab.com/a/b",
                "gitlab-ci-token:glcbt-64_xYz123@",
                "gitlab-ci-token:***@",
            ),
            ("DSN", "mysql://root:a/b/c/d/e@host", "a/b/c/d/e", "***"),
            (
                "MAIL",
                "see https://example.com/?to=me@example.com",
                "https://example.com/?to=me",
                "https://example.com/?to=me",
            ),
        ];
        for (name, value, text, cleaned) in cases {
            let redactor = Redactor::default();
            register(&Env::from([(name, value)]), &redactor);
            assert_eq!(redactor.redact(text), cleaned, "{name}");
        }
    }
}
