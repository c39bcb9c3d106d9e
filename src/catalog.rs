//! The one table of operations.

use serde::de::DeserializeOwned;

use crate::alibaba;
use crate::cloud::{Cloud, Service};
use crate::huawei;
use crate::input::{Input, Values};
use crate::operation::Operation;

/// Every operation, in the order in which `--help` lists them.
pub static OPERATIONS: &[&Entry] = &[
    &alibaba::release_artifact::ENTRY,
    &alibaba::publish_routine_code_revision::ENTRY,
    &huawei::release_package::ENTRY,
    &huawei::deploy_packages::ENTRY,
    &huawei::publish_extension_draft::ENTRY,
];

/// One operation.
pub struct Entry {
    /// Our name of it.
    pub name: &'static str,
    /// The vendor's name of the call.
    pub vendors_name: &'static str,
    /// What it does, to be read behind "to".
    pub about: &'static str,
    /// Whose it is.
    pub cloud: &'static dyn Cloud,
    /// Which service of theirs.
    pub service: &'static Service,
    /// Its own inputs, beside the common ones.
    pub inputs: &'static [Input],
    /// Its own outputs, beside the common ones.
    pub outputs: &'static [Output],
    /// Makes it from its checked inputs.
    pub build: fn(&Values) -> Box<dyn Operation>,
}

/// An output's name and meaning.
pub struct Output(pub &'static str, pub &'static str);

/// Makes an operation from the values of its inputs.
#[must_use]
pub fn build<T: Operation + DeserializeOwned + 'static>(values: &Values) -> Box<dyn Operation> {
    Box::new(values.into_struct::<T>())
}

/// The operation of a name: ours, ours with hyphens, or the vendor's.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    OPERATIONS
        .iter()
        .find(|entry| entry.vendors_name == name || entry.name == name.replace('-', "_"))
        .copied()
}
