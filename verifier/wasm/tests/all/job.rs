//! A job page against its pack.

use kit::key::Key;
use kit::log::{ORIGIN, log_key};
use kit::pack::sample;
use kit::pack::sample::brought;
use serde_json::Value;
use verifier::check::{Status, check_pack};
use verifier::note::VerifierKey;
use verifier_wasm::{ShownCheck, ShownJob, check_brought_pack, check_job};

/// Makes a page say something else.
type PageChange = fn(&mut ShownJob);

/// The page that an honest server makes of the sample pack.
fn page(pack: &[u8]) -> ShownJob {
    let assessment = check_pack(pack, &log_key(), None).assessment.unwrap();
    let said: Value = serde_json::from_str(&assessment).unwrap();
    let text = |object: &Value, member: &str| object[member].as_str().unwrap().to_owned();
    let hash = verifier::hash::sha256(assessment.as_bytes());
    ShownJob {
        job_id: text(&said, "job_id"),
        as_of: said["tree_size"].as_u64().unwrap(),
        verdict: text(&said, "verdict"),
        root_hash: text(&said, "root_hash"),
        code: Some(text(&said, "code")),
        message: Some(text(&said, "message")),
        assessment_sha256: Some(verifier::digest::ArtifactHash::from_bytes(hash).to_string()),
        checks: said["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| ShownCheck {
                id: text(check, "id"),
                status: text(check, "status"),
                code: Some(text(check, "code")),
                message: Some(text(check, "message")),
            })
            .collect(),
    }
}

#[test]
fn a_page_that_shows_what_its_pack_says_agrees_whatever_the_verdict() {
    let (_, pack) = sample();
    let check = check_job(&pack, &log_key().to_string(), &page(&pack));
    assert!(check.agrees(), "{check:?}");
    assert_eq!(check.report.status, Status::Fail);
    assert!(check.report.details.get("entries").is_some());
}

#[test]
fn every_fact_that_a_page_shows_otherwise_is_named() {
    let (_, pack) = sample();
    let changes: [(&str, PageChange); 12] = [
        ("job_id", |page| page.job_id.push('x')),
        ("tree_size", |page| page.as_of += 1),
        ("verdict", |page| page.verdict = "PASS".to_owned()),
        ("root_hash", |page| page.root_hash = "00".repeat(32)),
        ("code", |page| page.code = Some("OK".to_owned())),
        ("message", |page| page.message = Some("all is well".to_owned())),
        ("signatures message", |page| {
            page.checks[0].message = Some("all is well".to_owned());
        }),
        ("signatures code", |page| {
            page.checks[0].code = Some("FINE".to_owned());
        }),
        ("token.valid", |page| {
            page.checks.retain(|check| check.id != "token.valid");
        }),
        ("assessment_sha256", |page| {
            page.assessment_sha256 = Some(String::new());
        }),
        ("signatures", |page| page.checks[0].status = "none".to_owned()),
        ("unheard.of", |page| page.checks[0].id = "unheard.of".to_owned()),
    ];
    for (what, change) in changes {
        let mut shown = page(&pack);
        change(&mut shown);
        let check = check_job(&pack, &log_key().to_string(), &shown);
        assert!(check.holds && !check.agrees(), "{what}");
        assert_eq!(check.differences[0].what, what);
    }
}

#[test]
fn a_pack_with_any_byte_flipped_does_not_hold() {
    let (_, pack) = sample();
    let shown = page(&pack);
    for at in (0..pack.len()).step_by(97) {
        let mut flipped = pack.clone();
        flipped[at] ^= 1;
        let check = check_job(&flipped, &log_key().to_string(), &shown);
        assert!(!check.holds && check.differences.is_empty(), "byte {at}");
        assert_eq!(check.report.status, Status::Fail, "byte {at}");
    }
}

#[test]
fn a_pack_under_another_key_does_not_hold() {
    let (_, pack) = sample();
    let other = VerifierKey::new(ORIGIN, Key::new(7).public()).unwrap();
    for vkey in [other.to_string(), "no key".to_owned()] {
        assert!(!check_job(&pack, &vkey, &page(&pack)).holds);
    }
}

#[test]
fn genuine_failed_forged_damaged_and_mistaken_packs_are_told_in_the_words_of_the_command_line() {
    let (_, pack) = sample();
    let shown = page(&pack);
    for case in brought(&pack, &log_key()) {
        let check = check_job(&case.bytes, &log_key().to_string(), &shown);
        assert_eq!(check.first_line, case.first_line, "{}", case.what);
        assert_eq!(check.report.answers.exit_status(), case.exit, "{}", case.what);
        assert_eq!(check.holds, case.exit == 1, "{}", case.what);
        let answer: Value = serde_json::to_value(&check).unwrap();
        let authenticity = if case.exit == 1 { "genuine" } else { "not_genuine" };
        assert_eq!(answer["report"]["authenticity"], authenticity, "{}", case.what);
        let verdict = &answer["report"]["verdict"];
        assert_eq!(verdict.is_null(), case.exit != 1, "{}", case.what);
        assert_eq!(
            check.verdict_line.starts_with("Verdict on the job: FAIL"),
            case.exit == 1
        );
    }
}

#[test]
fn a_pack_that_the_visitor_brings_is_told_in_the_same_words_without_a_page() {
    let (_, pack) = sample();
    for case in brought(&pack, &log_key()) {
        let check = check_brought_pack(&case.bytes, &log_key().to_string());
        assert_eq!(check.first_line, case.first_line, "{}", case.what);
        assert_eq!(check.report.answers.exit_status(), case.exit, "{}", case.what);
        assert!(check.differences.is_empty(), "{}", case.what);
    }
    let without_key = check_brought_pack(&pack, "no key");
    assert!(!without_key.holds);
    assert!(
        without_key.first_line.starts_with("Pack: cannot be judged"),
        "{}",
        without_key.first_line
    );
}
