//! `/v1/jobs/{job_id}/pack`: everything about one job in one file.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use ledger_query::QueryEngine;
use ledger_query::share::{Caller, PoolShare};
use ledger_query::verdict::PackFault;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use utoipa::IntoParams;
use verifier::index::TreeSize;
use verifier::pack::{PACK_BYTES_MAX, PACK_MEDIA_TYPE, PackError, file_name};

/// Bytes of one part of a pack's body. A slow reader holds one part in the socket, and the whole in memory.
const PART_BYTES: usize = 64 << 10;

/// The parameters of a pack.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PackQuery {
    /// The tree size as of which the job is assessed. If absent, the published one, less an index.root that ends the log: it has
    /// no evidence, and the pack can then prove that nothing was left out.
    as_of: Option<u64>,
}

/// The pack of a job (`schemas/pack.md`), under the newest checkpoint whose index covers the size, or where there is none, under the
/// newest.
///
/// `ledger-verify pack` checks it offline. The same job, size and checkpoint give the same bytes.
#[utoipa::path(get, path = "/v1/jobs/{job_id}/pack", operation_id = "jobPack", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), PackQuery),
    responses(
        (status = 200, description = "CBOR by `schemas/pack.cddl`", body = Vec<u8>, content_type = "application/vnd.evidence-ledger.pack+cbor"),
        (status = 404, description = "No entry below that size names the job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "More evidence than is assessed here", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many packs are being sent", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn download(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<PackQuery>,
) -> Result<Response, ApiError> {
    let job_id = segment.id("job_id")?;
    let (gate, arrived) = (
        Arc::clone(state.pools()),
        state.engine().published().head.tree.size,
    );
    let question = move |engine: &QueryEngine| -> Result<_, ApiError> {
        let published = engine.published().head.tree.size;
        let as_of = match query.as_of {
            Some(as_of) => Some(TreeSize::new(as_of)),
            None => engine.provable_size()?,
        };
        if as_of.is_some_and(|as_of| as_of > published) {
            let expected = format!("at most the published size {published}");
            return Err(ApiError::parameter("as_of", expected));
        }
        let job = engine
            .judged_as_asked(&job_id, as_of, arrived)?
            .ok_or(ApiError::NotFound { what: "job" })?;
        let as_of = job.closure().as_of.size;
        let bytes = engine.pack(&job)?;
        let room = gate.pack_bytes.take(&Caller::current(), bytes.len())?;
        Ok((file_name(&job_id, as_of), bytes, room))
    };
    let (name, bytes, room) = state.assess(question).await?;
    let headers = [
        (header::CONTENT_TYPE, PACK_MEDIA_TYPE.to_owned()),
        (header::CONTENT_LENGTH, bytes.len().to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, sent(bytes, room)).into_response())
}

/// A body that gives its share of the pool back once its last part was taken or its reader is gone.
pub(super) fn sent(bytes: Vec<u8>, room: PoolShare) -> Body {
    let parts = stream::unfold((Bytes::from(bytes), room), |(mut rest, room)| async move {
        let part = rest.split_to(rest.len().min(PART_BYTES));
        (!part.is_empty()).then(|| (Ok::<_, Infallible>(part), (rest, room)))
    });
    Body::from_stream(parts)
}

impl From<PackFault> for ApiError {
    fn from(fault: PackFault) -> Self {
        match fault {
            PackFault::Read(error) => error.into(),
            PackFault::Pack(PackError::TooLarge) => Self::TooLarge {
                max: PACK_BYTES_MAX,
                unit: "bytes in a pack",
            },
            PackFault::TooManyLater { max } => Self::TooLarge {
                max,
                unit: "later entries that decide about what was erased",
            },
            other => Self::Internal(other.to_string()),
        }
    }
}
