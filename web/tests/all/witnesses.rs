//! What pages say of a log that witnesses cosign: who signed what, by the word of this server, and what that leaves open.

use kit::cosigners::{FIRST_ML_DSA, cosigner};
use kit::test_ledger::{cosign, quorum_of};
use ledger::clock::Clock as _;
use ledger::cosigning::QuorumRule;
use serde_json::json;

use crate::site::{JOB_HREF, TestSite};
use crate::story::StoryJob;

const WITNESSES: [u8; 3] = [21, 22, FIRST_ML_DSA];

/// With a job, and three witnesses that have signed nothing yet; two are enough.
async fn asked() -> TestSite {
    let (site, _) = TestSite::with_job().await;
    let reader = site.ledger.reader();
    reader.begin_cosigning(quorum_of(2, &WITNESSES), QuorumRule::FailOpen);
    site
}

/// Some of them sign the newest head.
fn sign(site: &TestSite, seeds: &[u8]) {
    let reader = site.ledger.reader();
    let now_s = site.log.clock.now().value() / 1_000;
    cosign(reader, &reader.published(), seeds, now_s);
}

/// The text of a page, without its marks.
fn words(body: &str) -> String {
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text.replace("&#39;", "'")
}

#[tokio::test]
async fn before_the_first_quorum_pages_say_that_too_few_have_signed() {
    let site = asked().await;
    sign(&site, &[21]);
    let home = words(&site.page("/").await);
    assert!(
        home.contains("1 of 3have signed a checkpoint; that is not enough by this server’s policy"),
        "{home}"
    );
    for path in ["/log", JOB_HREF, "/entries/3"] {
        let body = site.page(path).await;
        assert!(body.contains("3 witnesses; too few have signed so far"), "{path}");
        assert!(!body.to_lowercase().contains("no witness configured"), "{path}");
    }
}

#[tokio::test]
async fn with_a_quorum_every_page_says_up_to_which_size_and_whose_word_that_is() {
    let site = asked().await;
    sign(&site, &[21, FIRST_ML_DSA]);
    let home = words(&site.page("/").await);
    assert!(
        home.contains("2 of 3cosigned the log up to size 13, which is enough by this server’s policy"),
        "{home}"
    );
    for path in ["/", "/log", JOB_HREF, "/entries/3"] {
        let body = site.page(path).await;
        assert!(
            body.contains("cosigned by enough witnesses up to size 13, "),
            "{path}"
        );
        assert!(body.contains(", says this server"), "{path}");
    }
    let job = site.page(JOB_HREF).await;
    let unproved = job.split("Not proved").nth(1).unwrap();
    assert!(unproved.contains(
        "That everybody is shown the same log: witnesses sign it, and their signatures are checked once you pin a policy"
    ));
}

#[tokio::test]
async fn the_log_page_lists_each_witness_with_what_it_signed_and_how_it_fails() {
    let site = asked().await;
    sign(&site, &[21, FIRST_ML_DSA]);
    let cosigning = site.ledger.reader().cosigning().unwrap();
    cosigning.report(cosigner(22).name(), Some("WITNESS_UNREACHABLE"));
    let log = words(&site.page("/log").await);
    assert!(log.contains("Enough are 2 organizations, by the policy"), "{log}");
    for (seed, after) in [
        (21, "not named13"),
        (22, "not namednothing yetfailed: WITNESS_UNREACHABLE"),
        (FIRST_ML_DSA, "not named13"),
    ] {
        let row = format!("w{seed} {}{after}", cosigner(seed).label());
        assert!(log.contains(&row), "{row}: {log}");
    }
    assert!(log.contains("the witness w21, verified by this server"), "{log}");
}

#[tokio::test]
async fn an_entry_names_those_who_cosigned_its_checkpoint_or_the_newest_size_that_has_a_quorum() {
    let site = asked().await;
    sign(&site, &[21, 22]);
    let entry = words(&site.page("/entries/3").await);
    assert!(entry.contains("It has the cosignatures of w21, "), "{entry}");
    assert!(
        entry.contains("This server verified them, and says so."),
        "{entry}"
    );
    StoryJob::open(&site, "later", json!({})).await;
    let entry = words(&site.page("/entries/3").await);
    assert!(
        entry.contains(
            "No witness has signed this one yet. The newest that enough of them signed is of size 13, "
        ),
        "{entry}"
    );
}
