//! The one table of operations.

use crate::alibaba;
use crate::huawei;
use crate::operation::spec::OperationSpec;

/// Every operation, in the order in which `--help` lists them.
pub static OPERATIONS: &[&OperationSpec] = &[
    &alibaba::release_artifact::SPEC,
    &alibaba::publish_routine_code_revision::SPEC,
    &huawei::release_package::SPEC,
    &huawei::deploy_packages::SPEC,
    &huawei::publish_extension_draft::SPEC,
];

/// The operation of a name: ours, ours with hyphens, or the vendor's.
#[must_use]
pub fn find(name: &str) -> Option<&'static OperationSpec> {
    OPERATIONS.iter().find(|entry| entry.api_name == name || entry.name == name.replace('-', "_")).copied()
}
