//! `/log/`: C2SP tlog-tiles, for log clients that know nothing of `/v1`.
//!
//! A tile of given coordinates and width never changes, whatever the log's size, so that caches may keep it
//! for ever; what the published head does not imply is 404. The checkpoint must always be asked for again.

use crate::error::ApiError;
use crate::extract::Segment;
use crate::negotiate::TEXT;
use crate::state::ApiState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use verifier::tile::TilePath;

/// For hash tiles, and for entry bundles where reads are open.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For entry bundles behind a token: a shared cache would hand them to everybody.
const IMMUTABLE_PRIVATE: &str = "private, max-age=31536000, immutable";
const OCTETS: &str = "application/octet-stream";
/// The refusal of a tile.
const NO_TILE: ApiError = ApiError::NotFound {
    what: "tile under the published checkpoint",
};

/// The newest checkpoint.
#[utoipa::path(get, path = "/log/checkpoint", operation_id = "checkpoint", tag = "tiles",
    responses((status = 200, description = "C2SP tlog-checkpoint, a signed note", body = String, content_type = "text/plain")))]
pub(crate) async fn checkpoint(State(state): State<ApiState>) -> Response {
    let note = state.engine().published().checkpoint;
    (
        [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-cache")],
        note,
    )
        .into_response()
}

/// A hash tile, `<L>/<N>` or `<L>/<N>.p/<W>`.
#[utoipa::path(get, path = "/log/tile/{path}", operation_id = "hashTile", tag = "tiles",
    params(("path" = String, Path, description = "`<L>/<N>[.p/<W>]`, N in groups of three digits, all but the last with an `x` before it")),
    responses((status = 200, description = "Up to 256 hashes of 32 bytes", body = String, content_type = "application/octet-stream"), (status = 404, description = "Not under the published checkpoint")))]
pub(crate) async fn hashes(
    State(state): State<ApiState>,
    Segment(path): Segment,
) -> Result<Response, ApiError> {
    let Some(TilePath::Hashes { coord, width }) = TilePath::parse(&format!("tile/{path}")) else {
        return Err(NO_TILE);
    };
    let tile = state
        .ask(&state.pools().public_reads, move |engine| {
            engine.tile(coord, width)
        })
        .await?;
    answer(tile, IMMUTABLE)
}

/// An entry bundle, `<N>` or `<N>.p/<W>`. Not public by default.
#[utoipa::path(get, path = "/log/tile/entries/{path}", operation_id = "entryBundle", tag = "tiles",
    params(("path" = String, Path, description = "`<N>[.p/<W>]`")),
    responses((status = 200, description = "Up to 256 times a 16-bit length and an entry", body = String, content_type = "application/octet-stream"), (status = 404, description = "Not under the published checkpoint")))]
pub(crate) async fn entries(
    State(state): State<ApiState>,
    Segment(path): Segment,
) -> Result<Response, ApiError> {
    let Some(TilePath::Entries { index, width }) = TilePath::parse(&format!("tile/entries/{path}")) else {
        return Err(NO_TILE);
    };
    let bundle = state
        .read(move |engine| engine.entry_bundle(index, width))
        .await?;
    answer(
        bundle,
        if state.auth().reads_are_guarded() {
            IMMUTABLE_PRIVATE
        } else {
            IMMUTABLE
        },
    )
}

fn answer(bytes: Option<Vec<u8>>, cache: &'static str) -> Result<Response, ApiError> {
    let bytes = bytes.ok_or(NO_TILE)?;
    Ok((
        [(header::CONTENT_TYPE, OCTETS), (header::CACHE_CONTROL, cache)],
        bytes,
    )
        .into_response())
}
