//! The log.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use verifier::assess::{
    AsOf, Assessment, Closure, ClosureError, ClosurePlanner, Query, RecordVerifier, RoundRecords,
    VerifiedRecord, assess,
};
use verifier::base64::encode_url;
use verifier::context::context_subject_list;
use verifier::context::{Context, SubmitterName, stream_hash};
use verifier::digest::EvidenceDigest;
use verifier::document::Document;
use verifier::entry::{Entry, StreamPosition};
use verifier::evidence::Evidence;
use verifier::hash::{RootHash, sha256};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::record::{Record, StoredBytes};
use verifier::subject::{IndexSalt, Subject, subject_hash, target_subject_list};
use verifier::subject_index::IndexQuestion;

use kit::documents::{self, Draft};
use kit::key::{Key, parse};

pub(crate) const ORIGIN: &str = "log.example/assess";
/// 2026-02-12T00:00:00Z.
pub(crate) const START_MS: u64 = 1_770_854_400_000;
const SALT: [u8; 32] = [7; 32];

/// Who signs and sends. Everybody has a key of its own; all but agents and strangers are registered, with a
/// submitter of the same name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScenarioActor {
    Operator,
    Registry,
    TokenIssuer,
    Gateway,
    Orchestrator,
    Approver,
    Enforcement,
    Agent,
    OtherAgent,
    Stranger,
}

impl ScenarioActor {
    pub(crate) fn key(self) -> Key {
        Key::new(self as u8 + 1)
    }

    pub(crate) fn did(self) -> String {
        self.key().did()
    }

    /// The submitter through which it sends.
    pub(crate) const fn submitter(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Registry => "registry",
            Self::TokenIssuer => "issuer",
            Self::Gateway => "gateway",
            Self::Orchestrator => "orchestrator",
            Self::Approver => "approver",
            Self::Enforcement => "enforcement",
            Self::Agent | Self::OtherAgent => "agents",
            Self::Stranger => "stranger",
        }
    }
}

const REGISTERED: [(ScenarioActor, &str); 6] = [
    (ScenarioActor::Registry, "policy_publisher"),
    (ScenarioActor::TokenIssuer, "token_issuer"),
    (ScenarioActor::Gateway, "gateway"),
    (ScenarioActor::Orchestrator, "orchestrator"),
    (ScenarioActor::Approver, "approver"),
    (ScenarioActor::Enforcement, "enforcement_point"),
];

/// Entries with the evidence and contexts stored with them.
#[derive(Clone)]
pub(crate) struct ScenarioLog {
    records: Vec<Record>,
    by_subject: HashMap<Subject, Vec<LeafIndex>>,
    by_digest: HashMap<EvidenceDigest, Vec<LeafIndex>>,
    /// `logged_at` of the next entry; each entry moves it on by a second.
    pub(crate) now: u64,
    /// Where the log stands, if that is ahead of the clock.
    pub(crate) stands_at: Option<u64>,
}

impl ScenarioLog {
    /// Genesis and the registrations.
    pub(crate) fn new() -> Self {
        let mut log = Self {
            records: Vec::new(),
            by_subject: HashMap::new(),
            by_digest: HashMap::new(),
            now: START_MS,
            stands_at: None,
        };
        let vkey = verifier::note::VerifierKey::new(
            ORIGIN,
            *verifier::did::DidKey::parse(&ScenarioActor::Operator.did())
                .unwrap()
                .public_key(),
        )
        .unwrap()
        .to_string();
        let genesis = json!({
            "event_version": "1", "log_origin": ORIGIN, "origin": ORIGIN,
            "log_vkeys": [vkey], "operator_did": ScenarioActor::Operator.did(),
            "index_salt": encode_url(&SALT),
            "format_versions": { "entry": 1, "subject": 1 },
            "settings": { "accept_unregistered_agents": true, "clock_skew_s": 30, "late_limit_s": 600 },
        });
        log.submit(
            &ScenarioActor::Operator.key().own("log_genesis", &genesis),
            None,
            None,
        );
        for (actor, role) in REGISTERED {
            log.register(actor, role);
        }
        log
    }

    fn logged_at(&self) -> TimestampMs {
        TimestampMs::new(self.stands_at.unwrap_or_default().max(self.now))
    }

    /// The operator confirms that it is now, whatever the log says.
    pub(crate) fn confirm_clock(&mut self) -> u64 {
        let members =
            json!({ "tree_size": self.size(), "clock": rfc3339(self.now), "reason": "it was ahead" });
        self.own(ScenarioActor::Operator, "log_clock", members, None)
    }

    /// Registers an actor with the submitter of its name.
    pub(crate) fn register(&mut self, actor: ScenarioActor, role: &str) -> u64 {
        let draft = documents::registration(ORIGIN, &actor.did(), actor.submitter(), &[role]);
        self.draft(
            ScenarioActor::Operator,
            &draft.with("/not_before", rfc3339(START_MS)),
            None,
        )
    }

    /// Signs one of our own documents and logs it through the signer's own submitter.
    pub(crate) fn own(
        &mut self,
        by: ScenarioActor,
        kind: &'static str,
        members: Value,
        context: Option<&Value>,
    ) -> u64 {
        self.draft(by, &Draft::own(ORIGIN, kind, members), context)
    }

    /// The same of any document in the making.
    pub(crate) fn draft(&mut self, by: ScenarioActor, draft: &Draft, context: Option<&Value>) -> u64 {
        self.submit(&draft.signed(&by.key()), Some(by.submitter()), context)
    }

    /// Logs a document as the ledger does, whether or not its signer is entitled to it.
    pub(crate) fn submit(
        &mut self,
        document: &Value,
        submitter: Option<&str>,
        context: Option<&Value>,
    ) -> u64 {
        self.submit_text(&document.to_string(), submitter, context)
    }

    /// The same of a document whose members keep their order.
    pub(crate) fn submit_text(
        &mut self,
        document: &str,
        submitter: Option<&str>,
        context: Option<&Value>,
    ) -> u64 {
        let bytes = document.as_bytes().to_vec();
        let parsed = Document::parse(&bytes).unwrap();
        let evidence = Evidence::verify(&parsed, ORIGIN).unwrap_or_else(|error| panic!("{error}"));
        let signer = evidence.envelope().signer().to_string();
        let mut entry = Entry {
            kind: evidence.kind(),
            evidence_digest: parsed.evidence_digest(),
            signer: signer.clone(),
            logged_at: self.logged_at(),
            subjects: evidence.subject_list(&salt()).unwrap(),
            submitter: submitter.and_then(SubmitterName::parse),
            stream: None,
            covered: None,
            raw_digest: Some(parsed.raw_digest()),
            context_subjects: None,
            refused: None,
            index_runs: None,
        };
        if let Payload::SubmissionContext(said) = evidence.payload() {
            entry.stream = said.context.stream.as_ref().map(|claim| StreamPosition {
                stream: stream_hash(&signer, &claim.stream),
                number: claim.number,
                last: claim.last,
            });
        }
        self.add(entry, StoredBytes::Bytes(bytes), context)
    }

    /// A submitter's later word on an entry's document.
    pub(crate) fn context(&mut self, target: u64, submitter: &str, context: &Value) -> u64 {
        let target = &self.records[usize::try_from(target).unwrap()].entry;
        let entry = Entry {
            kind: Kind::Context,
            logged_at: self.logged_at(),
            subjects: target_subject_list(&salt(), target.evidence_digest),
            submitter: SubmitterName::parse(submitter),
            stream: None,
            context_subjects: None,
            ..target.clone()
        };
        self.add(entry, StoredBytes::Nothing, Some(context))
    }

    /// A refused document of a signer, sent with a context.
    pub(crate) fn refused(&mut self, signer: &str, submitter: &str, context: &Value) -> u64 {
        self.refused_as("gateway_receipt", signer, submitter, context)
    }

    /// The same of an envelope type.
    pub(crate) fn refused_as(&mut self, kind: &str, signer: &str, submitter: &str, context: &Value) -> u64 {
        let key = (1..=10).map(Key::new).find(|key| key.did() == signer).unwrap();
        let number = self.records.len();
        let document = key.clawsig(kind, &json!({ "odd": number })).to_string();
        let raw = sha256(document.as_bytes());
        let entry = Entry {
            kind: Kind::Refused,
            evidence_digest: EvidenceDigest::from_bytes([0; 32]),
            signer: signer.to_owned(),
            logged_at: self.logged_at(),
            subjects: Vec::new(),
            submitter: SubmitterName::parse(submitter),
            stream: None,
            covered: None,
            raw_digest: Some(verifier::digest::RawDigest::from_bytes(raw)),
            context_subjects: None,
            refused: Some("SCHEMA_INVALID".to_owned()),
            index_runs: None,
        };
        self.add(entry, StoredBytes::Bytes(document.into_bytes()), Some(context))
    }

    fn add(&mut self, mut entry: Entry, evidence: StoredBytes, context: Option<&Value>) -> u64 {
        let context = context.map(|value| Context::from_json(&parse(value), "").unwrap());
        if let Some(context) = &context {
            entry.context_subjects = Some(context_subject_list(&salt(), context).unwrap());
            let owner = entry
                .submitter
                .as_ref()
                .map(SubmitterName::as_str)
                .unwrap_or_default();
            entry.stream = context.stream.as_ref().map(|claim| StreamPosition {
                stream: stream_hash(owner, &claim.stream),
                number: claim.number,
                last: claim.last,
            });
        }
        let index = u64::try_from(self.records.len()).unwrap();
        let at = LeafIndex::new(index);
        let context_subjects = entry.context_subjects.as_deref().unwrap_or_default();
        for subject in entry.subjects.iter().chain(context_subjects) {
            let carriers = self.by_subject.entry(*subject).or_default();
            if carriers.last() != Some(&at) {
                carriers.push(at);
            }
        }
        if entry.kind != Kind::Refused {
            self.by_digest.entry(entry.evidence_digest).or_default().push(at);
        }
        self.records.push(Record {
            index: at,
            bytes: entry.encode().unwrap(),
            entry,
            evidence,
            context,
        });
        self.now += 1000;
        index
    }

    /// Erases the document and the context of an entry.
    pub(crate) fn erase(&mut self, index: u64) {
        let record = &mut self.records[usize::try_from(index).unwrap()];
        record.evidence = StoredBytes::Erased;
        record.context = None;
    }

    /// Text form of the digest of an entry's document.
    pub(crate) fn digest(&self, index: u64) -> String {
        self.record(index).entry.evidence_digest.to_string()
    }

    pub(crate) fn record(&self, index: u64) -> &Record {
        &self.records[usize::try_from(index).unwrap()]
    }

    pub(crate) fn verified(&self, index: u64) -> Arc<VerifiedRecord> {
        verified(self.record(index).clone())
    }

    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.records.len()).unwrap()
    }

    /// The honest answer to a lookup.
    pub(crate) fn answer(&self, query: &Query, size: u64) -> Vec<LeafIndex> {
        let found: Vec<LeafIndex> = match query {
            Query::Kind(kind) => {
                let of_kind = self.records.iter().filter(|record| record.entry.kind == *kind);
                of_kind.map(|record| record.index).collect()
            }
            Query::Evidence(digest) => self.by_digest.get(digest).cloned().unwrap_or_default(),
            Query::Subject { field, value, kinds } => {
                let subject = Subject {
                    field: *field,
                    hash: subject_hash(&salt(), *field, value),
                };
                self.carriers(&subject, kinds)
            }
            Query::Hashed { subject, kinds } => self.carriers(subject, kinds),
        };
        found.into_iter().filter(|index| index.value() < size).collect()
    }

    fn carriers(&self, subject: &Subject, kinds: &[Kind]) -> Vec<LeafIndex> {
        let carriers = self.by_subject.get(subject).into_iter().flatten().copied();
        let kind = |index: &LeafIndex| self.record(index.value()).entry.kind;
        carriers
            .filter(|index| kinds.is_empty() || kinds.contains(&kind(index)))
            .collect()
    }

    pub(crate) fn as_of(&self, size: u64) -> AsOf {
        AsOf {
            size: TreeSize::new(size),
            root: RootHash::from_bytes([1; 32]),
            time: self.record(size - 1).entry.logged_at,
        }
    }

    /// The closure of a job as of a size.
    pub(crate) fn closure_at(&self, job: &str, size: u64) -> Result<Closure, ClosureError> {
        let rounds = RoundRecords::default();
        let mut planner = ClosurePlanner::new(&rounds, job, ORIGIN, salt(), self.as_of(size));
        while let Some(query) = planner.next_query() {
            let indices = self.answer(&query, size);
            let new = indices.iter().filter(|index| !planner.knows(**index));
            let records = new.map(|index| self.verified(index.value())).collect();
            planner.supply(indices, records)?;
        }
        Ok(planner.finish())
    }

    /// The closure of a job, each lookup of which can be proved from an index of the log.
    pub(crate) fn closure(&self, job: &str) -> Closure {
        let closure = self.closure_at(job, self.size()).unwrap();
        for answer in &closure.answers {
            let question = IndexQuestion::from(&answer.query);
            assert!(question.lookup(&salt()).is_ok(), "{question:?}");
        }
        closure
    }

    /// The assessment, whose JSON is canonical and every form of it the same.
    pub(crate) fn assess(&self, job: &str) -> Assessment {
        let assessment = assess(&self.closure(job));
        let json = assessment.to_jcs();
        assert_eq!(
            verifier::json::to_jcs(&verifier::json::parse(json.as_bytes()).unwrap()),
            json
        );
        assessment
    }
}

/// A record of the log, verified.
pub(crate) fn verified(record: Record) -> Arc<VerifiedRecord> {
    RecordVerifier::new(ORIGIN, salt()).verify(record)
}

pub(crate) fn salt() -> IndexSalt {
    IndexSalt::from_bytes(SALT)
}

/// RFC 3339 of milliseconds since the epoch.
pub(crate) fn rfc3339(ms: u64) -> String {
    let nanos = i128::from(ms) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .unwrap()
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap()
}
