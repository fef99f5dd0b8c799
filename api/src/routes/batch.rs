//! `POST /v1/evidence/batch`: up to 1,000 submissions in one request, each judged on its own.

use crate::error::ApiError;
use crate::extract::{Params, Submitter, read_body, require_size};
use crate::limits::{BATCH_BYTES_MAX, BATCH_LINES_MAX, SUBMISSION_BYTES_MAX};
use crate::negotiate::{NDJSON, NDJSON_PLAIN, require_media_type};
use crate::problem::Problem;
use crate::routes::evidence::{LogReceipt, SubmitQuery, warn_of_policies};
use crate::state::ApiState;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ledger::handle::Ack;
use serde::Serialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;
use verifier::code::Code;
use verifier::fault::Fault;

/// One line of the answer: the members of a receipt, or a problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchLine {
    /// 1-based line of the request; blank lines count, and get no answer.
    line: usize,
    /// What a single submission of this line would have answered.
    status: u16,
    #[serde(flatten)]
    receipt: Option<LogReceipt>,
    /// Why this line was not logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<Problem>,
}

/// Logs many signed documents.
///
/// Each line is a document or a wrapper, as in a single submission. Answers come in input order, one line
/// each; a bad line spoils no other. Blank lines are skipped. A batch over its limits is refused whole.
#[utoipa::path(post, path = "/v1/evidence/batch", operation_id = "submitBatch", tag = "evidence", params(SubmitQuery),
    request_body(content = String, content_type = "application/x-ndjson", description = "At most 1,000 documents and 16 MiB"),
    responses(
        (status = 200, description = "One line for each document", body = BatchLine, content_type = "application/x-ndjson"),
        (status = 413, description = "Nothing was logged", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn submit(
    State(state): State<ApiState>,
    Submitter(submitter): Submitter,
    Params(query): Params<SubmitQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    query.check(&state)?;
    require_media_type(&headers, &[NDJSON, NDJSON_PLAIN])?;
    require_size(&headers, BATCH_BYTES_MAX)?;
    let mut admitted = state.admit(&submitter)?;
    let body = read_body(&state, body, BATCH_BYTES_MAX, &mut admitted.room).await?;
    if is_spread(&body) {
        return Err(spread());
    }
    let lines = split(&body)?;
    let bodies = lines
        .iter()
        .filter(|(_, line)| fits(line))
        .map(|(_, line)| line.to_vec())
        .collect();
    let results = state.ledger().submit_all(&submitter, bodies).await;
    let results = query.wait(&state, results).await?;
    let mut answers = answers(&lines, results)?;
    warn_of_policies(
        &state,
        answers.iter_mut().filter_map(|line| line.receipt.as_mut()),
    )
    .await;
    let answer = write(&answers)?;
    Ok(([(header::CONTENT_TYPE, NDJSON)], answer).into_response())
}

/// Whether the body holds documents that go over several lines, and none on a line of its own: then no line could be
/// logged, and one answer says more than one for each of their lines.
fn is_spread(body: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<IgnoredAny>();
    let is_object =
        |line: &[u8]| line.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok();
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.clone().find(|line| !line.is_empty());
    first.is_some_and(|first| serde_json::from_slice::<IgnoredAny>(first).is_err())
        && values.all(|value| value.is_ok())
        && !lines.into_iter().any(is_object)
}

fn spread() -> ApiError {
    ApiError::refused(Fault::new(
        Code::MalformedJson,
        "",
        "one document a line, as a batch takes them",
        "a document over several lines: put each on one line, or send each alone to /v1/evidence",
    ))
}

/// The lines that are not blank, with their numbers.
fn split(body: &[u8]) -> Result<Vec<(usize, &[u8])>, ApiError> {
    let lines = body.split(|byte| *byte == b'\n').zip(1..);
    let lines = lines.filter(|(line, _)| !line.iter().all(u8::is_ascii_whitespace));
    let lines: Vec<(usize, &[u8])> = lines
        .map(|(line, number)| (number, line))
        .take(BATCH_LINES_MAX + 1)
        .collect();
    if lines.len() > BATCH_LINES_MAX {
        return Err(ApiError::TooLarge {
            max: BATCH_LINES_MAX,
            unit: "lines",
        });
    }
    Ok(lines)
}

fn fits(line: &[u8]) -> bool {
    line.len() <= SUBMISSION_BYTES_MAX
}

/// An answer for each line, where `results` belong to the lines that fit, in order.
fn answers(
    lines: &[(usize, &[u8])],
    results: Vec<Result<Ack, ApiError>>,
) -> Result<Vec<BatchLine>, ApiError> {
    let mut results = results.into_iter();
    let mut answers = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let result = if fits(line) {
            let missing = || ApiError::Internal("a submission got no answer".to_owned());
            results.next().ok_or_else(missing)?
        } else {
            Err(ApiError::TooLarge {
                max: SUBMISSION_BYTES_MAX,
                unit: "bytes",
            })
        };
        answers.push(match result {
            Ok(ack) => {
                let (status, receipt) = LogReceipt::from_ack(ack);
                BatchLine {
                    line: *number,
                    status: status.as_u16(),
                    receipt: Some(receipt),
                    problem: None,
                }
            }
            Err(error) => {
                let problem = error.into_problem();
                BatchLine {
                    line: *number,
                    status: problem.status,
                    receipt: None,
                    problem: Some(problem),
                }
            }
        });
    }
    Ok(answers)
}

/// One line of JSON for each answer.
fn write(answers: &[BatchLine]) -> Result<Vec<u8>, ApiError> {
    let mut lines = Vec::new();
    for answer in answers {
        serde_json::to_writer(&mut lines, answer).map_err(|error| ApiError::Internal(error.to_string()))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::limits::BATCH_LINES_MAX;

    #[test]
    fn blank_lines_count_but_are_skipped() {
        let lines = split(b"{}\n\n \r\n{}\r\n").unwrap_or_default();
        assert_eq!(lines, [(1, b"{}".as_slice()), (4, b"{}\r".as_slice())]);
    }

    #[test]
    fn refuses_one_line_too_many() {
        assert!(split("{}\n".repeat(BATCH_LINES_MAX).as_bytes()).is_ok());
        assert!(split("{}\n".repeat(BATCH_LINES_MAX + 1).as_bytes()).is_err());
    }
}
