//! What may never be printed, and how it is kept out of every text that leaves the process.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};

use crate::http::UNRESERVED;

/// The shortest key that is taken. A shorter one could not be kept out of the log without shredding it.
pub const SHORTEST: usize = 6;

const MASK: &str = "***";

/// Knows every secret of this run and takes them out of texts.
///
/// Clones share what they know, so the log, the outputs and the panic hook learn of a secret at once.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<SecretString>>>,
}

impl Redactor {
    /// Remembers a secret, and the forms in which a server or a URL would repeat it.
    pub fn add(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let encoded = utf8_percent_encode(secret, UNRESERVED).to_string();
        let quoted = serde_json::Value::from(secret).to_string();
        let quoted = quoted[1..quoted.len() - 1].to_owned();
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for form in [secret.to_owned(), encoded, quoted] {
            if !secrets.iter().any(|known| known.expose_secret() == form) {
                secrets.push(form.into());
            }
        }
        // A secret that contains another goes first, or its rest would stay.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
    }

    /// The text with every known secret replaced by `***`.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = Cow::Borrowed(text);
        for secret in secrets.iter().map(ExposeSecret::expose_secret) {
            if text.contains(secret) {
                text = Cow::Owned(text.replace(secret, MASK));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let redactor = Redactor::default();
        redactor.add("se+cr/et\"=");
        redactor.add("se+cr/");
        assert_eq!(
            redactor.clean(r#"a se+cr/et"= b se%2Bcr%2Fet%22%3D c se+cr/et\"= d se+cr/"#),
            "a *** b *** c *** d ***"
        );
    }

    #[test]
    fn a_short_text_is_no_secret() {
        let redactor = Redactor::default();
        redactor.add("1");
        assert_eq!(redactor.clean("HTTP 411"), "HTTP 411");
    }
}
