//! One cloud, one set of credentials: stamps, signs, sends, reads the envelope. The only place that signs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::cloud::Cloud;
use crate::cloud::clock::{Clock, minutes};
use crate::cloud::credentials::Credentials;
use crate::cloud::credentials::provider::{CredentialsProvider, Current};
use crate::cloud::query::{QueryError, QueryResult, Responses, Stop};
use crate::cloud::signing::SigningTime;
use crate::error::{CallError, FailureClass};
use crate::http::body::memory_of;
use crate::http::endpoint::Endpoint;
use crate::http::transport::{SignedRequest, Transport};
use crate::http::{ApiResponse, Request, Timeouts};
use crate::process::random;
use crate::text::redact::Redactor;

/// Queries keep this distance: five a second.
const DISTANCE: Duration = Duration::from_millis(200);

/// The most memory that the answers of one query may take together, in bytes: a hundred pages of packages.
const MOST_MEMORY: usize = 64 << 20;

/// Everything that a request needs on its way.
pub struct Client {
    /// The vendor.
    pub cloud: &'static dyn Cloud,
    /// Where requests go.
    pub endpoint: Endpoint,
    /// What they are authorised with.
    pub credentials: CredentialsProvider,
    /// Learns of every signature, should a server repeat one.
    pub redactor: Redactor,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// The time of signatures.
    pub clock: Rc<Clock>,
    /// When the next query may be made.
    pub next_query: Cell<Option<Instant>>,
}

impl Client {
    /// Makes the release call, once, over a connection of its own.
    pub async fn call(&self, request: &Request, limits: Timeouts) -> Result<ApiResponse, CallError> {
        // An answer that the credentials do not outlive could not be looked up.
        let current = self.credentials.living(limits.total).await?;
        self.send(request, limits, true, current).await
    }

    /// Sends the requests that a query needs. What was answered stays in `responses`, so that a query that failed half-way
    /// continues where it stopped.
    pub async fn query<T>(
        &self,
        responses: &mut Vec<QueryResult>,
        timeouts: Timeouts,
        query: impl Fn(&mut Responses) -> Result<T, Stop>,
    ) -> Result<T, QueryError> {
        let mut memory: usize = responses.iter().flatten().map(|response| memory_of(&response.body)).sum();
        loop {
            let request = match query(&mut Responses::new(responses)) {
                Ok(result) => return Ok(result),
                Err(Stop::Unclear(seen)) => return Err(QueryError::Unclear(seen)),
                Err(Stop::Request(request)) => request,
            };
            if memory > MOST_MEMORY {
                let problem = "the answers together have more fields than any list of this API";
                return Err(QueryError::Unclear(problem.to_owned()));
            }
            if let Some(next) = self.next_query.get() {
                sleep_until(next).await;
            }
            self.next_query.set(Some(Instant::now() + DISTANCE));
            let current = self.credentials.current().await.map_err(QueryError::Call)?;
            responses.push(match self.send(&request, timeouts, false, current).await {
                Ok(response) => {
                    memory += memory_of(&response.body);
                    Ok(response)
                }
                Err(failed) if failed.class == FailureClass::Rejected => Err(*failed.answer),
                Err(failed) => return Err(QueryError::Call(failed)),
            });
        }
    }

    /// One request. Credentials that are refused are renewed once, where they can be; first, a signature that was refused
    /// because this machine's clock is wrong is made once more by the server's.
    async fn send(
        &self,
        request: &Request,
        limits: Timeouts,
        fresh_connection: bool,
        current: Current,
    ) -> Result<ApiResponse, CallError> {
        let (answer, date) = self.exchange(request, limits, fresh_connection, &current).await;
        let Err(CallError { class: FailureClass::Unauthenticated, .. }) = answer else {
            return answer;
        };
        if self.corrects_clock(date, &current) {
            return self.exchange(request, limits, fresh_connection, &current).await.0;
        }
        match self.credentials.after_refusal(&current).await {
            None => answer.map_err(|failed| self.credentials.named(failed)),
            Some(Ok(renewed)) => {
                let answer = self.exchange(request, limits, fresh_connection, &renewed).await.0;
                answer.map_err(|failed| self.credentials.named(failed))
            }
            Some(Err(failed)) => Err(failed),
        }
    }

    /// Whether a refused signature is to be made once more, by the server's time.
    fn corrects_clock(&self, date: Option<Timestamp>, current: &Current) -> bool {
        let is_signed = matches!(current.credentials, Credentials::Keys(_));
        let Some(off) = date.filter(|_| is_signed).and_then(|date| self.clock.correct_by(date)) else {
            return false;
        };
        tracing::warn!(
            "this machine's clock is {} min {} the server's: set it; the call is signed once more with the server's time",
            minutes(off),
            if off.is_positive() { "behind" } else { "ahead of" }
        );
        true
    }

    /// One signed request and its answer, with the server's `Date`.
    async fn exchange(
        &self,
        request: &Request,
        limits: Timeouts,
        fresh_connection: bool,
        current: &Current,
    ) -> (Result<ApiResponse, CallError>, Option<Timestamp>) {
        let call = self.signed(request, fresh_connection, &current.credentials);
        tracing::debug!("{} {}", call.method, call.url);
        for header in &call.headers {
            tracing::trace!("> {header:?}");
        }
        let started = Instant::now();
        let response = match self.transport.send(&call, limits).await {
            Ok(response) => response.redacted(&self.redactor),
            Err(failed) => return (Err(failed), None),
        };
        tracing::debug!("HTTP {} after {} ms", response.status, started.elapsed().as_millis());
        let answer = self.cloud.read(&response);
        // Only the API's own clock counts, not that of something in between.
        let is_vendors = answer.as_ref().map_or_else(|failed| failed.answer.code.is_some(), |_| true);
        if let Some(date) = response.date().filter(|_| is_vendors) {
            self.clock.note_server(date);
        }
        let retry_after = response.retry_after(self.clock.server_now());
        let answer = answer.map_err(|failed| CallError { retry_after, ..failed });
        (answer, response.date())
    }

    fn signed(&self, request: &Request, fresh_connection: bool, credentials: &Credentials) -> SignedRequest {
        let stamp = SigningTime { time: self.clock.now(), nonce: random::token() };
        let signed = self.cloud.authorize(request, &self.endpoint.authority(), credentials, &stamp);
        self.redactor.add_signatures(&signed.withheld);
        SignedRequest {
            method: request.method,
            url: self.endpoint.url(&request.path, &signed.query),
            headers: signed.headers,
            body: request.body.clone(),
            fresh_connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;
    use crate::alibaba::Alibaba;
    use crate::cloud::credentials::Keys;
    use crate::http::transport::Sending;
    use crate::http::{Method, Response};

    const NOW: &str = "2026-11-22T10:00:00Z";

    /// Gives every request the same answer, and counts them.
    struct Same {
        response: Response,
        requests: Rc<Cell<usize>>,
    }

    impl Transport for Same {
        fn send<'a>(&'a self, _: &'a SignedRequest, _: Timeouts) -> Sending<'a> {
            self.requests.set(self.requests.get() + 1);
            Box::pin(async { Ok(self.response.clone()) })
        }

        fn has_connected(&self) -> bool {
            true
        }
    }

    fn request() -> Request {
        let (path, body) = ("/".to_owned(), String::new().into());
        Request { method: Method::Post, path, query: Vec::new(), headers: Vec::new(), body }
    }

    fn client(status: u16, headers: &[(&str, &str)], body: &str) -> (Client, Rc<Cell<usize>>) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let requests = Rc::default();
        let response = Response::new(status, headers, body.as_bytes());
        let keys = Keys {
            access_key_id: "LTAI-an-access-key-id".into(),
            access_key_secret: "its-secret".into(),
            security_token: None,
        };
        let client = Client {
            cloud: &Alibaba,
            endpoint: Endpoint::parse("https://cloud.example.invalid").unwrap(),
            credentials: CredentialsProvider::fixed("keys".to_owned(), Credentials::Keys(keys)),
            redactor: Redactor::default(),
            transport: Rc::new(Same { response, requests: Rc::clone(&requests) }),
            clock: Rc::new(Clock::at(NOW.parse().unwrap())),
            next_query: Cell::default(),
        };
        (client, requests)
    }

    const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(2) };

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    /// A release call that was refused was not made. Whoever is in between may have passed it on all the same.
    #[test]
    fn only_a_refusal_of_the_vendors_own_with_a_date_far_off_is_answered_by_a_second_try() {
        let refusal = r#"{"RequestId": "1", "Code": "SignatureDoesNotMatch", "Message": "no"}"#;
        let early = ("date", "Sun, 22 Nov 2026 09:40:00 GMT");
        let cases = [
            (401, vec![early], refusal, 2),
            (400, vec![("date", "Sunday, 22-Nov-26 10:20:00 GMT")], refusal, 2),
            (401, vec![("date", "Sun, 22 Nov 2026 09:46:00 GMT")], refusal, 1),
            (401, vec![], refusal, 1),
            (401, vec![early, ("date", "Sun, 22 Nov 2026 10:00:00 GMT")], refusal, 1),
            (401, vec![early], r#"{"code": 401, "message": "login first"}"#, 1),
            (401, vec![early], r#"{"RequestId": "1", "Code": "403", "Message": "no"}"#, 1),
            (401, vec![early], "<html>login first</html>", 1),
            (502, vec![early], refusal, 1),
            (200, vec![early], r#"{"RequestId": "1"}"#, 1),
        ];
        for (status, headers, body, expected) in cases {
            let (client, requests) = client(status, &headers, body);
            let _ = block_on(client.call(&request(), TIMEOUTS));
            assert_eq!(requests.get(), expected, "{status} {headers:?} {body}");
        }
    }

    /// As many packages as are ever listed, with all the fields that the API documents.
    #[test]
    fn a_hundred_full_pages_are_not_too_much_for_one_query() {
        let (id, name) = ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "load_orders_and_customers_hourly");
        let package = format!(
            r#"{{"package_id":"230112","package_name":"{name}","deploy_status":5,"apply_user_id":"{id}",
            "apply_user_name":"carol","apply_timestamp":1780000000000,"deploy_user_id":"{id}","deploy_user_name":"dave",
            "deploy_timestamp":1780000000000,"package_approvers":[{{"approver_id":"{id}","approver_name":"alice"}},
            {{"approver_id":"{id}","approver_name":"bob"}}],"delete_flag":0,"workspace_id":"{id}",
            "project_id":"{id}-workspace-{id}"}}"#
        );
        let page = format!("{{\"total\":10000,\"data\":[{}]}}", vec![package; 100].join(","));
        let memory = memory_of(&serde_json::from_str(&page).unwrap());
        assert!(100 * memory <= MOST_MEMORY, "{memory}");
    }

    /// Page after page of a server that never comes to an end.
    #[test]
    fn the_answers_of_one_query_have_a_limit_together() {
        let page = format!("{{\"data\":[{}]}}", vec!["{\"package_id\":1}"; 5_000].join(","));
        let (client, requests) = client(200, &[], &page);
        let endless = |responses: &mut Responses| -> Result<(), Stop> {
            loop {
                let _ = responses.get(request)?;
            }
        };
        let mut responses = Vec::new();
        let ended = block_on(client.query(&mut responses, TIMEOUTS, endless));
        let Err(QueryError::Unclear(seen)) = ended else { panic!("{ended:?}") };
        assert_eq!(seen, "the answers together have more fields than any list of this API");
        assert!((2..30).contains(&requests.get()), "{}", requests.get());
        // What was there before counts, too.
        let again = block_on(client.query(&mut responses, TIMEOUTS, endless));
        assert!(matches!(again, Err(QueryError::Unclear(_))));
        // Enough is enough: what the answers tell is told.
        let told =
            block_on(client.query(&mut responses, TIMEOUTS, |responses| responses.get(request).map(|_| ())));
        assert!(told.is_ok());
    }
}
