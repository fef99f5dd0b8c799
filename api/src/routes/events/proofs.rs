//! The proofs that a feed of some kinds leaves out no entry of them.

use super::scan::EventScan;
use crate::error::ApiError;
use crate::proved::{ListProof, list_proof};
use crate::routes::subjects::kind_question;
use crate::state::ApiState;
use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::runs::RunRange;
use verifier::subject_index::IndexQuestion;

/// The questions that are proved, one for each kind.
pub(super) fn questions(kinds: Option<&[Kind]>) -> Result<Vec<IndexQuestion>, ApiError> {
    let Some(kinds) = kinds else {
        return Err(ApiError::parameter(
            "proof",
            "true with kinds, which are proved one by one",
        ));
    };
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let questions = kinds.iter().map(|kind| kind_question("kinds", kind.as_str()));
    questions.collect()
}

/// The proofs that the events from `from` up to where the scan ended leave out no entry of a kind.
pub(super) async fn prove(
    state: &ApiState,
    questions: Vec<IndexQuestion>,
    from: LeafIndex,
    scanned: &EventScan,
) -> Result<Vec<ListProof>, ApiError> {
    let Some(range) = RunRange::new(TreeSize::new(from.value()), TreeSize::new(scanned.next.value())) else {
        return Ok(Vec::new());
    };
    let as_of = scanned.upto;
    let found: Vec<(LeafIndex, Kind)> = scanned
        .events
        .iter()
        .map(|event| (event.index, event.kind))
        .collect();
    let question = move |engine: &QueryEngine| -> Result<Vec<ListProof>, ApiError> {
        let mut proofs = Vec::with_capacity(questions.len());
        for question in questions {
            let is_asked = |kind: Kind| question == IndexQuestion::Kind(kind);
            let of_kind = found.iter().filter(|(_, kind)| is_asked(*kind));
            let listed: Vec<LeafIndex> = of_kind.map(|(index, _)| *index).collect();
            proofs.push(list_proof(engine, question, (as_of, Some(range)), Some(&listed))?);
        }
        Ok(proofs)
    };
    state.read(question).await
}
