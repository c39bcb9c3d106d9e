//! The credentials of this run at any moment: renewed in time, without holding up a call that can still be made.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::Instant;

use super::Credentials;
use super::exchange::{Exchange, Issued};
use super::exchanger::{Dated, Exchanger};
use super::expiry::Lease;
use super::secrets::register_credentials;
use super::source::{Found, Way};
use crate::error::{CallError, FailureClass};

/// After a refused renewal, and after one that gave nothing better, the next one waits for this long.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// After any other failure of a renewal, doubled each time.
const AFTER_FAILURE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// The credentials of this run.
#[derive(Clone)]
pub struct CredentialsProvider(Rc<Inner>);

struct Inner {
    /// Its source, for people.
    name: String,
    renewal: Option<Renewal>,
    state: RefCell<State>,
    /// Wakes those that wait for a renewal.
    renewed: Notify,
}

struct Renewal {
    exchange: Box<dyn Exchange>,
    exchanger: Exchanger,
}

struct State {
    credentials: Credentials,
    lease: Option<Lease>,
    /// Counts the credentials that there were.
    number: u64,
    /// Whether a server has refused them, though they should be good.
    are_refused: bool,
    is_renewing: bool,
    /// Why the last renewal failed, if it did.
    failed: Option<Failed>,
    /// There is no other renewal before that.
    not_before: Option<Instant>,
}

/// A renewal that failed.
#[derive(Clone)]
struct Failed {
    error: CallError,
    pause: Duration,
}

/// Credentials, and which ones they are.
pub struct Current {
    /// What a call is authorised with.
    pub credentials: Credentials,
    number: u64,
}

impl CredentialsProvider {
    /// Credentials that are there, and stay as they are.
    #[must_use]
    pub fn fixed(name: String, credentials: Credentials) -> Self {
        Self::new(name, credentials, None, None)
    }

    /// The credentials of a source, got in exchange where they have to be; that is repeated for `limit`.
    pub async fn obtain(found: Found, exchanger: Exchanger, limit: Duration) -> Result<Self, CallError> {
        let exchange = match found.way {
            Way::Ready(credentials) => {
                register_credentials(&exchanger.redactor, &credentials);
                tracing::info!("credentials from {}", found.name);
                return Ok(Self::fixed(found.name, credentials));
            }
            Way::File(_) => unreachable!("the chain opens it"),
            Way::Exchange(exchange, keys) => {
                if let Some(keys) = keys {
                    register_credentials(&exchanger.redactor, &Credentials::Keys(keys));
                }
                exchange
            }
        };
        let dated = exchanger.ask(&*exchange, limit).await.map_err(|failed| from(&found.name, failed))?;
        let (credentials, lease) = learned(&exchanger, &found.name, dated);
        Ok(Self::new(found.name, credentials, Some(lease), Some(Renewal { exchange, exchanger })))
    }

    fn new(name: String, credentials: Credentials, lease: Option<Lease>, renewal: Option<Renewal>) -> Self {
        let renewal = renewal.filter(|renewal| renewal.exchange.is_renewable());
        let state = State {
            credentials,
            lease,
            number: 0,
            are_refused: false,
            is_renewing: false,
            failed: None,
            not_before: None,
        };
        Self(Rc::new(Inner { name, renewal, state: RefCell::new(state), renewed: Notify::new() }))
    }

    /// Where they come from, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What a call is authorised with now. A renewal that is due begins, and does not hold the call up while the old ones
    /// are good.
    pub async fn current(&self) -> Result<Current, CallError> {
        self.living(Duration::ZERO).await
    }

    /// The same, still good for `within`: a call that takes that long must not outlive them. Fresh ones that are shorter are
    /// as good as it gets.
    pub async fn living(&self, within: Duration) -> Result<Current, CallError> {
        loop {
            let (lease, are_refused) = {
                let state = self.0.state.borrow();
                let Some(lease) = state.lease else { return Ok(self.now()) };
                (lease, state.are_refused)
            };
            let is_fresh = lease.is_fresh() && self.0.renewal.is_some();
            let lives = !are_refused && !lease.has_ended() && (is_fresh || lease.left() > within);
            if !lives || lease.is_due() {
                self.begin();
            }
            if lives {
                return Ok(self.now());
            }
            let renewed = self.0.renewed.notified();
            if !self.0.state.borrow().is_renewing {
                return Err(self.lost());
            }
            renewed.await;
        }
    }

    /// Others in the place of credentials that a server refused; none where there can be no others.
    pub async fn after_refusal(&self, refused: &Current) -> Option<Result<Current, CallError>> {
        self.0.renewal.as_ref()?;
        {
            let mut state = self.0.state.borrow_mut();
            state.are_refused |= state.number == refused.number;
        }
        Some(self.current().await)
    }

    /// A refusal of credentials that were got in exchange, with their source.
    #[must_use]
    pub fn named(&self, failed: CallError) -> CallError {
        let is_exchanged = self.0.state.borrow().lease.is_some();
        if !is_exchanged || failed.class != FailureClass::Unauthenticated {
            return failed;
        }
        let what = match &self.0.renewal {
            Some(_) => {
                format!("the credentials from {} were refused, and so were those after them", self.0.name)
            }
            None => format!("the credentials from {} were refused, and cannot be renewed", self.0.name),
        };
        let hint = self.0.renewal.is_none().then(|| ASK_FOR_LONGER.to_owned());
        CallError { what: Some(what), hint: hint.or(failed.hint), ..failed }
    }

    fn now(&self) -> Current {
        let state = self.0.state.borrow();
        Current { credentials: state.credentials.clone(), number: state.number }
    }

    /// Begins a renewal, unless one runs, it is too early for another, or there can be none.
    fn begin(&self) {
        let mut state = self.0.state.borrow_mut();
        let is_early = state.not_before.is_some_and(|not_before| Instant::now() < not_before);
        if self.0.renewal.is_none() || state.is_renewing || is_early {
            return;
        }
        state.is_renewing = true;
        let provider = self.clone();
        spawn_local(async move { provider.renew().await });
    }

    async fn renew(&self) {
        let Some(Renewal { exchange, exchanger }) = &self.0.renewal else { return };
        let dated = exchanger.ask(&**exchange, Duration::ZERO).await;
        let dated = dated.map(|dated| learned(exchanger, &self.0.name, dated));
        let mut state = self.0.state.borrow_mut();
        state.is_renewing = false;
        match dated {
            Ok((credentials, lease)) => {
                (state.credentials, state.lease, state.failed) = (credentials, Some(lease), None);
                state.number += 1;
                state.are_refused = false;
                // A metadata service gives the same ones for a while.
                state.not_before = lease.is_due().then(|| Instant::now() + AFTER_REFUSAL);
            }
            Err(error) => {
                let failed = Failed::after(state.failed.take(), error);
                failed.log(&self.0.name);
                state.not_before = Some(Instant::now() + failed.pause);
                state.failed = Some(failed);
            }
        }
        self.0.renewed.notify_waiters();
    }

    /// The error of credentials that are good no longer, or not for long enough.
    fn lost(&self) -> CallError {
        let state = self.0.state.borrow();
        let how = match state.lease {
            _ if state.are_refused => "were refused".to_owned(),
            Some(lease) if lease.has_ended() => format!("expired at {}", time(&lease)),
            Some(lease) => format!("expire at {}, before the call's `release_timeout` is over", time(&lease)),
            None => "are lost".to_owned(),
        };
        let what = format!("the credentials from {} {how}", self.0.name);
        let Some(Failed { error, .. }) = &state.failed else {
            let what = format!("{what}, and cannot be renewed");
            return CallError::without_answer(FailureClass::Unauthenticated, what, Some(ASK_FOR_LONGER));
        };
        let why = error.what.clone().unwrap_or_default();
        CallError { what: Some(format!("{what}, and could not be renewed: {why}")), ..error.clone() }
    }
}

const ASK_FOR_LONGER: &str = "take a source that can be renewed (the CI's own token, or one in a file), or a role with longer \
                              sessions";

impl Failed {
    fn log(&self, name: &str) {
        let (pause, reason) = (self.pause.as_secs(), self.error.reason());
        let message =
            format!("credentials from {name} could not be renewed, the next try is in {pause} s: {reason}");
        if self.error.class == FailureClass::Unauthenticated {
            tracing::warn!("{message}");
        } else {
            tracing::info!("{message}");
        }
    }

    fn after(earlier: Option<Self>, error: CallError) -> Self {
        let (shortest, longest) = AFTER_FAILURE;
        let doubled = earlier.map_or(shortest, |earlier| (earlier.pause * 2).min(longest));
        let pause = match error.class {
            FailureClass::Unauthenticated => AFTER_REFUSAL,
            _ => doubled.max(error.retry_after.unwrap_or_default()),
        };
        Self { error, pause }
    }
}

/// The failure with the source that it is of.
fn from(name: &str, failed: CallError) -> CallError {
    let what = failed.what.clone().unwrap_or_default();
    CallError { what: Some(format!("credentials from {name}: {what}")), ..failed }
}

fn learned(exchanger: &Exchanger, name: &str, dated: Dated<Issued>) -> (Credentials, Lease) {
    let Dated { result: Issued { credentials, expires, holder }, at } = dated;
    register_credentials(&exchanger.redactor, &credentials);
    let lease = Lease::new(at, expires);
    let holder = holder.map(|holder| format!(", {holder}")).unwrap_or_default();
    tracing::info!("credentials from {name}{holder}, until {}", time(&lease));
    (credentials, lease)
}

fn time(lease: &Lease) -> String {
    lease.expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::rc::Rc;
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use tokio::task::LocalSet;
    use tokio::time::{Instant, sleep};

    use super::CredentialsProvider;
    use crate::alibaba::Alibaba;
    use crate::cloud::clock::Clock;
    use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
    use crate::cloud::credentials::exchanger::Exchanger;
    use crate::cloud::credentials::source::{Found, Way};
    use crate::cloud::credentials::{Credentials, Keys};
    use crate::error::{CallError, FailureClass};
    use crate::http::endpoint::Endpoint;
    use crate::http::transport::{Sending, SignedRequest, Transport};
    use crate::http::{Body, Method, Request, Response, Timeouts};
    use crate::text::redact::Redactor;

    const BEGINNING: &str = "2026-11-25T22:00:00Z";

    /// A source whose sessions live for so many seconds.
    struct Sessions(i64);

    impl Question<Issued> for Sessions {
        fn next(&self, now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
            let response = answers.success(|| Step {
                call: "the call",
                server: "the service",
                endpoint: Endpoint::parse("https://sts.example").unwrap(),
                request: Request {
                    method: Method::Get,
                    path: "/".to_owned(),
                    query: Vec::new(),
                    headers: Vec::new(),
                    body: String::new().into(),
                },
                signed_with: None,
                patience: Patience::Query,
                read: |response| match response.status {
                    200 => Ok(()),
                    403 => Err(CallError::without_answer(FailureClass::Rejected, "no", None)),
                    _ => Err(CallError::without_answer(FailureClass::Throttled, "busy", None)),
                },
            })?;
            let Body::Text(id) = &response.body else { panic!("no id") };
            let keys = Keys {
                access_key_id: id.as_str().into(),
                access_key_secret: "a-secret".into(),
                security_token: None,
            };
            let expires = now + SignedDuration::from_secs(self.0);
            Ok(Issued { credentials: Credentials::Keys(keys), expires, holder: None })
        }
    }

    impl Exchange for Sessions {}

    /// Answers with these statuses, after the time that it takes, and then always with the last one.
    struct Service {
        statuses: RefCell<VecDeque<u16>>,
        takes: Cell<Duration>,
        asked: RefCell<Vec<Instant>>,
    }

    impl Transport for Service {
        fn send<'a>(&'a self, _call: &'a SignedRequest, _timeouts: Timeouts) -> Sending<'a> {
            Box::pin(async {
                self.asked.borrow_mut().push(Instant::now());
                sleep(self.takes.get()).await;
                let mut statuses = self.statuses.borrow_mut();
                let status =
                    if statuses.len() > 1 { statuses.pop_front() } else { statuses.front().copied() };
                let body = Body::Text(format!("session{}", self.asked.borrow().len()));
                Ok(Response { status: status.unwrap(), headers: Vec::new(), body })
            })
        }

        fn has_connected(&self) -> bool {
            true
        }
    }

    impl Service {
        fn of(statuses: &[u16]) -> Rc<Self> {
            let statuses = RefCell::new(statuses.iter().copied().collect());
            Rc::new(Self { statuses, takes: Cell::default(), asked: RefCell::default() })
        }

        /// The seconds at which it was asked, since the first time.
        fn asked(&self) -> Vec<u64> {
            let asked = self.asked.borrow();
            asked.iter().map(|at| at.duration_since(asked[0]).as_secs()).collect()
        }
    }

    async fn provider(service: &Rc<Service>, lifetime: i64) -> CredentialsProvider {
        let exchanger = Exchanger {
            cloud: &Alibaba,
            transport: Rc::<Service>::clone(service),
            clock: Rc::new(Clock::at(BEGINNING.parse().unwrap())),
            redactor: Redactor::default(),
            timeouts: Timeouts { connect: Duration::from_secs(10), total: Duration::from_secs(30) },
        };
        let way = Way::Exchange(Box::new(Sessions(lifetime)), None);
        let found = Found { name: "`A`".to_owned(), way, account: Vec::new() };
        CredentialsProvider::obtain(found, exchanger, Duration::ZERO).await.unwrap()
    }

    /// Asks for credentials each so many seconds, as polls do. The longest time that this took.
    async fn poll(provider: &CredentialsProvider, each: u64, for_seconds: u64) -> Duration {
        let (began, mut longest) = (Instant::now(), Duration::ZERO);
        while began.elapsed() < Duration::from_secs(for_seconds) {
            let asked = Instant::now();
            provider.current().await.map_err(|failed| failed.reason()).unwrap();
            longest = longest.max(asked.elapsed());
            sleep(Duration::from_secs(each)).await;
        }
        longest
    }

    async fn local(test: impl Future<Output = ()>) {
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_of_a_quarter_of_an_hour_are_renewed_less_than_each_ten_minutes() {
        local(async {
            let service = Service::of(&[200]);
            let provider = provider(&service, 900).await;
            poll(&provider, 1, 7200).await;
            let asked = service.asked();
            assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= 600), "{asked:?}");
            assert!(asked.len() >= 10, "{asked:?}");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_hangs_holds_nothing_up_while_the_old_credentials_are_good() {
        local(async {
            let service = Service::of(&[200]);
            let provider = provider(&service, 3600).await;
            service.takes.set(Duration::from_secs(30));
            let longest = poll(&provider, 10, 7000).await;
            assert!(longest < Duration::from_secs(1), "{longest:?}");
            assert_eq!(service.asked(), [0, 3300, 6630]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_at_growing_intervals() {
        local(async {
            let service = Service::of(&[200, 429, 429, 429, 429, 429, 429, 200]);
            let provider = provider(&service, 3600).await;
            poll(&provider, 1, 3500).await;
            assert_eq!(service.asked(), [0, 3300, 3302, 3306, 3314, 3330, 3360, 3390]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_renewal_is_tried_again_after_a_minute_and_ends_with_the_session() {
        local(async {
            let service = Service::of(&[200, 403]);
            let provider = provider(&service, 3600).await;
            poll(&provider, 1, 3599).await;
            assert_eq!(service.asked(), [0, 3300, 3360, 3420, 3480, 3540]);
            sleep(Duration::from_secs(1)).await;
            let Err(lost) = provider.current().await else { panic!("they have expired") };
            assert_eq!(lost.class, FailureClass::Unauthenticated);
            let what = lost.what.unwrap();
            assert_eq!(
                what,
                "the credentials from `A` expired at 2026-11-25T23:00:00Z, and could not be renewed: \
                              the service cannot be asked for credentials: no"
            );
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn refused_credentials_are_replaced_once() {
        local(async {
            let service = Service::of(&[200, 200, 403]);
            let provider = provider(&service, 3600).await;
            let first = provider.current().await.unwrap_or_else(|_| panic!("there are some"));
            let second = provider.after_refusal(&first).await.unwrap();
            let second = second.unwrap_or_else(|_| panic!("there are others"));
            assert_ne!(second.number, first.number);
            // Another call that was refused with the first ones takes the second.
            let again = provider.after_refusal(&first).await.unwrap();
            assert_eq!(again.unwrap_or_else(|_| panic!("there are others")).number, second.number);
            assert_eq!(service.asked().len(), 2);
            let Some(Err(lost)) = provider.after_refusal(&second).await else {
                panic!("there are no others")
            };
            assert!(
                lost.what
                    .unwrap()
                    .starts_with("the credentials from `A` were refused, and could not be renewed")
            );
            assert!(provider.current().await.is_err());
            assert_eq!(service.asked().len(), 3);
        })
        .await;
    }

    /// As a metadata service does until shortly before their end, or a helper that has stopped.
    #[tokio::test(start_paused = true)]
    async fn what_gives_nothing_better_is_asked_once_a_minute() {
        local(async {
            let service = Service::of(&[200]);
            let provider = provider(&service, -1).await;
            for _ in 0..120 {
                assert!(provider.current().await.is_err());
                sleep(Duration::from_secs(1)).await;
            }
            assert_eq!(service.asked(), [0, 0, 60]);
        })
        .await;
    }

    /// Sessions that are always shorter than a call may take are as good as it gets.
    #[tokio::test(start_paused = true)]
    async fn a_call_is_made_with_fresh_credentials_if_others_would_be_no_better() {
        local(async {
            let service = Service::of(&[200]);
            let provider = provider(&service, 60).await;
            let within = Duration::from_secs(120);
            assert!(provider.living(within).await.is_ok());
            assert_eq!(service.asked(), [0]);
            sleep(Duration::from_secs(20)).await;
            assert!(provider.living(within).await.is_ok());
            assert_eq!(service.asked(), [0, 20]);
        })
        .await;
    }
}
