//! Each page answers, says what it knows, and leads on.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use kit::documents::{model_call, wrap};
use kit::test_ledger::ORIGIN;
use serde_json::json;

use crate::site::{JOB, JOB_HREF, TOKEN, TestSite};

/// A page over a large job is paged: none is larger.
const PAGE_BYTES_MAX: usize = 500 << 10;

#[tokio::test]
async fn home_says_that_the_log_is_alive_and_leads_to_its_jobs() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/").await;
    assert!(body.contains(ORIGIN));
    assert!(body.contains(&site.engine.verifier_key().to_string()));
    assert!(body.contains("13 entries"));
    assert!(body.contains(&site.engine.published().head.tree.root.to_string()));
    assert!(body.contains(JOB_HREF) && body.contains(JOB));
    assert!(body.contains("no witness configured"));
}

#[tokio::test]
async fn a_fresh_log_has_every_page() {
    let site = TestSite::new().await.projected().await;
    for path in ["/", "/jobs", "/policies", "/log", "/entries/0", "/alarms"] {
        site.page(path).await;
    }
    assert!(site.page("/jobs").await.contains("There are no jobs yet."));
    assert!(site.page("/alarms").await.contains("There are no alarms"));
}

#[tokio::test]
async fn a_job_shows_what_is_tied_to_it_in_log_order_and_whose_word_it_is() {
    let (site, policy) = TestSite::with_job().await;
    let body = site.page(JOB_HREF).await;
    let known = body.split("known to this server as of ").nth(1).unwrap();
    assert!(known.split("</li>").next().unwrap().ends_with(
        "UTC (13 entries); completeness not proved: <span data-claims-why>this log keeps no index</span>"
    ));
    assert!(body.contains("no witness configured"));
    assert!(body.contains(&format!("/policies/{policy}")) && body.contains(&format!("/tokens/{TOKEN}")));
    assert!(body.contains("run_test"));
    let mut at = 0;
    for label in ["Token issued", "Job event", "Model call", "Token revoked"] {
        let found = body[at..]
            .find(&format!("<td class=\"kind\">{label}"))
            .expect(label);
        at += found;
    }
    assert!(body.contains("submitted by clawproxy, which the operator has linked to this signer"));
    assert!(body.contains("stream s1, number 1, last"));
    assert!(body.contains("suspicious query volume"));
    // The receipts state no scope hash: they are the job's, and nothing says under which token.
    assert!(body.contains("INCOMPLETE") && body.contains("ATTRIBUTION_AMBIGUOUS"));
}

#[tokio::test]
async fn the_word_of_a_submitter_that_is_not_bound_is_labelled() {
    let site = TestSite::new().await;
    let document = site.log.receipt(1);
    site.submit("stranger", wrap(&document, &json!({ "job_id": "j1" })))
        .await;
    let body = site.page("/jobs/j1").await;
    assert!(body.contains("submitted by “stranger”, which is not linked to this signer"));
}

#[tokio::test]
async fn what_does_not_count_is_told_with_the_command_that_mends_it_on_the_pages_of_the_job_and_of_the_entry()
{
    let site = TestSite::new().await;
    let gateway = &site.log.cast.gateway;
    let document = model_call(1).sign(gateway);
    let said = wrap(&document, &json!({ "job_id": "j1" }));
    let entry = site.submit("stranger", said.clone()).await;
    let command = format!(
        "ledgerd issuer register --url \"$URL\" --operator-key \"$OPERATOR_KEY\" --did {} --role gateway --name clawproxy \
         --submitter stranger</pre>",
        gateway.did().as_str()
    );
    for page in ["/jobs/j1".to_owned(), format!("/entries/{entry}")] {
        let body = site.page(&page).await.replace("&#34;", "\"");
        let body = body.replace(" \\\n   ", "");
        for text in [
            "The statement by submitter “stranger” that the document belongs to the job does not count",
            "The receipt has no token scope hash (token_scope_hash_b64u)",
            "<a href=\"/problems/SUBMITTER_NOT_LINKED\">",
            "<a href=\"/problems/SCOPE_HASH_MISSING\">",
            &command,
        ] {
            assert!(body.contains(text), "{page}: {text}: {body}");
        }
    }
    // A registration that is logged later reaches back on no page, whatever window it states.
    let linked = site.log.cast.register(ORIGIN, gateway, "stranger", &["gateway"]);
    site.submit("operator", linked).await;
    let body = site.page(&format!("/entries/{entry}")).await;
    assert!(body.contains("submitted by “stranger”, which is not linked to this signer"));
    site.submit("stranger", said).await;
    let body = site.page("/jobs/j1").await;
    assert!(!body.contains("SUBMITTER_NOT_LINKED") && body.contains("SCOPE_HASH_MISSING"));
    let passing = site.page("/entries/1").await;
    assert!(!passing.contains("id=\"not-counted\""));
}

#[tokio::test]
async fn an_entry_shows_subjects_path_and_how_to_check_it() {
    let (site, _) = TestSite::with_job().await;
    let reader = &site.engine;
    let body = site.page("/entries/10").await;
    let index = verifier::index::LeafIndex::new(10);
    let record = reader.entry(index).unwrap().unwrap();
    for subject in record
        .entry
        .subjects
        .iter()
        .chain(record.entry.context_subjects.iter().flatten())
    {
        assert!(body.contains(&subject.hash.to_string()));
    }
    assert!(!body.contains("not known here in clear"));
    for hash in reader
        .inclusion_proof(index, reader.published().head.tree.size)
        .unwrap()
    {
        assert!(body.contains(&hash.to_string()));
    }
    assert!(body.contains(&record.leaf_hash.to_string()));
    assert!(body.contains("/v1/entries/10/proof") && body.contains("/v1/entries/10/evidence"));
    assert!(body.contains("ledger-verify proof entry-10.proof --evidence entry-10.json"));
    let signed = body.find("covered by the signature").unwrap();
    let unsigned = body.find("not covered by it").unwrap();
    let issued_at = body.find("&#34;issued_at&#34;").unwrap();
    assert!(
        signed < unsigned && unsigned < issued_at,
        "issued_at is a header member"
    );
}

#[tokio::test]
async fn a_policy_shows_its_text_and_who_cites_it() {
    let (site, policy) = TestSite::with_job().await;
    let body = site.page(&format!("/policies/{policy}")).await;
    assert!(body.contains("triage-readonly"));
    assert!(body.contains("incidents.get"));
    assert!(
        body.contains("<td class=\"kind\">Policy published")
            && body.contains("<td class=\"kind\">Token issued")
    );
    let list = site.page("/policies").await;
    assert!(list.contains(&format!("/policies/{policy}")) && list.contains("clawcontrols"));
}

#[tokio::test]
async fn a_token_shows_claims_uses_and_revocation() {
    let (site, policy) = TestSite::with_job().await;
    let body = site.page(&format!("/tokens/{TOKEN}")).await;
    assert!(body.contains("900 s"));
    assert!(body.contains("triage:read"));
    assert!(body.contains(JOB_HREF) && body.contains(&policy));
    assert!(body.contains("suspicious query volume"));
    assert!(body.contains("<td class=\"kind\">Model call"));
}

#[tokio::test]
async fn the_log_page_shows_key_heads_and_issuers() {
    let (site, _) = TestSite::with_job().await;
    let reader = &site.engine;
    let body = site.page("/log").await;
    assert!(body.contains(&reader.verifier_key().to_string()) && body.contains(reader.operator_did()));
    for issuer in reader.issuers() {
        assert!(body.contains(&issuer.did));
    }
    for head in reader.checkpoints(reader.published().head.tree.size, 50).unwrap() {
        assert!(body.contains(&head.head.tree.root.to_string()));
    }
}

#[tokio::test]
async fn a_large_job_is_paged_and_every_entry_is_on_one_page() {
    let site = TestSite::new().await;
    let long = "x".repeat(200);
    for number in 0..250 {
        let receipt = model_call(number).with("/model", long.clone());
        let document = receipt.sign(&site.log.cast.gateway);
        site.submit("clawproxy", wrap(&document, &json!({ "job_id": "large" })))
            .await;
    }
    let mut next = Some("/jobs/large".to_owned());
    let mut rows = 0;
    while let Some(path) = next {
        let body = site.page(&path).await;
        assert!(body.len() < PAGE_BYTES_MAX);
        rows += body.matches("<tr id=\"e").count();
        next = body
            .split("rel=\"next\" href=\"")
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert_eq!(rows, 250);
}

#[tokio::test]
async fn what_is_not_there_is_a_helpful_page() {
    let (site, _) = TestSite::with_job().await;
    let nothing = "0".repeat(64);
    for path in [
        "/jobs/nobody",
        "/entries/999",
        &format!("/tokens/{nothing}"),
        &format!("/policies/{}", "A".repeat(43)),
        "/nothing",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("All jobs"), "{path}");
    }
    let ahead = site.get("/jobs?as_of=99999").await;
    assert_eq!(ahead.status, StatusCode::CONFLICT);
    assert!(ahead.body.contains("All jobs") && ahead.body.contains("POSITION_AHEAD"));
    for path in [
        "/entries/x",
        "/entries/01",
        "/tokens/ABC",
        "/policies/short",
        "/jobs?from=x",
        "/jobs/%FF",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.body.contains("INVALID_PARAMETER"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_forbids_what_pages_do_not_need() {
    let (site, _) = TestSite::with_job().await;
    for path in [
        "/",
        JOB_HREF,
        "/jobs/nobody",
        "/entries/x",
        "/assets/none/base.css",
    ] {
        let headers = site.get(path).await.headers;
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
    }
}

#[tokio::test]
async fn style_sheets_are_immutable_under_the_addresses_that_pages_use() {
    let site = TestSite::new().await;
    let body = site.page("/").await;
    let hrefs: Vec<&str> = body
        .split("rel=\"stylesheet\" href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(!hrefs.is_empty());
    for href in hrefs {
        let headers = site.get(href).await.headers;
        assert!(headers[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        // A page of another version is read with the style sheets of this one, until it is loaded again.
        let name = href.rsplit('/').next().unwrap();
        let headers = site.get(&format!("/assets/another/{name}")).await.headers;
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
    }
    let none = site.get("/assets/another/none.css").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_reason_code_has_a_page_that_says_what_it_means_its_usual_cause_and_what_to_do() {
    let site = TestSite::new().await;
    let list = site.page("/problems").await;
    let refusals = verifier::code::Code::ALL.iter().map(|code| code.as_str());
    let checks = verifier::assess::CheckId::ALL.iter().flat_map(|id| id.codes());
    let alarms = [
        "UNKNOWN_SIGNER",
        "LOOKALIKE_NAME",
        "CLOCK_CONFIRMED",
        "NO_VERIFIED_EVIDENCE",
    ];
    let decisions = verifier::wpc::DecisionCode::ALL.iter().map(|code| code.as_str());
    let left = verifier::wpc::NotEvaluatedCode::ALL
        .iter()
        .map(|code| code.as_str());
    let of_bundles = verifier::code::bundle_reasons().map(|(code, _)| code);
    let all = refusals.chain(checks.copied()).chain(alarms);
    for code in all.chain(decisions).chain(left).chain(of_bundles) {
        assert!(list.contains(&format!("href=\"/problems/{code}\"")), "{code}");
        let page = site.page(&format!("/problems/{code}")).await;
        for part in [code, "What it means", "Usual cause", "What to do"] {
            assert!(page.contains(part), "{code}: {part}");
        }
    }
    for path in ["/problems/NO_SUCH_CODE", "/problems/not_found", "/problems/%FF"] {
        let answer = site.get(path).await;
        assert!(answer.status.is_client_error(), "{path}");
        assert!(answer.body.contains("/problems/"), "{path}");
    }
}

#[tokio::test]
async fn every_check_has_a_page_that_says_what_it_asks_and_what_it_can_report() {
    let site = TestSite::new().await;
    let list = site.page("/checks").await;
    for id in verifier::assess::CheckId::ALL {
        assert!(list.contains(&format!("href=\"/checks/{id}\"")), "{id}");
        let page = site.page(&format!("/checks/{id}")).await;
        for part in [id.as_str(), id.subject()] {
            assert!(page.contains(part), "{id}: {part}");
        }
        for code in id.codes() {
            assert!(
                page.contains(&format!("href=\"/problems/{code}\"")),
                "{id}: {code}"
            );
        }
    }
    let answer = site.get("/checks/no.such").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_method_that_a_page_does_not_have_is_refused_in_our_words() {
    let site = TestSite::new().await;
    for path in ["/", "/jobs", "/log", "/problems", "/verify"] {
        let answer = site.delete(path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(answer.body.contains("METHOD_NOT_ALLOWED"), "{path}");
        assert!(answer.headers.contains_key("allow"), "{path}");
        let takes = match path {
            "/jobs" | "/log" | "/verify" => "This page accepts GET, HEAD and POST only.",
            _ => "This page accepts GET and HEAD only.",
        };
        assert!(answer.body.contains(takes), "{path}: {}", answer.body);
    }
}
