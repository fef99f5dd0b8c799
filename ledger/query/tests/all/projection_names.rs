//! Names are found by how they begin, as their jobs hold them, and go with what told them.

use kit::documents::job_event;
use kit::test_ledger::ORIGIN;
use ledger_query::projection::{JobFilter, NameKind};

use crate::projection_counts::erase;
use crate::projection_documents::{FollowedLog, token};

fn names(followed: &FollowedLog, kind: NameKind, beginning: &str) -> Vec<String> {
    let page = followed.projection.names(kind, beginning, 20).unwrap();
    assert!(!page.more);
    page.names
}

fn jobs(followed: &FollowedLog, filter: &JobFilter) -> Vec<String> {
    let page = followed
        .projection
        .jobs(&followed.engine, filter, None, followed.size(), 200)
        .unwrap();
    page.items.into_iter().map(|job| job.job_id).collect()
}

/// Opens a job that somebody asked for.
async fn requested(followed: &FollowedLog, job: &str, by: &str) {
    let draft = job_event(ORIGIN, job, "opened").with("/requested_by", by);
    let document = draft.sign(&followed.log.cast.orchestrator);
    followed.send("orchestrator", document).await;
}

#[tokio::test]
async fn a_beginning_in_any_case_finds_the_names_as_they_are_spelled() {
    let followed = FollowedLog::start().await;
    for job in ["Demo-1", "demo-1", "demo-2", "other", "ÄRGER"] {
        requested(&followed, job, "Lead@Contoso.example").await;
    }
    followed.issue(&token(1), "demo-1", "run").await;
    followed.receipt(1, "run", "Model-A", "demo-1").await;
    followed.settle().await;
    assert_eq!(
        names(&followed, NameKind::Job, "DEMO-"),
        ["Demo-1", "demo-1", "demo-2"]
    );
    assert_eq!(names(&followed, NameKind::Job, "demo-1"), ["Demo-1", "demo-1"]);
    assert_eq!(names(&followed, NameKind::Job, "ärg"), ["ÄRGER"]);
    assert!(names(&followed, NameKind::Job, "emo").is_empty());
    assert!(names(&followed, NameKind::Agent, "demo").is_empty());
    // Five jobs, one person.
    assert_eq!(
        names(&followed, NameKind::Person, "lead@"),
        ["Lead@Contoso.example"]
    );
    assert_eq!(
        names(&followed, NameKind::Model, "anthropic/m"),
        ["anthropic/Model-A"]
    );
    assert_eq!(names(&followed, NameKind::Model, "model"), ["anthropic/Model-A"]);
    assert_eq!(
        names(&followed, NameKind::Token, token(1).get(..9).unwrap()),
        [token(1)]
    );
    let cut = followed.projection.names(NameKind::Job, "d", 2).unwrap();
    assert_eq!((cut.names.len(), cut.more), (2, true));
    followed.stop().await;
}

#[tokio::test]
async fn jobs_are_filtered_by_person_and_by_code() {
    let followed = FollowedLog::start().await;
    requested(&followed, "one", "lead").await;
    requested(&followed, "two", "other").await;
    followed.settle().await;
    let by = |person: &str| JobFilter {
        person: Some(person.to_owned()),
        ..JobFilter::default()
    };
    assert_eq!(jobs(&followed, &by("lead")), ["one"]);
    assert!(
        jobs(&followed, &by("Lead")).is_empty(),
        "another spelling is another person"
    );
    let code = followed.job("one").outcome.code;
    let begun = code.get(..6).unwrap().to_lowercase();
    assert_eq!(names(&followed, NameKind::Code, &begun).first(), Some(&code));
    let filter = JobFilter {
        code: Some(code),
        ..by("other")
    };
    assert_eq!(jobs(&followed, &filter), ["two"]);
    followed.stop().await;
}

#[tokio::test]
async fn a_name_that_was_erased_is_found_no_more() {
    let followed = FollowedLog::start().await;
    followed.open_job("job").await;
    followed.issue(&token(1), "job", "run").await;
    let receipt = followed.receipt(1, "run", "erased-model", "job").await;
    followed.settle().await;
    assert_eq!(
        names(&followed, NameKind::Model, "erased"),
        ["anthropic/erased-model"]
    );
    erase(&followed, receipt).await;
    followed.settle().await;
    assert!(names(&followed, NameKind::Model, "erased").is_empty());
    let everything = ledger::store::derived::KeyRange {
        from: &[],
        to: &[u8::MAX],
        descending: false,
        limit: usize::MAX,
    };
    let pairs = followed.derived.list(everything).unwrap();
    let holds = |bytes: &[u8]| bytes.windows(12).any(|window| window == b"erased-model");
    assert!(!pairs.iter().any(|(key, value)| holds(key) || holds(value)));
    followed.stop().await;
}
