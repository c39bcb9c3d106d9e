//! No core files: the memory of this process holds secrets.

/// Lets a crash, or SIGQUIT, leave no core file. Where the limits may not be changed they stay as they are.
///
/// Not by `PR_SET_DUMPABLE`: the environment of such a process is hidden from its own user, and by it Jenkins finds the
/// processes that it ends when a build is aborted.
#[cfg(unix)]
pub fn forbid() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // For Linux 1 is less than 0: a program that takes core files over a pipe (`systemd-coredump`, `apport`) is started
    // whatever the limit is, but for this one. A core file has more than one byte and is not written either.
    //
    // Source: <https://github.com/torvalds/linux/blob/master/fs/coredump.c>
    let least = u64::from(cfg!(target_os = "linux"));
    let most = getrlimit(Resource::Core).maximum;
    let least = most.map_or(least, |most| most.min(least));
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(least), maximum: Some(least) });
}

/// Windows writes no core files unless it is set up to.
#[cfg(not(unix))]
pub fn forbid() {}
