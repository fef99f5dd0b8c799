//! What an honest log takes, and the same act by somebody else.

use serde_json::{Value, json};
use verifier::document::Document;
use verifier::envelope::EnvelopeRule;
use verifier::evidence::{Evidence, SignerRule};
use verifier::index::TimestampMs;
use verifier::issuers::{Issuers, SignerClaim};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::record::StoredBytes;

use super::job::ScenarioJob;
use super::log::{ORIGIN, ScenarioActor, ScenarioLog};

/// A log that admits only what the ledger's intake would, or one that admits anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Intake {
    Honest,
    Careless,
}

impl ScenarioLog {
    /// Whether the signer of a document is entitled to it now.
    pub(crate) fn admits(&self, document: &Value) -> bool {
        let document = Document::parse(document.to_string().as_bytes()).unwrap();
        let Ok(evidence) = Evidence::verify(&document, ORIGIN) else {
            return false;
        };
        let signer = evidence.envelope().signer().as_str();
        let roles = match evidence.signer_rule() {
            SignerRule::AnyOf(roles) => roles,
            SignerRule::AnyRegistered => &[],
            SignerRule::SignerOf(target) => {
                return (0..self.size()).any(|index| {
                    let entry = &self.record(index).entry;
                    entry.evidence_digest == target && entry.signer == signer
                });
            }
        };
        let claim = SignerClaim {
            signer,
            roles,
            clawsig: evidence.envelope().rule() != EnvelopeRule::Own,
        };
        self.issuers()
            .check(claim, TimestampMs::new(self.now), true)
            .is_ok()
    }

    fn issuers(&self) -> Issuers {
        let mut issuers = Issuers::default();
        for record in (0..self.size()).map(|index| self.record(index)) {
            let StoredBytes::Bytes(bytes) = &record.evidence else {
                continue;
            };
            if !matches!(
                record.entry.kind,
                Kind::LogGenesis | Kind::IssuerRegistered | Kind::IssuerRetired
            ) {
                continue;
            }
            let evidence = Evidence::verify(&Document::parse(bytes).unwrap(), ORIGIN).unwrap();
            match evidence.payload() {
                Payload::LogGenesis(genesis) => {
                    issuers = Issuers::from_genesis(genesis.operator.as_str(), record.entry.logged_at);
                }
                Payload::IssuerRegistered(registration) => issuers.register(record.index, registration),
                Payload::IssuerRetired(retirement) => issuers.retire(record.index, retirement),
                _ => {}
            }
        }
        issuers
    }

    /// An entry that is nobody's business, where something else was not admitted.
    pub(crate) fn pad(&mut self) {
        let members =
            json!({ "evidence_digest": "00".repeat(32), "reason": format!("hold {}", self.size()) });
        self.own(ScenarioActor::Operator, "legal_hold", members, None);
    }
}

/// What a play of an act came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct PlayResult {
    /// Entries that the log admitted.
    pub(crate) admitted: usize,
    /// Entries that it did not.
    pub(crate) turned_away: usize,
}

/// Plays an act of honest actors, each entry signed and sent by `by` instead, with its DID where theirs stood. What
/// the log does not admit leaves an entry that is about nothing, so that everything after it has its usual place.
pub(crate) fn impersonate(
    job: &mut ScenarioJob,
    act: fn(&mut ScenarioJob),
    by: Option<ScenarioActor>,
    intake: Intake,
) -> PlayResult {
    let mut shadow = job.clone();
    act(&mut shadow);
    let mut played = PlayResult::default();
    for index in job.log.size()..shadow.log.size() {
        let record = shadow.log.record(index);
        job.log.now = record.entry.logged_at.value();
        if by.is_some_and(|by| admit(&mut job.log, &shadow.log, index, by, intake)) {
            played.admitted += 1;
        } else {
            played.turned_away += 1;
            job.log.pad();
        }
    }
    job.log.now = shadow.log.now;
    played
}

fn admit(log: &mut ScenarioLog, shadow: &ScenarioLog, index: u64, by: ScenarioActor, intake: Intake) -> bool {
    let record = shadow.record(index);
    let context = record.context.as_ref().map(|context| {
        let text = context.to_stored();
        serde_json::from_str::<Value>(&text).unwrap()
    });
    match &record.evidence {
        _ if record.entry.kind == Kind::Refused => {
            log.refused(&record.entry.signer, by.submitter(), &context.unwrap());
            true
        }
        StoredBytes::Bytes(bytes) => {
            let document: Value = serde_json::from_slice(bytes).unwrap();
            let document = signed_by(&document, by);
            let admitted = intake == Intake::Careless || log.admits(&document);
            if admitted {
                log.submit(&document, Some(by.submitter()), context.as_ref());
            }
            admitted
        }
        _ => {
            let target = (0..index).find(|at| {
                let entry = &shadow.record(*at).entry;
                entry.evidence_digest == record.entry.evidence_digest
            });
            log.context(target.unwrap(), by.submitter(), &context.unwrap());
            true
        }
    }
}

fn signed_by(document: &Value, by: ScenarioActor) -> Value {
    let signer = document["signer_did"].as_str().unwrap();
    let payload = document["payload"].to_string().replace(signer, &by.did());
    let payload: Value = serde_json::from_str(&payload).unwrap();
    let envelope_type = document["envelope_type"].as_str().unwrap();
    let clawsig = envelope_type.ends_with("_receipt") || envelope_type == "proof_bundle";
    if clawsig {
        by.key().clawsig(envelope_type, &payload)
    } else {
        by.key().own(envelope_type, &payload)
    }
}
