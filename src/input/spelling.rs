//! Under which variables an input is found.

/// Other names that people try for an input, and the input's own. A CI that drops what is not declared (GitHub does, with a
/// note) would make a real release of them, so `action.yml` and GitLab's component declare these, too.
pub static ALIASES: &[(&str, &str)] = &[("dry-run", "dry_run"), ("dryrun", "dry_run")];

/// The variable of an input. A hyphen becomes `__`: some shells, such as `dash`, drop a variable with a hyphen in its name.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase().replace('-', "__"))
}

/// The input, in capitals, that a variable stands for, by what comes after `INPUT_`: `DRY-RUN`, `DRY__RUN` and `DRYRUN` are
/// `DRY_RUN`. GitHub exports `package-ids` as `INPUT_PACKAGE-IDS`.
pub(super) fn input_of(variable: &str) -> String {
    let name = variable.replace('-', "_").replace("__", "_");
    let alias = ALIASES.iter().find(|(alias, _)| alias.to_uppercase() == name);
    alias.map_or(name, |(_, input)| input.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, input_of, variable};

    #[test]
    fn each_spelling_is_the_same_input() {
        for variable in ["PACKAGE_IDS", "PACKAGE-IDS", "PACKAGE__IDS"] {
            assert_eq!(input_of(variable), "PACKAGE_IDS");
        }
        for variable in ["DRY_RUN", "DRY-RUN", "DRY__RUN", "DRYRUN"] {
            assert_eq!(input_of(variable), "DRY_RUN");
        }
        assert_eq!(input_of("DRY_RUNN"), "DRY_RUNN");
    }

    #[test]
    fn the_variable_of_each_alias_is_its_own_and_leads_to_the_input() {
        for (alias, input) in ALIASES {
            assert_ne!(variable(alias), variable(input));
            assert!(!variable(alias).contains('-'));
            assert_eq!(input_of(&variable(alias)["INPUT_".len()..]), input.to_uppercase());
        }
    }
}
