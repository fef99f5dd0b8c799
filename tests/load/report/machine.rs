//! The machine of a run: a figure without it says nothing.

use std::fs::read_to_string;
use std::path::Path;

use serde_json::{Value, json};

/// What speeds up hashes and signatures, where the processor has it.
const FLAGS: [&str; 8] = [
    "sha_ni",
    "avx2",
    "avx512f",
    "avx512ifma",
    "bmi2",
    "adx",
    "ssse3",
    "hypervisor",
];

/// Processor, cores, memory, kernel, and the file system of the directory that logs are written to.
pub(crate) fn describe(directory: &Path) -> Value {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of_cpu = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let all_flags = of_cpu("flags").unwrap_or_default();
    let flags: Vec<&str> = all_flags
        .split_whitespace()
        .filter(|flag| FLAGS.contains(flag))
        .collect();
    let one_line = |path: &str| {
        read_to_string(path)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    json!({
        "processor": of_cpu("model name"),
        "flags": flags,
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "memory_mib": memory_mib(),
        "kernel": one_line("/proc/sys/kernel/osrelease"),
        "file_system": file_system(directory),
        "load_average": one_line("/proc/loadavg"),
    })
}

/// The machine in one line.
pub(crate) fn summary(machine: &Value) -> String {
    format!(
        "{}, {} cores, {} MiB, {} on {}",
        machine["processor"].as_str().unwrap_or("an unknown processor"),
        machine["cores"],
        machine["memory_mib"],
        machine["file_system"]
            .as_str()
            .unwrap_or("an unknown file system"),
        machine["kernel"].as_str().unwrap_or_default(),
    )
}

fn memory_mib() -> Option<u64> {
    let text = read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// The type of the file system of a directory, by the longest mount point above it (proc(5), `mountinfo`).
fn file_system(directory: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let mounts = read_to_string("/proc/self/mountinfo").ok()?;
    let above = mounts.lines().filter_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let point = mount.split_whitespace().nth(4)?;
        let kind = file_system.split_whitespace().next()?;
        directory.starts_with(point).then_some((point.len(), kind))
    });
    above
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind.to_owned())
}
