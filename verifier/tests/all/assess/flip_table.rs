//! Each check, flipped alone by one act of those who may, and not by the same act of those who may not.

use serde_json::{Value, json};
use verifier::assess::{Assessment, Check, CheckId, CheckStatus};
use verifier::check::Status;

use super::flip_acts::FLIPS;
use super::scenario::{Intake, ScenarioActor, ScenarioJob, impersonate, others, outcome, same};

type CheckResult = (CheckStatus, &'static str);

/// One act, and what it makes of one check.
pub(super) struct FlipCase {
    pub(super) id: CheckId,
    pub(super) before: CheckResult,
    pub(super) after: CheckResult,
    /// The job up to the act.
    pub(super) start: fn() -> ScenarioJob,
    /// One or more entries by the actors whose business it is.
    pub(super) act: fn(&mut ScenarioJob),
    /// What is done next in either case, before the agent hands in its bundle.
    pub(super) then: fn(&mut ScenarioJob),
}

/// Everybody who might try.
const ACTORS: [ScenarioActor; 8] = [
    ScenarioActor::Stranger,
    ScenarioActor::OtherAgent,
    ScenarioActor::Registry,
    ScenarioActor::TokenIssuer,
    ScenarioActor::Gateway,
    ScenarioActor::Orchestrator,
    ScenarioActor::Approver,
    ScenarioActor::Enforcement,
];

impl FlipCase {
    /// The job up to the act, in a log where another agent has a token and a run of its own for another job.
    fn begin(&self) -> ScenarioJob {
        let mut job = (self.start)();
        let mut other = ScenarioJob::open(job.log.clone(), "job-of-another-tenant");
        other.issue("token-of-another-tenant", |members| {
            members["claims"]["sub"] = json!(ScenarioActor::OtherAgent.did());
            members["claims"]["agent_did"] = json!(ScenarioActor::OtherAgent.did());
        });
        job.log = other.log;
        job
    }

    fn end(&self, mut job: ScenarioJob) -> Assessment {
        (self.then)(&mut job);
        job.bundle(same);
        job.assess()
    }

    /// The act as somebody else's, who is `None` for nobody.
    fn by(&self, actor: Option<ScenarioActor>, intake: Intake) -> Assessment {
        let mut job = self.begin();
        impersonate(&mut job, self.act, actor, intake);
        self.end(job)
    }

    fn is_business_of(&self, actor: ScenarioActor) -> bool {
        let mut job = self.begin();
        let from = job.log.size();
        let mut honest = job.clone();
        (self.act)(&mut honest);
        let sent_by = (from..honest.log.size()).any(|index| {
            let submitter = &honest.log.record(index).entry.submitter;
            submitter.as_ref().map(verifier::context::SubmitterName::as_str) == Some(actor.submitter())
        });
        let agent = matches!(actor, ScenarioActor::Stranger | ScenarioActor::OtherAgent);
        let admitted = impersonate(&mut job, self.act, Some(actor), Intake::Honest).admitted;
        !agent && (sent_by || admitted > 0 && !is_words_only(from, &honest))
    }
}

/// Whether an act is of contexts and refusals alone, which anybody can send.
fn is_words_only(from: u64, honest: &ScenarioJob) -> bool {
    use verifier::kind::Kind::{Context, Refused};
    (from..honest.log.size()).all(|index| {
        let entry = &honest.log.record(index).entry;
        matches!(entry.kind, Context | Refused)
    })
}

/// PASS, or what the check makes of it.
fn follows(assessment: &Assessment, id: CheckId, (status, code): CheckResult) {
    let expected = match status {
        CheckStatus::Fail => (Status::Fail, Some(id), code),
        CheckStatus::Incomplete => (Status::Incomplete, Some(id), code),
        _ => (Status::Pass, None, "OK"),
    };
    let found = (assessment.verdict, assessment.check, assessment.code);
    assert_eq!(found, expected, "{}", assessment.to_jcs());
}

/// The assessment without the lists of what does not count.
fn counted(assessment: &Assessment) -> Value {
    let mut json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    let members = json.as_object_mut().unwrap();
    members.remove("unbound");
    members.remove("alarms");
    json
}

fn all_but(assessment: &Assessment, id: CheckId) -> Vec<&Check> {
    assessment.checks.iter().filter(|check| check.id != id).collect()
}

#[test]
fn every_check_and_every_code_of_completeness_has_an_act_that_flips_it() {
    for id in CheckId::ALL {
        assert!(FLIPS.iter().any(|flip| flip.id == *id), "{id}");
    }
    for code in [
        "RECEIPT_NOT_IN_BUNDLE",
        "RECEIPT_NOT_LOGGED",
        "STREAM_REPEATED",
        "STREAM_MISSING",
        "STREAM_GAP",
        "STREAM_OPEN",
    ] {
        let told = |flip: &&FlipCase| [flip.before.1, flip.after.1].contains(&code);
        assert!(FLIPS.iter().any(|flip| told(&flip)), "{code}");
    }
}

#[test]
fn an_act_of_those_who_may_flips_one_check_and_the_verdict_follows() {
    for flip in FLIPS {
        let before = flip.end(flip.begin());
        assert_eq!(outcome(&before, flip.id), flip.before, "{}", before.to_jcs());
        follows(&before, flip.id, flip.before);
        let mut job = flip.begin();
        (flip.act)(&mut job);
        let after = flip.end(job);
        assert_eq!(
            outcome(&after, flip.id),
            flip.after,
            "{} {}",
            flip.id,
            after.to_jcs()
        );
        assert_eq!(
            others(&after, flip.id),
            others(&before, flip.id),
            "{} {}",
            flip.id,
            after.to_jcs()
        );
        follows(&after, flip.id, flip.after);
    }
}

#[test]
fn the_same_act_of_anybody_else_changes_no_byte_of_the_verdict() {
    for flip in FLIPS {
        let quiet = flip.by(None, Intake::Honest);
        assert_eq!(outcome(&quiet, flip.id), flip.before);
        let mut tried = 0;
        for actor in ACTORS.into_iter().filter(|actor| !flip.is_business_of(*actor)) {
            let after = flip.by(Some(actor), Intake::Honest);
            assert_eq!(counted(&after), counted(&quiet), "{} by {actor:?}", flip.id);
            tried += 1;
        }
        assert!(tried > 4, "{}: {tried}", flip.id);
    }
}

#[test]
fn in_a_log_that_admits_anybody_the_same_act_fails_signatures_and_moves_nothing_else() {
    let mut failed = 0;
    for flip in FLIPS {
        let quiet = flip.by(None, Intake::Careless);
        for actor in ACTORS.into_iter().filter(|actor| !flip.is_business_of(*actor)) {
            let after = flip.by(Some(actor), Intake::Careless);
            let id = CheckId::Signatures;
            assert_eq!(
                all_but(&after, id),
                all_but(&quiet, id),
                "{} by {actor:?}",
                flip.id
            );
            failed += usize::from(outcome(&after, id).0 == CheckStatus::Fail);
        }
    }
    assert!(failed > 0);
}
