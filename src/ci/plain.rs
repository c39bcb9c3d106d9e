//! Anything else: a shell, or a CI that has no place of its own here yet.

use super::{Ci, Place, named_place};
use crate::input::Fault;
use crate::process::env::Env;

/// No CI.
pub(super) struct Plain;

impl Ci for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn is_here(&self, _env: &Env) -> bool {
        true
    }

    fn places(&self, _env: &Env, output_file: Option<&str>) -> Result<Vec<Place>, Fault> {
        named_place(output_file)
    }
}
