//! What nobody sees is seen on the pages, and letters that run from right to left move nothing next to them.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use kit::documents::wrap;
use kit::key::TIME;
use serde_json::json;
use verifier::base64::encode_url;
use verifier::text::invisible::is_invisible;

use crate::scripts::without_own;
use crate::site::{JOB, JOB_HREF, TOKEN, TestSite};
use crate::story::StoryJob;

/// One of each kind that documents can carry in text.
const HIDDEN: &str = "\u{202E}\u{2066}\u{200B}\u{AD}\u{FE0F}\u{E0041}\u{3164}\u{85}\u{2800}";
/// Letters that run from right to left.
const HEBREW: &str = "אבג";

fn hostile(text: &str) -> String {
    format!("{text}{HIDDEN}{HEBREW}")
}

/// A job with hostile texts wherever its documents have room for them, and the pages that show them.
async fn hostile_site() -> (TestSite, Vec<String>) {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let title =
        json!({ "title": hostile("pay 82"), "purpose": hostile("why"), "reason": hostile("because") });
    let job = StoryJob::open(&site, "job-1", title).await;
    let receipt = wrap(
        &job.receipt_of(0, 1, &hostile("gpt")),
        &json!({ "job_id": "job-1", "token_hash": job.token }),
    );
    let receipt = site.submit("clawproxy", receipt).await;
    job.tool(&hostile("exec"), 1).await;
    let artifact = json!({
        "label": "other", "sha256": "ab".repeat(32), "size": 1, "media_type": "text/plain",
        "name": "file", "job_id": "job-1", "uri": hostile("https://x.example/"),
    });
    let artifact = site.own(&cast.orchestrator, "evidence_artifact", artifact).await;
    let policy = json!({ "policy_id": "p", "policy": {
        hostile("member"): hostile("value"), "tools": { "allow": [hostile("exec")], "deny": [hostile("send")] },
        "approvals": [{ "name": hostile("gate"), "required_for": [hostile("op")], "mode": hostile("explicit") }],
    } });
    let published = site.own(&cast.policy_publisher, "wpc_publication", policy).await;
    let hash = site.policy_hash(published);
    let run = job.run.clone();
    let paths = vec![
        "/".to_owned(),
        "/jobs".to_owned(),
        "/alarms".to_owned(),
        "/jobs/job-1".to_owned(),
        format!("/entries/{receipt}"),
        format!("/entries/{artifact}"),
        format!("/entries/{published}"),
        format!("/artifacts/{}", "ab".repeat(32)),
        format!("/policies/{hash}"),
        format!("/policies/diff?from={}&to={hash}", job.policy),
        "/policies".to_owned(),
        format!("/runs/{run}"),
        format!("/compare?a={run}&b={run}"),
        format!("/tokens/{}", job.token),
        format!("/gateways/{}", cast.gateway.did()),
        format!("/agents/{}", cast.agent.did()),
        format!(
            "/search?q={}",
            percent_encoding::utf8_percent_encode(&hostile("x"), percent_encoding::NON_ALPHANUMERIC)
        ),
        "/issuers".to_owned(),
        "/log".to_owned(),
    ];
    drop(job);
    (site.projected().await, paths)
}

#[tokio::test]
async fn no_page_holds_a_character_that_nobody_sees() {
    let (site, paths) = hostile_site().await;
    for path in paths {
        let body = site.page(&path).await;
        let found = body
            .chars()
            .find(|&character| is_invisible(character) && !"\n\t".contains(character));
        assert_eq!(found, None, "{path}");
    }
}

/// Every text node of a page, with the names of the elements around it.
fn texts(body: &str) -> Vec<(Vec<String>, String)> {
    let mut around: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if tag.starts_with('/') {
            if let Some(at) = around.iter().rposition(|open| *open == name) {
                around.truncate(at);
            }
        } else if !tag.ends_with('/')
            && !["meta", "link", "input", "br", "path", "rect", "line", "circle"].contains(&name.as_str())
        {
            around.push(name);
        }
        found.push((around.clone(), text.to_owned()));
    }
    found
}

#[tokio::test]
async fn letters_that_run_the_other_way_are_isolated_wherever_a_page_shows_them() {
    let (site, paths) = hostile_site().await;
    // Each of these is a paragraph of its own, or shows its letters in the order in which they stand.
    let own = ["bdi", "pre", "title", "text", "option"];
    let mut seen = 0;
    for path in paths {
        for (around, text) in texts(&without_own(&site.page(&path).await)) {
            if text.contains(HEBREW) {
                seen += 1;
                assert!(
                    around.iter().any(|name| own.contains(&name.as_str())),
                    "{path}: {around:?} {text}"
                );
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[tokio::test]
async fn a_spreadsheet_gets_neither_formulas_nor_hidden_characters() {
    let site = TestSite::new().await;
    for (number, id) in ["=1+1", " =1+1", "＝1+1", "-1", "@x"].iter().enumerate() {
        let event = json!({ "job_id": id, "action": "opened", "at": TIME, "title": number.to_string() });
        site.own(&site.log.cast.orchestrator, "job_event", event).await;
    }
    let site = site.projected().await;
    let csv = site.page("/jobs?format=csv").await;
    for id in ["'=1+1", "' =1+1", "'＝1+1", "'-1", "'@x"] {
        assert!(csv.lines().any(|line| line.starts_with(id)), "{id}: {csv}");
    }
}

#[tokio::test]
async fn a_hash_in_another_spelling_leads_to_its_page() {
    let (site, policy) = TestSite::with_job().await;
    let bytes: [u8; 32] =
        core::array::from_fn(|at| u8::from_str_radix(&TOKEN[2 * at..2 * at + 2], 16).unwrap());
    let hex_of_policy = {
        let spelled = verifier::text::hash::SpelledHash::read(&policy).unwrap();
        spelled.to(verifier::text::hash::HashForm::Hex)
    };
    for (path, page) in [
        (
            format!("/tokens/{}", TOKEN.to_uppercase()),
            format!("/tokens/{TOKEN}"),
        ),
        (format!("/tokens/sha256:{TOKEN}"), format!("/tokens/{TOKEN}")),
        (
            format!("/tokens/{}", encode_url(&bytes)),
            format!("/tokens/{TOKEN}"),
        ),
        (
            format!("/policies/{hex_of_policy}"),
            format!("/policies/{policy}"),
        ),
        (format!("/policies/b64u:{policy}"), format!("/policies/{policy}")),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(answer.headers[LOCATION].to_str().unwrap(), page, "{path}");
    }
    for (query, page) in [
        (TOKEN.to_uppercase(), format!("/tokens/{TOKEN}")),
        (format!("sha256:{TOKEN}"), format!("/tokens/{TOKEN}")),
        (encode_url(&bytes), format!("/tokens/{TOKEN}")),
        (hex_of_policy, format!("/policies/{policy}")),
    ] {
        let answer = site.get(&format!("/search?q={query}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{query}: {}", answer.body);
        assert_eq!(answer.headers[LOCATION].to_str().unwrap(), page, "{query}");
    }
}

#[tokio::test]
async fn a_search_takes_an_id_as_it_is_and_offers_the_one_without_spaces() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/search?q=%20run_test%20").await;
    assert!(body.contains("No result for"));
    assert!(body.contains("href=\"/search?q=run_test\""), "{body}");
    let body = site.page("/search?q=run%E2%80%8B_test").await;
    assert!(
        body.contains("run⟨U+200B⟩_test") && body.contains("href=\"/search?q=run_test\""),
        "{body}"
    );
}

#[tokio::test]
async fn a_filter_or_an_address_that_cannot_be_an_id_is_refused_with_a_page() {
    let (site, _) = TestSite::with_job().await;
    let site = site.projected().await;
    for path in [
        "/jobs?agent=nobody",
        "/jobs?policy=none",
        "/jobs?token=none",
        "/alarms?job=a%E2%80%8B",
        "/alarms?code=none",
        "/policies?policy_id=a%E2%80%AE",
        "/issuers?did=nobody",
        "/jobs/a%E2%80%8B",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    let spelled = site
        .page(&format!("/jobs?token=sha256:{}", TOKEN.to_uppercase()))
        .await;
    assert!(spelled.contains(JOB_HREF) && spelled.contains(JOB), "{spelled}");
}

#[tokio::test]
async fn hex_in_a_member_of_base64url_shows_on_the_page_of_the_entry() {
    let site = TestSite::new().await;
    let policy = json!({ "policy_id": "p", "policy": { "parent_b64u": "ab".repeat(32) } });
    let index = site
        .own(&site.log.cast.policy_publisher, "wpc_publication", policy)
        .await;
    let body = site.page(&format!("/entries/{index}")).await;
    assert!(
        body.contains("HEX_IN_BASE64URL") && body.contains("/payload/policy/parent_b64u"),
        "{body}"
    );
    let receipt = site.log.receipt(1);
    let index = site.submit("clawproxy", receipt).await;
    assert!(
        !site
            .page(&format!("/entries/{index}"))
            .await
            .contains("HEX_IN_BASE64URL")
    );
}
