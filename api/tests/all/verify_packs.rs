//! `POST /v1/verify`: genuine or not, and what it says; and the jobs of what the log holds.

use crate::support::{ApiLog, post};
use crate::tokens::{MINUTE_MS, Token};
use kit::pack::sample::brought;
use serde_json::{Value, json};
use verifier::pack::PACK_MEDIA_TYPE;

async fn item(log: &ApiLog, content_type: &str, body: Vec<u8>) -> Value {
    let answer = log.send(post("/v1/verify", content_type, body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"][0].clone()
}

/// A job whose second call was made after its token was revoked: entries of the first call, the revocation and the second
/// call, and the receipt of each call.
struct RevokedTokenLog {
    log: ApiLog,
    good: (Value, String),
    revoked: (Value, String),
    bad: (Value, String),
}

async fn revoked() -> RevokedTokenLog {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    token.issue().await;
    log.pass(2 * MINUTE_MS);
    let word = json!({"job_id": "job-a", "token_hash": token.hash});
    let first = token.receipt("r1", "run-a", 1);
    let good = token.used(&first, word.clone()).await;
    let revocation = log.revocation(&token.hash, log.now() / 1000);
    let revoked = log.logged(&revocation).await["index"].clone();
    log.pass(4 * MINUTE_MS);
    let second = token.receipt("r2", "run-a", 5);
    let bad = token.used(&second, word).await;
    RevokedTokenLog {
        good: (good, first),
        revoked: (revoked, revocation),
        bad: (bad, second),
        log,
    }
}

#[tokio::test]
async fn genuine_failed_forged_damaged_and_mistaken_packs_are_told_in_the_words_of_the_command_line() {
    let RevokedTokenLog { log, .. } = revoked().await;
    let genuine = log.get("/v1/jobs/job-a/pack").await.body;
    for case in brought(&genuine, &log.state.engine().verifier_key()) {
        let found = item(&log, PACK_MEDIA_TYPE, case.bytes).await;
        assert_eq!(found["first_line"], case.first_line, "{}", case.what);
        assert_eq!(found["kind"], "pack", "{}", case.what);
        if case.exit == 1 {
            assert_eq!(
                (&found["authenticity"], &found["verdict"]),
                (&json!("genuine"), &json!("FAIL"))
            );
            assert_eq!(found["reason_code"], "REVOKED_BEFORE_USE");
            let line = "Verdict on the job: FAIL, decided by token.valid (REVOKED_BEFORE_USE)";
            assert_eq!(found["verdict_line"], line);
        } else {
            assert_eq!(found["authenticity"], "not_genuine", "{}", case.what);
            assert!(found["verdict"].is_null(), "{}: {found}", case.what);
            assert_ne!(found["status"], "PASS", "{}", case.what);
        }
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_not_said_to_be_missing_from_the_log() {
    let RevokedTokenLog { log, .. } = revoked().await;
    let mut damaged = log.get("/v1/jobs/job-a/pack").await.body;
    damaged[100] ^= 1;
    let found = item(&log, PACK_MEDIA_TYPE, damaged).await;
    assert_eq!(found["log"], json!({"found": false, "looked_up": false}));
    assert_eq!(found["missing"], json!([]));
    assert_eq!(found["signature"], "not_checked");
}

#[tokio::test]
async fn a_receipt_that_is_the_use_after_the_revocation_names_the_job_that_fails_over_it() {
    let RevokedTokenLog {
        log,
        good,
        revoked,
        bad,
    } = revoked().await;
    let jobs = async |(index, document): (Value, String)| {
        let found = item(&log, "application/json", document.into_bytes()).await;
        assert_eq!(found["log"]["index"], index, "{found}");
        assert_eq!(found["authenticity"], "genuine", "{found}");
        assert_eq!(found["jobs"]["items"].as_array().unwrap().len(), 1, "{found}");
        found["jobs"]["items"][0].clone()
    };
    let failing = jobs(bad).await;
    assert_eq!(
        (&failing["job_id"], &failing["verdict"], &failing["code"]),
        (&json!("job-a"), &json!("FAIL"), &json!("REVOKED_BEFORE_USE"))
    );
    let fault = json!({
        "check": "token.valid", "title": "Token used after revocation", "code": "REVOKED_BEFORE_USE", "at_fault": true,
    });
    assert_eq!(failing["fault"], fault);
    let harmless = jobs(good).await;
    assert_eq!(
        (&harmless["verdict"], &harmless["fault"]),
        (&json!("FAIL"), &Value::Null)
    );
    // The revocation is what the use is held against, and did nothing wrong itself.
    let revocation = jobs(revoked).await;
    assert_eq!(revocation["fault"]["at_fault"], false, "{revocation}");
    assert_eq!(revocation["fault"]["code"], "REVOKED_BEFORE_USE");
}

#[tokio::test]
async fn a_document_of_no_job_says_so_and_one_that_is_not_logged_has_no_jobs() {
    let log = ApiLog::start().await;
    let receipt = log.receipt("rcpt-1", "run-1");
    let unlogged = item(&log, "application/json", receipt.clone().into_bytes()).await;
    assert_eq!(unlogged.get("jobs"), None);
    log.logged(&receipt).await;
    let logged = item(&log, "application/json", receipt.into_bytes()).await;
    assert_eq!(logged["jobs"], json!({"items": [], "more": false}));
}
