//! Everything that the environment decides, checked as a whole before anything is sent.

use crate::catalog::{self, OPERATIONS};
use crate::ci::Ci;
use crate::ci::job_token;
use crate::ci::report::Report;
use crate::cloud::region;
use crate::error::Error;
use crate::error::{InvalidInput, invalid_inputs};
use crate::http::endpoint::Endpoint;
use crate::http::network::Network;
use crate::input::common;
use crate::input::settings::Settings;
use crate::input::{self, Input, Known, Values};
use crate::operation::Operation;
use crate::operation::release_hash::release_hash;
use crate::operation::spec::OperationSpec;
use crate::process::env::Env;
use crate::text::redact::Redactor;

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
}

impl Config {
    /// Reads the environment. Everything that is wrong with it comes in one error.
    pub fn read(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Self, Error> {
        let (spec, mut faults) = match operation(env) {
            Ok(spec) => (spec, Vec::new()),
            Err(fault) => (None, Vec::from_iter(fault)),
        };
        let (mut values, more) = read_inputs(env, spec, redactor);
        faults.extend(more);
        faults.extend(report.set_up(env, spec.map(|spec| spec.name), &values).err());
        faults.extend(spec.and_then(|spec| resolve_job_token(env, spec, report.ci(), &mut values).err()));
        faults.extend(contradiction(&values));
        // A faulty endpoint is one fault; that no region is given instead is none.
        let endpoint_is_fine = !faults.iter().any(|fault| fault.name == "endpoint");
        let route = spec.filter(|_| endpoint_is_fine).map(|spec| route(env, spec, &values));
        match (spec, route, faults.is_empty()) {
            (Some(spec), Some(Ok((endpoint, network))), true) => {
                Ok(Self::new(spec, &values, endpoint, network))
            }
            (_, route, _) => {
                faults.extend(route.and_then(Result::err).into_iter().flatten());
                Err(invalid_inputs(&faults))
            }
        }
    }

    /// What is about to happen, for people.
    #[must_use]
    pub fn title(&self) -> String {
        let (call, service) = (self.spec.api_name, self.spec.service.name);
        format!("{call} of {service} at {}", self.endpoint.authority())
    }

    fn new(spec: &'static OperationSpec, values: &Values, endpoint: Endpoint, network: Network) -> Self {
        let release_hash = release_hash(spec, &endpoint, values);
        let settings = values.into_struct();
        Self { spec, operation: (spec.build)(values), endpoint, network, settings, release_hash }
    }
}

/// The operation that the environment names; that there is none is seen where inputs are read.
fn operation(env: &Env) -> Result<Option<&'static OperationSpec>, Option<InvalidInput>> {
    let Some(name) = env.get("INPUT_OPERATION").map(str::trim).filter(|name| !name.is_empty()) else {
        return Err(None);
    };
    catalog::find(name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = OPERATIONS.iter().map(|spec| spec.name).collect();
        let problem = format!("is `{name}`: give one of `{}`", names.join("`, `"));
        Some(InvalidInput::new("operation", problem))
    })
}

fn read_inputs(
    env: &Env,
    spec: Option<&'static OperationSpec>,
    redactor: &Redactor,
) -> (Values, Vec<InvalidInput>) {
    let own: &[Input] = spec.map_or(&[], |spec| spec.inputs);
    let is_own = |input: &&Input| own.iter().any(|own| own.name == input.name);
    // A row of the operation's own goes before the common one, where its default differs.
    let inputs: Vec<&Input> = common::INPUTS.iter().filter(|input| !is_own(input)).chain(own).collect();
    let of_any: Vec<&'static str> =
        OPERATIONS.iter().flat_map(|spec| spec.inputs).map(|input| input.name).collect();
    input::read(env, &Known { ours: &inputs, of_any: &of_any, operation: spec.is_some() }, redactor)
}

/// An input that would be of no effect.
fn contradiction(values: &Values) -> Option<InvalidInput> {
    let resumes = values.get("resume") == Some("true");
    let alone = values.get("release_package_id").is_some() && !resumes;
    alone.then(|| {
        let problem =
            "names a package to wait for: set `resume` to `true`, or leave it out to make a new package";
        InvalidInput::new("release_package_id", problem)
    })
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

/// Where the calls go, and how they get there.
fn route(env: &Env, spec: &OperationSpec, values: &Values) -> Result<(Endpoint, Network), Vec<InvalidInput>> {
    let endpoint = match values.get("endpoint") {
        Some(endpoint) => Endpoint::parse(endpoint).map_err(|problem| InvalidInput::new("endpoint", problem)),
        None => region::endpoint(spec.service, values.get("region"), env),
    };
    let endpoint = endpoint.map_err(|fault| vec![fault])?;
    let network = Network::of(env, values.get("ca_file"), &endpoint)?;
    Ok((endpoint, network))
}
