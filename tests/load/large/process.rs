//! What the operating system says of the server process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Processor time by group of threads.
pub(super) struct ProcessorTime(BTreeMap<String, Duration>);

impl ProcessorTime {
    /// What the threads of a process have used so far.
    pub(super) fn of(process: u32) -> Self {
        let mut groups = BTreeMap::new();
        let threads = std::fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            // proc(5): a thread may have ended since it was listed. The first number of schedstat is in nanoseconds.
            let read = |file: &str| std::fs::read_to_string(thread.path().join(file));
            let (Ok(name), Ok(stat)) = (read("comm"), read("schedstat")) else {
                continue;
            };
            let nanoseconds = stat
                .split_whitespace()
                .next()
                .and_then(|number| number.parse().ok());
            *groups.entry(group_of(name.trim_end())).or_default() +=
                Duration::from_nanos(nanoseconds.unwrap_or_default());
        }
        Self(groups)
    }

    /// What was used since an earlier look. Threads that ended in between are not in it.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let since = |(name, time): (&String, &Duration)| {
            let before = earlier.0.get(name).copied().unwrap_or_default();
            (name.clone(), time.saturating_sub(before))
        };
        Self(self.0.iter().map(since).collect())
    }

    /// Each group, and `all` of them.
    pub(super) fn by_group(&self) -> impl Iterator<Item = (&str, Duration)> {
        let all = ("all", self.0.values().sum());
        let groups = self.0.iter().map(|(name, time)| (name.as_str(), *time));
        groups.chain([all])
    }
}

/// Threads of one pool are told apart by a number behind their name.
fn group_of(thread: &str) -> String {
    let name = thread.trim_end_matches(|last: char| last.is_ascii_digit());
    name.trim_end_matches(['-', ':', ' '])
        .replace([' ', ':', '-'], "_")
}

/// Memory of a process, now and at most so far, in KiB (proc(5), `VmRSS` and `VmHWM`).
pub(super) fn memory_kib(process: u32) -> Option<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((value("VmRSS:")?, value("VmHWM:")?))
}

/// Bytes of all files below a directory.
pub(super) fn bytes_of(directory: &Path) -> std::io::Result<u64> {
    let mut bytes = 0_u64;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        // RocksDB deletes files at any time.
        let Ok(metadata) = entry.metadata() else { continue };
        bytes = bytes.saturating_add(if metadata.is_dir() {
            bytes_of(&entry.path())?
        } else {
            metadata.len()
        });
    }
    Ok(bytes)
}
