//! What the tests of the binary stand on: a run of it, a server that misbehaves, and texts that are the same each time.

pub(crate) mod hostile;
pub(crate) mod placeholders;
pub(crate) mod step;
pub(crate) mod tls;
