//! The order in which credentials are looked for: the first complete source is taken.

use super::source::{Context, Found, Source, Way};
use crate::error::{Error, Kind};

/// Takes the first complete source. A second one with other values is named in a warning, half a one is an error.
pub fn find(context: &Context, sources: &[Source]) -> Result<Found, Error> {
    let open = |found: Found| match found.way {
        Way::File(open) => open(context),
        _ => Ok(found),
    };
    first_complete(context, sources).and_then(open).map_err(nothing_sent)
}

fn nothing_sent(error: Error) -> Error {
    let what = format!("{}; nothing was sent", error.what);
    Error { what, ..error }
}

fn first_complete(context: &Context, sources: &[Source]) -> Result<Found, Error> {
    let mut first: Option<Found> = None;
    for source in sources {
        match (source.look(context, first.is_none()), &first) {
            (Ok(None), _) => {}
            (Ok(Some(found)), None) => first = Some(found),
            (Ok(Some(found)), Some(first)) if found.is_same(first) => {}
            (Ok(Some(found)), Some(first)) => tracing::warn!(
                "two sources of credentials are set, {} and {}: the first is used",
                first.name,
                found.name
            ),
            (Err(fault), None) => return Err(fault),
            (Err(fault), Some(first)) => tracing::warn!("{}; {} is used", fault.what, first.name),
        }
    }
    first.ok_or_else(|| missing(sources))
}

fn missing(sources: &[Source]) -> Error {
    let first =
        |is_one: fn(&Source) -> bool| sources.iter().find(|source| is_one(source)).map(Source::variables);
    let keys = first(|source| matches!(source, Source::Keys(_))).unwrap_or_default();
    let keyless = first(|source| source.kind() == "keyless").unwrap_or_default();
    let hint = format!(
        "set {keys}, as secrets of the CI, in the environment of this step\nor, without long-lived secrets, set {keyless}\n\
         `release-step --help` lists all sources"
    );
    Error::new(Kind::Credentials, "no credentials are set").with_hint(hint)
}
