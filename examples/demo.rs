//! All five releases, as CI jobs would make them, against both clouds on loopback.
//!
//! `cargo run --example demo` starts the sandbox and runs itself once an operation, as `release-step`, in the
//! environment that a job of GitHub, GitLab, Jenkins or a plain shell would give it. Each job waits for the end of its
//! release.

#![expect(clippy::print_stdout, reason = "a demo shows")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use release_step::process::env::Env;
use sandbox::{By, Sandbox, Server, world};

/// A CI's name, its variables (`{dir}` is the job's folder), and the files in which a later step finds the outputs.
type Job = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const GITHUB: Job = (
    "GitHub Actions",
    &[("GITHUB_ACTIONS", "true"), ("GITHUB_OUTPUT", "{dir}/github_output")],
    &["github_output"],
);
const GITLAB: Job = (
    "GitLab CI",
    &[("GITLAB_CI", "true"), ("CI_PROJECT_DIR", "{dir}")],
    &["release-step.env", "release-step.json"],
);
const JENKINS: Job = (
    "Jenkins",
    &[("JENKINS_URL", "https://jenkins.example/"), ("WORKSPACE", "{dir}")],
    &["release-step.json"],
);
const SHELL: Job = ("a plain shell", &[], &[]);

const JOBS: [(&str, Job); 5] = [
    ("release_artifact", GITHUB),
    ("publish_routine_code_revision", GITLAB),
    ("release_package", JENKINS),
    ("deploy_packages", GITHUB),
    ("publish_extension_draft", SHELL),
];

/// Somebody approves the package, and every step of a release takes a moment.
const SCRIPT: [&str; 2] = ["fate package=approved", "pace 700ms"];

/// Asked often, because the demo's clouds are quick.
const WAITING: [(&str, &str); 2] = [("wait", "true"), ("poll_interval", "300ms")];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if Env::snapshot().get("INPUT_OPERATION").is_some() {
        return Ok(release_step::main());
    }
    let mut sandbox = Sandbox::new();
    for line in SCRIPT {
        sandbox.arrange(line)?;
    }
    let server = Server::launch(sandbox, 0, |_| ())?;
    println!("Both clouds are at {}. Five jobs, each with one release that it waits for:", server.url());
    let mut all_well = true;
    for (operation, job) in JOBS {
        all_well &= run(&server, operation, job)?;
    }
    println!("\nWhat the sandbox saw:");
    for effect in server.effects() {
        let whose = if effect.by == By::Call { "" } else { ", by somebody in the console" };
        println!("  {} released {}{whose}", effect.operation, effect.id);
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one job and shows what it was given, what it said and what it leaves for the next step.
fn run(server: &Server, operation: &str, (ci, variables, files): Job) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().display().to_string();
    let mut job = sandbox::alone(std::env::current_exe()?);
    job.current_dir(&folder).env("INPUT_OPERATION", operation).env("INPUT_ENDPOINT", server.url());

    println!("\n== {operation} in {ci} ==\n");
    let waiting = WAITING.map(|(name, value)| (name, value.to_owned()));
    for (name, value) in world::inputs(operation).into_iter().chain(waiting) {
        println!("  {}: {value}", name.to_lowercase());
        job.env(format!("INPUT_{}", name.to_uppercase()), value);
    }
    for (name, value) in world::credentials(world::cloud(operation)) {
        println!("  {name}: (a secret of the CI)");
        job.env(name, value);
    }
    for (name, value) in variables {
        job.env(name, value.replace("{dir}", &dir));
    }

    let done = job.output()?;
    show("the log (stderr)", &done.stderr);
    show("stdout, for the machine", &done.stdout);
    for file in files {
        let text = fs::read(Path::new(&dir).join(file))?;
        if *file == "github_output" {
            show("the outputs of the step", as_outputs(&text).as_bytes());
        } else {
            show(&format!("the file {file}"), &text);
        }
    }
    println!("\n  exit status {}", done.status.code().unwrap_or(-1));
    Ok(done.status.success())
}

/// GitHub's output file as a later step reads it: the last value of a name wins.
fn as_outputs(file: &[u8]) -> String {
    let file = String::from_utf8_lossy(file);
    let mut lines = file.lines();
    let mut outputs: Vec<(&str, String)> = Vec::new();
    while let Some(line) = lines.next() {
        if let Some((name, delimiter)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            outputs.retain(|(known, _)| *known != name);
            outputs.push((name, value.join("\n")));
        }
    }
    let shown = outputs.iter().map(|(name, value)| format!("steps.release.outputs.{name} = {value}\n"));
    shown.collect()
}

fn show(title: &str, bytes: &[u8]) {
    println!("\n  {title}:");
    // GitLab's section marks move the cursor; here they are only shown.
    let text = String::from_utf8_lossy(bytes).replace('\u{1b}', "␛").replace('\r', "␍");
    for line in text.lines().filter(|line| !line.is_empty()) {
        println!("  | {line}");
    }
}
