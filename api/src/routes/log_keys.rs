//! `/v1/log/keys`: the keys of the log, and the proofs of each change (`schemas/log-keys.md`).

use axum::Json;
use axum::extract::State;
use ledger::error::ReadError;
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::base64::encode_standard;
use verifier::index::{LeafIndex, TreeSize};
use verifier::key_history::{KeyHistory, KeyPeriod};

use crate::error::ApiError;
use crate::extract::Params;
use crate::state::ApiState;

/// What `format` says.
const FORMAT: &str = "evidence-ledger/log-keys/v1";

/// Which older head is to be shown to be of the log's tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogKeysQuery {
    /// The size of a checkpoint that a former key signed: the answer then shows that its tree is the beginning of the newest one.
    size: Option<u64>,
}

/// A key, and the entries that added and retired it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogKeyView {
    /// The verifier key.
    vkey: String,
    /// The entry that added it: 0 for the keys of log.genesis.
    #[schema(value_type = u64)]
    added: LeafIndex,
    /// The entry that retired it; absent while it signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    retired: Option<LeafIndex>,
}

/// One change of the keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyChangeProof {
    /// The document, as it was logged.
    evidence: String,
    /// The tlog-proof of its entry, under a checkpoint that all keys signed which were in force after the change.
    proof: String,
}

/// A newer head.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewerHead {
    /// The signed note.
    checkpoint: String,
    /// The consistency proof from the asked size to it, in base64.
    hashes: Vec<String>,
}

/// The keys of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogKeysAnswer {
    /// `evidence-ledger/log-keys/v1`.
    format: &'static str,
    /// The log's name.
    origin: String,
    /// Every key that ever signed, in the order in which they were added. Nothing here proves it: the changes do.
    keys: Vec<LogKeyView>,
    /// In the order of the log.
    changes: Vec<KeyChangeProof>,
    /// Where a size was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    newer: Option<NewerHead>,
}

/// The keys of the log, for those who trust one of them.
#[utoipa::path(
    get, path = "/v1/log/keys", operation_id = "logKeys", tag = "log", params(LogKeysQuery),
    responses((status = 200, body = LogKeysAnswer), (status = 409, body = crate::problem::Problem))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<LogKeysQuery>,
) -> Result<Json<LogKeysAnswer>, ApiError> {
    let size = query.size.map(TreeSize::new);
    Ok(Json(state.read(move |engine| answer(engine, size)).await?))
}

fn answer(engine: &QueryEngine, size: Option<TreeSize>) -> Result<LogKeysAnswer, ReadError> {
    let history = engine.key_history();
    let published = engine.published();
    let newer = size.map(|size| -> Result<NewerHead, ReadError> {
        let hashes = engine.consistency_proof(size, published.head.tree.size)?;
        Ok(NewerHead {
            checkpoint: published.checkpoint.clone(),
            hashes: hashes
                .iter()
                .map(|hash| encode_standard(hash.as_bytes()))
                .collect(),
        })
    });
    let key = |period: &KeyPeriod| LogKeyView {
        vkey: period.key.to_string(),
        added: period.added,
        retired: period.retired,
    };
    let changes = history.changes().into_iter();
    let changes: Result<Vec<_>, _> = changes.map(|index| change(engine, &history, index)).collect();
    Ok(LogKeysAnswer {
        format: FORMAT,
        origin: engine.origin().to_owned(),
        keys: history.periods().iter().map(key).collect(),
        changes: changes?,
        newer: newer.transpose()?,
    })
}

fn change(engine: &QueryEngine, history: &KeyHistory, index: LeafIndex) -> Result<KeyChangeProof, ReadError> {
    let what = || format!("entry {index}, which changed the keys of the log");
    let missing = || ReadError::corrupt(what(), "a log.key entry with its document", "none");
    let record = engine.entry(index)?.ok_or_else(missing)?;
    let document = record.evidence.ok_or_else(missing)?;
    let evidence = String::from_utf8(document)
        .map_err(|error| ReadError::corrupt(what(), "a document in UTF-8", error))?;
    // Signed by all keys that the change left in force: so many entries have the heads before the next of them was retired.
    let published = engine.published().head.tree.size;
    let upto = history
        .next_retirement(index)
        .map_or(published, |retired| TreeSize::new(retired.value()));
    let heads = engine.checkpoints(upto.min(published), 1)?;
    let head = heads.first().ok_or_else(missing)?;
    let head = engine
        .checkpoint_of_size(head.head.tree.size)?
        .ok_or_else(missing)?;
    Ok(KeyChangeProof {
        evidence,
        proof: engine.tlog_proof(index, Some(&head))?,
    })
}
