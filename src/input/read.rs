//! Reads the inputs of one operation from the environment.

use std::collections::BTreeMap;

use super::wording::{VARIABLES, Wording};
use super::{Input, Presence, Support, Values, spelling, unknown};
use crate::error::InvalidInput;
use crate::process::env::Env;
use crate::process::random;
use crate::text::redact::Redactor;

/// The inputs that a run knows.
pub struct Known<'a> {
    /// The common ones and those of the operation.
    pub ours: &'a [&'static Input],
    /// The names of those that any operation has, with the operation.
    pub of_any: &'a [(&'static str, &'static str)],
    /// Whether it is known which operation it is.
    pub operation: bool,
    /// How messages name them.
    pub wording: &'static Wording,
    /// Whether the account can be asked for one that is not given.
    pub may_look_up: &'a dyn Fn(&str) -> bool,
}

impl<'a> Known<'a> {
    /// These inputs, given as variables, and no others.
    #[must_use]
    pub fn of(ours: &'a [&'static Input]) -> Self {
        Self { ours, of_any: &[], operation: true, wording: &VARIABLES, may_look_up: &|_| false }
    }
}

/// The value of an input as it was given, before any check; none if it is empty, or given more than once and differently.
#[must_use]
pub fn given<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
    match all_given(env).remove(&name.to_uppercase())?.values[..] {
        [(_, value), ref others @ ..] if others.iter().all(|(_, other)| *other == value) => value,
        _ => None,
    }
}

/// Reads and checks the inputs.
#[must_use]
pub fn read(env: &Env, known: &Known, redactor: &Redactor) -> (Values, Vec<InvalidInput>) {
    let mut given = all_given(env);
    let mut values = Values::default();
    let mut faults = Vec::new();
    let reader = Reader { env, wording: known.wording, redactor, may_look_up: known.may_look_up };
    for input in known.ours {
        let given = given.remove(&input.name.to_uppercase()).unwrap_or_default();
        match reader.value_of(input, &given) {
            Ok(None) => {}
            Ok(Some(value)) if given.values.is_empty() => values.replace(input.name, value),
            Ok(Some(value)) => values.give(input.name, value),
            Err(fault) => faults.push(fault),
        }
    }
    given.retain(|_, given| !given.values.is_empty());
    faults.extend(unknown::names(given.keys().map(String::as_str), known));
    unknown::warn_of_small_letters(env, known);
    (values, faults)
}

/// What stands under the variables of one input, in all spellings.
#[derive(Default)]
struct Given<'a> {
    /// The variables that are not empty, with their values. Not UTF-8 stays `None`.
    values: Vec<(&'a str, Option<&'a str>)>,
    /// Whether there is one that is.
    is_empty_there: bool,
}

/// Every variable under `INPUT_`, by the input that it stands for.
fn all_given(env: &Env) -> BTreeMap<String, Given<'_>> {
    let mut all: BTreeMap<String, Given> = BTreeMap::new();
    for (variable, value) in env.with_prefix("INPUT_") {
        let given = all.entry(spelling::input_of(&variable["INPUT_".len()..])).or_default();
        match value.map(str::trim) {
            Ok("") => given.is_empty_there = true,
            value => given.values.push((variable, value.ok())),
        }
    }
    all
}

/// Reads one input after the other.
struct Reader<'a> {
    env: &'a Env,
    wording: &'static Wording,
    redactor: &'a Redactor,
    may_look_up: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn value_of(&self, input: &Input, given: &Given) -> Result<Option<String>, InvalidInput> {
        let Some((_, first)) = given.values.first() else {
            return self.absent(input, given.is_empty_there);
        };
        if given.values.iter().any(|(_, value)| value != first) {
            return Err(InvalidInput::new(input.name, self.differently(given)));
        }
        match first {
            Some(value) => self.checked(input, input.name, value).map(Some),
            None => Err(InvalidInput::new(input.name, "is not valid UTF-8: give it as UTF-8")),
        }
    }

    fn differently(&self, given: &Given) -> String {
        let spellings =
            given.values.iter().map(|(variable, _)| format!("`{}`", self.wording.spelling(variable)));
        let spellings: Vec<String> = spellings.collect();
        let (last, others) =
            spellings.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
        format!(
            "is given more than once, and differently: leave only one of {} and {last}",
            others.join(", ")
        )
    }

    fn absent(&self, input: &Input, is_there: bool) -> Result<Option<String>, InvalidInput> {
        match input.need {
            Presence::Optional => Ok(None),
            Presence::Generated => Ok(Some(random::token())),
            Presence::Default(value) => self.checked(input, input.name, value).map(Some),
            Presence::Required => Err(self.missing(input, is_there, "")),
            Presence::RequiredOr(variables) => self.of_account(input, variables, is_there),
        }
    }

    /// The first of the account's variables that is set. Another one that says something else is named.
    fn of_account(
        &self,
        input: &Input,
        variables: &[&str],
        is_there: bool,
    ) -> Result<Option<String>, InvalidInput> {
        let Some((variable, value)) = self.env.first_text(variables)? else {
            if (self.may_look_up)(input.name) {
                return Ok(None);
            }
            let empty = variables.iter().find(|variable| self.env.names().any(|name| name == **variable));
            let also = match empty {
                Some(variable) => format!("; `{variable}` is there, but empty"),
                None => {
                    format!("; it is read from `{}`, too, and looked up by `region`", variables.join("`, `"))
                }
            };
            return Err(self.missing(input, is_there, &also));
        };
        let checked = self.checked(input, variable, value)?;
        for other in variables.iter().filter(|other| !other.eq_ignore_ascii_case(variable)) {
            if self.env.get(other).is_some_and(|other| !other.trim().is_empty() && other.trim() != value) {
                tracing::warn!("`{other}` is not what `{variable}` is: `{variable}` is taken");
            }
        }
        Ok(Some(checked))
    }

    fn missing(&self, input: &Input, is_there: bool, also: &str) -> InvalidInput {
        let absence = self.wording.absence(is_there);
        let fault = InvalidInput::new(input.name, format!("{absence}: {}{also}", input.about));
        if is_there { fault.with_hint(self.wording.when_empty) } else { fault }
    }

    fn checked(&self, input: &Input, name: &str, value: &str) -> Result<String, InvalidInput> {
        if self.redactor.contains_secret(value) {
            let problem = "holds a credential, and CI systems print inputs: take it out";
            return Err(InvalidInput::new(name, problem));
        }
        let checked = input.kind.check(value).map_err(|problem| InvalidInput::new(name, problem))?;
        if let Some(problem) = not_yet(input, value, &checked) {
            return Err(InvalidInput::new(name, problem));
        }
        for doubt in input.kind.doubts(value) {
            let written = if name == input.name { self.wording.input(name) } else { name.to_owned() };
            tracing::warn!("`{written}` {doubt}");
        }
        Ok(checked)
    }
}

fn not_yet(input: &Input, value: &str, checked: &str) -> Option<String> {
    let is_default = || match input.need {
        Presence::Default(default) => input.kind.check(default).as_deref() == Ok(checked),
        _ => false,
    };
    match input.stage {
        Support::Except(word) if word == value => {
            Some(format!("cannot be `{word}` yet: this version does not know it"))
        }
        Support::Planned if !is_default() => {
            Some("does not work yet in this version: leave it out".to_owned())
        }
        _ => None,
    }
}
