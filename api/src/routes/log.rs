//! `/v1/log`: what is fixed about this log, and its newest head.

use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger::freeze::FrozenLog;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

/// The log's name, keys and newest tree head.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogAnswer {
    /// Its name, for ever.
    origin: String,
    /// The key that its checkpoints verify under, as a note verifier key.
    vkey: String,
    /// Who signs registrations and settings.
    operator_did: String,
    /// Entries under the newest checkpoint.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// Lower-case hex.
    #[schema(value_type = String)]
    root_hash: RootHash,
    /// `logged_at` of the last entry, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    checkpoint_time: TimestampMs,
    /// The size up to which index rows are merged; lookups see unmerged ones, too.
    #[schema(value_type = u64)]
    indexed_to: TreeSize,
    /// How many entries the newest index.root covers: answers about them can be proved complete. 0 where the log keeps no index.
    #[schema(value_type = u64)]
    index_covered: TreeSize,
    /// The newest checkpoint that enough witnesses cosigned, by the policy of the log's operator, with their lines. Absent where there is
    /// none yet, or where the log has no witnesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    witnessed_checkpoint: Option<String>,
    /// How the log was closed; null while it takes entries.
    #[schema(required = true)]
    frozen: Option<LogFreezeView>,
}

/// The end of a log. Everything in it can still be read and verified.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogFreezeView {
    /// The entry `log.frozen`. One `index.root` follows, and nothing else.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Its `logged_at`, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    at: TimestampMs,
    /// Why, in the operator's words.
    reason: String,
    /// The origin of the log that continues this one; null where the operator stated none.
    #[schema(required = true)]
    successor: Option<String>,
}

impl LogFreezeView {
    fn of(frozen: &FrozenLog) -> Self {
        Self {
            index: frozen.position.index,
            at: frozen.position.logged_at,
            reason: frozen.freeze.reason.clone(),
            successor: frozen.freeze.successor.clone(),
        }
    }
}

/// The log and its newest head.
#[utoipa::path(get, path = "/v1/log", operation_id = "log", tag = "log", responses((status = 200, body = LogAnswer)))]
pub(crate) async fn describe(State(state): State<ApiState>) -> Json<LogAnswer> {
    let engine = state.engine();
    let head = engine.published().head;
    let witnessed = engine
        .cosigning()
        .and_then(|cosigning| cosigning.witnessed_checkpoint());
    Json(LogAnswer {
        origin: engine.origin().to_owned(),
        vkey: engine.verifier_key().to_string(),
        operator_did: engine.operator_did().to_owned(),
        tree_size: head.tree.size,
        root_hash: head.tree.root,
        checkpoint_time: head.time,
        indexed_to: engine.indexed_to(),
        index_covered: engine.index_covered(),
        witnessed_checkpoint: witnessed.map(|note| note.to_string()),
        frozen: engine.admission().frozen.as_deref().map(LogFreezeView::of),
    })
}
