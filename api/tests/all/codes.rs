//! Every reason code, provoked over HTTP: its status, the member at fault, and that nothing was logged.

use crate::documents::{COMPACT_JWS, bundle_of_runs, issuance_members, sign, tampered, token_hash};
use crate::support::{ApiLog, open_loopback, post};
use api::HostLimits;
use axum::http::header;
use kit::documents::{job_event, tool_receipt, wrap};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::time::Duration;

/// A refusal: the body, and what its problem must say.
struct RefusalCase {
    body: String,
    status: u16,
    code: &'static str,
    pointer: &'static str,
}

fn case(body: impl Into<String>, status: u16, code: &'static str, pointer: &'static str) -> RefusalCase {
    RefusalCase {
        body: body.into(),
        status,
        code,
        pointer,
    }
}

/// What no JSON document may be. Pointers say where.
fn json_cases() -> Vec<RefusalCase> {
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(70), "]".repeat(70));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024));
    vec![
        case("{", 400, "MALFORMED_JSON", ""),
        case("{\"a\":{\"b\":1,\"b\":2}}", 400, "DUPLICATE_KEY", "/a/b"),
        case("{\"a\":\"\\ud800\"}", 400, "LONE_SURROGATE", "/a"),
        case("{\"a\":9007199254740993}", 400, "NUMBER_OUT_OF_RANGE", "/a"),
        case(nested, 400, "NESTING_TOO_DEEP", "/a"),
        case(large, 413, "BODY_TOO_LARGE", ""),
        case(
            format!("{{\"note\":\"{COMPACT_JWS}\"}}"),
            422,
            "TOKEN_LEAKED",
            "/note",
        ),
    ]
}

/// Documents whose signature does not hold, or is not asked for: nothing at all is logged.
fn envelope_cases(log: &ApiLog) -> Vec<RefusalCase> {
    let event = log.job_event("job-1", "opened");
    let other_hash = verifier::base64::encode_url(&[7; 32]);
    let other_signature = verifier::base64::encode_url(&[7; 64]);
    vec![
        case(
            tampered(&event, "envelope_type", json!("job_events")),
            422,
            "UNKNOWN_ENVELOPE_TYPE",
            "/envelope_type",
        ),
        case(
            tampered(&event, "extra", json!(1)),
            422,
            "SCHEMA_INVALID",
            "/extra",
        ),
        case(
            tampered(&event, "signature_b64u", json!("a+b=")),
            422,
            "INVALID_BASE64URL",
            "/signature_b64u",
        ),
        case(
            tampered(&event, "payload_hash_b64u", json!(other_hash)),
            422,
            "HASH_MISMATCH",
            "/payload_hash_b64u",
        ),
        case(
            tampered(&event, "signature_b64u", json!(other_signature)),
            422,
            "SIGNATURE_INVALID",
            "/signature_b64u",
        ),
        case(
            wrap(&event, &json!({"job_id": COMPACT_JWS})),
            422,
            "TOKEN_LEAKED",
            "/context/job_id",
        ),
        case(
            wrap(&event, &json!({"job_id": "a\u{202e}b"})),
            422,
            "INVALID_ID",
            "/context/job_id",
        ),
        case(
            wrap(&event, &json!({"number": 1})),
            422,
            "SCHEMA_INVALID",
            "/context",
        ),
    ]
}

async fn refused_without_a_trace(log: &ApiLog, case: &RefusalCase) -> Value {
    let before = log.size();
    let answer = log.post(&case.body).await;
    assert_eq!(answer.code(), case.code, "{}", answer.text());
    assert_eq!(answer.status, case.status, "{}", case.code);
    let problem = answer.json();
    let pointer = problem["pointer"].as_str().unwrap();
    assert!(pointer.starts_with(case.pointer), "{}: {pointer}", case.code);
    assert_eq!(log.size(), before, "{}", case.code);
    assert!(problem.get("refused_index").is_none(), "{problem}");
    problem
}

#[tokio::test]
async fn what_is_no_sound_json_document_is_refused_without_a_trace() {
    let log = ApiLog::start().await;
    for case in json_cases() {
        refused_without_a_trace(&log, &case).await;
    }
}

#[tokio::test]
async fn an_envelope_that_does_not_hold_is_refused_without_a_trace() {
    let log = ApiLog::start().await;
    for case in envelope_cases(&log) {
        refused_without_a_trace(&log, &case).await;
    }
}

/// Documents that a registered signer did sign: refused, and the refusal is logged.
fn content_cases(log: &ApiLog) -> Vec<RefusalCase> {
    let keys = log.keys();
    let mut scope = issuance_members(&token_hash('a'), "job-1", "run-1");
    scope["claims"]["token_scope_hash_b64u"] = json!(verifier::base64::encode_url(&[7; 32]));
    let claims = |changes: &[(&str, u64)]| {
        let mut members = issuance_members(&token_hash('d'), "job-1", "run-1");
        for (name, value) in changes {
            members["claims"][*name] = json!(value);
        }
        sign(&keys.token_issuer, "cst_issuance", &members)
    };
    let artifact = json!({
        "label": "other", "sha256": token_hash('0'), "size": 2, "media_type": "text/plain", "name": "a",
        "content_b64": "aGk=",
    });
    let foreign = job_event("another.example/log", "job-1", "opened").sign(&keys.orchestrator);
    let control = json!({"job_id": "a\u{7}b", "action": "opened", "at": "2026-02-12T00:00:00Z"});
    vec![
        case(
            sign(&keys.orchestrator, "job_event", &json!({"job_id": "job-1"})),
            422,
            "SCHEMA_INVALID",
            "/payload",
        ),
        case(
            sign(&keys.orchestrator, "job_event", &control),
            422,
            "INVALID_ID",
            "/payload/job_id",
        ),
        case(foreign, 422, "WRONG_LOG", "/payload/log_origin"),
        case(
            sign(&keys.token_issuer, "cst_issuance", &scope),
            422,
            "TOKEN_SCOPE_HASH_MISMATCH",
            "/payload/claims",
        ),
        case(
            claims(&[("exp", 1_770_854_400)]),
            422,
            "EXP_NOT_AFTER_IAT",
            "/payload/claims/exp",
        ),
        case(
            claims(&[("iat", 1_770_854_460)]),
            422,
            "ISSUED_AT_AHEAD",
            "/payload/claims/iat",
        ),
        case(
            claims(&[("iat", 1_770_854_400_000), ("exp", 1_770_858_000_000)]),
            422,
            "SECONDS_EXPECTED",
            "/payload/claims/iat",
        ),
        case(
            claims(&[("exp", 1_770_858_000_000)]),
            422,
            "SECONDS_EXPECTED",
            "/payload/claims/exp",
        ),
        case(
            log.revocation(&token_hash('b'), 1_770_854_400_000),
            422,
            "SECONDS_EXPECTED",
            "/payload/revoked_at",
        ),
        case(
            log.revocation(&token_hash('b'), 4_000_000_000),
            422,
            "REVOKED_AT_AHEAD",
            "/payload/revoked_at",
        ),
        case(
            sign(&keys.orchestrator, "evidence_artifact", &artifact),
            422,
            "ARTIFACT_HASH_MISMATCH",
            "/payload/sha256",
        ),
    ]
}

#[tokio::test]
async fn a_refusal_of_a_registered_signers_word_is_logged_as_refused() {
    let log = ApiLog::start().await;
    for case in content_cases(&log) {
        let before = log.size();
        let answer = log.post(&case.body).await;
        assert_eq!(answer.code(), case.code, "{}", answer.text());
        assert_eq!(answer.status, case.status, "{}", case.code);
        let problem = answer.json();
        assert!(
            problem["pointer"].as_str().unwrap().starts_with(case.pointer),
            "{problem}"
        );
        let index = problem["refused_index"].as_u64().unwrap();
        assert_eq!((index, log.size()), (before, before + 1), "{problem}");
        let entry = log.get(&format!("/v1/entries/{index}")).await.json();
        assert_eq!(
            (&entry["kind"], &entry["refused"]),
            (&json!("refused"), &json!(case.code))
        );
        // What was sent is kept, byte for byte, and is found by its raw digest.
        let kept = log.get(&format!("/v1/entries/{index}/evidence")).await;
        assert_eq!((kept.status, kept.text()), (200, case.body.as_str()));
        assert_eq!(entry["evidence"], json!(case.body));
        let found = log
            .get(&format!("/v1/evidence/{}", entry["raw_digest"].as_str().unwrap()))
            .await
            .json();
        assert_eq!(found["evidence"], json!(case.body));
        assert_eq!(found["entries"][0]["index"], json!(index));
    }
}

#[tokio::test]
async fn signers_without_a_valid_registration_are_refused() {
    let log = ApiLog::start().await;
    let keys = log.keys();
    let members = json!({"token_hash": token_hash('c'), "revoked_at": 1_770_854_400});
    let stranger = case(
        sign(&log.stranger, "cst_revocation", &members.clone()),
        403,
        "SIGNER_NOT_TRUSTED",
        "",
    );
    refused_without_a_trace(&log, &stranger).await;
    let opened = json!({"job_id": "job-1", "action": "opened", "at": "2026-02-12T00:00:00Z"});
    let gateway = case(
        sign(&keys.gateway, "job_event", &opened),
        403,
        "ROLE_MISMATCH",
        "",
    );
    refused_without_a_trace(&log, &gateway).await;

    log.logged(&log.retirement(&keys.token_issuer)).await;
    let retired = log
        .post(&sign(&keys.token_issuer, "cst_revocation", &members))
        .await;
    assert_eq!((retired.status, retired.code().as_str()), (403, "SIGNER_RETIRED"));
    assert!(retired.json()["refused_index"].is_u64());
}

#[tokio::test]
async fn an_enforcement_point_may_leave_out_hashes_that_the_agent_itself_may_not() {
    let log = ApiLog::start().await;
    let keys = log.keys();
    let receipt = |key: &EvidenceKey, id: &str| {
        let draft = tool_receipt(id, "run-1", keys.agent.did().as_str(), "exec:ls");
        let draft = draft.without("args_hash_b64u").without("result_hash_b64u");
        draft.without("result_status").sign(key)
    };
    let observed = log.post(&receipt(&keys.enforcement_point, "seen")).await;
    assert_eq!(observed.status, 201, "{}", observed.text());
    let own_word = log.post(&receipt(&keys.agent, "own")).await;
    assert_eq!(
        (own_word.status, own_word.code().as_str()),
        (422, "SCHEMA_INVALID")
    );
    assert_eq!(own_word.json()["pointer"], "/payload/args_hash_b64u");
    let stranger = log.post(&receipt(&log.stranger, "stranger")).await;
    assert_eq!(
        (stranger.status, stranger.code().as_str()),
        (403, "SIGNER_NOT_TRUSTED")
    );
    let document = receipt(&keys.enforcement_point, "seen");
    let verified = log.send(post("/v1/verify", "application/json", document)).await;
    assert_ne!(
        verified.json()["items"][0]["status"],
        "FAIL",
        "{}",
        verified.text()
    );
}

#[tokio::test]
async fn too_many_subjects_are_refused() {
    let log = ApiLog::start().await;
    let answer = log.post(&bundle_of_runs(&log.keys().agent, 40)).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "SUBJECTS_TOO_MANY")
    );
}

#[tokio::test]
async fn requests_of_another_form_are_refused_before_anything_is_logged() {
    let log = ApiLog::start().await;
    let before = log.size();
    let event = log.job_event("job-1", "opened");

    let answer = log.send(post("/v1/evidence", "text/plain", event.clone())).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (415, "UNSUPPORTED_MEDIA_TYPE")
    );
    let mut encoded = post("/v1/evidence", "application/json", event.clone());
    encoded
        .headers_mut()
        .insert(header::CONTENT_ENCODING, "br".parse().unwrap());
    let answer = log.send(encoded).await;
    assert_eq!(answer.code(), "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(answer.header(header::ACCEPT_ENCODING), "gzip, identity");

    let answer = log
        .send(post(
            "/v1/evidence?wait=witnessed",
            "application/json",
            event.clone(),
        ))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (501, "WITNESS_NOT_CONFIGURED")
    );
    for query in ["wait=soon", "wiat=integrated", "wait=integrated&wait=integrated"] {
        let answer = log
            .send(post(
                &format!("/v1/evidence?{query}"),
                "application/json",
                event.clone(),
            ))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{query}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains('w'), "{query}");
    }
    assert_eq!(log.size(), before);

    let accepted = log
        .send(post(
            "/v1/evidence?wait=integrated",
            "application/json; charset=utf-8",
            event,
        ))
        .await;
    assert_eq!(accepted.status, 201);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let log = ApiLog::start().await;
    let answer = log.get("/v2/anything").await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"));
    let answer = log.send(post("/v1/log", "application/json", "{}")).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (405, "METHOD_NOT_ALLOWED")
    );
    assert_eq!(answer.header(header::ALLOW), "GET,HEAD");
    assert!(answer.text().contains("this address takes GET and HEAD only"));
    let answer = log.get("/v1/verify").await;
    assert_eq!(answer.status, 405);
    assert!(answer.text().contains("this address takes POST only"));
    assert!(
        log.get("/v2/anything")
            .await
            .text()
            .contains("there is no such address")
    );
    for path in [
        "/v1/entries/999".to_owned(),
        "/v1/jobs/none".to_owned(),
        "/v1/runs/none".to_owned(),
        format!("/v1/tokens/{}", token_hash('e')),
        format!("/v1/evidence/{}", token_hash('e')),
        format!("/v1/policies/{}", verifier::base64::encode_url(&[1; 32])),
    ] {
        let answer = log.get(&path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "NOT_FOUND"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn shed_load_says_when_to_come_back() {
    let busy = ApiLog::bare(
        open_loopback(),
        HostLimits {
            submissions_per_submitter_max: 0,
            ..HostLimits::default()
        },
    );
    let full = ApiLog::bare(
        open_loopback(),
        HostLimits {
            pools: ledger_query::share::PoolLimits {
                submission_bytes: 0,
                ..Default::default()
            },
            ..HostLimits::default()
        },
    );
    for (log, status, code) in [(busy, 429, "TOO_MANY_REQUESTS"), (full, 503, "UNAVAILABLE")] {
        let answer = log.post("{\"a\":1}").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert_eq!(answer.header(header::RETRY_AFTER), "1");
        assert_eq!(answer.json()["retry_after_s"], 1);
    }
}

#[tokio::test]
async fn a_request_past_its_time_is_told_to_come_back() {
    let limits = HostLimits {
        request_timeout: Duration::ZERO,
        ..HostLimits::default()
    };
    let log = ApiLog::bare(open_loopback(), limits);
    let answer = log.get("/v1/events?wait_s=30&after_index=0").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
}

#[tokio::test]
async fn a_clock_that_steps_pauses_the_log_and_says_so() {
    let log = ApiLog::start().await;
    assert_eq!(log.get("/readyz").await.status, 200);
    log.set_clock_back(3_600_000);
    let answer = log.post(&log.job_event("job-1", "opened")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    let ready = log.get("/readyz").await;
    assert_eq!(
        (ready.status, &ready.json()["status"]),
        (503, &json!("clock_paused"))
    );
}
