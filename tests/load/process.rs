//! What the operating system says of the server process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::report;

/// The groups that figures name, each with how the names of its threads begin. All other threads answer requests.
const GROUPS: [(&str, &[&str]); 4] = [
    ("sequencer", &["sequencer"]),
    ("indexer", &["indexer"]),
    ("upkeep", &["store-upkeep", "eraser", "rocksdb"]),
    ("projection", &["projection", "verdict"]),
];
/// All other threads of the process.
pub(crate) const WORKERS: &str = "request_workers";
/// All of its threads.
pub(crate) const ALL: &str = "all";
/// Linux tells processor times of processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Processor time that a process has used so far.
pub(crate) struct ProcessorTime {
    all: Duration,
    /// By group and thread.
    threads: BTreeMap<(&'static str, String), Duration>,
}

impl ProcessorTime {
    pub(crate) fn of(process: u32) -> Self {
        let mut named = BTreeMap::new();
        let threads = std::fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            // proc(5): a thread may have ended since it was listed. The first number of schedstat is in nanoseconds.
            let read = |file: &str| std::fs::read_to_string(thread.path().join(file));
            let (Ok(name), Ok(stat)) = (read("comm"), read("schedstat")) else {
                continue;
            };
            let Some(group) = group_of(&name) else { continue };
            let nanoseconds = stat
                .split_whitespace()
                .next()
                .and_then(|number| number.parse().ok());
            let id = thread.file_name().to_string_lossy().into_owned();
            named.insert((group, id), Duration::from_nanos(nanoseconds.unwrap_or_default()));
        }
        Self {
            all: of_all_threads(process).unwrap_or_default(),
            threads: named,
        }
    }

    /// What each group has used since an earlier look, and `all` of them. The rest of all is the request workers': these threads come and go.
    pub(crate) fn since(&self, earlier: &Self) -> Vec<(&'static str, Duration)> {
        let all = self.all.saturating_sub(earlier.all);
        let mut groups: BTreeMap<&'static str, Duration> = BTreeMap::new();
        for (thread, time) in &self.threads {
            let before = earlier.threads.get(thread).copied().unwrap_or_default();
            *groups.entry(thread.0).or_default() += time.saturating_sub(before);
        }
        let named: Duration = groups.values().sum();
        let mut found = vec![(ALL, all), (WORKERS, all.saturating_sub(named))];
        found.extend(groups);
        found
    }
}

/// Reports what each group of threads used for each of `count` receipts, as `<figure>_cpu_<group>`.
pub(crate) fn report_cpu(figure: &str, size: &str, used: &[(&'static str, Duration)], count: u64) {
    for (group, time) in used {
        let micros = time.as_secs_f64() * 1e6 / report::float(count.max(1));
        report::figure(&format!("{figure}_cpu_{group}{size}"), micros, "CPU-us/receipt");
    }
}

fn group_of(thread: &str) -> Option<&'static str> {
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| thread.starts_with(prefix));
    GROUPS
        .iter()
        .find(|(_, prefixes)| is_of(prefixes))
        .map(|(group, _)| *group)
}

/// proc(5): the name, in parentheses, may have spaces; utime and stime are fields 14 and 15, and have the time of threads that ended.
fn of_all_threads(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.map(|ticks| ticks.parse::<u32>().unwrap_or_default()).sum();
    Some(TICK * ticks)
}

/// Memory of a process, now and at most so far, in KiB (proc(5), `VmRSS` and `VmHWM`).
pub(crate) fn memory_kib(process: u32) -> Option<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((value("VmRSS:")?, value("VmHWM:")?))
}

/// From now on the peak memory of a process is that since now (proc(5), `clear_refs`); where the kernel does not allow it, since its start.
pub(crate) fn bound_peak_memory(process: u32) {
    let _ = std::fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// Bytes of all files below a directory.
pub(crate) fn bytes_of(directory: &Path) -> std::io::Result<u64> {
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
