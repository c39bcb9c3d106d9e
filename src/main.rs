//! release-step.
fn main() {}
