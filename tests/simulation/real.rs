//! Runs of the real binary over real sockets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use release_step::input;
use sandbox::{Event, Server, world};
use serde_json::Value;

use crate::cloud::Phase;
use crate::history::{Life, Run};
use crate::run::{arranged, settings};
use crate::schedule::{Inputs, Kill, Schedule};
use crate::truth;

/// Everything that is late has landed by then.
const LATEST: Duration = Duration::from_millis(1_800);
/// No run takes as long.
const LONGEST: Duration = Duration::from_secs(120);

pub(crate) fn by_the_binary(schedule: &Schedule) -> Life {
    let (told, requests) = mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let tell = move |event: &Event| {
        if let Event::Request(recorded) = event {
            // The driver has stopped listening once the run has ended.
            let _ = told.lock().unwrap().send(recorded.operation.clone());
        }
    };
    let server = Server::launch(arranged(&script(schedule)), 0, tell).unwrap();
    let job = Job { schedule, server, requests, folder: tempfile::tempdir().unwrap() };
    let mut runs = vec![job.run(&schedule.inputs, 1)];
    if let Some(rerun) = &schedule.rerun {
        std::thread::sleep(rerun.after);
        runs.push(job.run(&schedule.inputs_of_rerun(), 2));
    }
    std::thread::sleep(LATEST);
    job.life(runs)
}

/// An answer that comes at once would be there before the process can be killed.
fn script(schedule: &Schedule) -> Vec<String> {
    let slow = schedule.kill.iter().map(|kill| {
        let class = if kill.calls == sandbox::Calls::Release { "release" } else { "status" };
        format!("fault {class} {}: slow 300ms", kill.nth)
    });
    schedule.script.iter().cloned().chain(slow).collect()
}

/// A job, which has a folder for its files.
struct Job<'a> {
    schedule: &'a Schedule,
    server: Server,
    requests: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Job<'_> {
    /// One run, until it ends, or its signal comes.
    fn run(&self, inputs: &Inputs, attempt: u32) -> Run {
        let (began, began_at) = (Instant::now(), Timestamp::now());
        let earlier = self.server.with(|sandbox| sandbox.requests().len());
        while self.requests.try_recv().is_ok() {}
        let mut child = self.step(inputs, attempt).spawn().unwrap();
        // What it writes must not fill a pipe while it is watched.
        let streams = Streams::of(&mut child);
        let kill = self.schedule.kill.filter(|_| attempt == 1);
        if let Some(kill) = kill {
            self.kill(kill, &mut child);
        }
        // Windows has no `kill` that reaches it.
        let signal = self.schedule.signal.filter(|_| cfg!(unix) && attempt == 1).map(|signal| began + signal);
        if let Some(signal) = signal {
            std::thread::sleep(signal.saturating_duration_since(Instant::now()));
            let id = child.id().to_string();
            let _ = Command::new("kill").args(["-s", "TERM", &id]).stderr(Stdio::null()).status();
        }
        let run = self.ended(inputs, began_at, child, streams);
        let requests = earlier..run.requests.end;
        let end = Instant::now();
        let after_signal = signal.filter(|_| run.exit_status == Some(143)).map(|signal| end - signal);
        Run { requests, after_signal, ..run }
    }

    /// Waits for the request that tells when, and kills.
    fn kill(&self, kill: Kill, child: &mut Child) {
        let mut nth = 0;
        let began = Instant::now();
        while began.elapsed() < LONGEST {
            if child.try_wait().unwrap().is_some() {
                return;
            }
            let Ok(operation) = self.requests.recv_timeout(Duration::from_millis(20)) else { continue };
            nth += u32::from(kill.calls.include(&operation));
            if nth == kill.nth {
                // Its answer comes 300 ms later.
                let pause = if kill.phase == Phase::After { 350 } else { 0 };
                std::thread::sleep(Duration::from_millis(pause));
                child.kill().unwrap();
                return;
            }
        }
    }

    fn step(&self, inputs: &Inputs, attempt: u32) -> Command {
        let mut step = sandbox::alone(env!("CARGO_BIN_EXE_release-step"));
        step.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        step.envs(world::credentials(world::cloud(self.schedule.operation)));
        let inputs = world::inputs(self.schedule.operation).into_iter().chain(inputs.iter().cloned());
        let place =
            [("operation", self.schedule.operation.to_owned()), ("endpoint", self.server.url().to_owned())];
        step.envs(inputs.chain(place).map(|(name, value)| (input::variable(name), value)));
        step.current_dir(self.folder.path());
        if let Some(rerun) = &self.schedule.rerun {
            step.env(input::variable("log_level"), "debug");
            if rerun.by_number {
                // A CI that counts attempts makes its own file anew for each.
                fs::write(self.folder.path().join("github_output"), "").unwrap();
                step.env("GITHUB_ACTIONS", "true").env("GITHUB_RUN_ATTEMPT", attempt.to_string());
                step.env("GITHUB_OUTPUT", self.folder.path().join("github_output"));
            } else {
                step.env("GITLAB_CI", "true").env(input::variable("output_file"), "release.env");
            }
        }
        step
    }

    /// The end of a run, and what it said.
    fn ended(&self, inputs: &Inputs, began: Timestamp, mut child: Child, streams: Streams) -> Run {
        let status = child.wait().unwrap();
        let ended = Timestamp::now();
        let (stdout, message) = streams.read();
        let exit_status =
            status.code().filter(|_| !was_killed(status)).map(|code| u8::try_from(code).unwrap());
        let files = if self.schedule.rerun.is_some() { files(self.folder.path()) } else { Vec::new() };
        let outputs = match exit_status {
            Some(_) if !outputs(&stdout).is_empty() => outputs(&stdout),
            // On GitHub the outputs are in the file alone.
            _ => files.first().cloned().unwrap_or_default(),
        };
        let mut run = Run {
            began,
            ended,
            requests: 0..0,
            settings: settings(self.schedule.operation, inputs),
            exit_status,
            outputs,
            files,
            waited: None,
            is_second_attempt: message.contains("this is a second attempt"),
            message,
            after_signal: None,
            is_done: false,
            is_there: false,
        };
        self.server.with(|sandbox| {
            sandbox.settle(ended);
            run.requests.end = sandbox.requests().len();
            (run.began, run.ended) = (began + sandbox.clock, ended + sandbox.clock);
            run.is_done = truth::is_done(self.schedule.operation, &run, sandbox);
            run.is_there = truth::is_there(self.schedule.operation, &run, sandbox);
        });
        run
    }

    fn life(&self, runs: Vec<Run>) -> Life {
        self.server.with(|sandbox| {
            sandbox.settle(Timestamp::now());
            let (requests, effects) = (sandbox.requests().to_vec(), sandbox.effects().to_vec());
            Life { runs, requests, effects, is_virtual: false }
        })
    }
}

#[cfg(unix)]
fn was_killed(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(9)
}

/// What Windows has for SIGKILL ends a process with status 1, which no run of a test ends with.
#[cfg(not(unix))]
fn was_killed(status: std::process::ExitStatus) -> bool {
    status.code() == Some(1)
}

/// Reads what a process writes while it runs.
struct Streams([std::thread::JoinHandle<Vec<u8>>; 2]);

impl Streams {
    fn of(child: &mut Child) -> Self {
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self([reader(stdout), reader(stderr)])
    }

    fn read(self) -> (Vec<u8>, String) {
        let [stdout, stderr] = self.0.map(|reader| reader.join().unwrap());
        (stdout, String::from_utf8_lossy(&stderr).into_owned())
    }
}

fn reader(mut stream: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// What each output file says: of a name that stands in it twice the last value.
fn files(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => texts(&serde_json::from_str(&text).unwrap()),
            Some("env") => lines(&text),
            _ => heredoc(&text),
        }
    });
    files.collect()
}

fn lines(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// `name<<end`, the value's lines, `end`.
fn heredoc(text: &str) -> BTreeMap<String, String> {
    let (mut values, mut lines) = (BTreeMap::new(), text.lines());
    while let Some(line) = lines.next() {
        let Some((name, end)) = line.split_once("<<") else {
            values.extend(line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            continue;
        };
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        values.insert(name.to_owned(), value.join("\n"));
    }
    values
}

/// The outputs of `result`, which is the last line of stdout.
fn outputs(stdout: &[u8]) -> BTreeMap<String, String> {
    let stdout = String::from_utf8_lossy(stdout);
    let result = stdout.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    texts(&result.unwrap_or_default())
}

fn texts(result: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let fields = result.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), text(value))).collect()
}
