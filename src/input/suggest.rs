//! Names under `INPUT_` that are not ours: a slip of the pen, a credential in the wrong place, or nobody's business.

/// The input that was probably meant, for a name that is nearly one of ours.
pub(super) fn closest<'a>(name: &str, ours: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    ours.filter_map(|known| {
        let allowed = if known.len() < 8 { 1 } else { 2 };
        let distance = strsim::osa_distance(name, known);
        (known.len() >= 4 && distance <= allowed).then_some((distance, known))
    })
    .min()
    .map(|(_, known)| known)
}

/// Whether a name looks like one of a credential. Every CI system prints inputs.
pub(super) fn is_credential(name: &str) -> bool {
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
    use super::{closest, is_credential};

    #[test]
    fn slips_of_the_pen() {
        let ours = ["dry_run", "package_ids", "name", "envs", "ci"];
        let meant = |name| closest(name, ours.into_iter());
        assert_eq!(meant("dry_runn"), Some("dry_run"));
        assert_eq!(meant("dryrun"), Some("dry_run"));
        assert_eq!(meant("pakcage_id"), Some("package_ids"));
        assert_eq!(meant("env"), Some("envs"));
        assert_eq!(meant("cd"), None);
        assert_eq!(meant("node_version"), None);
    }

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
