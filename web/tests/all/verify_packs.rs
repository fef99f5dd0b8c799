//! The form that verifies: genuine or not, and what it says; and the jobs of what the log holds.

use axum::http::StatusCode;
use serde_json::json;
use verifier::index::TreeSize;

use crate::site::TestSite;
use crate::story::StoryJob;
use crate::verify::send;
use kit::pack::sample::brought;

/// A job with a use after the revocation of its token, and the receipt of that use.
async fn revoked(site: &TestSite) -> (StoryJob<'_>, u64, String) {
    let job = StoryJob::open(site, "after", json!({})).await;
    site.log.clock.advance(2_000);
    job.call(0, 1, false).await;
    job.revoke().await;
    site.log.clock.advance(120_000);
    let bad = job.call(1, 100, true).await;
    let receipt = job.receipt(1, 100);
    (job, bad, receipt)
}

fn pack(site: &TestSite, job: &str) -> Vec<u8> {
    let reader = &site.engine;
    let judged = reader.judged(job, TreeSize::new(site.newest())).unwrap().unwrap();
    reader.pack(&judged).unwrap()
}

#[tokio::test]
async fn genuine_failed_forged_damaged_and_mistaken_packs_have_first_lines_and_colours_of_their_own() {
    let site = TestSite::new().await;
    let (job, ..) = revoked(&site).await;
    let genuine = pack(&site, &job.id);
    for case in brought(&genuine, &site.engine.verifier_key()) {
        let answer = send(&site, &[("file", Some("job.evidence"), &case.bytes)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", case.what);
        let line = case.first_line.replace('"', "&#34;").replace('\'', "&#39;");
        let first = if case.exit == 1 {
            ("is-genuine", "✓")
        } else {
            ("is-forged", "✕")
        };
        let told = format!(
            "<p class=\"answer {}\"><span aria-hidden=\"true\">{}</span> <bdi>{line}</bdi></p>",
            first.0, first.1
        );
        assert!(answer.body.contains(&told), "{}: {}", case.what, answer.body);
        let verdict = answer.body.contains("<span class=\"verdict  is-fail\">");
        assert_eq!(
            verdict,
            case.exit == 1,
            "{}: only a genuine pack has a verdict",
            case.what
        );
        if case.exit == 1 {
            assert!(
                answer
                    .body
                    .contains("Verdict on the job: FAIL, decided by token.valid (REVOKED_BEFORE_USE)")
            );
            assert!(answer.body.contains("all checked") && answer.body.contains("In this log"));
        } else {
            assert!(
                answer
                    .body
                    .contains("Verdict on the job: none, because it is not genuine")
            );
        }
    }
}

#[tokio::test]
async fn a_pack_that_could_not_be_read_is_not_said_to_be_checked_or_looked_up() {
    let site = TestSite::new().await;
    let (job, ..) = revoked(&site).await;
    let mut damaged = pack(&site, &job.id);
    damaged[100] ^= 1;
    let unreadable: [(&str, &[u8]); 4] = [
        ("job.evidence", &damaged),
        ("job.evidence", b"something else"),
        ("a.proof", b"c2sp.org/tlog-proof@v1\nindex x\n"),
        ("notes.txt", b"something else"),
    ];
    for (name, bytes) in unreadable {
        let body = send(&site, &[("file", Some(name), bytes)]).await.body;
        let (_, result) = body.split_once("<section class=\"result\">").unwrap();
        let (result, _) = result.split_once("</section>").unwrap();
        assert!(result.contains("NOT genuine"), "{name}: {result}");
        assert!(result.contains("Not looked up"), "{name}: {result}");
        for claim in [
            "all checked",
            "Not logged",
            "nothing is listed",
            "see what was looked at",
            "In this log",
        ] {
            assert!(!result.contains(claim), "{name}: {claim}: {result}");
        }
        assert!(
            result.contains("no signer was checked") || result.contains("nobody:"),
            "{result}"
        );
    }
}

#[tokio::test]
async fn a_receipt_that_is_the_use_after_the_revocation_leads_to_the_job_that_fails_over_it() {
    let site = TestSite::new().await;
    let (job, bad, receipt) = revoked(&site).await;
    let body = send(&site, &[("file", Some("r.json"), receipt.as_bytes())])
        .await
        .body;
    assert!(body.contains(&format!("href=\"/entries/{bad}\"")), "{body}");
    assert!(body.contains("Gateway receipt: genuine, signed by "), "{body}");
    let named = format!(
        "<a class=\"id\" href=\"/jobs/{}\"><bdi>{}</bdi></a>",
        job.id, job.id
    );
    let (_, row) = body.split_once(&named).unwrap();
    let (row, _) = row.split_once("</tr>").unwrap();
    assert!(
        row.contains("FAIL") && row.contains("<code>REVOKED_BEFORE_USE</code>"),
        "{row}"
    );
    let fault = format!(
        "This very entry makes a job fail, with the code <code>REVOKED_BEFORE_USE</code>: <a class=\"id\" href=\"/jobs/{}#check-token.valid\">",
        job.id
    );
    assert!(body.contains(&fault), "{body}");
    // The use before the revocation belongs to the failed job, and is not at fault.
    let before = job.receipt(0, 1);
    let body = send(&site, &[("file", Some("r.json"), before.as_bytes())])
        .await
        .body;
    assert!(
        body.contains(&named) && !body.contains("This very entry"),
        "{body}"
    );
}
