//! Watched tokens and agents.

use kit::documents::{claims, issuance, revocation, token_hash, tool_receipt};
use kit::key::Key;
use kit::log::{ORIGIN, gateway_receipt};
use kit::pack::JobLog;
use monitor::alarm::code;
use serde_json::json;

use crate::world::{Watching, codes, shown};

fn used(log: &mut JobLog, seed: u8, token: &str) -> u64 {
    let context = json!({ "token_hash": token }).to_string();
    log.document(&gateway_receipt(seed), Some(&context))
}

#[test]
fn a_token_that_is_used_after_its_revocation_is_an_alarm_that_names_both_entries() {
    let mut watching = Watching::new();
    let token = token_hash("watched");
    watching.log.config.tokens = vec![token.clone()];
    let mut log = JobLog::new();
    let said = claims("agent", "jti-1", &["s"], 1, 2);
    log.document(
        issuance(ORIGIN, &token, &said, "job-1", "run")
            .sign(&Key::new(4))
            .as_bytes(),
        None,
    );
    used(&mut log, 20, &token);
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
    let revoked = log.document(revocation(ORIGIN, &token, 1).sign(&Key::new(4)).as_bytes(), None);
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
    used(&mut log, 21, &token_hash("another"));
    let first = used(&mut log, 22, &token);
    let result = watching.round(&shown(&log));
    assert_eq!(codes(&result.changes.raised), [code::USE_AFTER_REVOCATION]);
    let entries: Vec<u64> = result.changes.raised[0]
        .entries
        .iter()
        .map(|index| index.value())
        .collect();
    assert_eq!(entries, [revoked, first]);
    assert_eq!(codes(&watching.round(&shown(&log)).changes.raised), [""; 0]);
    // Another use is another thing to tell.
    used(&mut log, 23, &token);
    let again = watching.round(&shown(&log));
    assert_eq!(codes(&again.changes.raised), [code::USE_AFTER_REVOCATION]);
    assert!(
        again.changes.raised[0].sentence.contains("2 entries"),
        "{again:?}"
    );
    assert_eq!(
        again.changes.raised[0].first_seen_ms,
        result.changes.raised[0].first_seen_ms
    );
}

#[test]
fn a_token_that_is_watched_later_has_the_log_read_again() {
    let mut watching = Watching::new();
    let token = token_hash("watched");
    let mut log = JobLog::new();
    log.document(revocation(ORIGIN, &token, 1).sign(&Key::new(4)).as_bytes(), None);
    used(&mut log, 22, &token);
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
    watching.log.config.tokens = vec![token];
    let result = watching.round(&shown(&log));
    assert_eq!(
        (result.read, codes(&result.changes.raised)),
        (log.log.size(), vec![code::USE_AFTER_REVOCATION])
    );
}

#[test]
fn new_entries_of_an_agent_are_told_and_two_documents_under_one_id_are_a_conflict() {
    let mut watching = Watching::new();
    let agent = Key::new(30);
    watching.log.config.agents = vec![agent.did()];
    let mut log = JobLog::new();
    let receipt = |tool: &str| tool_receipt("rcpt_1", "run", &Key::new(30).did(), tool).sign(&Key::new(30));
    let one = log.document(receipt("search").as_bytes(), None);
    let first = watching.round(&shown(&log));
    assert_eq!((first.lines.len(), first.exit_status()), (1, 0));
    assert_eq!(first.lines[0]["entries"][0]["index"], one);
    assert_eq!(watching.round(&shown(&log)).lines.len(), 0);
    let other = log.document(receipt("delete").as_bytes(), None);
    let second = watching.round(&shown(&log));
    assert_eq!(codes(&second.changes.raised), [code::CONFLICT]);
    let entries: Vec<u64> = second.changes.raised[0]
        .entries
        .iter()
        .map(|index| index.value())
        .collect();
    assert_eq!(entries, [one, other]);
}
