//! Everything that the environment decides, checked as a whole before anything is sent.

mod authenticate;
mod contradictions;

use std::collections::HashSet;

use crate::catalog::{self, OPERATIONS};
use crate::ci::job_token;
use crate::ci::report::Report;
use crate::ci::{self, Ci};
use crate::cloud::credentials::source::Context;
use crate::cloud::region;
use crate::error::Error;
use crate::error::{InvalidInput, Kind, invalid_inputs};
use crate::http::endpoint::Endpoint;
use crate::http::network::Network;
use crate::input::common;
use crate::input::settings::Settings;
use crate::input::wording::Wording;
use crate::input::{self, Input, Known, Presence, Values};
use crate::operation::release_hash::release_hash;
use crate::operation::spec::OperationSpec;
use crate::operation::{Idempotency, Operation};
use crate::output::Format;
use crate::process::env::Env;
use crate::text::redact::Redactor;
use crate::text::similar;

/// What is to be done, and how.
pub struct Config {
    /// The operation's line in the catalog.
    pub spec: &'static OperationSpec,
    /// The operation with its parameters.
    pub operation: Box<dyn Operation>,
    /// Where its calls go.
    pub endpoint: Endpoint,
    /// How they get there.
    pub network: Network,
    /// How the release goes about.
    pub settings: Settings,
    /// What tells this release from another.
    pub release_hash: String,
    /// The values of its inputs.
    values: Values,
}

impl Config {
    /// Reads the environment. Everything that is wrong with it comes in one error.
    pub fn read(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Self, Error> {
        let wording = ci::wording(env, input::given(env, "ci"));
        let spec = input::given(env, "operation").and_then(catalog::find);
        let rows = rows(spec);
        let may_look_up = |input: &str| {
            let region = || region_of(env, spec, input::given(env, "region"));
            spec.is_some_and(|spec| spec.cloud.may_look_up(input, env, region().as_deref()))
        };
        let (mut values, mut faults) = read_inputs(env, spec, &rows, wording, redactor, &may_look_up);
        faults.extend(values.get("operation").filter(|_| spec.is_none()).map(no_operation));
        faults.extend(report.set_up(env, spec.map(|spec| spec.name), &values).err());
        faults.extend(spec.and_then(|spec| resolve_job_token(env, spec, report.ci(), &mut values).err()));
        faults.extend(contradictions::faults(&values));
        let endpoint = spec.and_then(|spec| endpoint(env, spec, &values, &mut faults));
        let network = network(env, spec, endpoint.as_ref(), &values, &mut faults);
        match (spec, endpoint, network) {
            (Some(spec), Some(endpoint), Some(network)) if faults.is_empty() => {
                let config = Self::new(spec, &values, endpoint, network);
                let idle = contradictions::without_effect(&rows, &values).into_iter();
                for (name, why) in idle.chain(config.without_effect(&values, report.ci(), env)) {
                    tracing::warn!("`{}` {why}", wording.input(name));
                }
                Ok(config)
            }
            _ => Err(invalid(&faults, spec, wording, redactor)),
        }
    }

    /// What is about to happen, for people.
    #[must_use]
    pub fn title(&self) -> String {
        let (call, service) = (self.spec.api_name, self.spec.service.name);
        format!("{call} of {service} at {}", self.endpoint.authority())
    }

    fn new(spec: &'static OperationSpec, values: &Values, endpoint: Endpoint, network: Network) -> Self {
        let mut values = values.clone();
        for name in unresolved(spec, &values) {
            values.replace(name, UNRESOLVED.to_owned());
        }
        let release_hash = release_hash(spec, &endpoint, &values);
        let settings = values.into_struct();
        Self { spec, operation: (spec.build)(&values), endpoint, network, settings, release_hash, values }
    }

    /// More trusted roots, if a file of them is named.
    #[must_use]
    pub fn ca_file(&self) -> Option<&str> {
        self.values.get("ca_file")
    }

    /// The ids of the account that no input gives.
    #[must_use]
    pub fn unresolved(&self) -> Vec<&'static str> {
        let is_one = |input: &&Input| self.values.get(input.name) == Some(UNRESOLVED);
        self.spec.inputs.iter().filter(is_one).map(|input| input.name).collect()
    }

    /// Takes an id of the account that was found out, if it can be one.
    pub fn resolve(&mut self, name: &'static str, id: &str) -> Result<(), Error> {
        let Some(input) = self.spec.inputs.iter().find(|input| input.name == name) else { return Ok(()) };
        let id = input.kind.check(id).map_err(|problem| {
            let what =
                format!("`{name}` is not given, and what the account has for it {problem}; nothing was sent");
            Error::new(Kind::Inputs, what).with_hint(format!("set `{name}`"))
        })?;
        self.values.replace(name, id);
        self.operation = (self.spec.build)(&self.values);
        self.release_hash = release_hash(self.spec, &self.endpoint, &self.values);
        Ok(())
    }

    /// Where credentials are looked for, and what the inputs say to that.
    pub fn credentials_context<'a>(
        &self,
        env: &'a Env,
        in_ci: bool,
        redactor: &Redactor,
    ) -> Result<Context<'a>, Error> {
        let endpoint = |name: &str| {
            self.values.get(name).map(Endpoint::parse).transpose().map_err(|problem| {
                let fault = InvalidInput::new(name, problem);
                invalid_inputs(&[fault], str::to_owned, String::new(), redactor)
            })
        };
        let account = |input: &&Input| matches!(input.need, Presence::RequiredOr(_));
        Ok(Context {
            env,
            in_ci,
            audience: self.values.get("oidc_audience").map(str::to_owned),
            sts_endpoint: endpoint("sts_endpoint")?,
            iam_endpoint: endpoint("iam_endpoint")?,
            region: region_of(env, Some(self.spec), self.values.get("region")),
            account_input: self.spec.inputs.iter().find(account).map(|input| input.name),
            lifetime: self.settings.session_lifetime(),
        })
    }

    /// What was given and has no effect in this operation or this CI, with the reason.
    fn without_effect(&self, values: &Values, ci: &dyn Ci, env: &Env) -> Vec<(&'static str, String)> {
        let service = self.spec.service;
        let places = ci.destinations(env, values.get("output_file")).unwrap_or_default();
        let only_json = places.iter().all(|place| place.format == Format::Json);
        let is_repeatable = self.operation.idempotency() != Idempotency::NonIdempotent;
        let cases = [
            ("region", service.regions.is_empty(), format!("has no effect: {} has no regions", service.name)),
            ("output_prefix", only_json, "has no effect: all outputs of this run are JSON".to_owned()),
            (
                "if_lost",
                is_repeatable && !self.settings.resume,
                format!("has no effect: `{}` may be sent again without harm", self.spec.name),
            ),
        ];
        let idle = cases.into_iter().filter(|(name, is_idle, _)| *is_idle && values.is_given(name));
        idle.map(|(name, _, why)| (name, why)).collect()
    }
}

/// Stands in the place of an id of the account that is not known yet: no id has braces.
const UNRESOLVED: &str = "{unresolved}";

/// The ids of the account that no input gives.
fn unresolved(spec: &OperationSpec, values: &Values) -> Vec<&'static str> {
    let is_missing =
        |input: &&Input| matches!(input.need, Presence::RequiredOr(_)) && values.get(input.name).is_none();
    spec.inputs.iter().filter(is_missing).map(|input| input.name).collect()
}

/// The region of the release, as far as one is named.
fn region_of(env: &Env, spec: Option<&OperationSpec>, given: Option<&str>) -> Option<String> {
    let variables = spec.map(|spec| spec.service.region_variables.read).unwrap_or_default();
    let of_account = || env.first_text(variables).ok().flatten().map(|(_, region)| region);
    given.or_else(of_account).map(str::to_owned)
}

/// There is no operation of this name.
fn no_operation(name: &str) -> InvalidInput {
    let names: Vec<&str> = OPERATIONS.iter().map(|spec| spec.name).collect();
    let known = OPERATIONS.iter().flat_map(|spec| [spec.name, spec.api_name]);
    let meant = similar::name(name, known).and_then(catalog::find).map(|spec| spec.name);
    let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    let problem = format!("is `{name}`: {meant}it must be one of `{}`", names.join("`, `"));
    InvalidInput::new("operation", problem)
}

/// The common inputs and the operation's own. One of its own goes before the common one, where its default differs.
fn rows(spec: Option<&'static OperationSpec>) -> Vec<&'static Input> {
    let own: &[Input] = spec.map_or(&[], |spec| spec.inputs);
    let is_own = |input: &&Input| own.iter().any(|own| own.name == input.name);
    common::INPUTS.iter().filter(|input| !is_own(input)).chain(own).collect()
}

fn read_inputs(
    env: &Env,
    spec: Option<&'static OperationSpec>,
    rows: &[&'static Input],
    wording: &'static Wording,
    redactor: &Redactor,
    may_look_up: &dyn Fn(&str) -> bool,
) -> (Values, Vec<InvalidInput>) {
    let of_any: Vec<(&str, &str)> =
        OPERATIONS.iter().flat_map(|spec| spec.inputs.iter().map(|input| (input.name, spec.name))).collect();
    let known = Known { ours: rows, of_any: &of_any, operation: spec.is_some(), wording, may_look_up };
    input::read(env, &known, redactor)
}

/// All faults in one error, with inputs named as their user wrote them.
fn invalid(
    faults: &[InvalidInput],
    spec: Option<&OperationSpec>,
    wording: &Wording,
    redactor: &Redactor,
) -> Error {
    let all = common::INPUTS.iter().chain(OPERATIONS.iter().flat_map(|spec| spec.inputs));
    let inputs: HashSet<&str> = all.map(|input| input.name).collect();
    let is_input = |name: &str| inputs.contains(name) || name.starts_with("INPUT_");
    let written = |name: &str| if inputs.contains(name) { wording.input(name) } else { name.to_owned() };
    let hint = match faults {
        _ if faults.iter().any(|fault| is_input(&fault.name)) => (wording.place)(spec.map(|spec| spec.name)),
        [_] => "see the environment of this step: it is a variable there, and no input".to_owned(),
        _ => "see the environment of this step: they are variables there, and no inputs".to_owned(),
    };
    invalid_inputs(faults, written, hint, redactor)
}

/// Puts the token of this CI job in the place of the word that asks for it.
fn resolve_job_token(
    env: &Env,
    spec: &OperationSpec,
    ci: &dyn Ci,
    values: &mut Values,
) -> Result<(), InvalidInput> {
    if values.get("client_token") != Some(job_token::KEYWORD) {
        return Ok(());
    }
    let call_timeouts = |name: &&str| spec.inputs.iter().any(|input| input.name == *name);
    let parameters =
        values.iter().filter(|(name, _)| call_timeouts(name) || ["region", "endpoint"].contains(name));
    let asked_for = parameters.chain([("operation", spec.name)]).collect();
    let token = job_token::token(env, ci, &asked_for)?;
    values.replace("client_token", token);
    Ok(())
}

/// Where the calls go. A faulty endpoint or region is one fault; that the other is not given is none.
fn endpoint(
    env: &Env,
    spec: &OperationSpec,
    values: &Values,
    faults: &mut Vec<InvalidInput>,
) -> Option<Endpoint> {
    if faults.iter().any(|fault| ["endpoint", "region"].contains(&fault.name.as_str())) {
        return None;
    }
    let endpoint = match values.get("endpoint") {
        Some(endpoint) => Endpoint::parse(endpoint).map_err(|problem| InvalidInput::new("endpoint", problem)),
        None => region::endpoint(spec.service, values.get("region"), env),
    };
    endpoint.map_err(|fault| faults.push(fault)).ok()
}

/// How the calls get there. Where that is not known, what can be wrong on the way is found all the same.
fn network(
    env: &Env,
    spec: Option<&OperationSpec>,
    endpoint: Option<&Endpoint>,
    values: &Values,
    faults: &mut Vec<InvalidInput>,
) -> Option<Network> {
    let some_host = spec.map(|spec| (spec.service.host)(spec.service.regions.first().unwrap_or(&"")));
    let stand_in =
        || Endpoint::parse(&format!("https://{}", some_host.as_deref().unwrap_or("localhost"))).ok();
    let endpoint = endpoint.cloned().or_else(stand_in)?;
    let network = Network::of(env, values.get("ca_file"), &endpoint);
    let chosen_by = ["endpoint", "region"].into_iter().find(|input| values.get(input).is_some());
    let of_credentials = ["sts_endpoint", "iam_endpoint"].into_iter();
    let of_credentials =
        of_credentials.filter_map(|input| Some((Endpoint::parse(values.get(input)?).ok()?, input)));
    let chosen = chosen_by.map(|input| (endpoint, input)).into_iter().chain(of_credentials).collect();
    network.map(|network| Network { chosen, ..network }).map_err(|wrong| faults.extend(wrong)).ok()
}
