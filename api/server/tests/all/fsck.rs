use crate::process::{LogDirectory, Server, ledgerd, pulses, stderr, stdout};
use kit::server::INDEX_AFTER_MS;
use std::fs;
use std::process::Output;

fn fsck(place: &LogDirectory) -> Output {
    ledgerd()
        .args(["fsck", "--json", "--dir"])
        .arg(place.log())
        .output()
        .unwrap()
}

#[test]
fn a_fresh_log_is_clean() {
    let place = LogDirectory::with_log();
    let output = fsck(&place);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["tree_size"], 1);
    assert_eq!(report["fault_count"], 0);
}

#[test]
fn a_log_that_was_served_is_clean() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let file = place.write("pulses.ndjson", &pulses(300));
    let submitted = ledgerd()
        .args(["submit", "--url", server.url()])
        .arg(file)
        .output()
        .unwrap();
    assert!(submitted.status.success(), "{}", stderr(&submitted));
    server.stop();
    let output = fsck(&place);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{} {}",
        stdout(&output),
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_read_is_neither_clean_nor_faulty() {
    let place = LogDirectory::empty();
    assert_eq!(fsck(&place).status.code(), Some(2), "there is no directory");
    let place = LogDirectory::with_log();
    fs::remove_file(place.log().join("log.key")).unwrap();
    assert_eq!(fsck(&place).status.code(), Some(2), "there is no key");
    let place = LogDirectory::with_log();
    fs::remove_file(place.log().join("db/CURRENT")).unwrap();
    assert_eq!(fsck(&place).status.code(), Some(2), "the database does not open");
}

fn reindex(place: &LogDirectory) -> Output {
    ledgerd()
        .args(["reindex", "--dir"])
        .arg(place.log())
        .output()
        .unwrap()
}

#[test]
fn the_index_is_built_again_where_no_server_has_the_log_open() {
    let place = LogDirectory::with_log();
    let built = reindex(&place);
    assert_eq!(built.status.code(), Some(0), "{}", stderr(&built));
    assert!(
        stdout(&built).starts_with("the log has no index.root"),
        "{}",
        stdout(&built)
    );

    let mut serve = ledgerd();
    serve
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log());
    let server = Server::from_command(serve.env(INDEX_AFTER_MS, "1"));
    let file = place.write("pulses.ndjson", &pulses(300));
    let submitted = ledgerd()
        .args(["submit", "--url", server.url()])
        .arg(file)
        .output()
        .unwrap();
    assert!(submitted.status.success(), "{}", stderr(&submitted));
    let refused = reindex(&place);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("has this log open"),
        "{}",
        stderr(&refused)
    );
    server.stop();
    for _ in 0..2 {
        let checked = fsck(&place);
        assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
        let built = reindex(&place);
        assert_eq!(built.status.code(), Some(0), "{}", stderr(&built));
        assert!(
            stdout(&built).contains("as the index.root at entry"),
            "{}",
            stdout(&built)
        );
    }
}
