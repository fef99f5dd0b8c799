//! `wait=witnessed`: an acknowledgement under a checkpoint that enough witnesses cosigned.
//!
//! The entry is durable before anybody waits: where the quorum does not come in time, the answer says what is missing, and
//! sending the document again waits on.

use crate::error::ApiError;
use crate::state::ApiState;
use ledger::cosigning::{Cosigning, QuorumHead, WitnessState};
use ledger::error::ReadError;
use ledger::handle::Ack;
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TreeSize};

/// Waits until one head with a quorum covers all that was acknowledged, and proves it under that head. What was refused stays
/// refused; where the quorum does not come in time each acknowledgement gives way to [`ApiError::NotWitnessed`].
pub(crate) async fn wait(
    state: &ApiState,
    results: Vec<Result<Ack, ApiError>>,
) -> Result<Vec<Result<Ack, ApiError>>, ApiError> {
    let cosigning = state.engine().cosigning().ok_or(ApiError::WitnessNotConfigured)?;
    let Some(last) = results.iter().flatten().map(|ack| ack.index).max() else {
        return Ok(results);
    };
    let waited = state.limits().witnessed_wait;
    let Some(size) = quorum_over(state, &cosigning, last).await else {
        let witnesses = described(&cosigning.witnesses());
        let unwitnessed = |ack: Ack| ApiError::NotWitnessed {
            index: ack.index,
            waited_s: waited.as_secs(),
            witnesses: witnesses.clone(),
        };
        let results = results.into_iter();
        return Ok(results
            .map(|result| result.and_then(|ack| Err(unwitnessed(ack))))
            .collect());
    };
    state.read(move |engine| proved(engine, size, results)).await
}

/// The size of a head with a quorum that covers an entry; `None` where none came in time, or before the server stops.
async fn quorum_over(state: &ApiState, cosigning: &Cosigning, index: LeafIndex) -> Option<TreeSize> {
    let mut quorum = cosigning.watch_quorum();
    let covers = |newest: &Option<QuorumHead>| newest.is_some_and(|head| head.size.contains(index));
    tokio::select! {
        reached = quorum.wait_for(covers) => reached.ok()?.map(|head| head.size),
        () = tokio::time::sleep(state.limits().witnessed_wait) => None,
        () = state.drained() => None,
    }
}

/// Each acknowledgement under the head of a size, with the cosignatures that are kept of it.
fn proved(
    engine: &QueryEngine,
    size: TreeSize,
    results: Vec<Result<Ack, ApiError>>,
) -> Result<Vec<Result<Ack, ApiError>>, ReadError> {
    let head = engine
        .checkpoint_of_size(size)?
        .ok_or_else(|| ReadError::corrupt(format!("the head of size {size}"), "a head", "none"))?;
    let results = results.into_iter().map(|result| match result {
        Ok(ack) => under(engine, &head, ack).map(Ok),
        Err(error) => Ok(Err(error)),
    });
    results.collect()
}

fn under(engine: &QueryEngine, head: &PublishedHead, ack: Ack) -> Result<Ack, ReadError> {
    Ok(Ack {
        proof: engine.tlog_proof(ack.index, Some(head))?,
        checkpoint: head.checkpoint.clone(),
        ..ack
    })
}

/// How far each witness is, in words.
fn described(witnesses: &[WitnessState]) -> String {
    let each = witnesses.iter().map(|witness| {
        let name = &witness.witness.name;
        let cosigned = match witness.newest {
            Some(newest) => format!("{name} cosigned size {}", newest.size),
            None => format!("{name} cosigned nothing yet"),
        };
        match witness.last_error {
            Some(code) => format!("{cosigned} and fails with {code}"),
            None => cosigned,
        }
    });
    each.collect::<Vec<_>>().join(", ")
}
