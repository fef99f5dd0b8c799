//! What a pack accepts as erased is what the server erases: every other way to have something missing is refused.

use serde_json::{Value, json};
use verifier::check::PackCheck;
use verifier::index::LeafIndex;

use super::edit::{changed, member, record_of};
use kit::documents::{Draft, registration, retirement};
use kit::key::Key;
use kit::log::{ORIGIN, gateway_receipt};
use kit::pack::{ASK, JobLog, PackRequest, check};

const OPERATOR: u8 = 2;
const GATEWAY: u8 = 6;
const STRANGER: u8 = 9;
const SECOND_OPERATOR: u8 = 10;

/// A log in which a registered gateway's receipt is tied to `job-1` by its submitter.
struct TiedReceiptLog {
    log: JobLog,
    receipt: u64,
}

impl TiedReceiptLog {
    fn new() -> Self {
        let mut story = Self {
            log: JobLog::new(),
            receipt: 0,
        };
        story.register(OPERATOR, GATEWAY, "gateway");
        let context = r#"{"job_id":"job-1","last":true,"number":0,"stream":"of-gateway"}"#;
        story.receipt = story.log.document(&gateway_receipt(GATEWAY), Some(context));
        story
    }

    fn log(&mut self, draft: &Draft, by: u8) -> u64 {
        self.log.document(draft.sign(&Key::new(by)).as_bytes(), None)
    }

    fn register(&mut self, by: u8, who: u8, role: &str) -> u64 {
        let draft = registration(ORIGIN, &Key::new(who).did(), &format!("issuer-{who}"), &[role]);
        self.log(&draft.with("/submitters", ["local"]), by)
    }

    fn retire(&mut self, who: u8) -> u64 {
        self.log(&retirement(ORIGIN, &Key::new(who).did()), OPERATOR)
    }

    /// An order, a hold or a release.
    fn say(&mut self, by: u8, envelope_type: &'static str, mut target: Value) -> u64 {
        target["reason"] = json!("asked");
        self.log(&Draft::own(ORIGIN, envelope_type, target), by)
    }

    fn digest(&self, index: u64) -> Value {
        let entry = self.log.record(LeafIndex::new(index)).entry;
        json!({ "evidence_digest": entry.evidence_digest.to_string() })
    }

    fn receipt_digest(&self) -> Value {
        self.digest(self.receipt)
    }

    fn order(&mut self, by: u8) -> u64 {
        let target = self.receipt_digest();
        self.say(by, "erasure_order", target)
    }

    fn hold(&mut self, by: u8, target: Value) -> u64 {
        self.say(by, "legal_hold", target)
    }

    /// Erases entries, and checks the pack of all of the log.
    fn without(mut self, erased: &[u64]) -> PackCheck {
        for index in erased {
            self.log.erase(*index);
        }
        let size = self.log.log.size();
        let ask = PackRequest {
            as_of: size,
            size,
            ..ASK
        };
        check(&self.log.pack(ask))
    }

    fn without_receipt(self) -> PackCheck {
        let receipt = self.receipt;
        self.without(&[receipt])
    }
}

fn accepted(found: &PackCheck) -> bool {
    found.assessment.is_some()
}

/// Why the pack is refused.
fn refused(found: &PackCheck) -> &str {
    assert_eq!(
        found.report.reason_code, "ERASURE_NOT_ORDERED",
        "{:?}",
        found.report
    );
    assert_eq!(found.assessment, None);
    &found.report.message
}

#[test]
fn what_an_operator_ordered_by_digest_or_job_is_erased_and_the_report_names_the_order() {
    for target in [None, Some(json!({ "job_id": "job-1" }))] {
        let mut story = TiedReceiptLog::new();
        let target = target.unwrap_or_else(|| story.receipt_digest());
        let order = story.say(OPERATOR, "erasure_order", target);
        let found = story.without_receipt();
        assert!(accepted(&found), "{:?}", found.report);
        assert_eq!(
            found.report.details.get("erased_by").unwrap(),
            &json!([order.to_string()])
        );
        let not_checked = found.report.details.get("not_checked").unwrap().to_string();
        assert!(not_checked.contains("holds_outside_the_file"), "{not_checked}");
    }
}

#[test]
fn an_order_of_anybody_but_an_operator_erases_nothing() {
    for by in [STRANGER, GATEWAY] {
        let mut story = TiedReceiptLog::new();
        story.order(by);
        assert!(refused(&story.without_receipt()).contains("no later order of an operator"));
    }
}

#[test]
fn an_operator_orders_from_his_registration_on_and_until_he_is_retired() {
    let mut story = TiedReceiptLog::new();
    story.register(OPERATOR, SECOND_OPERATOR, "operator");
    story.order(SECOND_OPERATOR);
    assert!(accepted(&story.without_receipt()));

    let mut early = TiedReceiptLog::new();
    early.order(SECOND_OPERATOR);
    early.register(OPERATOR, SECOND_OPERATOR, "operator");
    refused(&early.without_receipt());

    let mut late = TiedReceiptLog::new();
    late.register(OPERATOR, SECOND_OPERATOR, "operator");
    late.retire(SECOND_OPERATOR);
    late.order(SECOND_OPERATOR);
    refused(&late.without_receipt());

    // A registration that no operator signed makes nobody an operator.
    let mut self_made = TiedReceiptLog::new();
    self_made.register(STRANGER, SECOND_OPERATOR, "operator");
    self_made.order(SECOND_OPERATOR);
    refused(&self_made.without_receipt());

    // Retired after it ordered: the bytes went when it could.
    let mut gone = TiedReceiptLog::new();
    gone.register(OPERATOR, SECOND_OPERATOR, "operator");
    gone.order(SECOND_OPERATOR);
    gone.retire(SECOND_OPERATOR);
    assert!(accepted(&gone.without_receipt()));
}

#[test]
fn an_order_before_the_entry_does_not_reach_it() {
    let mut story = TiedReceiptLog::new();
    story.say(OPERATOR, "erasure_order", json!({ "job_id": "job-1" }));
    let context = r#"{"job_id":"job-1","last":true,"number":0,"stream":"later"}"#;
    let later = story.log.document(&gateway_receipt(7), Some(context));
    refused(&story.without(&[later]));
}

#[test]
fn what_a_hold_in_the_file_protects_is_not_erased() {
    for target in [None, Some("job-1"), Some("job-9")] {
        let held = |story: &TiedReceiptLog| {
            target.map_or_else(|| story.receipt_digest(), |job| json!({ "job_id": job }))
        };
        let story = || {
            let mut story = TiedReceiptLog::new();
            // Anybody's word puts the document under the hold of another job.
            story
                .log
                .context(story.receipt, "stranger", r#"{"job_id":"job-9"}"#);
            let held = held(&story);
            story.hold(OPERATOR, held);
            story
        };
        let mut protected = story();
        protected.order(OPERATOR);
        assert!(
            refused(&protected.without_receipt()).contains("it was held"),
            "{target:?}"
        );

        let mut released = story();
        let over = held(&released);
        released.say(OPERATOR, "legal_hold_release", over);
        released.order(OPERATOR);
        assert!(accepted(&released.without_receipt()), "{target:?}");

        // A release by somebody else releases nothing.
        let mut still = story();
        let over = held(&still);
        still.say(GATEWAY, "legal_hold_release", over);
        still.order(OPERATOR);
        assert!(
            refused(&still.without_receipt()).contains("it was held"),
            "{target:?}"
        );

        // An order that was given under a hold does not begin to count when that ends.
        let mut early = story();
        early.order(OPERATOR);
        let over = held(&early);
        early.say(OPERATOR, "legal_hold_release", over);
        assert!(
            refused(&early.without_receipt()).contains("it was held"),
            "{target:?}"
        );
    }
}

#[test]
fn a_hold_that_a_stranger_signed_or_that_came_later_protects_nothing() {
    let mut story = TiedReceiptLog::new();
    let target = story.receipt_digest();
    story.hold(STRANGER, target.clone());
    story.order(OPERATOR);
    story.hold(OPERATOR, target);
    assert!(accepted(&story.without_receipt()));
}

#[test]
fn a_strangers_context_puts_nothing_under_an_order_but_itself() {
    let tied = |submitter: &str| {
        let mut story = TiedReceiptLog::new();
        let context = story
            .log
            .context(story.receipt, submitter, r#"{"job_id":"job-2"}"#);
        story.say(OPERATOR, "erasure_order", json!({ "job_id": "job-2" }));
        (story, context)
    };
    let (story, context) = tied("stranger");
    let receipt = story.receipt;
    refused(&story.without(&[receipt, context]));
    let (story, context) = tied("stranger");
    assert!(accepted(&story.without(&[context])));
    // The submitter that is registered for the signer speaks for it.
    let (story, context) = tied("local");
    assert!(accepted(&story.without(&[receipt, context])));
}

#[test]
fn an_order_by_job_does_not_reach_what_only_a_stranger_says_is_the_jobs() {
    let mut story = TiedReceiptLog::new();
    let foreign = story
        .log
        .document(&gateway_receipt(7), Some(r#"{"job_id":"job-1"}"#));
    story.say(OPERATOR, "erasure_order", json!({ "job_id": "job-1" }));
    let found = story.without(&[foreign]);
    assert!(refused(&found).contains("only an uncounted context names"));
}

#[test]
fn kinds_that_stay_are_never_erased_and_neither_are_contexts_on_them() {
    for by_job in [true, false] {
        for index in [0, 1, 4] {
            let mut story = TiedReceiptLog::new();
            let target = if by_job {
                json!({ "job_id": "job-1" })
            } else {
                story.digest(index)
            };
            story.say(OPERATOR, "erasure_order", target);
            let found = story.without(&[index]);
            assert!(!accepted(&found), "entry {index}");
        }
        let mut story = TiedReceiptLog::new();
        let context = story.log.context(1, "local", r#"{"job_id":"job-1"}"#);
        let target = if by_job {
            json!({ "job_id": "job-1" })
        } else {
            story.digest(1)
        };
        story.say(OPERATOR, "erasure_order", target);
        assert!(refused(&story.without(&[context])).contains("never erased"));
    }
    // Orders and holds themselves.
    let mut story = TiedReceiptLog::new();
    let hold = story.hold(OPERATOR, json!({ "job_id": "job-1" }));
    let over = json!({ "job_id": "job-1" });
    story.say(OPERATOR, "legal_hold_release", over);
    story.order(OPERATOR);
    let receipt = story.receipt;
    assert!(refused(&story.without(&[receipt, hold])).contains("hold.placed is never erased"));
}

/// The pack of `job-1` as of the receipt, under the whole log, with further records.
fn as_of_receipt(story: TiedReceiptLog, further: &[u64]) -> PackCheck {
    let as_of = story.receipt + 1;
    check(&pack_as_of(story, as_of, further))
}

/// The same as of any size, not checked yet.
fn pack_as_of(mut story: TiedReceiptLog, as_of: u64, further: &[u64]) -> Vec<u8> {
    let receipt = story.receipt;
    story.log.erase(receipt);
    let ask = PackRequest {
        as_of,
        size: story.log.log.size(),
        ..ASK
    };
    story.log.pack_beside(ask, further)
}

#[test]
fn an_order_after_the_assessed_tree_stands_beside_with_all_that_decides_it() {
    let mut story = TiedReceiptLog::new();
    let registration = story.register(OPERATOR, SECOND_OPERATOR, "operator");
    let order = story.order(SECOND_OPERATOR);
    let found = as_of_receipt(story, &[registration, order]);
    assert!(accepted(&found), "{:?}", found.report);

    let unregistered = |further: &[usize]| {
        let mut story = TiedReceiptLog::new();
        let told = [
            story.register(OPERATOR, SECOND_OPERATOR, "operator"),
            story.order(SECOND_OPERATOR),
        ];
        let further: Vec<u64> = further.iter().map(|at| told[*at]).collect();
        as_of_receipt(story, &further)
    };
    refused(&unregistered(&[1]));
    refused(&unregistered(&[0]));
}

#[test]
fn a_hold_between_the_assessed_tree_and_the_order_protects_where_the_file_shows_it() {
    let under_hold = || {
        let mut story = TiedReceiptLog::new();
        let target = story.receipt_digest();
        let hold = story.hold(OPERATOR, target);
        let order = story.order(OPERATOR);
        (story, hold, order)
    };
    let (story, hold, order) = under_hold();
    assert!(refused(&as_of_receipt(story, &[hold, order])).contains("it was held"));
    // A maker of a pack who leaves the hold out is not detected, and the report says that.
    let (story, _, order) = under_hold();
    let found = as_of_receipt(story, &[order]);
    let not_checked = found.report.details.get("not_checked").unwrap().to_string();
    assert!(accepted(&found) && not_checked.contains("holds_outside_the_file"));
}

#[test]
fn a_context_between_the_assessed_tree_and_the_order_ties_the_document_to_the_job_of_the_order() {
    let mut story = TiedReceiptLog::new();
    let context = story.log.context(story.receipt, "local", r#"{"job_id":"job-2"}"#);
    let order = story.say(OPERATOR, "erasure_order", json!({ "job_id": "job-2" }));
    story.log.erase(context);
    let found = as_of_receipt(story, &[context, order]);
    assert!(accepted(&found), "{:?}", found.report);
}

#[test]
fn the_last_assessed_entry_has_its_document_where_an_erasure_is_decided_by_it() {
    let mut story = TiedReceiptLog::new();
    let registration = story.register(OPERATOR, SECOND_OPERATOR, "operator");
    let order = story.order(SECOND_OPERATOR);
    let pack = pack_as_of(story, registration + 1, &[registration, order]);
    assert!(accepted(&check(&pack)), "{:?}", check(&pack).report);
    let bare = changed(&pack, member::RECORDS, |records| {
        record_of(records, registration)[2] = serde_cbor::Value::Null;
    });
    refused(&check(&bare));

    // A second registration changes nothing. Without its document it would be another file that says the same.
    let mut story = TiedReceiptLog::new();
    let first = story.register(OPERATOR, SECOND_OPERATOR, "operator");
    let second = story.register(OPERATOR, SECOND_OPERATOR, "operator");
    let order = story.order(SECOND_OPERATOR);
    let pack = pack_as_of(story, second + 1, &[first, second, order]);
    assert!(accepted(&check(&pack)), "{:?}", check(&pack).report);
    let bare = changed(&pack, member::RECORDS, |records| {
        record_of(records, second)[2] = serde_cbor::Value::Null;
    });
    refused(&check(&bare));
}

#[test]
fn nothing_stands_beside_that_decides_no_erasure() {
    let mut story = TiedReceiptLog::new();
    let unrelated = story.hold(OPERATOR, json!({ "job_id": "job-2" }));
    let order = story.order(OPERATOR);
    let found = as_of_receipt(story, &[order, unrelated]);
    assert_eq!(found.report.reason_code, "RECORD_SUPERFLUOUS");
    let mut whole = TiedReceiptLog::new();
    let order = whole.order(OPERATOR);
    let ask = PackRequest {
        as_of: whole.receipt + 1,
        size: whole.log.log.size(),
        ..ASK
    };
    let found = check(&whole.log.pack_beside(ask, &[order]));
    assert_eq!(found.report.reason_code, "RECORD_SUPERFLUOUS");
}

#[test]
fn an_erased_context_on_a_document_that_is_not_there_is_told_as_undecided() {
    let mut story = TiedReceiptLog::new();
    let about = "cd".repeat(32);
    let payload = json!({ "evidence_digest": about, "job_id": "job-1" });
    let context = story.log(&Draft::own(ORIGIN, "submission_context", payload), STRANGER);
    let order = story.say(OPERATOR, "erasure_order", json!({ "job_id": "job-1" }));
    let found = story.without(&[context]);
    assert!(accepted(&found), "{:?}", found.report);
    let details = &found.report.details;
    assert_eq!(details.get("erased_by").unwrap(), &json!([order.to_string()]));
    assert_eq!(
        details.get("erasures_undecided").unwrap(),
        &json!([context.to_string()])
    );
}
