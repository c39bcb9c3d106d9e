//! Anything else: a shell, or a CI that has no place of its own here yet.

use super::{Ci, Destination, named_destination};
use crate::error::InvalidInput;
use crate::process::env::Env;

/// No CI.
pub(super) struct Plain;

impl Ci for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn detect(&self, _env: &Env) -> bool {
        true
    }

    fn destinations(&self, _env: &Env, output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput> {
        named_destination(output_file)
    }
}
