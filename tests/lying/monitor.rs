//! Lies to a monitor that has looked at the honest log before.

use crate::LEDGER_VERIFY;
use crate::log::{Liar, RealLog};
use crate::table::{Outcome, is_caught};
use kit::log::gateway_receipt;
use kit::server;
use kit::shown::shown;
use serde_json::Value;

/// What a monitor says of a server, whose state is kept from one call to the next: its first alarm, and the exit status.
fn monitored(log: &RealLog, url: &str, more: &[&str]) -> (Outcome, Option<String>) {
    let state = log.path("monitor");
    let config = format!(
        "state_dir = \"{}\"\n[[log]]\nurl = \"{url}\"\nlog_key = \"{}\"\n",
        state.display(),
        log.key()
    );
    let config = log.file("monitor.toml", config);
    let fixed = ["monitor", "--config", &config, "--once"];
    let output = server::run(LEDGER_VERIFY, &[&fixed, more].concat());
    let (lines, exit) = (server::stdout(&output), output.status.code());
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let alarm = lines.iter().find(|line| line["type"] == "alarm");
    let text = |name: &str| alarm.and_then(|alarm| alarm[name].as_str()).map(str::to_owned);
    let code = text("code").unwrap_or_else(|| "OK".to_owned());
    (Outcome { code, exit }, text("file"))
}

/// What a monitor says of a liar that looked at the honest log before. The honest log is shown as it was when it was stolen, since the real one
/// may join runs at any time.
fn after_honest(log: &RealLog, liar: &Liar) -> (Outcome, Option<String>) {
    let stolen = log.stolen();
    let honest = log.lie(&shown(&stolen.log, stolen.root));
    let (honest, _) = monitored(log, honest.server.url(), &["--begin"]);
    assert_eq!(honest.to_string(), "`OK` (0)");
    monitored(log, liar.server.url(), &[])
}

#[test]
fn an_older_copy_of_the_log_is_shown() {
    let log = RealLog::new();
    let stolen = log.stolen();
    let old = stolen.log.log.checkpoint(stolen.root - 1);
    let liar = log.lie(&[("/log/checkpoint".to_owned(), old.into_bytes())].into());
    let (seen, _) = after_honest(&log, &liar);
    is_caught(
        "shows an older head than the one that a monitor saw",
        &[("monitor", seen)],
    );
}

#[test]
fn a_second_history_of_the_same_size_is_shown() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let [first, second, ..] = stolen.entries_of_job()[..] else {
        panic!("a job with entries")
    };
    stolen.log.exchange(first, second);
    let note = stolen.log.log.checkpoint(stolen.root + 1);
    let liar = log.lie(&[("/log/checkpoint".to_owned(), note.into_bytes())].into());
    let (seen, file) = after_honest(&log, &liar);
    is_caught(
        "signs a second tree of the size that a monitor saw",
        &[("monitor", seen), ("fork", log.verify(&["fork", &file.unwrap()]))],
    );
}

#[test]
fn a_longer_second_history_is_shown() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let [first, second, ..] = stolen.entries_of_job()[..] else {
        panic!("a job with entries")
    };
    stolen.log.exchange(first, second);
    let covered = stolen.log.log.size();
    let root = stolen.log.index_in(&[covered], |_| {});
    let (seen, _) = after_honest(&log, &log.lie(&shown(&stolen.log, root)));
    is_caught(
        "signs a longer history than a monitor saw, in which two earlier entries have changed places",
        &[("monitor", seen)],
    );
}

#[test]
fn an_index_that_leaves_an_entry_out_is_signed_after_an_honest_one() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let new = stolen.log.document(&gateway_receipt(30), None);
    let root = stolen.hide(new);
    let (seen, _) = after_honest(&log, &log.lie(&shown(&stolen.log, root)));
    is_caught(
        "signs an index without an entry, after a monitor saw a right one",
        &[("monitor", seen)],
    );
}
