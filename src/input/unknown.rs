//! Names under `INPUT_` that are no input of this operation: a slip of the pen, a credential in the wrong place, another
//! operation's, or nobody's business.

use super::{ALIASES, Known, spelling, variable};
use crate::error::InvalidInput;
use crate::process::env::Env;
use crate::text::similar;

/// What is wrong with names that are given and are no input of this operation.
pub(super) fn names<'a>(given: impl Iterator<Item = &'a str>, known: &Known) -> Vec<InvalidInput> {
    given.filter_map(|name| problem(name, known).map(|problem| fault(name, problem))).collect()
}

fn fault(name: &str, problem: String) -> InvalidInput {
    InvalidInput::new(format!("INPUT_{name}"), problem)
}

fn problem(name: &str, known: &Known) -> Option<String> {
    let lower = name.to_lowercase();
    let is_ours = known.ours.iter().any(|input| input.name == lower);
    let other = known.of_any.iter().find(|(input, _)| *input == lower && !is_ours);
    if let Some((input, operation)) = other {
        if known.operation {
            let input = known.wording.input(input);
            tracing::warn!("`{input}` is an input of `{operation}`, not of this operation, and is ignored");
        }
        return None;
    }
    if known.wording.is_shared {
        tracing::debug!("`INPUT_{name}` is not declared by this action and is ignored");
        return None;
    }
    let ours = known.ours.iter().map(|input| input.name);
    let of_any = known.of_any.iter().map(|(name, _)| *name).filter(|_| !known.operation);
    let aliases = ALIASES.iter().map(|(alias, _)| *alias);
    match similar::closest(&lower, ours.chain(of_any).chain(aliases)) {
        Some(meant) => {
            let alias = ALIASES.iter().find(|(alias, _)| *alias == meant);
            let meant = alias.map_or(meant, |(_, input)| input);
            Some(format!("is no input (did you mean `{}`?)", variable(meant)))
        }
        None if is_credential(&lower) => Some(
            "looks like a credential, and CI systems print inputs: give credentials under the names that the vendor's \
             tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`"
                .to_owned(),
        ),
        None => None,
    }
}

/// `input_wait` is another variable than `INPUT_WAIT`, except on Windows.
pub(super) fn warn_of_small_letters(env: &Env, known: &Known) {
    for name in env.names().filter(|name| !name.starts_with("INPUT_")) {
        let upper = name.to_uppercase();
        let Some(input) = upper.strip_prefix("INPUT_").map(|rest| spelling::input_of(rest).to_lowercase())
        else {
            continue;
        };
        let mut all =
            known.ours.iter().map(|input| input.name).chain(known.of_any.iter().map(|(name, _)| *name));
        if all.any(|known| known == input) {
            tracing::warn!("`{name}` is not read: the variable is `{}`, in capitals", variable(&input));
        }
    }
}

/// Whether a name looks like one of a credential. Every CI system prints inputs.
fn is_credential(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "token",
        "secret",
        "secrets",
        "password",
        "passwd",
        "credential",
        "credentials",
        "ak",
        "sk",
        "accesskey",
    ];
    const PAIRS: [&str; 4] = ["access_key", "secret_key", "api_key", "private_key"];
    // The inputs of a surrounding action, which some engines hand down, are not meant for us.
    const OTHERS: [&str; 5] = ["github", "gitlab", "gitea", "forgejo", "npm"];
    let mut words = name.split('_');
    if words.clone().any(|word| OTHERS.contains(&word)) {
        return false;
    }
    words.any(|word| WORDS.contains(&word)) || PAIRS.iter().any(|pair| name.contains(pair))
}

#[cfg(test)]
mod tests {
    use super::is_credential;

    #[test]
    fn credentials() {
        for name in ["access_key_id", "huaweicloud_sdk_ak", "secret", "security_token", "sk"] {
            assert!(is_credential(name), "{name}");
        }
        for name in ["task", "github_token", "package_name", "skip"] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
