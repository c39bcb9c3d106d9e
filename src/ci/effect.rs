//! What a run does to the world outside the network, as data, and the one function that does it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One thing to do. Its text is harmless and has no secret in it: both are seen to where it is made, as what is escaped
/// cannot be recognised any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Adds to the end of a file that others write to, too.
    Append(PathBuf, String),
    /// Makes a file anew, whole or not at all.
    Replace(PathBuf, String),
    /// A line for the machine that reads stdout.
    Stdout(String),
    /// A line for people.
    Stderr(String),
}

/// Does all of it, and returns what could not be done.
#[must_use]
pub fn carry_out(effects: &[Effect]) -> Vec<(PathBuf, io::Error)> {
    let mut failed = Vec::new();
    for effect in effects {
        let done = match effect {
            Effect::Append(path, text) => (path.clone(), append(path, text)),
            Effect::Replace(path, text) => (path.clone(), replace(path, text)),
            Effect::Stdout(line) => (PathBuf::from("stdout"), print(io::stdout(), line)),
            Effect::Stderr(line) => (PathBuf::from("stderr"), print(io::stderr(), line)),
        };
        if let (path, Err(error)) = done {
            failed.push((path, error));
        }
    }
    failed
}

fn print(mut stream: impl Write, line: &str) -> io::Result<()> {
    writeln!(stream, "{line}")?;
    stream.flush()
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.flush()
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|file| !file.is_file()) {
        return Err(io::Error::other("it is there and is not a file"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other file that a job makes: the CI's own process, which picks it up, may be another user.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".release-step-").tempfile_in(folder).map_err(without_path)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| without_path(error.error))?;
    Ok(())
}

/// The operating system's words alone: the name of the temporary file helps nobody.
fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((words, _)) => io::Error::new(error.kind(), words.to_owned()),
        None => error,
    }
}
