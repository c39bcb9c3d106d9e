//! Everything that the environment decides, checked as a whole before anything is sent.

use crate::catalog::{self, Entry, OPERATIONS};
use crate::ci::Ci;
use crate::ci::job_token;
use crate::ci::report::Report;
use crate::error::Error;
use crate::http::endpoint::Endpoint;
use crate::http::network::Network;
use crate::input::common::{self, Rules};
use crate::input::{self, Fault, Input, Known, Values};
use crate::operation::Operation;
use crate::process::env::Env;
use crate::text::redact::Redactor;

/// What is to be done, and how.
pub struct Plan {
    /// The operation's line in the catalog.
    pub entry: &'static Entry,
    /// The operation with its parameters.
    pub operation: Box<dyn Operation>,
    /// Where its calls go.
    pub endpoint: Endpoint,
    /// How they get there.
    pub network: Network,
    /// How the release goes about.
    pub rules: Rules,
}

impl Plan {
    /// Reads the environment. Everything that is wrong with it comes in one error.
    pub fn read(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Self, Error> {
        let (entry, mut faults) = match operation(env) {
            Ok(entry) => (entry, Vec::new()),
            Err(fault) => (None, Vec::from_iter(fault)),
        };
        let (mut values, more) = read_inputs(env, entry, redactor);
        faults.extend(more);
        faults.extend(report.set_up(env, entry.map(|entry| entry.name), &values).err());
        faults.extend(entry.and_then(|entry| name_token(env, entry, report.ci(), &mut values).err()));
        faults.extend(contradiction(&values));
        // A faulty endpoint is one fault; that no region is given instead is none.
        let endpoint_is_fine = !faults.iter().any(|fault| fault.name == "endpoint");
        let way = entry.filter(|_| endpoint_is_fine).map(|entry| way(env, entry, &values));
        match (entry, way, faults.is_empty()) {
            (Some(entry), Some(Ok((endpoint, network))), true) => {
                Ok(Self::new(entry, &values, endpoint, network))
            }
            (_, way, _) => {
                faults.extend(way.and_then(Result::err).into_iter().flatten());
                Err(input::error(&faults))
            }
        }
    }

    /// What is about to happen, for people.
    #[must_use]
    pub fn title(&self) -> String {
        let (call, service) = (self.entry.vendors_name, self.entry.service.name);
        format!("{call} of {service} at {}", self.endpoint.authority())
    }

    fn new(entry: &'static Entry, values: &Values, endpoint: Endpoint, network: Network) -> Self {
        Self { entry, operation: (entry.build)(values), endpoint, network, rules: values.into_struct() }
    }
}

/// The operation that the environment names; that there is none is seen where inputs are read.
fn operation(env: &Env) -> Result<Option<&'static Entry>, Option<Fault>> {
    let Some(name) = env.get("INPUT_OPERATION").map(str::trim).filter(|name| !name.is_empty()) else {
        return Err(None);
    };
    catalog::find(name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = OPERATIONS.iter().map(|entry| entry.name).collect();
        let problem = format!("is `{name}`: give one of `{}`", names.join("`, `"));
        Some(Fault::new("operation", problem))
    })
}

fn read_inputs(env: &Env, entry: Option<&'static Entry>, redactor: &Redactor) -> (Values, Vec<Fault>) {
    let own: &[Input] = entry.map_or(&[], |entry| entry.inputs);
    let is_own = |input: &&Input| own.iter().any(|own| own.name == input.name);
    // A row of the operation's own goes before the common one, where its default differs.
    let inputs: Vec<&Input> = common::INPUTS.iter().filter(|input| !is_own(input)).chain(own).collect();
    let of_any: Vec<&'static str> =
        OPERATIONS.iter().flat_map(|entry| entry.inputs).map(|input| input.name).collect();
    input::read(env, &Known { ours: &inputs, of_any: &of_any, operation: entry.is_some() }, redactor)
}

/// An input that would be of no effect.
fn contradiction(values: &Values) -> Option<Fault> {
    let resumes = values.get("resume") == Some("true");
    let alone = values.get("release_package_id").is_some() && !resumes;
    alone.then(|| {
        let problem =
            "names a package to wait for: set `resume` to `true`, or leave it out to make a new package";
        Fault::new("release_package_id", problem)
    })
}

/// Puts the token of this CI job in the place of the word that asks for it.
fn name_token(env: &Env, entry: &Entry, ci: &dyn Ci, values: &mut Values) -> Result<(), Fault> {
    if values.get("client_token") != Some(job_token::WORD) {
        return Ok(());
    }
    let of_call = |name: &&str| entry.inputs.iter().any(|input| input.name == *name);
    let parameters = values.iter().filter(|(name, _)| of_call(name) || ["region", "endpoint"].contains(name));
    let asked_for = parameters.chain([("operation", entry.name)]).collect();
    let token = job_token::token(env, ci, &asked_for)?;
    values.replace("client_token", token);
    Ok(())
}

/// Where the calls go, and how they get there.
fn way(env: &Env, entry: &Entry, values: &Values) -> Result<(Endpoint, Network), Vec<Fault>> {
    let endpoint = match values.get("endpoint") {
        Some(endpoint) => Endpoint::parse(endpoint).map_err(|problem| Fault::new("endpoint", problem)),
        None => Endpoint::of_service(entry.service, values.get("region"), env),
    };
    let endpoint = endpoint.map_err(|fault| vec![fault])?;
    let network = Network::of(env, values.get("ca_file"), &endpoint)?;
    Ok((endpoint, network))
}
