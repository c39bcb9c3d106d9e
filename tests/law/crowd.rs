//! Many steps at once, under the vendors' limits.
