//! Claims that a page leaves to the browser, which checks their proof.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::claims::assert_says_no_more;
use crate::site::{JOB, JOB_HREF, TOKEN, TestSite};

/// What the script is given on a page.
fn claims(body: &str) -> Vec<Value> {
    let attributes = body.split("data-claim=\"").skip(1);
    let read = |attribute: &str| {
        let encoded = attribute.split('"').next().unwrap().replace("&#34;", "\"");
        serde_json::from_str(&percent_decode_str(&encoded).decode_utf8().unwrap()).unwrap()
    };
    attributes.map(read).collect()
}

/// The one question of each claim.
fn asked(body: &str) -> Vec<Value> {
    let claims = claims(body);
    claims.iter().map(|claim| claim["questions"][0].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_about_one_thing_asks_for_the_proof_of_what_it_would_like_to_say() {
    let (site, policy) = TestSite::with_job().await;
    let cast = &site.log.cast;
    let [agent, gateway, issuer] =
        [&cast.agent, &cast.gateway, &cast.token_issuer].map(|key| key.did().as_str().to_owned());
    let all = |field: &str, value: &str| json!(["subject", field, value, []]);
    let of_kind = |field: &str, value: &str, kind: &str| json!(["subject", field, value, [kind]]);
    let uses = [
        "receipt.gateway",
        "receipt.tool",
        "receipt.side_effect",
        "decision",
    ];
    let pages = [
        (JOB_HREF.to_owned(), vec![all("job", JOB)]),
        ("/runs/run_test".to_owned(), vec![all("run", "run_test")]),
        (
            format!("/tokens/{TOKEN}"),
            vec![of_kind("token", TOKEN, "token.revoked"), all("token", TOKEN)],
        ),
        (
            format!("/policies/{policy}"),
            vec![
                of_kind("policy", &policy, "policy.withdrawn"),
                of_kind("policy", &policy, "policy.frozen"),
                all("policy", &policy),
            ],
        ),
        (format!("/agents/{agent}"), vec![all("agent", &agent)]),
        (format!("/gateways/{gateway}"), vec![all("gateway", &gateway)]),
        (
            format!("/issuers?did={}", issuer.replace(':', "%3A")),
            vec![all("issuer", &issuer)],
        ),
        ("/issuers".to_owned(), vec![]),
    ];
    for (page, _) in &pages {
        let body = site.page(page).await;
        assert_eq!(claims(&body), Vec::<Value>::new(), "{page}");
        assert!(
            body.contains("completeness not proved: <span data-claims-why>this log keeps no index<"),
            "{page}"
        );
    }
    let site = Box::pin(site.indexed()).await;
    for (page, expected) in &pages {
        let body = site.page(page).await;
        assert_eq!(asked(&body), *expected, "{page}");
        assert_says_no_more(page, &body);
        for claim in claims(&body) {
            assert_eq!(claim["as_of"], site.newest() - 1, "{page}");
        }
        // Where there is nothing to be checked, it is not for want of a check that nothing is proved.
        let why = "completeness not proved: <span data-claims-why>not checked in this browser";
        assert!(body.contains("completeness not proved"), "{page}");
        assert_eq!(body.contains(why), !expected.is_empty(), "{page}");
        assert_eq!(body.contains("data-claims-why"), !expected.is_empty(), "{page}");
    }
    // Something more comes, so that the revocation is not the last entry any more.
    let opened = kit::documents::job_event(kit::test_ledger::ORIGIN, "later", "opened");
    site.log_draft(&site.log.cast.orchestrator, opened).await;
    let token = site.page(&format!("/tokens/{TOKEN}")).await;
    assert_eq!(asked(&token)[1], json!(["subject", "token", TOKEN, uses]));
    assert_eq!(claims(&token)[1]["after"], 12, "the revocation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_index_was_switched_off_says_up_to_where_it_covers_the_log() {
    let (site, _) = TestSite::with_job().await;
    let site = Box::pin(Box::pin(site.indexed()).await.reopened()).await;
    let covered = site.engine.index_covered().value();
    assert!(covered > 0);
    let opened = kit::documents::job_event(kit::test_ledger::ORIGIN, "later", "opened");
    site.log_draft(&site.log.cast.orchestrator, opened).await;
    let body = site.page("/runs/run_test").await;
    let why = format!("data-claims-why>the log’s index covers its first {covered} entries");
    assert!(body.contains(&why), "{body}");
    let body = site.page(&format!("/runs/run_test?as_of={covered}")).await;
    assert!(
        body.contains("data-claims-why>not checked in this browser"),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_counts_its_entries_and_links_the_proof_of_them() {
    let (site, _) = TestSite::with_job().await;
    let site = Box::pin(site.indexed()).await;
    let covered = site.newest() - 1;
    let body = site.page("/runs/run_test").await;
    let [claim] = &claims(&body)[..] else {
        panic!("{body}");
    };
    let question = json!(["subject", "run", "run_test", []]);
    assert_eq!(*claim, json!({"as_of": covered, "questions": [question]}));
    let (_, listed) = body.split_once("id=\"entries-named\"").unwrap();
    let rows = listed.matches("<tr id=\"e").count();
    assert!(body.contains(&format!(
        "<span data-claim-count>{rows}</span> entries in the log name this run"
    )));
    let proof = format!("/v1/subjects/run/run_test/proof?as_of={covered}");
    assert!(body.contains(&format!("href=\"{proof}\"")), "{body}");
    let body = site.page(JOB_HREF).await;
    let proof = format!("/v1/subjects/job/job%2F2026%20%C3%BC/proof?as_of={covered}");
    assert!(body.contains(&format!("href=\"{proof}\"")), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_more_revocations_than_are_shown_says_up_to_where_it_lists_them() {
    let (site, _) = TestSite::with_job().await;
    let issuer = &site.log.cast.token_issuer;
    let mut last_shown = 0;
    for number in 1..=20 {
        let revocation = kit::documents::revocation(kit::test_ledger::ORIGIN, TOKEN, 1_770_854_400 + number);
        let index = site.log_draft(issuer, revocation).await;
        if number < 20 {
            last_shown = index;
        }
    }
    let site = Box::pin(site.indexed()).await;
    let body = site.page(&format!("/tokens/{TOKEN}")).await;
    assert!(body.contains("And 1 more revocations"), "{body}");
    assert_eq!(
        claims(&body)[0]["list"],
        json!({"first": 0, "end": last_shown + 1})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_a_hit_asks_for_the_proof_that_there_is_none_unless_the_text_may_be_a_secret() {
    let (site, _) = TestSite::with_job().await;
    let site = Box::pin(site.indexed()).await;
    let body = site.page("/search?q=nobody").await;
    let [claim] = &claims(&body)[..] else {
        panic!("{body}");
    };
    let fields: Vec<&str> = claim["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|question| question[1].as_str().unwrap())
        .collect();
    for field in [
        "job",
        "run",
        "jti",
        "policy_id",
        "agent",
        "receipt",
        "approval",
        "bundle",
    ] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
    assert!(!fields.contains(&"nonce"), "the index has no rows of it");
    let besides = "data-when-proved hidden>It was also looked up as: registered signer, nonce.";
    assert!(body.contains(besides), "{body}");
    let hash = site.page(&format!("/search?q={}", "ab".repeat(32))).await;
    assert!(
        hash.contains("statement digest, leaf hash, registered signer, nonce."),
        "{hash}"
    );
    assert_says_no_more("/search?q=nobody", &body);
    let form = format!("q={}", "ab".repeat(32)).into_bytes();
    let answer = site
        .post("/search", "application/x-www-form-urlencoded", form)
        .await;
    assert!(
        answer.body.contains("Not in the address of this page"),
        "{}",
        answer.body
    );
    assert_eq!(claims(&answer.body), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_job_links_a_pack_that_the_index_proves_whole() {
    let (site, _) = TestSite::with_job().await;
    let site = Box::pin(site.indexed()).await;
    let covered = site.engine.index_covered();
    assert_eq!(
        site.newest(),
        covered.value() + 1,
        "the index.root is the last entry"
    );
    let body = site.page(JOB_HREF).await;
    assert!(body.contains(&format!("/pack?as_of={covered}\"")), "{body}");
}
