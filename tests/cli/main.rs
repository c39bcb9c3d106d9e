//! Process-level tests: the real binary, in a scrubbed environment, read back by the rules of the CI systems.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and the panic names the line")]

mod ci_rules;
mod support;
