//! One token: issuance, every use across jobs, revocation.

use crate::documents::{issuance_members, receipt_draft, sign, token_hash};
use crate::support::ApiLog;
use kit::documents::{self, wrap};
use ledger::store::derived::MemoryDerived;
use serde_json::{Value, json};
use std::sync::Arc;
use verifier::document::Document;
use verifier::index::TreeSize;

/// A minute of the day on which the test's clock starts, at midnight.
fn minute(minute: u64) -> String {
    format!("2026-02-12T00:{minute:02}:00Z")
}

pub(crate) const MINUTE_MS: u64 = 60_000;

/// The scope hash of an issuance's claims.
fn scope_of(members: &Value) -> String {
    documents::scope_hash(&members["claims"])
}

/// A token with a history in the making.
pub(crate) struct Token<'a> {
    log: &'a ApiLog,
    pub(crate) hash: String,
    members: Value,
}

impl<'a> Token<'a> {
    pub(crate) fn new(log: &'a ApiLog, digit: char, job_id: &str, run_id: &str) -> Self {
        let hash = token_hash(digit);
        let members = issuance_members(&hash, job_id, run_id);
        Self { log, hash, members }
    }

    pub(crate) async fn issue(&self) -> Value {
        let issuance = sign(&self.log.keys().token_issuer, "cst_issuance", &self.members);
        self.log.logged(&issuance).await["index"].clone()
    }

    /// A receipt of a call with this token, made at a minute.
    pub(crate) fn receipt(&self, id: &str, run_id: &str, at: u64) -> String {
        receipt_draft(id, run_id, "gpt-5")
            .with("/timestamp", minute(at))
            .with("/binding/token_scope_hash_b64u", scope_of(&self.members))
            .sign(&self.log.keys().gateway)
    }

    /// Logs a receipt and the gateway's own word on it.
    pub(crate) async fn used(&self, receipt: &str, mut word: Value) -> Value {
        let index = self.log.logged(receipt).await["index"].clone();
        let document = Document::parse(receipt.as_bytes()).unwrap();
        word["evidence_digest"] = json!(document.evidence_digest());
        self.log
            .logged(&sign(&self.log.keys().gateway, "submission_context", &word))
            .await;
        index
    }

    async fn ask(&self, query: &str) -> Value {
        let answer = self.log.get(&format!("/v1/tokens/{}{query}", self.hash)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

#[tokio::test]
async fn every_use_is_listed_across_jobs_with_its_lateness_and_its_row() {
    let log = ApiLog::start().await;
    let mut token = Token::new(&log, 'a', "job-a", "run-a");
    let pin = "p".repeat(42) + "A";
    token.members["claims"]["policy_hash_b64u"] = json!(pin);
    token.members["claims"]["token_scope_hash_b64u"] = json!(scope_of(&token.members));
    let issued = token.issue().await;
    log.pass(2 * MINUTE_MS);
    let both = |job: &str| json!({"job_id": job, "token_hash": token.hash});
    let first = token.used(&token.receipt("r1", "run-a", 1), both("job-a")).await;
    let stolen = token.used(&token.receipt("r2", "run-b", 2), both("job-b")).await;
    let revoked_at = log.now() / 1000;
    let revoked = log.logged(&log.revocation(&token.hash, revoked_at)).await["index"].clone();
    log.pass(4 * MINUTE_MS);
    let after = token.used(&token.receipt("r3", "run-b", 5), both("job-b")).await;
    let late = token.used(&token.receipt("r4", "run-a", 1), both("job-a")).await;

    let answer = token.ask("").await;
    assert_eq!(answer["as_of_tree_size"], log.size());
    assert_eq!(answer["complete"], true);
    let issuance = &answer["issued"][0];
    assert_eq!(issuance["index"], issued);
    assert_eq!(issuance["policy_hash_b64u"], json!(pin));
    assert_eq!(issuance["scope_hash_b64u"], json!(scope_of(&token.members)));
    assert_eq!(issuance["scope_hash_ok"], true);
    assert_eq!(
        (&issuance["job_id"], &issuance["run_id"], &issuance["agent"]),
        (&json!("job-a"), &json!("run-a"), &json!("did:key:zAgent"))
    );
    assert_eq!(
        (
            &answer["revoked"][0]["index"],
            &answer["revoked"][0]["revoked_at"]
        ),
        (&revoked, &json!(revoked_at))
    );
    assert_eq!(
        answer["jobs"],
        json!([{"job_id": "job-a", "uses": 2}, {"job_id": "job-b", "uses": 2}])
    );
    let rows: Vec<Value> = answer["uses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|used| {
            json!([
                used["job_id"],
                used["index"],
                used["code"],
                used["status"],
                used["lateness_ms"],
                used["revocation"]
            ])
        })
        .collect();
    let minutes = |count: u64| json!(count * MINUTE_MS);
    assert_eq!(
        json!(rows),
        json!([
            ["job-a", first, "VALID", "pass", minutes(1), null],
            [
                "job-a",
                late,
                "LATE_SUBMISSION",
                "incomplete",
                minutes(5),
                revoked
            ],
            ["job-b", stolen, "VALID", "pass", 0, null],
            ["job-b", after, "REVOKED_BEFORE_USE", "fail", minutes(1), revoked],
        ])
    );
    assert_eq!(answer["uses"][0]["link"], "signed_context");
    assert_eq!(answer["uses"][3]["run_id"], "run-b");
    assert_eq!(answer["unbound"], json!([]));

    let before = token.ask(&format!("?as_of={revoked}")).await;
    assert_eq!(before["revoked"], json!([]));
    assert_eq!(before["uses"].as_array().unwrap().len(), 2);
    assert_eq!(before["as_of_tree_size"], revoked);
}

#[tokio::test]
async fn an_alarm_is_raised_by_the_use_and_not_by_the_revocation_long_before_it() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    token.issue().await;
    log.pass(2 * MINUTE_MS);
    log.logged(&log.revocation(&token.hash, log.now() / 1000)).await;
    log.pass(4 * MINUTE_MS);
    let word = || json!({"job_id": "job-a", "token_hash": token.hash});
    let first = token.used(&token.receipt("r1", "run-a", 5), word()).await;
    log.pass(4 * MINUTE_MS);
    token.used(&token.receipt("r2", "run-a", 9), word()).await;
    let projection = log.state.engine().project(Arc::new(MemoryDerived::default()));
    projection.reached(TreeSize::new(log.size())).await;

    let alarms = async |query: &str| {
        let answer = log
            .get(&format!("/v1/alarms?code=REVOKED_BEFORE_USE{query}"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["alarms"].as_array().unwrap().clone()
    };
    let alarm = alarms("").await.remove(0);
    let at = |minutes: u64| verifier::rfc3339::parse(&minute(minutes)).unwrap().value();
    assert_eq!(alarm["raised_index"], first);
    assert_eq!(alarm["raised_at"], json!(at(6)));
    assert_eq!(alarm["offence_at"], json!(at(5)));
    for (query, found) in [
        ("&from=2026-02-12T00:06:00Z", 1),
        ("&from=2026-02-12T00:06:00.001Z", 0),
        ("&to=2026-02-12T00:06:00Z", 1),
        ("&to=2026-02-12T00:05:59Z", 0),
        ("&from=2026-02-12T00:05:00Z&to=2026-02-12T00:07:00Z", 1),
    ] {
        assert_eq!(alarms(query).await.len(), found, "{query}");
    }
    let wrong = log.get("/v1/alarms?from=yesterday").await;
    assert_eq!((wrong.status, &wrong.json()["parameter"]), (422, &json!("from")));
}

#[tokio::test]
async fn what_may_not_be_said_is_shown_and_is_no_use() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    token.issue().await;
    log.logged(&log.revocation(&token.hash, log.now() / 1000)).await;
    log.pass(MINUTE_MS);
    // The submitter `local` is bound to no gateway.
    let word = json!({"job_id": "job-c", "token_hash": token.hash});
    let receipt = wrap(&token.receipt("r1", "run-c", 0), &word);
    let index = log.logged(&receipt).await["index"].clone();
    let answer = token.ask("").await;
    assert_eq!(answer["uses"], json!([]));
    let unbound = &answer["unbound"];
    assert_eq!(unbound.as_array().unwrap().len(), 1, "{unbound}");
    assert_eq!(
        (&unbound[0]["index"], &unbound[0]["job_id"], &unbound[0]["kind"]),
        (&index, &json!("job-c"), &json!("receipt.gateway"))
    );
    assert_eq!(unbound[0]["lateness_ms"], MINUTE_MS);
    assert_eq!(unbound[0]["after_revocation"], true);
}

#[tokio::test]
async fn a_use_that_only_a_later_context_ties_to_a_job_is_found_by_the_scope() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    token.issue().await;
    // Neither the receipt nor the context names the token: they have its scope hash and a job.
    let index = token
        .used(&token.receipt("r1", "run-b", 0), json!({"job_id": "job-b"}))
        .await;
    let answer = token.ask("").await;
    assert_eq!(
        (&answer["uses"][0]["job_id"], &answer["uses"][0]["index"]),
        (&json!("job-b"), &index)
    );
    assert_eq!(answer["uses"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_tokens_uses_of_the_same_scope_are_not_this_ones() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    let renewed = Token::new(&log, 'b', "job-b", "run-b");
    assert_eq!(scope_of(&token.members), scope_of(&renewed.members));
    token.issue().await;
    renewed.issue().await;
    let word = json!({"job_id": "job-b", "token_hash": renewed.hash});
    renewed.used(&renewed.receipt("r1", "run-b", 0), word).await;
    let answer = token.ask("").await;
    assert_eq!(answer["jobs"], json!([{"job_id": "job-a", "uses": 0}]));
    assert_eq!(answer["uses"], json!([]));
    assert_eq!(renewed.ask("").await["uses"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_nobody_issued_shows_its_revocation_and_its_uses() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-a", "run-a");
    let word = json!({"job_id": "job-a", "token_hash": token.hash});
    token.used(&token.receipt("r1", "run-a", 0), word).await;
    log.logged(&log.revocation(&token.hash, log.now() / 1000)).await;
    let answer = token.ask("").await;
    assert_eq!(answer["issued"], json!([]));
    assert_eq!(answer["revoked"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&answer["uses"][0]["code"], &answer["uses"][0]["status"]),
        (&json!("UNKNOWN_TOKEN"), &json!("fail"))
    );

    let unknown = log.get(&format!("/v1/tokens/{}", token_hash('f'))).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "NOT_FOUND"));
    let too_early = log.get(&format!("/v1/tokens/{}?as_of=1", token.hash)).await;
    assert_eq!((too_early.status, too_early.code().as_str()), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_call_of_no_job_is_shown() {
    let log = ApiLog::start().await;
    let mut token = Token::new(&log, 'a', "job-a", "run-a");
    token.members.as_object_mut().unwrap().remove("job_id");
    token.issue().await;
    let receipt = wrap(
        &token.receipt("r1", "run-z", 0),
        &json!({"token_hash": token.hash}),
    );
    let index = log.logged(&receipt).await["index"].clone();
    let answer = token.ask("").await;
    assert_eq!(answer["issued"][0].get("scope_hash_ok"), None);
    assert_eq!(answer["jobs"], json!([]));
    assert_eq!(answer["unbound"][0]["index"], index);
    assert_eq!(answer["unbound"][0].get("job_id"), None);
    assert_eq!(answer["unbound"][0]["after_revocation"], false);
}

#[tokio::test]
async fn pages_judge_a_few_jobs_each_and_stay_pinned_while_the_log_grows() {
    let log = ApiLog::start().await;
    let token = Token::new(&log, 'a', "job-0", "run-0");
    token.issue().await;
    let use_it = async |job: usize, number: usize| {
        let receipt = token.receipt(&format!("r-{job}-{number}"), &format!("run-{job}"), 0);
        let word = json!({"job_id": format!("job-{job}"), "token_hash": token.hash});
        token.used(&receipt, word).await
    };
    let mut expected = Vec::new();
    for number in 0..2 {
        for job in 0..11 {
            let index = use_it(job, number).await;
            expected.push((format!("job-{job}"), index.as_u64().unwrap()));
        }
    }
    expected.sort();
    for limit in [1, 3, 200] {
        let size = log.size();
        let (mut seen, mut pages, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = token.ask(&format!("?limit={limit}{cursor}")).await;
            assert_eq!(page["as_of_tree_size"], size);
            assert!(page["jobs"].as_array().unwrap().len() <= 8);
            assert_eq!(page["issued"].as_array().unwrap().len(), 1);
            for used in page["uses"].as_array().unwrap() {
                seen.push((
                    used["job_id"].as_str().unwrap().to_owned(),
                    used["index"].as_u64().unwrap(),
                ));
            }
            if pages == 0 {
                // Not below the size that the pages are pinned to.
                use_it(limit, 90 + limit).await;
            }
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort();
        let below: Vec<(String, u64)> = expected
            .iter()
            .filter(|(_, index)| *index < size)
            .cloned()
            .collect();
        assert!(pages > 1 && below.iter().all(|used| seen.contains(used)));
        assert!(seen.iter().all(|(_, index)| *index < size));
        let mut once = seen.clone();
        once.dedup();
        assert_eq!(once, seen, "each use once");
    }
}

#[tokio::test]
async fn parameters_of_another_form_are_refused() {
    let log = ApiLog::start().await;
    let token = token_hash('a');
    for query in [
        "limit=0",
        "limit=201",
        "cursor=x",
        "include=evidence",
        "colour=red",
    ] {
        let answer = log.get(&format!("/v1/tokens/{token}?{query}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn claims_that_state_another_scope_hash_are_refused() {
    let log = ApiLog::start().await;
    let mut token = Token::new(&log, 'a', "job-a", "run-a");
    token.members["claims"]["token_scope_hash_b64u"] = json!("A".repeat(43));
    let issuance = sign(&log.keys().token_issuer, "cst_issuance", &token.members);
    let answer = log.post(&issuance).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "TOKEN_SCOPE_HASH_MISMATCH")
    );
}
