//! Packs: what holds, and that nothing in one can be changed.

mod closures;
mod damage;
mod edit;
mod erasures;
mod index;
mod trees;

use std::collections::BTreeSet;

use verifier::assess::assess;
use verifier::check::{
    Authenticity, FilePurpose, ReportAnswers, Status, check_pack, read_pack, something_else,
};
use verifier::index::{LeafIndex, TreeSize};
use verifier::pack::file_name;
use verifier::quorum::QuorumPolicy;

use edit::{changed, kinds, member};
use kit::cosigners::{LOG_ITSELF, cosigner};
use kit::log::log_key;
use kit::pack::{ASK, JobLog, PackRequest, check, sample};

#[test]
fn a_pack_leads_to_the_assessment_of_its_closure() {
    let (log, pack) = sample();
    let expected = assess(&log.closure("job-1", 5));
    let found = check(&pack);
    assert_eq!(found.assessment.as_deref(), Some(expected.to_jcs()));
    assert_eq!(
        (found.report.status, found.report.reason_code),
        (expected.verdict, expected.code)
    );
}

#[test]
fn a_pack_of_every_size_under_every_later_checkpoint_holds() {
    let mut log = JobLog::new();
    log.fill(13);
    for size in 1..=13 {
        for as_of in 1..=size {
            let pack = log.pack(PackRequest { as_of, size, ..ASK });
            assert!(check(&pack).assessment.is_some(), "{as_of} of {size}");
        }
    }
}

#[test]
fn names_of_files_are_harmless_and_differ() {
    let name = |job_id: &str| file_name(job_id, TreeSize::new(7));
    assert_eq!(name("job-1"), "job-job-1-7.evidence");
    for hostile in ["../../etc/passwd", "a\"; b=ü", "", "con.", &"x".repeat(256)] {
        let name = name(hostile);
        assert!(name.len() < 120 && name.starts_with("job-") && name.ends_with("-7.evidence"));
        let stem = name.strip_suffix(".evidence").unwrap();
        assert!(
            stem.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            "{name}"
        );
    }
    assert_ne!(name("a/b"), name("a_b"));
    assert_ne!(name("a/b"), name("a:b"));
}

#[test]
fn genuine_and_failed_forged_damaged_and_mistaken_packs_have_first_lines_of_their_own() {
    let (_, pack) = sample();
    let cases = kit::pack::sample::brought(&pack, &log_key());
    for case in &cases {
        let report =
            something_else(FilePurpose::Pack, &case.bytes).unwrap_or_else(|| check(&case.bytes).report);
        assert_eq!(
            report.text_of_kind("pack").first_line(),
            case.first_line,
            "{}",
            case.what
        );
        assert_eq!(report.answers.exit_status(), case.exit, "{}", case.what);
        let is_genuine = report.answers.authenticity == Authenticity::Genuine;
        assert_eq!(report.answers.verdict.is_some(), is_genuine, "{}", case.what);
        assert!(
            case.first_line.chars().count() <= 80 || case.what.contains("another"),
            "{}",
            case.what
        );
    }
    let lines: BTreeSet<&str> = cases.iter().map(|case| case.first_line.as_str()).collect();
    assert_eq!(lines.len(), cases.len(), "{lines:?}");
}

#[test]
fn a_pack_of_a_later_format_cannot_be_judged_and_is_not_called_forged() {
    let (_, pack) = sample();
    let later = changed(&pack, member::VERSION, |version| {
        *version = serde_cbor::Value::Integer(3);
    });
    let report = check(&later).report;
    assert_eq!(report.answers, ReportAnswers::UNKNOWN);
    assert_eq!(report.answers.exit_status(), 2);
    let first = report.text_of_kind("pack").first_line();
    assert!(first.starts_with("Pack: cannot be judged: "), "{first}");
}

#[test]
fn the_timeline_of_a_pack_lists_the_jobs_entries_and_nothing_of_a_pack_that_does_not_hold() {
    let (_, mut pack) = sample();
    let reading = read_pack(&pack, &log_key(), None);
    let indices: Vec<u64> = reading.timeline.iter().map(|entry| entry.index.value()).collect();
    assert!(indices.is_sorted() && indices.contains(&1), "{indices:?}");
    pack[100] ^= 1;
    assert!(read_pack(&pack, &log_key(), None).timeline.is_empty());
}

#[test]
fn the_same_contents_give_the_same_bytes() {
    assert_eq!(sample().1, sample().1);
}

#[test]
fn a_pack_holds_genesis_the_job_the_entry_whose_time_counts_and_the_last_one() {
    let (log, pack) = sample();
    let indices: Vec<u64> = kinds(&pack).into_iter().map(|(index, _)| index).collect();
    let mut expected: Vec<u64> = log
        .closure("job-1", 5)
        .records
        .keys()
        .map(|index| index.value())
        .chain([0, 4, 6])
        .collect();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(indices, expected);
}

#[test]
fn cosignatures_are_shown_and_count_only_by_the_policy() {
    let mut log = JobLog::new();
    log.fill(7);
    // Nothing is wrong with this job, so that its verdict leaves room for the quorum's.
    let open = PackRequest { job: "job-2", ..ASK };
    // The pack wants them by the text of their keys.
    let cosigners = &[8, 9];
    let pack = log.pack(PackRequest { cosigners, ..open });
    let alone = log.pack(open);
    let policy = |quorum: &str| {
        let text = format!(
            "log {}\nwitness a {}\nwitness b {}\ngroup both all a b\nquorum {quorum}\n",
            log_key(),
            cosigner(8),
            cosigner(10),
        );
        QuorumPolicy::parse(text.as_bytes()).unwrap()
    };
    let code = |pack: &[u8], quorum| {
        check_pack(pack, &log_key(), Some(&policy(quorum)))
            .report
            .reason_code
    };
    let verdict = check(&pack).report.reason_code;
    assert_eq!(code(&pack, "none"), verdict);
    assert_eq!(code(&pack, "a"), verdict);
    assert_eq!(code(&pack, "b"), "QUORUM_NOT_REACHED");
    assert_eq!(code(&pack, "both"), "QUORUM_NOT_REACHED");
    assert_eq!(code(&alone, "a"), "QUORUM_NOT_REACHED");
    let report = check_pack(&alone, &log_key(), Some(&policy("a"))).report;
    assert_eq!(report.status, Status::Incomplete);
    // A job that fails does not pass by any cosignature.
    let failing = log.pack(ASK);
    assert_eq!(check(&failing).report.status, Status::Fail);
    assert_eq!(code(&failing, "a"), check(&failing).report.reason_code);
}

#[test]
fn an_ml_dsa_cosignature_counts_and_the_logs_own_is_shown_as_nobody_elses() {
    let mut log = JobLog::new();
    log.fill(7);
    let pack = log.pack(PackRequest {
        job: "job-2",
        cosigners: &[LOG_ITSELF, 130],
        ..ASK
    });
    let policy = |seed| {
        let text = format!("log {}\nwitness a {}\nquorum a\n", log_key(), cosigner(seed));
        QuorumPolicy::parse(text.as_bytes()).unwrap()
    };
    let with = |seed| check_pack(&pack, &log_key(), Some(&policy(seed))).report;
    assert_eq!(with(130).reason_code, check(&pack).report.reason_code);
    assert_eq!(with(131).reason_code, "QUORUM_NOT_REACHED");
    assert_eq!(
        serde_json::to_value(with(130)).unwrap()["details"]["cosigned_by"],
        serde_json::json!(["witness.example/w130 at 1700000000"])
    );
}

#[test]
fn a_policy_of_other_logs_refuses_the_pack() {
    let (_, pack) = sample();
    let other = "log example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\nquorum none\n";
    let policy = QuorumPolicy::parse(other.as_bytes()).unwrap();
    let found = check_pack(&pack, &log_key(), Some(&policy));
    assert_eq!(found.report.reason_code, "LOG_NOT_IN_POLICY");
    assert_eq!(found.report.status, Status::Fail);
    assert_eq!(found.assessment, None);
}

#[test]
fn an_erasure_without_an_order_is_no_erasure() {
    let mut log = JobLog::new();
    log.fill(7);
    let whole = log.pack_beside(ASK, &[]);
    let holds_receipt = kinds(&whole).iter().any(|(index, _)| *index == 2);
    log.erase(2);
    let erased = log.pack(ASK);
    let code = check(&erased).report.reason_code;
    // Only where the job's closure holds the receipt is anything missing.
    assert_eq!(code == "ERASURE_NOT_ORDERED", holds_receipt);
    assert_eq!(log.record(LeafIndex::new(2)).context, None);
}
