//! What a run does to the world outside the network, as data, and the one function that does it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

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

/// Begins on a line of its own, should another tool have left the last one open. A blank line would do for GitHub, but
/// `act`, and with it Gitea and Forgejo, refuse the file for one.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    if !text.is_empty() && is_open_line(path) {
        file.write_all(b"\n")?;
    }
    file.write_all(text.as_bytes())?;
    file.flush()
}

/// Whether a file's last line has no end. What is no file, such as a pipe, has no lines to mend.
fn is_open_line(path: &Path) -> bool {
    let last = || -> io::Result<u8> {
        let mut last = [b'\n'];
        let file = fs::metadata(path)?;
        if file.is_file() && file.len() > 0 {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(last[0])
    };
    last().is_ok_and(|last| last != b'\n')
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // What a link leads to is replaced, not the link: its readers would go on with what an earlier run left.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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
    rename(file, path).map_err(without_path)
}

/// How often a file is found in use before that is an error, and the pause between.
const IN_USE: (u32, Duration) = (if cfg!(windows) { 40 } else { 0 }, Duration::from_millis(50));

/// Windows replaces no file that somebody has open, and a virus scanner opens each that was written, for a moment.
fn rename(mut file: NamedTempFile, path: &Path) -> io::Result<()> {
    let (mut times, pause) = IN_USE;
    while let Err(refused) = file.persist(path) {
        if times == 0 {
            return Err(refused.error);
        }
        times -= 1;
        thread::sleep(pause);
        file = refused.file;
    }
    Ok(())
}

/// The operating system's words alone: the name of the temporary file helps nobody.
fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((words, _)) => io::Error::new(error.kind(), words.to_owned()),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, carry_out};

    #[test]
    fn what_is_appended_begins_on_a_line_of_its_own_and_leaves_no_blank_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outputs");
        for (before, after) in [("", "b=2\n"), ("a=1\n", "a=1\nb=2\n"), ("a=1", "a=1\nb=2\n")] {
            std::fs::write(&path, before).unwrap();
            let nothing = Effect::Append(path.clone(), String::new());
            let something = Effect::Append(path.clone(), "b=2\n".to_owned());
            assert!(carry_out(&[nothing, something]).is_empty());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after, "{before:?}");
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_is_in_use_for_a_moment_is_replaced_all_the_same() {
        use std::os::windows::fs::OpenOptionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outputs.json");
        std::fs::write(&path, "old").unwrap();
        let held = std::fs::OpenOptions::new().read(true).share_mode(0).open(&path).unwrap();
        let scanner = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            drop(held);
        });
        let lost = carry_out(&[Effect::Replace(path.clone(), "new".to_owned())]);
        scanner.join().unwrap();
        assert!(lost.is_empty(), "{lost:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }
}
