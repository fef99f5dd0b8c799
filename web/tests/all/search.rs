//! The search: pasted addresses, beginnings of names, near spellings, and secrets, which get into no address.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use serde_json::json;

use crate::lists::two_jobs;
use crate::lookups::{encoded, leads_to};
use crate::site::{JOB, JOB_HREF, SiteAnswer, TOKEN, TestSite};

/// Sends the form of the search.
async fn typed(site: &TestSite, text: &str) -> SiteAnswer {
    let body = format!("q={}", encoded(text)).into_bytes();
    site.post("/search", "application/x-www-form-urlencoded", body)
        .await
}

async fn listed(site: &TestSite, text: &str) -> String {
    site.page(&format!("/search?q={}", encoded(text))).await
}

#[tokio::test]
async fn a_pasted_address_of_any_host_opens_the_page_here_about_the_same_id() {
    let (site, policy) = TestSite::with_job().await;
    let upper = TOKEN.to_uppercase();
    for (address, page) in [
        (
            format!("https://pulse.example:8443{JOB_HREF}?as_of=9&from=3"),
            format!("{JOB_HREF}?as_of=9"),
        ),
        (format!("http://127.0.0.1{JOB_HREF}#checks"), JOB_HREF.to_owned()),
        (
            format!("HTTPS://other.example/v1{JOB_HREF}/assessment"),
            JOB_HREF.to_owned(),
        ),
        (JOB_HREF.to_owned(), JOB_HREF.to_owned()),
        (
            "https://x.example/entries/10".to_owned(),
            "/entries/10".to_owned(),
        ),
        (
            format!("https://x.example/tokens/{upper}"),
            format!("/tokens/{TOKEN}"),
        ),
        (
            format!(" https://x.example/policies/{policy}/ "),
            format!("/policies/{policy}"),
        ),
        (
            "https://x.example/problems/REVOKED_BEFORE_USE".to_owned(),
            "/problems/REVOKED_BEFORE_USE".to_owned(),
        ),
        (
            "https://x.example/jobs?verdict=FAIL".to_owned(),
            "/jobs?verdict=FAIL".to_owned(),
        ),
        ("https://x.example//evil.example/".to_owned(), String::new()),
    ] {
        if page.is_empty() {
            assert_eq!(
                site.get(&format!("/search?q={}", encoded(&address))).await.status,
                StatusCode::OK
            );
            continue;
        }
        assert_eq!(leads_to(&site, &address).await, page, "{address}");
        let answer = typed(&site, &address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.headers[LOCATION], page.as_str(), "{address}");
    }
    let nothing = listed(&site, "https://x.example/jobs/nobody").await;
    assert!(nothing.contains("This address is about job"));
}

#[tokio::test]
async fn a_hash_is_found_in_every_spelling() {
    let (site, policy) = TestSite::with_job().await;
    let standard = policy.replace('-', "+").replace('_', "/");
    for text in [&policy, &format!("b64u:{policy}"), &format!("{standard}=")] {
        assert_eq!(
            leads_to(&site, text).await,
            format!("/policies/{policy}"),
            "{text}"
        );
    }
    for text in [
        TOKEN.to_uppercase(),
        format!("sha256:{TOKEN}"),
        format!("SHA256:{}", TOKEN.to_uppercase()),
    ] {
        assert_eq!(leads_to(&site, &text).await, format!("/tokens/{TOKEN}"), "{text}");
    }
}

#[tokio::test]
async fn nothing_opens_the_page_of_another_id_by_itself() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    let gateway = site.log.cast.gateway.did().to_string();
    for (typed, shown) in [
        // A name of the policy, of a signer, and the job in other letters.
        ("triage-readonly", format!("/policies/{policy}")),
        ("clawproxy", format!("/gateways/{}", gateway.replace(':', "%3A"))),
        ("JOB/2026 ü", JOB_HREF.to_owned()),
        ("job/20", JOB_HREF.to_owned()),
    ] {
        let page = listed(&site, typed).await;
        assert!(page.contains(&format!("href=\"{shown}\"")), "{typed}");
    }
    let other = listed(&site, "JOB/2026 ü").await;
    assert!(other.contains("No exact match for"));
    assert!(other.contains("spelled differently: another id than you typed"));
    assert!(
        listed(&site, "job/20")
            .await
            .contains("longer: another id than you typed")
    );
    assert_eq!(leads_to(&site, JOB).await, JOB_HREF);
}

#[tokio::test]
async fn beginnings_of_names_are_suggested_by_kind_and_the_page_says_where_it_looked() {
    let site = two_jobs().await;
    let payload = json!({
        "job_id": "revoked", "action": "opened", "at": "2026-02-12T00:05:00Z", "requested_by": "soc-lead@contoso.example",
    });
    site.own(&site.log.cast.orchestrator, "job_event", payload).await;
    let site = site.projected().await;
    for (text, title, href) in [
        ("rev", "Jobs", "/jobs/revoked"),
        (
            "revoked_before",
            "Codes, explained",
            "/problems/REVOKED_BEFORE_USE",
        ),
        (
            "REVOKED_BEFORE_USE",
            "Codes, with the jobs that have them",
            "/jobs?code=REVOKED_BEFORE_USE",
        ),
        ("token.", "Checks, explained", "/checks/token.valid"),
        ("claw", "Registered signers", "/gateways/"),
        (
            "SOC-lead@",
            "People, with the jobs",
            "/jobs?person=soc-lead%40contoso.example",
        ),
    ] {
        let page = listed(&site, text).await;
        assert!(
            page.contains(title) && page.contains(&format!("href=\"{href}")),
            "{text}: {page}"
        );
        assert!(
            page.contains("What was looked at")
                && page.contains("policies by id and name in all publications")
        );
    }
    let person = site.page("/jobs?person=soc-lead%40contoso.example").await;
    assert!(person.contains("href=\"/jobs/revoked\"") && !person.contains("href=\"/jobs/open\""));
}

#[tokio::test]
async fn many_names_that_begin_alike_are_cut_and_said_to_be() {
    let site = TestSite::new().await;
    for number in 0..9 {
        let payload = json!({
            "job_id": format!("many-{number}"), "action": "opened", "at": "2026-02-12T00:00:00Z",
        });
        site.own(&site.log.cast.orchestrator, "job_event", payload).await;
    }
    let site = site.projected().await;
    let page = listed(&site, "many").await;
    assert_eq!(page.matches("href=\"/jobs/many-").count(), 8);
    assert!(page.contains("There are more. Type more of the name."));
}

#[tokio::test]
async fn a_secret_in_the_form_gets_into_no_address_and_is_repeated_nowhere() {
    let site = TestSite::new().await;
    for (text, secret) in [
        ("sk-proj-Abcdefghij0123456789", "sk-proj-Abcdefghij0123456789"),
        ("Bearer aaaabbbbccccdddd", "aaaabbbbccccdddd"),
        ("token=correct-horse-battery", "correct-horse-battery"),
        (
            "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
            "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        ),
        (
            "https://x.example/jobs?token=xK9mPq2LwZ7vN4bT8cRf",
            "xK9mPq2LwZ7vN4bT8cRf",
        ),
    ] {
        let answer = typed(&site, text).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(!answer.headers.contains_key(LOCATION), "{text}");
        assert!(!answer.body.contains(secret), "{text}");
        let hash = verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(secret.as_bytes()));
        assert!(answer.body.contains(&format!("/search?q={hash}")), "{text}");
        let asked = site.get(&format!("/search?q={}", encoded(text))).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(
            asked.body.contains("TOKEN_LEAKED") && !asked.body.contains(secret),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_may_be_a_hash_or_a_secret_is_answered_without_an_address_and_the_rest_has_one() {
    let (site, _) = TestSite::with_job().await;
    let unknown = "5d".repeat(32);
    let answer = typed(&site, &unknown).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Not in the address of this page"));
    // What the log knows is no secret.
    assert_eq!(
        typed(&site, TOKEN).await.headers[LOCATION],
        format!("/tokens/{TOKEN}")
    );
    let plain = typed(&site, "nobody & co").await;
    assert_eq!(plain.status, StatusCode::SEE_OTHER);
    assert_eq!(plain.headers[LOCATION], "/search?q=nobody%20%26%20co");
    assert_eq!(typed(&site, "").await.headers[LOCATION], "/search");
    let body = site.page("/").await;
    assert!(!body.contains("action=\"/search\" method=\"get\""));
    let large = typed(&site, &"x".repeat(20_000)).await;
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
}
