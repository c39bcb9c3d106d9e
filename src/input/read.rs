//! Reads the inputs of one operation from the environment.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::{ALIASES, Input, Presence, Support, spelling, suggest, variable};
use crate::error::InvalidInput;
use crate::process::env::Env;
use crate::process::random;
use crate::text::redact::Redactor;

/// Values that passed their checks, in the form in which they are deserialised.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<&'static str, String>);

impl Values {
    /// The struct that has these values for fields.
    ///
    /// # Panics
    ///
    /// When a table and its struct contradict each other; a test builds every operation from its table.
    #[must_use]
    pub fn into_struct<T: DeserializeOwned>(&self) -> T {
        let pairs = self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        match envy::from_iter(pairs) {
            Ok(inputs) => inputs,
            Err(error) => panic!("an input table and its struct differ: {error}"),
        }
    }

    /// Replaces a value that stands for another.
    pub fn replace(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }

    /// Every value, by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// One value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The inputs that a run knows.
pub struct Known<'a> {
    /// The common ones and those of the operation.
    pub ours: &'a [&'static Input],
    /// The names of those that any operation has.
    pub of_any: &'a [&'static str],
    /// Whether it is known which operation it is.
    pub operation: bool,
}

/// Reads and checks the inputs.
#[must_use]
pub fn read(env: &Env, known: &Known, redactor: &Redactor) -> (Values, Vec<InvalidInput>) {
    let mut given = given(env);
    let mut values = Values::default();
    let mut faults = Vec::new();
    for input in known.ours {
        let given = given.remove(&input.name.to_uppercase()).unwrap_or_default();
        if given.iter().filter_map(|(_, value)| value.as_deref()).any(|value| redactor.contains_secret(value))
        {
            let problem = "holds a credential, and CI systems print inputs: take it out";
            faults.push(InvalidInput::new(input.name, problem));
            continue;
        }
        match value_of(input, env, &given) {
            Ok(None) => {}
            Ok(Some(value)) => {
                values.0.insert(input.name, value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(unknown_names(&given, known));
    (values, faults)
}

/// The variables of one input, in all spellings, with their values. Not UTF-8 stays `None`.
type Given<'a> = Vec<(&'a str, Option<String>)>;

/// Every variable under `INPUT_`, by the input that it stands for.
fn given(env: &Env) -> BTreeMap<String, Given<'_>> {
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    for (variable, value) in env.with_prefix("INPUT_") {
        let name = spelling::input_of(&variable["INPUT_".len()..]);
        match value.map(str::trim) {
            Ok("") => {}
            value => {
                given.entry(name).or_default().push((variable, value.ok().map(str::to_owned)));
            }
        }
    }
    given
}

fn value_of(input: &Input, env: &Env, given: &Given) -> Result<Option<String>, InvalidInput> {
    let Some((_, first)) = given.first() else {
        return absent(input, env);
    };
    if given.iter().any(|(_, value)| value != first) {
        return Err(InvalidInput::new(input.name, differently(given)));
    }
    match first {
        Some(value) => checked(input, input.name, value).map(Some),
        None => Err(InvalidInput::new(input.name, "is not valid UTF-8: give it as UTF-8")),
    }
}

fn differently(given: &Given) -> String {
    let variables: Vec<String> = given.iter().map(|(variable, _)| format!("`{variable}`")).collect();
    let (last, others) =
        variables.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    format!("is given more than once, and differently: leave only one of {} and {last}", others.join(", "))
}

fn absent(input: &Input, env: &Env) -> Result<Option<String>, InvalidInput> {
    match input.need {
        Presence::Optional => Ok(None),
        Presence::Generated => Ok(Some(random::token())),
        Presence::Default(value) => checked(input, input.name, value).map(Some),
        Presence::Required => Err(InvalidInput::new(
            input.name,
            format!("is missing: set `{}`, {}", variable(input.name), input.about),
        )),
        Presence::RequiredOr(variables) => match env.first_text(variables)? {
            Some((variable, value)) => checked(input, variable, value).map(Some),
            None => Err(InvalidInput::new(
                input.name,
                format!(
                    "is missing: set `{}` or `{}`, {}",
                    variable(input.name),
                    variables.join("` or `"),
                    input.about
                ),
            )),
        },
    }
}

fn checked(input: &Input, name: &str, value: &str) -> Result<String, InvalidInput> {
    let checked = input.kind.check(value).map_err(|problem| InvalidInput::new(name, problem))?;
    let is_default = match input.need {
        Presence::Default(default) => input.kind.check(default).as_ref() == Ok(&checked),
        _ => false,
    };
    let not_yet = match input.stage {
        Support::Full => false,
        Support::Except(word) => word == value,
        Support::Planned => !is_default,
    };
    if not_yet {
        let problem = match input.stage {
            Support::Except(word) => {
                format!("cannot be `{word}` yet: this version does not know it")
            }
            _ => "does not work yet in this version: leave it out".to_owned(),
        };
        return Err(InvalidInput::new(name, problem));
    }
    for double in input.kind.duplicates(value) {
        tracing::warn!("`{name}` names `{double}` more than once: it is sent once");
    }
    Ok(checked)
}

/// Names that are given and are no input of this operation.
fn unknown_names(given: &BTreeMap<String, Given<'_>>, known: &Known) -> Vec<InvalidInput> {
    let mut faults = Vec::new();
    for name in given.keys() {
        let lower = name.to_lowercase();
        let is_ours = known.ours.iter().any(|input| input.name == lower);
        if !is_ours && known.of_any.contains(&&*lower) {
            if known.operation {
                tracing::warn!("`INPUT_{name}` is an input of another operation and is ignored");
            }
            continue;
        }
        let ours = known.ours.iter().map(|input| input.name);
        let of_any = known.of_any.iter().copied().filter(|_| !known.operation);
        let aliases = ALIASES.iter().map(|(alias, _)| *alias);
        let problem = match suggest::closest(&lower, ours.chain(of_any).chain(aliases)) {
            Some(meant) => format!("is no input; `{}` is one", variable(meant)),
            None if suggest::is_credential(&lower) => {
                "looks like a credential, and CI systems print inputs: give credentials under the names that the \
                 vendor's tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`"
                    .to_owned()
            }
            None => continue,
        };
        faults.push(InvalidInput::new(format!("INPUT_{name}"), problem));
    }
    faults
}
