//! A directory that is not what it was is refused at start-up, with the reason.

use crate::log::{LEDGERD, LogProcess};
use kit::files::{copy_directory, write_ahead_log};
use kit::server::{self, Server};
use std::fs;
use std::path::Path;

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
    );
    assert!(
        !output.status.success(),
        "the server started and stopped without an error"
    );
    server::stderr(&output) + &server::stdout(&output)
}

#[test]
fn an_older_copy_of_the_database_is_refused() {
    let mut log = LogProcess::new();
    log.grow_to(20);
    log.server.stop();
    let older = log.dir.with_file_name("older-db");
    copy_directory(&log.dir.join("db"), &older);

    log.server = Server::start(LEDGERD, &log.dir);
    log.client = harness::client::Client::new(log.server.url());
    log.grow_to(30);
    log.server.stop();
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
    log.server.stop();
    let older = log.dir.with_file_name("older");
    copy_directory(&log.dir, &older);

    log.server = Server::start(LEDGERD, &log.dir);
    log.client = harness::client::Client::new(log.server.url());
    log.grow_to(30);
    log.server.stop();
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
    log.server.kill();
    let file = write_ahead_log(&log.dir.join("db"));
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
    log.server.kill();
    let file = write_ahead_log(&log.dir.join("db"));
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
    log.server.stop();
    fs::copy(other.dir.join("log.key"), log.dir.join("log.key")).unwrap();
    assert!(refusal(&log.dir).contains("key"));
}

#[test]
fn a_lost_high_water_file_is_refused() {
    let log = LogProcess::new();
    let mark = log.high_water();
    log.server.stop();
    fs::remove_file(mark).unwrap();
    assert!(!refusal(&log.dir).is_empty());
}

#[test]
fn two_servers_on_one_directory_are_one_too_many() {
    let log = LogProcess::new();
    assert!(!refusal(&log.dir).is_empty());
}
