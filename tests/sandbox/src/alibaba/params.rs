//! The parameters of an RPC call.

use crate::{http::Request, refusal::Refusal, text};

const FORM: &str = "application/x-www-form-urlencoded";

/// Decoded parameters, each name once.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Parameters of an API that the gateway takes from the query and from a form body alike.
    pub(super) fn anywhere(request: &Request) -> Result<Self, Refusal> {
        let mut pairs = text::pairs(request.query());
        pairs.extend(form_pairs(request)?);
        Self::unique(pairs)
    }

    /// Parameters of an API that takes them from a form body only.
    pub(super) fn form(request: &Request) -> Result<Self, Refusal> {
        if let Some((name, _)) = text::pairs(request.query()).first() {
            return Err(invalid(name, "is not supported in the query"));
        }
        Self::unique(form_pairs(request)?)
    }

    fn unique(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        for (place, (name, _)) in pairs.iter().enumerate() {
            if pairs[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(invalid(name, "is given more than once"));
            }
        }
        Ok(Self(pairs))
    }

    /// Refuses every name that is not known. A known name that ends in a dot stands for all that begin with it.
    pub(super) fn only(&self, known: &[&str]) -> Result<&Self, Refusal> {
        let fits = |name: &str| {
            known.iter().any(|known| name == *known || known.ends_with('.') && name.starts_with(known))
        };
        match self.0.iter().find(|(name, _)| !fits(name)) {
            Some((name, _)) => Err(invalid(name, "is not supported")),
            None => Ok(self),
        }
    }

    /// An optional parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::new(400, format!("Missing{name}"), format!("{name} is mandatory for this action."))
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn form_pairs(request: &Request) -> Result<Vec<(String, String)>, Refusal> {
    if request.body.is_empty() {
        return Ok(Vec::new());
    }
    if request.media_type().as_deref() != Some(FORM) {
        return Err(Refusal::new(
            400,
            "InvalidContentType",
            format!("The body of this action must be {FORM}."),
        ));
    }
    let Ok(body) = std::str::from_utf8(&request.body) else {
        return Err(Refusal::new(400, "InvalidParameter", "The body is not UTF-8."));
    };
    Ok(text::pairs(body))
}

pub(super) fn invalid(name: &str, fault: &str) -> Refusal {
    Refusal::new(400, format!("InvalidParameter.{name}"), format!("The parameter {name} {fault}."))
}
