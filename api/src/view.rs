//! What the answers have in common: an entry as JSON.

use crate::error::{ApiError, missing};
use ledger::reader::EntryRecord;
use ledger_query::policy::PolicyWarning;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::base64::encode_standard;
use verifier::context::{Context, SubmitterName};
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::hash::{LeafHash, NodeHash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;

/// One entry, with the evidence and context that are stored with it. All but `context` and `evidence` follows from
/// `entry`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// 0-based position in the log.
    #[schema(value_type = u64)]
    pub(crate) index: LeafIndex,
    /// Kind of the entry.
    #[schema(value_type = String, example = "receipt.gateway")]
    pub(crate) kind: Kind,
    /// Lower-case hex of SHA-256(JCS(document)); index.root: the hash of its list of runs; refused: zeros.
    #[schema(value_type = String)]
    pub(crate) evidence_digest: EvidenceDigest,
    /// Lower-case hex of the SHA-256 of the document's bytes as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(crate) raw_digest: Option<RawDigest>,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    pub(crate) logged_at: TimestampMs,
    /// The DID of the evidence's signer.
    pub(crate) signer: String,
    /// Who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(crate) submitter: Option<SubmitterName>,
    /// What the submitter said about it; its hashes stand in the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub(crate) context: Option<Context>,
    /// index.root: how many entries the index covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub(crate) covered: Option<TreeSize>,
    /// refused: the reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) refused: Option<String>,
    /// Lower-case hex of SHA-256(0x00 || entry).
    #[schema(value_type = String)]
    pub(crate) leaf_hash: LeafHash,
    /// Standard padded base64 of the entry's CBOR.
    pub(crate) entry: String,
    /// The document's text, byte for byte, as a string: another JSON tool re-writes numbers and white space
    /// of a nested document, and with them the raw digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) evidence: Option<String>,
    /// The entry of the order that erased document and context.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub(crate) erased: Option<LeafIndex>,
}

impl EntryView {
    pub(crate) fn new(record: EntryRecord, with_evidence: bool) -> Result<Self, ApiError> {
        let EntryRecord {
            index,
            bytes,
            entry,
            leaf_hash,
            evidence,
            refused,
            context,
            erased,
        } = record;
        let evidence = match evidence.or(refused).filter(|_| with_evidence) {
            Some(bytes) => Some(text(index, bytes)?),
            None => None,
        };
        Ok(Self {
            index,
            kind: entry.kind,
            evidence_digest: entry.evidence_digest,
            raw_digest: entry.raw_digest,
            logged_at: entry.logged_at,
            signer: entry.signer,
            submitter: entry.submitter,
            context,
            covered: entry.covered,
            refused: entry.refused,
            leaf_hash,
            entry: encode_standard(&bytes),
            evidence,
            erased: erased.map(|remains| remains.order),
        })
    }
}

/// Stored evidence was UTF-8 when it was logged; what is not now is damaged.
pub(crate) fn text(index: LeafIndex, bytes: Vec<u8>) -> Result<String, ApiError> {
    String::from_utf8(bytes)
        .map_err(|_| missing(format!("UTF-8 text of the evidence of entry {index}")).into())
}

/// Hashes of a proof, each in standard padded base64, as tlog-proof writes them.
pub(crate) fn proof_hashes(hashes: &[NodeHash]) -> Vec<String> {
    hashes
        .iter()
        .map(|hash| encode_standard(hash.as_bytes()))
        .collect()
}

/// A thing about an accepted document that its author most likely did not mean. It changes nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningView {
    /// `HEX_IN_BASE64URL`: 64 hex digits in a member that holds base64url. Of a published policy also
    /// `POLICY_TOOL_UNUSED`, `POLICY_MODEL_UNUSED` and `TOOL_NOT_IN_POLICY`.
    #[schema(example = "HEX_IN_BASE64URL")]
    code: &'static str,
    /// RFC 6901 pointer to the member; of a policy's warning into the policy.
    pointer: String,
    /// What is odd, in a sentence or two; of policies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<String>,
}

impl From<PolicyWarning> for WarningView {
    fn from(warning: PolicyWarning) -> Self {
        Self {
            code: warning.code,
            pointer: warning.pointer,
            message: Some(warning.message),
        }
    }
}

impl From<verifier::text::misplaced::Warning> for WarningView {
    fn from(warning: verifier::text::misplaced::Warning) -> Self {
        Self {
            code: warning.code,
            pointer: warning.pointer,
            message: None,
        }
    }
}
