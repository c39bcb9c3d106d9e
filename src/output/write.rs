//! What a run does to the world outside the network, as data, and the one function that does it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::stream::{STDERR, STDOUT};

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
            Effect::Stdout(line) => (PathBuf::from("stdout"), STDOUT.write_line(line)),
            Effect::Stderr(line) => (PathBuf::from("stderr"), STDERR.write_line(line)),
        };
        if let (path, Err(error)) = done {
            failed.push((path, error));
        }
    }
    failed
}

/// Begins on a line of its own, should another tool have left the last one open. A blank line would do for GitHub, but
/// `act`, and with it Gitea and Forgejo, refuse the file for one. A part that was written is taken back: half an output
/// would take the others with it.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let path = &end_of_links(path)?;
    only_a_file(path)?;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let before = file.metadata()?.len();
    let is_open = is_open_line(path, before)?;
    let text = if is_open && !text.is_empty() { format!("\n{text}") } else { text.to_owned() };
    file.write_all(text.as_bytes()).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}

/// Whether a file's last line has no end. Text in UTF-16 is an error: UTF-8 behind it would be lost, and it with that.
fn is_open_line(path: &Path, length: u64) -> io::Result<bool> {
    // What may be written to but not read has to be taken as it is.
    let Ok(mut file) = File::open(path) else { return Ok(false) };
    let (mut first, mut last) = (Vec::new(), Vec::new());
    (&file).take(2).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
    (&file).take(2).read_to_end(&mut last)?;
    let has_mark = first == [0xFF, 0xFE] || first == [0xFE, 0xFF];
    if has_mark || first.contains(&0) || last.contains(&0) {
        let problem = "there is text in UTF-16 in it, which is not understood there";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(last.last().is_some_and(|last| *last != b'\n'))
}

/// A pipe without a reader would hold the run up, and a device keeps nothing.
fn only_a_file(path: &Path) -> io::Result<()> {
    let kind = match fs::metadata(path) {
        Ok(there) if there.is_file() => return Ok(()),
        Ok(there) if there.is_dir() => "a folder",
        Ok(_) => "a pipe or a device",
        Err(_) => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {kind}, not a file")))
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = &end_of_links(path)?;
    only_a_file(path)?;
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
    file.write_all(text.as_bytes()).map_err(without_path)?;
    rename(file, path).map_err(without_path)
}

/// More links in a row are a circle, for Linux too.
const MOST_LINKS: usize = 40;

/// What a link leads to is replaced, not the link: its readers would go on with what an earlier run left.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link that leads to itself"))
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
