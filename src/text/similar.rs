//! Slips of the pen: which of some known words was probably meant.

/// The known word that is nearly this one: one slip in a short word, two in one of 8 letters or more. Words of under four
/// letters are too much alike.
#[must_use]
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|known| {
        let allowed = if known.len() < 8 { 1 } else { 2 };
        let distance = strsim::osa_distance(word, known);
        (known.len() >= 4 && distance <= allowed).then_some((distance, known))
    });
    near.min().map(|(_, known)| known)
}

/// Whether two words differ by one letter, or by two that changed places.
#[must_use]
pub fn is_one_slip(word: &str, known: &str) -> bool {
    strsim::osa_distance(word, known) <= 1
}

/// The word of a choice that was probably meant: in other letters, abbreviated, or by a slip.
#[must_use]
pub fn choice<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let word = plain(word);
    let same = |known: &&&str| plain(known) == word;
    let begins = |known: &&&str| {
        word.len() >= 3 && known.len() >= 3 && (known.starts_with(&word) || word.starts_with(**known))
    };
    let found = words.iter().find(same).or_else(|| words.iter().find(begins));
    found.copied().or_else(|| closest(&word, words.iter().copied()))
}

/// A word without what people write differently: capitals, and the signs between words.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The name of several that was probably meant, whatever stands between its words.
#[must_use]
pub fn name<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let near = names.into_iter().filter_map(|name| {
        let distance = strsim::osa_distance(&word, &plain(name));
        (distance <= 2 && !word.is_empty()).then_some((distance, name))
    });
    near.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{choice, closest, name};

    #[test]
    fn slips_of_the_pen() {
        let ours = ["dry_run", "package_ids", "name", "envs", "ci"];
        let meant = |name| closest(name, ours);
        assert_eq!(meant("dry_runn"), Some("dry_run"));
        assert_eq!(meant("pakcage_id"), Some("package_ids"));
        assert_eq!(meant("env"), Some("envs"));
        assert_eq!(meant("cd"), None);
        assert_eq!(meant("node_version"), None);
    }

    #[test]
    fn words_of_a_choice() {
        let meant = |word| choice(word, &["error", "warn", "info", "debug", "trace"]);
        for (word, known) in [("warning", "warn"), ("err", "error"), ("INFO", "info"), ("dbeug", "debug")] {
            assert_eq!(meant(word), Some(known), "{word}");
        }
        assert_eq!(meant("loud"), None);
        assert_eq!(meant(""), None);
        assert_eq!(choice("adpot", &["again", "adopt", "fail"]), Some("adopt"));
    }

    #[test]
    fn names_whatever_is_between_their_words() {
        let meant = |word| name(word, ["deploy_packages", "release_package", "PublishPluginDraft"]);
        assert_eq!(meant("deploy_package"), Some("deploy_packages"));
        assert_eq!(meant("DeployPackages"), Some("deploy_packages"));
        assert_eq!(meant("publish-plugin-draft"), Some("PublishPluginDraft"));
        assert_eq!(meant("deploy"), None);
    }
}
