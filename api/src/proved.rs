//! Answers that carry the proof that nothing was left out, as the log signed it in its index (`schemas/index.md` §4).

use crate::error::ApiError;
use crate::problem::NextRange;
use crate::state::ApiState;
use ledger::error::ReadError;
use ledger::index::IndexProofError;
use ledger::reader::Reader;
use ledger_query::subject_proof::{
    ProvedSubject, SubjectAsk, SubjectProofFault, newest_provable, subject_proof,
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;
use verifier::base64::encode_url;
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::RunRange;
use verifier::subject_index::{AnswerText, IndexQuestion};

/// How far the index may be behind the newest entry (`schemas/index.md` §3): a caller who asks for the newest size waits for it.
const LAG: Duration = Duration::from_secs(1);
/// Most entries of a proof that is carried in JSON: at the largest size of an entry, 4 MiB. A page has 200.
const CARRIED_ENTRIES_MAX: usize = 1_000;

/// What a proof proves, in words and numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvedClaim {
    /// What was asked, as `ledger-verify subject --question` takes it.
    #[schema(value_type = Vec<Object>)]
    question: serde_json::Value,
    /// The size as of which the answer holds.
    #[schema(value_type = u64)]
    as_of: TreeSize,
    /// Where the range begins to which the answer is restricted; absent if it is about all entries below `as_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    since: Option<TreeSize>,
    /// Where that range ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    to: Option<TreeSize>,
    /// The index.root that proves it.
    #[schema(value_type = u64)]
    index_root: LeafIndex,
    /// The answer as a sentence.
    sentence: String,
    /// What vouches for it.
    basis: String,
    /// What it does not prove.
    not_proved: String,
}

impl ProvedClaim {
    pub(crate) fn new(ask: &SubjectAsk, proved: &ProvedSubject) -> Self {
        let text = AnswerText {
            question: &ask.question,
            as_of: ask.as_of,
            range: ask.range,
            index_root: proved.index_root,
            found: &proved.entries,
        };
        Self {
            question: ask.question.to_json(),
            as_of: ask.as_of,
            since: ask.range.map(|range| range.begin()),
            to: ask.range.map(|range| range.end()),
            index_root: proved.index_root,
            sentence: text.sentence(),
            basis: text.basis(),
            not_proved: text.not_proved(),
        }
    }
}

/// The proof that a list, or one page of it, leaves nothing out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListProof {
    #[serde(flatten)]
    claim: ProvedClaim,
    /// The subject-proof in base64url, which `ledger-verify subject` checks offline.
    file: String,
}

/// Proves which entries a question asks for, as of a size and in a range: those that are `listed`, if that is known.
///
/// # Errors
/// [`ApiError::AnswerTooLong`] for more than a thousand; [`ReadError::Corrupt`] where the list and the index differ, so that no proof
/// of something else goes with a list.
pub(crate) fn list_proof(
    reader: &Reader,
    question: IndexQuestion,
    (as_of, range): (TreeSize, Option<RunRange>),
    listed: Option<&[LeafIndex]>,
) -> Result<ListProof, ApiError> {
    let ask = SubjectAsk {
        question,
        as_of,
        range,
        entries_max: CARRIED_ENTRIES_MAX,
    };
    let proved = subject_proof(reader, &ask).map_err(|fault| unproved(fault, &ask))?;
    if let Some(listed) = listed.filter(|listed| *listed != proved.entries) {
        let count = |entries: &[LeafIndex]| format!("{} entries", entries.len());
        let (expected, found) = (count(&proved.entries), count(listed));
        return Err(ReadError::corrupt("the rows of a list", expected, found).into());
    }
    Ok(ListProof {
        claim: ProvedClaim::new(&ask, &proved),
        file: encode_url(&proved.file),
    })
}

/// The size as of which an answer is proved: the one that is asked for, or all that the index covers, which is `at_least` so much.
/// What the index does not cover yet is waited for as long as it may be behind.
///
/// # Errors
/// [`ApiError::PositionAhead`] where the log is not as long, [`ApiError::IndexBehind`] where the index does not get there.
pub(crate) async fn covering(
    state: &ApiState,
    as_of: Option<TreeSize>,
    at_least: TreeSize,
) -> Result<TreeSize, ApiError> {
    let asked = as_of.unwrap_or(at_least);
    let published = state.engine().published().head.tree.size;
    if let Some(ahead) = as_of.filter(|as_of| *as_of > published) {
        return Err(ApiError::position_ahead("as_of", ahead.value(), published));
    }
    if asked == TreeSize::new(0) {
        return Err(ApiError::parameter("as_of", "1 or more"));
    }
    let deadline = Instant::now() + LAG;
    let mut heads = state.engine().watch();
    loop {
        heads.borrow_and_update();
        let covered = state.read(|engine| newest_provable(engine)).await?;
        if covered >= asked {
            return Ok(as_of.unwrap_or(covered));
        }
        if !matches!(timeout_at(deadline, heads.changed()).await, Ok(Ok(()))) {
            return Err(IndexProofError::NotCovered { asked, covered }.into());
        }
    }
}

/// Why an answer was not proved.
pub(crate) fn unproved(fault: SubjectProofFault, ask: &SubjectAsk) -> ApiError {
    match fault {
        SubjectProofFault::TooLong { max, next } => {
            let (since, to, as_of) = (next.begin(), next.end(), ask.as_of);
            match ask.question.address() {
                Some(path) => ApiError::AnswerTooLong {
                    max,
                    next: NextRange {
                        since,
                        to,
                        as_of,
                        address: format!("{path}since={since}&to={to}&as_of={as_of}"),
                    },
                },
                None => ApiError::Internal("a question that no address asks".to_owned()),
            }
        }
        SubjectProofFault::Index(error) => error.into(),
        other => ApiError::Internal(other.to_string()),
    }
}

impl From<IndexProofError> for ApiError {
    fn from(error: IndexProofError) -> Self {
        match error {
            IndexProofError::Read(error) => error.into(),
            behind @ (IndexProofError::NoIndex | IndexProofError::NotCovered { .. }) => {
                Self::IndexBehind(behind.to_string())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}
