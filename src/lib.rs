//! release-step.
