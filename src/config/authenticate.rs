//! Gets the credentials of a run, and the ids of its account that no input gives.

use std::rc::Rc;

use super::Config;
use crate::ci::Ci;
use crate::cloud::clock::Clock;
use crate::cloud::credentials::chain;
use crate::cloud::credentials::exchanger::Exchanger;
use crate::cloud::credentials::provider::CredentialsProvider;
use crate::cloud::credentials::source::Context;
use crate::error::{CallError, Error, FailureClass, Kind};
use crate::http::transport::Transport;
use crate::process::env::Env;
use crate::text::redact::Redactor;

impl Config {
    /// Whether there are credentials, as far as this machine knows without asking anyone.
    pub fn find_credentials(&self, (env, ci): (&Env, &dyn Ci), redactor: &Redactor) -> Result<(), Error> {
        let context = self.credentials_context(env, ci.name() != "plain", redactor)?;
        chain::find(&context, self.spec.cloud.sources()).map(|_| ())
    }

    /// Finds the credentials, exchanges what has to be exchanged for them, and asks for the ids that are missing.
    pub async fn authenticate(
        &mut self,
        (env, ci): (&Env, &dyn Ci),
        transport: &Rc<dyn Transport>,
        clock: &Rc<Clock>,
        redactor: &Redactor,
    ) -> Result<CredentialsProvider, Error> {
        let context = self.credentials_context(env, ci.name() != "plain", redactor)?;
        let mut found = chain::find(&context, self.spec.cloud.sources())?;
        let known = std::mem::take(&mut found.account);
        for (name, id) in known {
            if self.unresolved().contains(&name) {
                self.resolve(name, &id)?;
            }
        }
        let exchanger = || Exchanger {
            cloud: self.spec.cloud,
            transport: transport.clone(),
            clock: clock.clone(),
            redactor: redactor.clone(),
            timeouts: self.settings.query_timeouts(),
        };
        let limit = self.settings.retry_timeout;
        let provider = CredentialsProvider::obtain(found, exchanger(), limit).await.map_err(not_obtained)?;
        let exchanger = exchanger();
        for name in self.unresolved() {
            self.look_up(name, &context, &provider, &exchanger).await?;
        }
        Ok(provider)
    }

    async fn look_up(
        &mut self,
        name: &'static str,
        context: &Context<'_>,
        provider: &CredentialsProvider,
        exchanger: &Exchanger,
    ) -> Result<(), Error> {
        let current = provider.current().await.map_err(not_obtained)?;
        let question = self.spec.cloud.look_up(name, context, current.credentials)?;
        let Some(question) = question else {
            let what =
                format!("`{name}` is not given, and cannot be looked up without `region`; nothing was sent");
            return Err(Error::new(Kind::Inputs, what).with_hint(format!("set `{name}` or `region`")));
        };
        let dated = exchanger.ask(&*question, self.settings.retry_timeout).await.map_err(not_obtained)?;
        tracing::info!("`{name}` is `{}`, as the account has it", dated.result);
        self.resolve(name, &dated.result)
    }
}

/// The error of a run that has no credentials, or does not know its account: refused, or not reached.
fn not_obtained(failed: CallError) -> Error {
    let kind = match failed.class {
        FailureClass::Unauthenticated if failed.is_permanent => Kind::Inputs,
        FailureClass::Unauthenticated => Kind::Credentials,
        _ => Kind::Unreachable,
    };
    let what = failed.what.unwrap_or_else(|| "the credentials could not be had".to_owned());
    let general = match kind {
        Kind::Unreachable => "run the job again in a few minutes",
        _ => "read the vendor's message, and check what it names",
    };
    let hint = failed.hint.unwrap_or_else(|| general.to_owned());
    Error::new(kind, what)
        .with_answer(*failed.answer)
        .with_finding("no release call was sent")
        .with_hint(hint)
}
