//! An entry that was drawn, as the server showed it, and the questions under which the index must have it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::SampleLog;
use crate::base64::{decode_standard, decode_standard_array};
use crate::check::proof::{IncludedEntry, included_entry};
use crate::check::{Details, Finding, ProofFiles};
use crate::context::Context;
use crate::document::Document;
use crate::evidence::Evidence;
use crate::hash::NodeHash;
use crate::index::{LeafIndex, TreeSize};
use crate::json;
use crate::proof::{PATH_HASHES_MAX, TlogProof};
use crate::runs::{IndexRow, RunRange};
use crate::subject::{ClearSubject, Field};
use crate::subject_index::{IndexQuestion, is_listed, rows_of};

/// A question whose answer must have the entry that it was made for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleQuestion {
    /// What is asked.
    pub question: IndexQuestion,
    /// The entry alone, to which the answer is to be restricted: so it is small, however many entries the subject has.
    pub range: RunRange,
}

/// An entry that was drawn, in the signed tree.
pub struct DrawnEntry {
    pub(super) included: IncludedEntry,
    /// Its tlog-proof, with the entry in it.
    pub(super) proof: String,
    /// The document as it was shown.
    pub(super) document: Option<String>,
    pub(super) rows: Vec<IndexRow>,
    /// Each is about another row.
    pub(super) questions: Vec<SampleQuestion>,
}

/// The part of `GET /v1/entries/{index}` that is needed. Nothing of it is trusted: the entry is led to the signed root, and a value
/// counts where its hash is in the entry.
#[derive(Deserialize)]
struct EntryAnswer<'a> {
    entry: String,
    evidence: Option<String>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
}

/// The part of `GET /v1/proofs/inclusion` that is needed.
#[derive(Deserialize)]
struct InclusionAnswer {
    hashes: Vec<String>,
}

impl DrawnEntry {
    /// What is to be asked about it, as of the size of [`take_covered`](super::SampleAudit::take_covered): each question is about
    /// another row.
    pub fn questions(&self) -> &[SampleQuestion] {
        &self.questions
    }

    /// Leads an entry to the signed root of `log`.
    pub(super) fn open(
        log: &SampleLog,
        index: LeafIndex,
        entry: &[u8],
        inclusion: &[u8],
    ) -> Result<Self, Finding> {
        let malformed = |what: &str| {
            Finding::fail(
                "PROOF_MALFORMED",
                format!("entry {index}: the server's answer {what}"),
            )
        };
        let answer: EntryAnswer<'_> =
            serde_json::from_slice(entry).map_err(|_| malformed("holds no entry"))?;
        let bytes = decode_standard(&answer.entry).ok_or_else(|| malformed("holds no entry in base64"))?;
        let path = path(inclusion).ok_or_else(|| malformed("holds no audit path"))?;
        let proof = TlogProof {
            extra: Some(bytes),
            index,
            path,
            checkpoint: log.note.clone(),
        };
        let proof = proof.to_string();
        let files = ProofFiles {
            proof: proof.as_bytes(),
            evidence: None,
            entry: None,
            genesis: None,
        };
        let included =
            included_entry(&files, &log.key, &mut Details::default()).map_err(|finding| Finding {
                message: format!("entry {index}: {}", finding.message),
                ..finding
            })?;
        let mut drawn = Self {
            included,
            proof,
            document: answer.evidence,
            rows: Vec::new(),
            questions: Vec::new(),
        };
        if let Some(salt) = &log.salt {
            // Below the signed size, which no list of runs covers from 2^56 on.
            drawn.rows = rows_of(index, &drawn.included.entry, salt).unwrap_or_default();
            drawn.ask(log, answer.context);
        }
        Ok(drawn)
    }

    /// One question for each row whose subject is known in clear.
    fn ask(&mut self, log: &SampleLog, context: Option<&RawValue>) {
        let index = self.included.index;
        let range = index
            .size_with()
            .and_then(|end| RunRange::new(TreeSize::new(index.value()), end));
        let (Some(salt), Some(range)) = (&log.salt, range) else {
            return;
        };
        let kind = self.included.entry.kind;
        let known = self.clear_subjects(log.key.name(), context);
        let questions = known.into_iter().map(|clear| IndexQuestion::Subject {
            field: clear.field.into(),
            value: clear.value,
            kinds: vec![kind],
        });
        let of_kind = is_listed(kind).then_some(IndexQuestion::Kind(kind));
        let mut open = self.rows.clone();
        for question in questions.chain(of_kind) {
            // A nonce has no rows, and so no question.
            let Ok(lookup) = question.lookup(salt) else {
                continue;
            };
            let asked = open.iter().position(|row| row.key() == lookup.key());
            if let Some(place) = asked {
                open.swap_remove(place);
                self.questions.push(SampleQuestion { question, range });
            }
        }
    }

    /// What the entry may be about, by all that is shown with it.
    fn clear_subjects(&self, origin: &str, context: Option<&RawValue>) -> Vec<ClearSubject> {
        let mut known = vec![ClearSubject {
            field: Field::Evidence,
            value: self.included.entry.evidence_digest.to_string(),
        }];
        let document = self.document.as_deref().unwrap_or_default();
        let evidence = Document::parse(document.as_bytes())
            .ok()
            .and_then(|document| Evidence::verify(&document, origin).ok());
        known.extend(evidence.iter().flat_map(|evidence| evidence.subjects().to_vec()));
        let context = context
            .and_then(|context| json::parse(context.get().as_bytes()).ok())
            .and_then(|value| Context::from_json(&value, "").ok());
        known.extend(context.iter().flat_map(Context::subjects));
        known
    }
}

fn path(inclusion: &[u8]) -> Option<Vec<NodeHash>> {
    let answer: InclusionAnswer = serde_json::from_slice(inclusion).ok()?;
    if answer.hashes.len() > PATH_HASHES_MAX {
        return None;
    }
    let hashes = answer.hashes.iter();
    hashes
        .map(|hash| decode_standard_array(hash).map(NodeHash::from_bytes))
        .collect()
}
