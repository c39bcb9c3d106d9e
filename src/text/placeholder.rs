//! Values that were never filled in: what a CI, a shell or a script leaves where it had nothing to put.

/// Why a value is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfilled {
    /// `${{ … }}`, `$[[ … ]]`, `{{ … }}`.
    Expression,
    /// `$NAME`, `${NAME}`, `$(NAME)`, `%NAME%`.
    Variable,
    /// `null`, `undefined`, `[object Object]`.
    NoValue,
    /// `[MASKED]`, `***`.
    Masked,
    /// `"…"`, `'…'`.
    Quoted,
}

impl Unfilled {
    /// What stands there instead of a value, to be read after it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Expression => "an expression that was not evaluated",
            Self::Variable => "the name of a variable, not its value: nothing filled it in",
            Self::NoValue => "what a script writes for a value that it does not have",
            Self::Masked => "what a CI shows in the place of a secret",
            Self::Quoted => "and the quotes would be a part of it: leave them out",
        }
    }
}

const QUOTES: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’')];

/// Whether a value, a key's included, was never filled in.
#[must_use]
pub fn unfilled(value: &str) -> Option<Unfilled> {
    let value = value.trim();
    let within = |start, end| value.strip_prefix(start).and_then(|rest: &str| rest.strip_suffix(end));
    let holds = |start, end| value.split_once(start).is_some_and(|(_, rest): (_, &str)| rest.contains(end));
    let is_one = |inner: &str| !inner.is_empty() && !inner.contains(['{', '}', '(', ')', '%', ' ']);
    if holds("${{", "}}") || holds("$[[", "]]") || within("{{", "}}").is_some() {
        return Some(Unfilled::Expression);
    }
    let is_variable = within("${", "}").is_some_and(is_one)
        || within("$(", ")").is_some_and(is_one)
        || within("%", "%").is_some_and(is_name)
        || value.strip_prefix("$env:").or(value.strip_prefix('$')).is_some_and(is_name);
    if is_variable {
        return Some(Unfilled::Variable);
    }
    let is_masked = value == "[MASKED]" || (value.len() >= 3 && value.chars().all(|c| c == '*'));
    let is_quoted = |&(start, end): &(char, char)| {
        value.chars().count() >= 2 && value.starts_with(start) && value.ends_with(end)
    };
    match value {
        "null" | "undefined" | "[object Object]" => Some(Unfilled::NoValue),
        _ if is_masked => Some(Unfilled::Masked),
        _ if QUOTES.iter().any(is_quoted) => Some(Unfilled::Quoted),
        _ => None,
    }
}

/// What looks like a variable in the middle of a value, which may be meant so: `v$TAG`, `nightly-${DATE}`, `%DATE%-1`.
#[must_use]
pub fn variable_inside(value: &str) -> Option<&str> {
    let after_dollar = value.match_indices('$').find_map(|(start, _)| {
        let rest = &value[start + 1..];
        let length = match rest.strip_prefix('{') {
            Some(inner) => inner.find('}').filter(|end| is_name(&inner[..*end]))? + 2,
            None => Some(name_length(rest)).filter(|length| *length > 0)?,
        };
        Some(&value[start..=start + length])
    });
    let between_percents = || {
        let (start, _) = value
            .match_indices('%')
            .find(|(start, _)| value[start + 1..].split_once('%').is_some_and(|(name, _)| is_name(name)))?;
        let end = start + 1 + value[start + 1..].find('%')?;
        Some(&value[start..=end])
    };
    after_dollar.or_else(between_percents)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::Unfilled::{Expression, Masked, NoValue, Quoted, Variable};
    use super::{unfilled, variable_inside};

    #[test]
    fn what_was_never_filled_in() {
        let cases = [
            ("${{ vars.ARTIFACT_ID }}", Expression),
            ("artifact-${{ inputs.id }}-x", Expression),
            ("$[[ inputs.artifact_id ]]", Expression),
            ("{{ artifact_id }}", Expression),
            ("$CI_COMMIT_TAG", Variable),
            (" $tag\n", Variable),
            ("${CI_COMMIT_TAG}", Variable),
            ("${env.TAG}", Variable),
            ("${TAG:-none}", Variable),
            ("$(TAG)", Variable),
            ("$env:TAG", Variable),
            ("%TAG%", Variable),
            ("null", NoValue),
            ("undefined", NoValue),
            ("[object Object]", NoValue),
            ("[MASKED]", Masked),
            ("***", Masked),
            ("\"a b\"", Quoted),
            ("'a'", Quoted),
            ("\"\"", Quoted),
            ("“a”", Quoted),
        ];
        for (value, why) in cases {
            assert_eq!(unfilled(value), Some(why), "{value}");
        }
    }

    #[test]
    fn what_a_person_may_have_meant() {
        let values = [
            "",
            "a",
            "nullable",
            "Null",
            "undefined behaviour",
            "US$",
            "$",
            "$1",
            "$5 off",
            "50%",
            "%",
            "%%",
            "100% $x y",
            "[a]",
            "*",
            "**",
            "O'Brien",
            "say \"hi\"",
            "\"a",
            "a'",
            "{\"a\": {}}",
            "$a-$b",
            "${a}-${b}",
            "%a%-%b%",
            "{}",
        ];
        for value in values {
            assert_eq!(unfilled(value), None, "{value}");
        }
    }

    #[test]
    fn a_variable_in_the_middle() {
        let cases = [
            ("v$TAG", Some("$TAG")),
            ("nightly-${DATE}-x", Some("${DATE}")),
            ("$a-$b", Some("$a")),
            ("a %DATE% b", Some("%DATE%")),
            ("50% of 20%", None),
            ("$5, ${ }, ${", None),
            ("US$", None),
        ];
        for (value, inside) in cases {
            assert_eq!(variable_inside(value), inside, "{value}");
        }
    }
}
