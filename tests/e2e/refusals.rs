//! A directory that is not what it was is refused at start-up, with the reason.

use crate::log::{LEDGERD, LogProcess};
use harness::server::{self, Server};
use std::fs;
use std::path::{Path, PathBuf};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Why `serve` did not start.
fn refusal(dir: &Path) -> String {
    let output = server::run(
        LEDGERD,
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--dir",
            &dir.to_string_lossy(),
        ],
    )
    .unwrap();
    assert!(
        !output.status.success(),
        "the server started and stopped without an error"
    );
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn write_ahead_log(dir: &Path) -> PathBuf {
    let mut logs: Vec<PathBuf> = fs::read_dir(dir.join("db"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "log"))
        .collect();
    logs.sort_by_key(|path| fs::metadata(path).unwrap().len());
    logs.pop().unwrap()
}

#[test]
fn an_older_copy_of_the_database_is_refused() {
    let mut log = LogProcess::new();
    log.grow_to(20);
    assert!(log.server.terminate().unwrap());
    let older = log.dir.with_file_name("older-db");
    copy(&log.dir.join("db"), &older);

    log.server = Server::start(LEDGERD, &log.dir).unwrap();
    log.client = harness::client::Client::new(log.server.url());
    log.grow_to(30);
    assert!(log.server.terminate().unwrap());
    fs::remove_dir_all(log.dir.join("db")).unwrap();
    fs::rename(&older, log.dir.join("db")).unwrap();

    let reason = refusal(&log.dir);
    assert!(
        reason.contains("20") && reason.contains("30"),
        "names both sizes: {reason}"
    );
}

#[test]
fn an_older_copy_of_the_whole_directory_is_refused() {
    let mut log = LogProcess::new();
    log.grow_to(20);
    assert!(log.server.terminate().unwrap());
    let older = log.dir.with_file_name("older");
    copy(&log.dir, &older);

    log.server = Server::start(LEDGERD, &log.dir).unwrap();
    log.client = harness::client::Client::new(log.server.url());
    log.grow_to(30);
    assert!(log.server.terminate().unwrap());
    fs::remove_dir_all(&log.dir).unwrap();
    fs::rename(&older, &log.dir).unwrap();

    let reason = refusal(&log.dir);
    assert!(
        reason.contains("20") && reason.contains("30"),
        "names both sizes: {reason}"
    );
}

#[test]
fn a_truncated_write_ahead_log_is_refused() {
    let mut log = LogProcess::new();
    log.grow_to(30);
    log.server.kill().unwrap();
    let file = write_ahead_log(&log.dir);
    let length = fs::metadata(&file).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    assert!(!refusal(&log.dir).is_empty());
}

#[test]
fn a_write_ahead_log_damaged_in_its_middle_is_refused() {
    let mut log = LogProcess::new();
    log.grow_to(30);
    log.server.kill().unwrap();
    let file = write_ahead_log(&log.dir);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&file, bytes).unwrap();
    assert!(!refusal(&log.dir).is_empty());
}

#[test]
fn the_key_of_another_log_is_refused() {
    let log = LogProcess::new();
    let other = LogProcess::new();
    assert!(log.server.terminate().unwrap());
    fs::copy(other.dir.join("log.key"), log.dir.join("log.key")).unwrap();
    assert!(refusal(&log.dir).contains("key"));
}

#[test]
fn a_lost_high_water_file_is_refused() {
    let log = LogProcess::new();
    let mark = log.high_water();
    assert!(log.server.terminate().unwrap());
    fs::remove_file(mark).unwrap();
    assert!(!refusal(&log.dir).is_empty());
}

#[test]
fn two_servers_on_one_directory_are_one_too_many() {
    let log = LogProcess::new();
    assert!(!refusal(&log.dir).is_empty());
}
