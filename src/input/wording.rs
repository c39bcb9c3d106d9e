//! How the users of a CI write an input, and where they mend it. Each CI has its own; this floor knows only variables.

use super::spelling::variable;

/// The words that messages use for inputs.
pub struct Wording {
    /// What stands before an input's name; none where inputs are variables.
    pub key: Option<&'static str>,
    /// Whether inputs that are not given are handed on as empty ones.
    pub hands_on_all: bool,
    /// Whether variables under `INPUT_` may be those of somebody else.
    pub is_shared: bool,
    /// Why a value is empty, for the hint.
    pub when_empty: &'static str,
    /// Where inputs are mended, and where those of an operation are listed, for the hint.
    pub place: fn(Option<&str>) -> String,
}

/// For those who set variables.
pub static VARIABLES: Wording = Wording {
    key: None,
    hands_on_all: false,
    is_shared: false,
    when_empty: "see whether the variable or parameter that it is made from has a value in this job",
    place: listed_by_help,
};

/// The hint for those who set variables.
#[must_use]
pub fn listed_by_help(operation: Option<&str>) -> String {
    let operation = operation.map(|operation| format!(" {operation}")).unwrap_or_default();
    format!("mend the variables of this step; `release-step --help{operation}` lists them")
}

impl Wording {
    /// An input as its user wrote it.
    #[must_use]
    pub fn input(&self, name: &str) -> String {
        self.key.map_or_else(|| variable(name), |key| format!("{key}{name}"))
    }

    /// An input as its user wrote it, by the variable under which it was found.
    #[must_use]
    pub fn spelling(&self, variable: &str) -> String {
        let name = variable.trim_start_matches("INPUT_").to_lowercase().replace("__", "-");
        self.key.map_or_else(|| variable.to_owned(), |key| format!("{key}{name}"))
    }

    /// What is said of an input that must be given and has no value.
    pub(super) fn absence(&self, is_there: bool) -> &'static str {
        match (is_there, self.hands_on_all) {
            (false, _) => "is missing",
            (true, true) => "is missing, or given but empty",
            (true, false) => "is given, but empty",
        }
    }
}
