//! The page of one entry: what is signed, where it stands in the tree, and what is left after an erasure.

use kit::documents::{model_call, wrap};
use kit::key::TIME;
use kit::test_ledger::{ORIGIN, submit};
use serde_json::json;
use verifier::index::LeafIndex;

use crate::site::TestSite;

#[tokio::test]
async fn the_audit_path_is_drawn_with_every_hash_on_the_way_to_the_signed_root() {
    let (site, _) = TestSite::with_job().await;
    let reader = &site.engine;
    let head = reader.published().head.tree;
    for index in 0..head.size.value() {
        let body = site.page(&format!("/entries/{index}")).await;
        let path = reader.inclusion_proof(LeafIndex::new(index), head.size).unwrap();
        let drawn = body.matches("<rect class=\"given\"").count();
        // It is drawn for a desk and for a phone, and one more stands in the legend.
        assert_eq!(drawn, 2 * path.len() + 1, "entry {index}");
        for hash in &path {
            assert!(
                body.contains(&format!("<code class=\"id\">{hash}</code>")),
                "entry {index}"
            );
        }
        let root = format!(
            "<code class=\"id\">{}</code><span class=\"sub\">the root",
            head.root
        );
        assert!(
            body.contains(&root),
            "the last step leads to the root, entry {index}"
        );
    }
}

#[tokio::test]
async fn identifiers_lead_to_their_own_pages() {
    let (site, policy) = TestSite::with_job().await;
    let cast = &site.log.cast;
    let token = site.page("/entries/8").await;
    let agent = cast.agent.did().as_str().replace(':', "%3A");
    assert!(token.contains(&format!("href=\"/agents/{agent}\"")));
    assert!(token.contains("href=\"/runs/run_test\"") && token.contains(&format!("/policies/{policy}")));
    let issuer = cast.token_issuer.did().as_str().replace(':', "%3A");
    assert!(token.contains(&format!("href=\"/issuers?did={issuer}\"")));
    let receipt = site.page("/entries/10").await;
    let gateway = cast.gateway.did().as_str().replace(':', "%3A");
    assert!(receipt.contains(&format!("href=\"/gateways/{gateway}\"")));
}

#[tokio::test]
async fn everything_but_the_signature_of_a_document_of_ours_is_signed() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/entries/8").await;
    let (signed, unsigned) = body.split_once("not covered by it").unwrap();
    let unsigned = unsigned.split("</pre>").next().unwrap();
    assert!(signed.contains("&#34;issued_at&#34;") && signed.contains("&#34;signer_did&#34;"));
    assert!(unsigned.contains("signature_b64u") && !unsigned.contains("issued_at"));
}

#[tokio::test]
async fn a_later_word_about_evidence_leads_to_the_evidence_and_back() {
    let site = TestSite::new().await;
    let document = site.log.receipt(1);
    let first = site
        .submit("clawproxy", wrap(&document, &json!({ "job_id": "j1" })))
        .await;
    let later = site
        .submit("clawproxy", wrap(&document, &json!({ "job_id": "j2" })))
        .await;
    let word = site.page(&format!("/entries/{later}")).await;
    assert!(word.contains("A statement about earlier evidence"));
    assert!(word.contains(&format!(
        "The evidence itself is in <a href=\"/entries/{first}\">"
    )));
    assert!(!word.contains(&format!("/v1/entries/{later}/evidence")));
    let evidence = site.page(&format!("/entries/{first}")).await;
    assert!(evidence.contains("Other entries of the same evidence"));
    assert!(evidence.contains("/jobs/j2"));
    assert!(
        evidence.contains(&format!("<tr id=\"e{later}\" class=\"submitted\"")),
        "what nobody signed is not shown like what somebody did"
    );
}

#[tokio::test]
async fn an_erased_entry_says_so_and_keeps_hashes_and_proof() {
    let site = TestSite::new().await;
    let document = site.log.receipt(1);
    let index = site
        .submit("clawproxy", wrap(&document, &json!({ "job_id": "secret-job" })))
        .await;
    let record = site.engine.entry(LeafIndex::new(index)).unwrap().unwrap();
    let order = site
        .own(
            &site.log.cast.operator,
            "erasure_order",
            json!({ "evidence_digest": record.entry.evidence_digest, "reason": "asked" }),
        )
        .await;
    let site = site.reopened().await;
    let body = site.page(&format!("/entries/{index}")).await;
    assert!(
        body.contains("<b>Erased</b>") && body.contains(&format!("/entries/{order}\">entry {order}</a>"))
    );
    assert!(body.contains(&record.leaf_hash.to_string()));
    assert!(body.contains(&format!("/v1/entries/{index}/proof")));
    assert!(!body.contains(&format!("/v1/entries/{index}/evidence")) && !body.contains("secret-job"));
    assert!(body.contains("not known here in clear"));
}

#[tokio::test]
async fn a_refused_document_leaves_its_code_and_signer() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let retirement = cast.retire(ORIGIN, &cast.gateway);
    site.submit("operator", retirement).await;
    let document = model_call(1).sign(&cast.gateway);
    let refused = submit(&site.ledger, "clawproxy", vec![document]).await;
    assert!(refused[0].is_err());
    let body = site.page(&format!("/entries/{}", site.newest() - 1)).await;
    assert!(body.contains("<b>Refused</b>") && body.contains("SIGNER_RETIRED"));
    assert!(body.contains(cast.gateway.did().as_str()));
}

#[tokio::test]
async fn a_refused_document_is_shown_with_what_was_odd_and_whose_it_was() {
    let site = TestSite::new().await;
    let receipt = model_call(1).with("/binding/run_id", "r".repeat(4097));
    let document = receipt.sign(&site.log.cast.gateway);
    let refused = submit(&site.ledger, "clawproxy", vec![document]).await;
    assert!(refused[0].is_err());
    let body = site.page(&format!("/entries/{}", site.newest() - 1)).await;
    assert!(body.contains("SCHEMA_INVALID at <bdi>/payload/binding/run_id</bdi>"));
    assert!(body.contains("found <bdi>4097 bytes</bdi>; <bdi>gateway_receipt</bdi> of “<bdi>gateway</bdi>”"));
    assert!(body.contains("Download evidence, byte for byte") && body.contains("rcpt_1"));
}

#[tokio::test]
async fn a_document_refused_for_a_token_in_it_is_shown_by_its_hash_alone() {
    let site = TestSite::new().await;
    let token = format!("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.{}", "A".repeat(86));
    let receipt = model_call(1).with("/model", token);
    let document = receipt.sign(&site.log.cast.gateway);
    let refused = submit(&site.ledger, "clawproxy", vec![document]).await;
    assert!(refused[0].is_err());
    let body = site.page(&format!("/entries/{}", site.newest() - 1)).await;
    assert!(body.contains("TOKEN_LEAKED") && body.contains("the document was not kept"));
    assert!(!body.contains("eyJzdWIi") && !body.contains("Download evidence"));
}

#[tokio::test]
async fn the_page_names_what_a_browser_has_to_check() {
    let site = TestSite::new().await;
    let payload = json!({ "job_id": "j", "action": "opened", "at": TIME });
    let index = site.own(&site.log.cast.orchestrator, "job_event", payload).await;
    let record = site.engine.entry(LeafIndex::new(index)).unwrap().unwrap();
    let body = site.page(&format!("/entries/{index}")).await;
    let section = body.split("<section id=\"browser-check\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    for attribute in [
        "data-page=\"entry\"".to_owned(),
        format!("data-index=\"{index}\""),
        "data-kind=\"job.event\"".to_owned(),
        format!("data-signer=\"{}\"", record.entry.signer),
        format!("data-leaf-hash=\"{}\"", record.leaf_hash),
        format!("data-evidence-digest=\"{}\"", record.entry.evidence_digest),
    ] {
        assert!(section.contains(&attribute), "{attribute}: {section}");
    }
    assert!(section.contains("<p role=\"status\">Not checked in this browser.</p>"));
}

#[tokio::test]
async fn two_statements_with_one_identity_name_each_other() {
    let site = TestSite::new().await;
    let gateway = &site.log.cast.gateway;
    let first = site.submit("clawproxy", model_call(1).sign(gateway)).await;
    let other = model_call(1).with("/model", "another");
    let second = site.submit("clawproxy", other.sign(gateway)).await;
    let third = site.submit("clawproxy", model_call(2).sign(gateway)).await;
    for (index, opposite) in [(first, second), (second, first)] {
        let body = site.page(&format!("/entries/{index}")).await;
        let banner = body.split("Contradicted</b>").nth(1).expect("a banner");
        let banner = banner.split("</p>").next().unwrap();
        assert!(banner.contains(&format!("<a href=\"/entries/{opposite}\">")));
        assert_eq!(banner.matches("<a ").count(), 1);
    }
    assert!(
        !site
            .page(&format!("/entries/{third}"))
            .await
            .contains("Contradicted")
    );
}
