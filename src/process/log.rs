//! The log: lines on stderr, every one harmless and without secrets. Only this crate's own events are logged.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::output::stream::STDERR;
use crate::process::env::Env;
use crate::text::redact::Redactor;
use crate::text::sanitize;

/// The warnings that were logged, for the one annotation at the end.
#[derive(Clone, Default)]
pub struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// All of them so far, in order.
    #[must_use]
    pub fn so_far(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts the log by what the environment says of it. Inputs that are wrong are reported when inputs are read.
#[must_use]
pub fn start(env: &Env, redactor: &Redactor) -> Warnings {
    let given = |name: &&str| env.get(name).map(str::trim).filter(|value| !value.is_empty());
    let input = |names: [&str; 3]| names.iter().find_map(given);
    let debug = env.get("RUNNER_DEBUG") == Some("1") || env.get("CI_DEBUG_TRACE") == Some("true");
    let level = match input(["INPUT_LOG_LEVEL", "INPUT_LOG-LEVEL", "INPUT_LOG__LEVEL"]) {
        Some("trace") => LevelFilter::TRACE,
        _ if debug => LevelFilter::DEBUG,
        Some("debug") => LevelFilter::DEBUG,
        Some("warn") => LevelFilter::WARN,
        Some("error") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let json = input(["INPUT_LOG_FORMAT", "INPUT_LOG-FORMAT", "INPUT_LOG__FORMAT"]) == Some("json");
    let warnings = Warnings::default();
    let lines = LogLayer { json, shown: level, redactor: redactor.clone(), warnings: warnings.clone() };
    // Warnings are collected even where they are not shown.
    let collected = level.max(LevelFilter::WARN);
    let targets = Targets::new().with_target(env!("CARGO_CRATE_NAME"), collected);
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    warnings
}

/// Writes every event as lines.
struct LogLayer {
    json: bool,
    shown: LevelFilter,
    redactor: Redactor,
    warnings: Warnings,
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut message = Message::default();
        event.record(&mut message);
        let message = self.redactor.redact(&message.0).into_owned();
        if level == Level::WARN {
            let mut warnings = self.warnings.0.lock().unwrap_or_else(PoisonError::into_inner);
            warnings.push(message.clone());
        }
        if self.shown < level {
            return;
        }
        let text = if self.json { as_json(level, &message) } else { as_text(level, &message) };
        // A log that cannot be written is no reason to end a release.
        let _ = STDERR.write(&text);
    }
}

/// Each line begins with the time, so that none begins with what a CI takes for a command.
fn as_text(level: Level, message: &str) -> String {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let level = level.as_str().to_ascii_lowercase();
    sanitize::lines(message).fold(String::new(), |mut log, line| {
        let _ = writeln!(log, "{now} {level}: {line}");
        log
    })
}

fn as_json(level: Level, message: &str) -> String {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let fields =
        [("time", now), ("level", level.as_str().to_ascii_lowercase()), ("message", message.to_owned())];
    let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
    sanitize::json(&Value::Object(Map::from_iter(fields)).to_string()) + "\n"
}

/// The message of an event; events have no other fields here.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
