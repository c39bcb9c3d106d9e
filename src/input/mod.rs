//! Inputs: what may be given, and reading it so that everything wrong is reported at once.

mod check;
pub mod common;
mod list;
mod read;
mod row;
pub mod settings;
mod spelling;
mod unknown;
mod value_type;
mod values;
pub mod wording;

pub use read::{Known, given, read};
pub use row::{Effect, Input, Presence, Support};
pub use spelling::{ALIASES, variable};
pub use value_type::ValueType;
pub use values::Values;
