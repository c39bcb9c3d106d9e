//! One run of the real binary, in a directory and an environment of its own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sandbox::world;
use serde_json::Value;
use tempfile::TempDir;

use super::placeholders;
use crate::ci_rules::{Values, github, gitlab, jenkins};

const GITHUB_OUTPUT: &str = "github_output";
const GITHUB_STEP_SUMMARY: &str = "github_step_summary";
const GITLAB_DOTENV: &str = "release-step.env";

/// A step of a CI job, before it runs. Nothing is inherited: it sees the variables that are set here, and no others.
pub(crate) struct Step {
    command: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    dir: TempDir,
    /// After this long it is killed, and the test fails.
    time_limit: Duration,
}

impl Step {
    /// Outside of every CI that we know.
    pub(crate) fn plain() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let step = Self {
            command: vec![env!("CARGO_BIN_EXE_release-step").into()],
            environment: BTreeMap::new(),
            dir,
            time_limit: Duration::from_secs(30),
        };
        let home = step.path("");
        step.env("HOME", home)
    }

    /// In GitHub Actions, with its two files there and empty.
    pub(crate) fn github() -> Self {
        let step = Self::plain().file(GITHUB_OUTPUT, "").file(GITHUB_STEP_SUMMARY, "");
        let (output, summary) = (step.path(GITHUB_OUTPUT), step.path(GITHUB_STEP_SUMMARY));
        step.env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", output)
            .env("GITHUB_STEP_SUMMARY", summary)
    }

    /// In a job of GitLab's.
    pub(crate) fn gitlab() -> Self {
        let step = Self::plain();
        let project = step.path("");
        step.env("CI", "true").env("GITLAB_CI", "true").env("CI_PROJECT_DIR", project)
    }

    /// In a build of Jenkins's.
    pub(crate) fn jenkins() -> Self {
        let step = Self::plain();
        let workspace = step.path("");
        step.env("JENKINS_URL", "https://jenkins.example/").env("WORKSPACE", workspace)
    }

    /// In the CI of this name, as the input `ci` has it.
    pub(crate) fn of(ci: &str) -> Self {
        match ci {
            "github" => Self::github(),
            "gitlab" => Self::gitlab(),
            "jenkins" => Self::jenkins(),
            "plain" => Self::plain(),
            other => panic!("`{other}` is no CI"),
        }
    }

    /// Sets an input as a CI does: in capitals, a space becomes an underscore, a hyphen stays.
    pub(crate) fn input(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let name = name.replace(' ', "_").to_uppercase();
        self.env(format!("INPUT_{name}"), value)
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (name.as_ref().into(), value.as_ref().into());
        self.environment.insert(name, value);
        self
    }

    /// Gives it two minutes: some things are believed only after half a one.
    pub(crate) fn patient(mut self) -> Self {
        self.time_limit = Duration::from_secs(120);
        self
    }

    pub(crate) fn unset(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.push(argument.as_ref().into());
        self
    }

    /// Runs it by way of a shell, to which the binary is `"$0"`, as in `exec "$0" > /dev/full`.
    #[cfg(unix)]
    pub(crate) fn by_shell(mut self, script: &str) -> Self {
        let binary = std::mem::replace(&mut self.command, vec!["/bin/sh".into(), "-c".into(), script.into()]);
        self.command.extend(binary);
        self
    }

    /// Makes this operation's call to the server at `url`, as a fresh sandbox takes it. What fails is neither repeated nor
    /// looked up for long.
    pub(crate) fn releasing(self, operation: &str, url: &str) -> Self {
        let step = self.input("operation", operation).input("endpoint", url);
        let step = step.input("retry_timeout", "0").input("settle_time", "0");
        let inputs = world::inputs(operation).into_iter();
        let step = inputs.fold(step, |step, (name, value)| step.input(name, value));
        let credentials = world::credentials(world::cloud(operation)).into_iter();
        credentials.fold(step, |step, (name, value)| step.env(name, value))
    }

    /// Puts a file into the step's directory, to which `name` is relative.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// The path of `name` in the step's directory, which is where it runs, its home, and its CI's workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match name {
            "" => self.dir.path().into(),
            name => self.dir.path().join(name),
        }
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Run {
        self.start().finish()
    }

    /// Starts it, for a test that does something meanwhile.
    #[track_caller]
    pub(crate) fn start(self) -> Running {
        let mut child = sandbox::alone(&self.command[0])
            .args(&self.command[1..])
            .envs(&self.environment)
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            stdout: Stream::of(child.stdout.take().unwrap()),
            stderr: Stream::of(child.stderr.take().unwrap()),
            child,
            dir: Some(self.dir),
            deadline: Instant::now() + self.time_limit,
        }
    }
}

/// A step that runs. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
    /// Gone once the step has become a [`Run`].
    dir: Option<TempDir>,
    deadline: Instant,
}

impl Running {
    /// Waits until the step has printed `text` on one of its streams.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.until(&format!("print `{text}`"), |step| {
            let there = |step: &Self| step.stdout.text().contains(text) || step.stderr.text().contains(text);
            let ended = step.ended();
            assert!(there(step) || !ended, "ended without `{text}`\n{}", step.so_far());
            there(step)
        });
    }

    /// Sends a signal by its short name, such as `TERM`, to this process alone.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success(), "no signal `{name}` for {pid}");
    }

    /// Waits until it ends, and takes what it has left.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        self.until("end", Self::ended);
        let status = self.child.wait().unwrap();
        let dir = self.dir.take().unwrap();
        Run {
            code: status.code(),
            #[cfg(unix)]
            signal: std::os::unix::process::ExitStatusExt::signal(&status),
            #[cfg(unix)]
            dumped_core: std::os::unix::process::ExitStatusExt::core_dumped(&status),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            files: files_in(dir.path()),
            dir,
        }
    }

    /// Both streams are at their end too, so that nothing is missing from them.
    fn ended(&mut self) -> bool {
        let exited = self.child.try_wait().unwrap().is_some();
        exited && self.stdout.ended() && self.stderr.ended()
    }

    #[track_caller]
    fn until(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) {
        while !done(self) {
            let in_time = Instant::now() < self.deadline;
            assert!(in_time, "the step did not {what} in time\n{}", self.so_far());
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn so_far(&self) -> String {
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        format!("--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or a test has failed.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What arrives on a pipe, collected by a thread so that the step never waits for its reader.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let of_thread = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                of_thread.lock().unwrap().extend_from_slice(&chunk[..length]);
            }
        });
        Self { bytes, reader }
    }

    fn ended(&self) -> bool {
        self.reader.is_finished()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// Every file below a directory, by its path from there.
fn files_in(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = files_in(&entry.path()).into_iter();
            files.extend(below.map(|(path, content)| (format!("{name}/{path}"), content)));
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// What a step has left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    /// The signal that killed it.
    #[cfg(unix)]
    pub(crate) signal: Option<i32>,
    /// Whether that left a core file.
    #[cfg(unix)]
    pub(crate) dumped_core: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Every file in its directory, those put there before included.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    dir: TempDir,
}

impl Run {
    /// Fails the test, and shows everything, if it did not exit with this status.
    #[track_caller]
    pub(crate) fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}", self.transcript());
        self
    }

    /// The text of a file that must be there.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> &str {
        let Some(content) = self.files.get(name) else {
            panic!("no file `{name}`\n{}", self.transcript());
        };
        str::from_utf8(content).unwrap()
    }

    /// What GitHub takes for the step's outputs, on Linux.
    #[track_caller]
    pub(crate) fn github_outputs(&self) -> Values {
        github::outputs(self.file(GITHUB_OUTPUT).as_bytes(), github::Runner::Unix).unwrap()
    }

    /// What GitHub carries out, from stdout and then from stderr.
    pub(crate) fn github_commands(&self) -> Vec<github::Command> {
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|text| github::commands(text));
        [stdout, stderr].concat()
    }

    /// What GitLab takes from the dotenv report.
    #[track_caller]
    pub(crate) fn gitlab_variables(&self) -> Values {
        gitlab::dotenv(self.file(GITLAB_DOTENV).as_bytes()).unwrap()
    }

    /// The section markers that GitLab obeys, from stdout and then from stderr.
    pub(crate) fn gitlab_markers(&self) -> Vec<gitlab::Marker> {
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|text| gitlab::markers(text));
        [stdout, stderr].concat()
    }

    /// What Jenkins's `readJSON` gives for a file.
    #[track_caller]
    pub(crate) fn json(&self, file: &str) -> Value {
        jenkins::read_json(self.file(file).as_bytes()).unwrap()
    }

    /// What `readJSON text: sh(returnStdout: true, …).trim()` gives: all of stdout must be one JSON value.
    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        let text = jenkins::return_stdout(&self.stdout);
        jenkins::read_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{}", self.transcript()))
    }

    /// Stderr, the same each time: without the time that begins a line.
    pub(crate) fn log(&self) -> String {
        visible(&placeholders::replaced(&self.stderr, self.dir.path())).replace("[time] ", "")
    }

    /// Everything a run has left, the same each time: for a snapshot.
    pub(crate) fn transcript(&self) -> String {
        let code = self.code.map_or("none".into(), |code| code.to_string());
        let mut all = format!("exit status: {code}\n");
        let streams = [("stdout", &self.stdout), ("stderr", &self.stderr)];
        let streams = streams.map(|(name, text)| (name, text.as_str().into()));
        let files = self.files.iter();
        let files = files.map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes)));
        for (name, text) in streams.into_iter().chain(files).filter(|(_, text)| !text.is_empty()) {
            let text = visible(&placeholders::replaced(&text, self.dir.path()));
            let end = if text.ends_with('\n') { "" } else { "[no line feed]\n" };
            write!(all, "--- {name}\n{text}{end}").unwrap();
        }
        all
    }
}

/// Control characters but the line feed as their pictures, such as `␛`, or as `\u{9b}`.
fn visible(text: &str) -> String {
    let mut all = String::new();
    for c in text.chars() {
        match c {
            '\n' => all.push(c),
            '\0'..='\x1f' => all.extend(char::from_u32(0x2400 + u32::from(c))),
            _ if c.is_control() => all.extend(c.escape_unicode()),
            _ => all.push(c),
        }
    }
    all
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The same support around a shell, whatever the binary does.
    fn shell(mut step: Step, script: &str) -> Step {
        step.command = vec!["/bin/sh".into()];
        step.argument("-c").argument(script)
    }

    #[test]
    fn the_binary_runs() {
        let run = Step::plain().argument("--version").run();
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        assert_eq!(run.signal, None);
    }

    #[test]
    fn nothing_is_inherited_and_what_is_set_arrives() {
        let mut step = Step::plain().env("A", "1").env("B", "2").unset("B");
        // Not by way of a shell: some take a name with a hyphen away.
        step.command = vec!["/usr/bin/env".into()];
        let run = step.input("package-ids of", "a\nb").run().exits_with(0);
        let home = run.dir.path().display();
        let expected = format!("A=1\nHOME={home}\nINPUT_PACKAGE-IDS_OF=a\nb\n");
        assert_eq!(run.stdout, expected);

        let run = shell(Step::plain(), "/bin/pwd; read line || echo closed").run();
        let cwd = run.dir.path().canonicalize().unwrap();
        assert_eq!(run.stdout, format!("{}\nclosed\n", cwd.display()));
    }

    #[test]
    fn every_operation_has_its_inputs_and_credentials() {
        for operation in world::OPERATIONS {
            let step = Step::plain().releasing(operation, "http://127.0.0.1:1");
            let names: Vec<_> = step.environment.keys().map(|name| name.to_str()).collect();
            assert!(names.contains(&Some("INPUT_OPERATION")));
            assert!(names.contains(&Some("INPUT_ENDPOINT")));
            let credential = |name: &&str| name.contains("CLOUD_");
            assert!(names.iter().flatten().any(credential), "{names:?}");
            assert!(names.len() >= 6, "{names:?}");
        }
    }

    #[test]
    fn each_ci_has_its_variables_and_places() {
        let script = "printf 'a<<E\\nb\\nE\\n' >> $GITHUB_OUTPUT; echo ::error::c; echo '::debug::d' >&2; cat $GITHUB_STEP_SUMMARY";
        let run = shell(Step::github(), script).run().exits_with(0);
        assert_eq!(run.github_outputs(), [("a", "b")].into());
        let names: Vec<_> = run.github_commands().into_iter().map(|command| command.name).collect();
        assert_eq!(names, ["error", "debug"]);

        let script = "test $GITLAB_CI && echo a=b > $CI_PROJECT_DIR/release-step.env && printf 'section_end:1:a\\r\\033[0K'";
        let run = shell(Step::gitlab(), script).run().exits_with(0);
        assert_eq!(run.gitlab_variables(), [("a", "b")].into());
        assert_eq!(run.gitlab_markers().len(), 1);

        let script = "test $JENKINS_URL && echo '{\"a\": 1}' | /usr/bin/tee $WORKSPACE/b.json";
        let run = shell(Step::jenkins(), script).run().exits_with(0);
        assert_eq!(run.result(), run.json("b.json"));
    }

    #[test]
    fn a_transcript_is_the_same_each_time() {
        let script = "echo $HOME; printf '\\033[0m a' >&2; cp given/b c; exit 3";
        let step = shell(Step::github().file("given/b", "2026-11-22T03:04:05Z\n"), script);
        let step = step.env("PATH", "/usr/bin:/bin");
        let run = step.run().exits_with(3);
        insta::assert_snapshot!(run.transcript(), @r"
        exit status: 3
        --- stdout
        [dir]
        --- stderr
        ␛[0m a[no line feed]
        --- c
        [time]
        --- given/b
        [time]
        ");
    }

    #[test]
    fn a_running_step_can_be_waited_for_and_signalled() {
        let script = "trap 'echo got it; exit 7' TERM; echo ready >&2; while :; do :; done";
        let mut step = shell(Step::plain(), script).start();
        step.wait_for("ready");
        step.signal("TERM");
        assert_eq!(step.finish().exits_with(7).stdout, "got it\n");

        let run = shell(Step::plain(), "kill -9 $$").run();
        assert_eq!((run.code, run.signal), (None, Some(9)));
    }

    #[test]
    #[should_panic(expected = "did not end in time\n--- stdout\nso far\n")]
    fn a_step_that_does_not_end_is_killed() {
        let mut step = shell(Step::plain(), "echo so far; exec /bin/sleep 60");
        step.time_limit = Duration::from_millis(300);
        step.run();
    }

    #[test]
    #[should_panic(expected = "ended without `more`\n--- stdout\nall\n")]
    fn a_step_that_ends_too_early_is_not_waited_for() {
        shell(Step::plain(), "echo all").start().wait_for("more");
    }
}
