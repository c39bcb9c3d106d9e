//! Every message that a release can end with, and the warnings about it.

mod after;
mod before;
mod end;
mod signals;

pub(super) use after::*;
pub(super) use before::*;
pub(super) use end::*;
pub(super) use signals::*;

/// What to do when it is not known whether the release was made.
const LOOK: &str = "do not release again before you have looked: `resume: true` waits for the release without sending the \
                    call; or look in the vendor's console; `if_released: adopt` releases only what is not there";

fn no_permission(call: &str) -> String {
    format!("the credentials lack the permission for {call}")
}

/// A code's own hint, where there is one, before a general one.
fn with_own(own: Option<String>, general: &str) -> String {
    own.map_or(general.to_owned(), |own| format!("{own}; {general}"))
}

fn quoted(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
