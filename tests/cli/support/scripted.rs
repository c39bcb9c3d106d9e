//! A cloud that answers as told, and strictly: what the script does not name, and one release call too many, fail the test.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sandbox::{Calls, Sandbox};
use serde_json::{Value, json};

use super::hostile::{http, is_whole};
use super::queries::request;
use super::step::{Running, Step};

/// What a call gets: an answer of [`http`], and the end of the connection; without a byte the answer is lost.
#[derive(Clone, Debug)]
pub(crate) struct Reply(pub(crate) Vec<u8>);

/// An answer in JSON.
pub(crate) fn json(status: u16, body: &Value) -> Reply {
    Reply(http(status, &[], body.to_string()))
}

/// An answer with whatever body.
pub(crate) fn raw(status: u16, body: &str) -> Reply {
    Reply(http(status, &[], body))
}

/// No answer: the request is read whole, and the connection ends.
pub(crate) fn lost() -> Reply {
    Reply(Vec::new())
}

/// Alibaba's refusal.
pub(crate) fn alibaba(status: u16, code: &str) -> Reply {
    json(status, &json!({ "Code": code, "Message": "as the script says", "RequestId": "an-id" }))
}

/// Huawei's refusal.
pub(crate) fn huawei(status: u16, code: &str) -> Reply {
    json(status, &json!({ "error_code": code, "error_msg": "as the script says" }))
}

/// What the cloud answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    releases: Vec<Reply>,
    queries: Vec<Query>,
}

/// A query's answer from some moment on.
#[derive(Clone, Debug)]
struct Query {
    call: String,
    /// Counted from the first release call; none from the start.
    from: Option<Duration>,
    reply: Reply,
}

impl Script {
    /// The next release call gets this.
    pub(crate) fn release(mut self, reply: Reply) -> Self {
        self.releases.push(reply);
        self
    }

    /// A query gets this: by the vendor's name of it, and perhaps its version, id or page, as in `GetArtifact draft`,
    /// `ShowFactoryPackageDetail 2301`, `ListFactoryReleasePackages 1`.
    pub(crate) fn query(self, call: &str, reply: Reply) -> Self {
        self.rule(call, None, reply)
    }

    /// What it gets from the first release call on.
    pub(crate) fn after(self, call: &str, reply: Reply) -> Self {
        self.from(Duration::ZERO, call, reply)
    }

    /// What it gets from this long after the first release call on.
    pub(crate) fn from(self, time: Duration, call: &str, reply: Reply) -> Self {
        self.rule(call, Some(time), reply)
    }

    /// Changes the body of every answer in JSON.
    pub(crate) fn each(mut self, change: impl Fn(&mut Value)) -> Self {
        let replies = self.releases.iter_mut().chain(self.queries.iter_mut().map(|query| &mut query.reply));
        for reply in replies {
            let text = String::from_utf8(reply.0.clone()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            let mut body = serde_json::from_str(body).unwrap();
            change(&mut body);
            *reply = json(status, &body);
        }
        self
    }

    fn rule(mut self, call: &str, from: Option<Duration>, reply: Reply) -> Self {
        self.queries.push(Query { call: call.to_owned(), from, reply });
        self
    }

    pub(crate) fn start(self) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Mutex::new(Seen { script: self, called_at: None, calls: Vec::new(), broken: Vec::new() });
        let shared = Arc::new(Shared { stopped: AtomicBool::new(false), seen });
        let of_thread = Arc::clone(&shared);
        let listener = thread::spawn(move || of_thread.listen(&listener));
        Scripted { address, shared, listener: Some(listener) }
    }
}

/// The cloud while it runs. It fails the test when it is dropped and has met what its script does not name.
pub(crate) struct Scripted {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    stopped: AtomicBool,
    seen: Mutex<Seen>,
}

struct Seen {
    script: Script,
    called_at: Option<Instant>,
    /// Each request's name, and its body.
    calls: Vec<(String, String)>,
    broken: Vec<String>,
}

impl Scripted {
    /// Scheme, host and port.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bodies of the release calls so far.
    pub(crate) fn releases(&self) -> Vec<String> {
        let seen = self.shared.seen.lock().unwrap();
        let releases = seen.calls.iter().filter(|(call, _)| is_release(call));
        releases.map(|(_, body)| body.clone()).collect()
    }

    /// The names of all requests so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().calls.iter().map(|(call, _)| call.clone()).collect()
    }

    /// A step for this operation, which waits, and believes after two seconds that nothing is there.
    pub(crate) fn step(&self, operation: &str) -> Step {
        Step::plain()
            .releasing(operation, &self.url())
            .input("wait", "true")
            .input("poll_interval", "200ms")
            .input("settle_time", "2s")
            .input("retry_timeout", "20s")
            .input("wait_timeout", "5s")
    }
}

/// Runs against scripted clouds, all at once: most of their time they pause.
#[derive(Default)]
pub(crate) struct Runs(Vec<(String, Scripted, Running)>);

impl Runs {
    /// Starts one, with more inputs.
    pub(crate) fn start(&mut self, case: &str, operation: &str, script: Script, inputs: &[(&str, &str)]) {
        let server = script.start();
        let step = inputs.iter().fold(server.step(operation), |step, (name, value)| step.input(name, value));
        let waits = !inputs.contains(&("wait", "false"));
        self.started(case, server, if waits { step } else { step.unset("INPUT_WAIT_TIMEOUT") });
    }

    /// Starts this step.
    pub(crate) fn started(&mut self, case: &str, server: Scripted, step: Step) {
        self.0.push((case.to_owned(), server, step.patient().start()));
    }

    /// How each ends, what is released, by how many release calls, and what a person reads in the end.
    #[track_caller]
    pub(crate) fn told(self) -> String {
        let told = self.each().into_iter().map(|(case, told)| format!("{case}\n= {told}\n"));
        told.collect()
    }

    /// Fails where one does not end like this.
    #[track_caller]
    pub(crate) fn all_end(self, expected: &str) {
        for (case, told) in self.each() {
            assert_eq!(told.trim_end(), expected, "{case}");
        }
    }

    #[track_caller]
    fn each(self) -> Vec<(String, String)> {
        let ended = self.0.into_iter().map(|(case, server, running)| {
            let run = running.finish();
            let outputs = run.result();
            let word = |name: &str| outputs[name].as_str().unwrap_or("none").to_owned();
            let how = format!(
                "{}, released: {}, origin: {}, release calls: {}\n",
                outputs["exit_status"],
                word("released"),
                word("release_origin"),
                server.releases().len(),
            );
            let log = run.log();
            let said = log.lines().filter(|line| !line.starts_with("info: "));
            (case, said.fold(how, |told, line| told + line + "\n"))
        });
        ended.collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            listener.join().ok();
        }
        let broken = self.shared.seen.lock().unwrap().broken.join("\n");
        assert!(broken.is_empty() || thread::panicking(), "not in the script:\n{broken}");
    }
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.stopped.load(Ordering::SeqCst) {
                break;
            }
            // One after the other: a run asks nothing while it waits for an answer.
            if let Ok(stream) = stream {
                self.meet(stream);
            }
        }
    }

    /// The other side may go at any time: what fails here shows there.
    fn meet(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok();
        let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
        while !is_whole(&read) {
            match stream.read(&mut chunk) {
                Ok(length @ 1..) => read.extend_from_slice(&chunk[..length]),
                _ => return,
            }
        }
        let answer = self.seen.lock().unwrap().answer(&read);
        stream.write_all(&answer).ok();
        stream.shutdown(Shutdown::Both).ok();
    }
}

impl Seen {
    fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        let request = request(bytes).unwrap();
        let mut sandbox = Sandbox::new();
        sandbox.handle(Timestamp::now(), &request);
        let operation = sandbox.requests()[0].operation.clone();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let call = detail(&request.target, &body).map(|detail| format!("{operation} {detail}"));
        let call = call.unwrap_or_else(|| operation.clone());
        self.calls.push((call.clone(), body));
        let reply = if is_release(&call) { self.next_release() } else { self.query(&call, &operation) };
        reply.unwrap_or_else(|| {
            self.broken.push(format!("{call} at {}", request.target));
            http(599, &[], "not in the script")
        })
    }

    fn next_release(&mut self) -> Option<Vec<u8>> {
        self.called_at.get_or_insert_with(Instant::now);
        let is_there = !self.script.releases.is_empty();
        is_there.then(|| self.script.releases.remove(0).0)
    }

    /// The last rule that counts by now; one for the very call goes before one for its operation.
    fn query(&self, call: &str, operation: &str) -> Option<Vec<u8>> {
        let since = self.called_at.map(|at| at.elapsed());
        let counts = |query: &Query, name: &str| query.call == name && query.from <= since;
        let queries = &self.script.queries;
        let is_for = |name: &str| queries.iter().rposition(|query| counts(query, name));
        let position = is_for(call).or_else(|| is_for(operation))?;
        Some(queries[position].reply.0.clone())
    }
}

fn is_release(call: &str) -> bool {
    Calls::Release.include(call.split(' ').next().unwrap_or_default())
}

/// What tells a query from others of its name: a version, a package, a page.
fn detail(target: &str, body: &str) -> Option<String> {
    if let Some((_, version)) = target.split_once("ArtifactVersion=") {
        return Some(version.split('&').next()?.to_owned());
    }
    if let Some((_, id)) = target.split_once("/release-packages/").filter(|(_, id)| *id != "deploy") {
        return Some(id.to_owned());
    }
    let body: Value = serde_json::from_str(body).ok()?;
    body.get("offset").map(Value::to_string)
}
