//! The Trust Pulse of a job: the verdict is the assessment's, and the rest of the page says no more than it.

use axum::http::StatusCode;
use kit::documents::wrap;
use kit::key::TIME;
use serde_json::json;
use verifier::assess::assess;
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;
use verifier::index::TreeSize;

use crate::site::TestSite;
use crate::story::StoryJob;

/// The row of an entry in the evidence table.
fn row(body: &str, index: u64) -> String {
    let from = body.split(&format!("<tr id=\"e{index}\"")).nth(1).expect("a row");
    from.split("</tr>").next().unwrap().to_owned()
}

/// A job whose token is used 41 s after its revocation, and the entry of that use.
async fn revoked_midway(site: &TestSite) -> (StoryJob<'_>, u64, u64) {
    let job = StoryJob::open(site, "midway", json!({ "title": "Triage" })).await;
    job.call(0, 1, false).await;
    let revocation = job.revoke().await;
    site.log.clock.advance(60_000);
    let used = job.call(1, 41, true).await;
    (job, revocation, used)
}

#[tokio::test]
async fn the_page_says_exactly_what_the_assessment_says() {
    let site = TestSite::new().await;
    let (job, ..) = revoked_midway(&site).await;
    let newest = site.newest();
    for as_of in [newest, newest - 1, newest - 2] {
        let closure = site
            .engine
            .closure(&job.id, TreeSize::new(as_of))
            .unwrap()
            .unwrap();
        let assessment = assess(&closure);
        let body = site.page(&format!("{}?as_of={as_of}", job.href())).await;
        let verdict = assessment.verdict.as_str();
        assert!(body.contains(&format!("<title>{verdict} · midway")));
        assert!(body.contains(assessment.code));
        for check in &assessment.checks {
            let cell = body
                .split(&format!("<li id=\"check-{}\"", check.id))
                .nth(1)
                .expect("a cell");
            let cell = cell.split("</li>").next().unwrap();
            assert!(cell.contains(&format!("data-check-status=\"{}\"", check.status)));
            assert!(cell.contains(check.code), "{}", check.id);
            for index in check.entries.iter().take(20) {
                assert!(
                    cell.contains(&format!("href=\"/entries/{index}\"")),
                    "{}",
                    check.id
                );
            }
        }
        assert!(body.contains(&format!(
            "data-page=\"job\" data-job=\"midway\" data-as-of=\"{as_of}\" data-root=\"{}\" data-verdict=\"{verdict}\"",
            closure.as_of.root
        )));
        let digest = ArtifactHash::from_bytes(sha256(assessment.to_jcs().as_bytes()));
        assert!(body.contains(&digest.to_string()), "the digest of the assessment");
        assert!(
            body.contains(&closure.as_of.root.to_string()),
            "the root of that size"
        );
    }
}

#[tokio::test]
async fn a_use_after_the_revocation_stands_out_in_words_and_shapes() {
    let site = TestSite::new().await;
    let (job, revocation, used) = revoked_midway(&site).await;
    let body = site.page(&job.href()).await;
    assert!(body.contains(&format!("At entry {revocation} revoked.")));
    assert!(body.contains("Calls after the token was revoked: 1."));
    assert!(body.contains(">+41.0 s</text>") && body.contains("class=\"cut is-bad\""));
    let against = row(&body, used);
    assert!(against.contains("against"));
    assert!(against.contains(&format!(
        "REVOKED_BEFORE_USE: +41.0 s after the revocation at entry {revocation} was logged"
    )));
    assert!(against.contains("href=\"#check-token.valid\""));
    assert!(against.contains("logged 19 s after its stated time"));
    assert!(body.contains("<h4>") && body.contains("Token used after revocation</span></h4>"));
    assert!(
        body.contains("1 call was made without a valid token"),
        "told in the chain, too"
    );
    assert!(body.contains("Of 21 checks, 1 failed, "));
    assert!(
        !row(&body, revocation).contains("against"),
        "the revocation itself is in order"
    );
}

#[tokio::test]
async fn a_job_is_told_in_plain_words_on_top_of_its_page() {
    let site = TestSite::new().await;
    let (job, _, _) = revoked_midway(&site).await;
    let opening = json!({
        "job_id": "midway", "action": "opened", "at": TIME, "requested_by": "lead@contoso.example <b>",
    });
    site.own(&site.log.cast.orchestrator, "job_event", opening).await;
    let body = site.page(&job.href()).await;
    let words = body.split("aria-label=\"In plain words\"").nth(1).unwrap();
    let (words, _) = words.split_once("</section>").unwrap();
    for line in [
        "<dt>Who</dt><dd>Agent <bdi>did:key:",
        ", through the gateway <bdi>clawproxy</bdi>, for <bdi>lead@contoso.example &#60;b&#62;</bdi>.</dd>",
        "<dt>What</dt><dd>2 model calls (<bdi>anthropic/claude-test</bdi>).</dd>",
        "<dt>Under which rule</dt><dd>Policy <bdi>",
        "<dt>Why this verdict</dt><dd>FAIL: <bdi>The agent kept working after its access was revoked",
        "<dt>Logging delay</dt><dd>2 actions; the slowest was logged ",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    assert!(
        words.contains(" The check that decides: Was "),
        "the rule that was broken: {words}"
    );
    assert!(body.find("In plain words") < body.find("id=\"chain\""));
    assert!(body.contains(" --job midway</pre>"));
}

#[tokio::test]
async fn the_agents_own_word_never_looks_like_what_others_attest() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "words", json!({})).await;
    let call = job.call(0, 1, true).await;
    let tool = job.tool("incidents.get", 2).await;
    let stranger = wrap(&job.receipt(7, 3), &json!({ "job_id": "words" }));
    let loose = site.submit("stranger", stranger).await;
    let body = site.page(&job.href()).await;
    assert!(row(&body, call).contains("class=\"attested\"") && row(&body, call).contains("● attested"));
    assert!(row(&body, tool).contains("class=\"self\"") && row(&body, tool).contains("◌ self-reported"));
    // The gateway signed it, and scope and run tie it: the stranger's word about it adds nothing.
    assert!(row(&body, loose).contains("has the scope and the run of this job"));
    assert!(body.contains(
        "submitted by “stranger”, which is not linked to this signer, so this context does not count"
    ));
}

#[tokio::test]
async fn what_the_host_saw_is_told_apart_from_the_agents_word_and_from_a_gateways() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "seen", json!({})).await;
    let call = job.call(0, 1, true).await;
    let tool = job.tool("incidents.get", 2).await;
    let observed = job.observed("incidents.get", 3).await;
    let body = site.page(&job.href()).await;
    assert!(row(&body, observed).contains("class=\"observed\""));
    assert!(row(&body, observed).contains("◉ observed by the host"));
    assert!(!row(&body, tool).contains("◉ observed by the host"));
    assert!(!row(&body, call).contains("◉ observed by the host"));
    assert!(
        body.contains("<span class=\"tag observed\">◉ observed by the host</span>"),
        "among the tools, too"
    );
}

#[tokio::test]
async fn a_permalink_keeps_its_answer_and_says_when_a_newer_size_changes_it() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "midway", json!({})).await;
    job.call(0, 1, false).await;
    let newest = site.newest();
    let before = site.page(&job.href()).await;
    let permalink = format!("/jobs/midway?as_of={newest}");
    assert!(before.contains(&format!("href=\"{permalink}\"")));
    assert!(before.contains(&format!("pulse.example:8443{permalink}")));
    assert!(!before.contains("The verdict has changed since"));
    job.revoke().await;
    site.log.clock.advance(60_000);
    job.call(1, 41, true).await;
    let after = site.page(&permalink).await;
    assert!(after.contains("<title>INCOMPLETE"));
    assert!(after.contains("The verdict has changed since") && after.contains("REVOKED_BEFORE_USE"));
    let part = |body: &str, from: &str, to: &str| {
        let rest = body.split(from).nth(1).unwrap();
        rest.split(to).next().unwrap().to_owned()
    };
    for (from, to) in [
        ("id=\"checks\"", "id=\"usage\""),
        ("id=\"evidence\"", "id=\"claims\""),
    ] {
        assert_eq!(part(&before, from, to), part(&after, from, to));
    }
}

#[tokio::test]
async fn people_are_named_disputes_stand_on_top_and_reviews_say_what_was_seen() {
    let site = TestSite::new().await;
    let opened = json!({ "title": "Triage", "requested_by": "dana", "purpose": "look", "ticket": "T-1" });
    let job = StoryJob::open(&site, "people", opened).await;
    job.event(
        "reviewed",
        json!({ "verdict": "FAIL", "tree_size": 9, "reason": "seen" }),
    )
    .await;
    job.event("disputed", json!({ "reason": "the clock was wrong" }))
        .await;
    let other = StoryJob::open(&site, "later", json!({})).await;
    other
        .event("supersedes", json!({ "related_job_id": "people" }))
        .await;
    let body = site.page(&job.href()).await;
    for text in [
        "dana",
        "T-1",
        "Disputed",
        "the clock was wrong",
        "?as_of=9",
        "Another job refers to this one",
    ] {
        assert!(body.contains(text), "{text}");
    }
    assert!(body.contains("href=\"/jobs/later\""));
    assert!(site.page(&other.href()).await.contains("href=\"/jobs/people\""));
    job.event("released", json!({})).await;
    assert!(!site.page(&job.href()).await.contains("The dispute is still open"));
}

#[tokio::test]
async fn a_review_with_another_verdict_than_the_logs_stands_beside_that_of_the_log() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "reviewed", json!({})).await;
    let body = site.page(&job.href()).await;
    let address = body.split("/assessment?as_of=").nth(1).unwrap();
    let as_of: u64 = address
        .split(|character: char| !character.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let differs = "The log's verdict at that size is";
    let review = |verdict: &str| json!({ "verdict": verdict, "tree_size": as_of, "reason": "seen" });
    job.event("reviewed", review("INCOMPLETE")).await;
    assert!(!site.page(&job.href()).await.contains(differs));
    job.event("reviewed", review("PASS")).await;
    assert!(site.page(&job.href()).await.contains(differs));
}

#[tokio::test]
async fn nobody_crowds_out_a_dispute_with_files() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "crowded", json!({})).await;
    let gateway = &site.log.cast.gateway;
    for number in 0..120 {
        let artifact = json!({
            "label": "other", "sha256": format!("{number:064x}"), "size": 1, "media_type": "text/plain",
            "name": format!("file {number}"), "job_id": "crowded",
        });
        site.own(gateway, "evidence_artifact", artifact).await;
    }
    job.event("disputed", json!({ "reason": "the clock was wrong" }))
        .await;
    let body = site.page(&job.href()).await;
    assert!(body.contains("The dispute is still open"));
    assert!(body.contains("Not all events and files are shown here"));
}

#[tokio::test]
async fn files_show_their_hash_and_how_to_compare_a_copy() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "files", json!({})).await;
    let hash = "ab".repeat(32);
    let artifact = json!({
        "label": "vendor_audit_log", "sha256": hash, "size": 2_048, "media_type": "text/plain",
        "name": "sentinel.log", "job_id": "files", "uri": "https://vendor.example/log",
    });
    site.own(&site.log.cast.orchestrator, "evidence_artifact", artifact)
        .await;
    let body = site.page(&job.href()).await;
    assert!(body.contains(&hash) && body.contains("2,048 bytes") && body.contains("sha256sum FILE"));
    assert!(body.contains("https://vendor.example/log") && !body.contains("href=\"https"));
}

#[tokio::test]
async fn a_review_is_prepared_with_what_the_page_says() {
    let site = TestSite::new().await;
    let (job, ..) = revoked_midway(&site).await;
    let newest = site.newest();
    let body = site.page(&job.href()).await.replace("&#34;", "\"");
    assert!(body.contains("ledgerd review --job") && body.contains("--verdict FAIL --tree-size"));
    assert!(body.contains(&format!("--tree-size {newest} ")));
}

#[tokio::test]
async fn the_host_of_the_visitor_is_shown_only_if_it_is_one() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "host", json!({})).await;
    let answer = site.get_from(&job.href(), "evil<script>").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("evil"));
}

#[tokio::test]
async fn an_approval_that_names_no_arguments_is_told_as_one_for_any_arguments() {
    const ANY: &str = "Approved for any arguments: 1 of 1 action that needs an approval.";
    let policy = json!({
        "policy_name": "payments", "allow": [{ "tool": "bank", "ops": ["transfer"] }],
        "approvals": [{ "name": "payments", "required_for": ["transfer"], "mode": "explicit" }],
    });
    let site = TestSite::new().await;
    // The hash of the arguments that the builder's receipt of this tool states.
    let args_hash = kit::documents::hash("bank:transfer");
    for (id, more, said) in [
        ("loose", json!({}), true),
        ("exact", json!({ "args_hash_b64u": args_hash }), false),
    ] {
        let event = json!({ "requested_by": "lead@example.com" });
        let job = StoryJob::open_under(&site, id, &policy, event).await;
        job.approve("payments", "transfer", more, 1).await;
        job.tool("bank:transfer", 30).await;
        let page = site.page(&format!("/jobs/{id}")).await;
        assert!(
            page.contains("The only action that needs an approval was approved beforehand."),
            "{id}"
        );
        assert_eq!(page.contains(ANY), said, "{id}");
    }
}
