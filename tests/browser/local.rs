//! What stays in the browser: files that are compared, tokens that are hashed, and the reader's place on a page.

use crate::desk::BrowserDesk;
use crate::needs_browser;
use crate::staged::{StagedServer, token};
use kit::pack::sample::brought;
use serde_json::{Value, json};
use std::path::Path;
use verifier::base64::{encode_standard, encode_url};
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;
use verifier::note::VerifierKey;

/// A log with one call.
fn called() -> (StagedServer, u64) {
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let call = log.job("mail-job", &policy).call(0, true);
    (log, call)
}

fn hex(bytes: &[u8]) -> String {
    ArtifactHash::from_bytes(sha256(bytes)).to_string()
}

/// Drops a file on an element, as a person would out of a folder.
fn drop_on(desk: &BrowserDesk, css: &str, content: &[u8]) {
    let script = "const [css, content] = arguments[0];
        const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], 'dropped.json'));
        const place = document.querySelector(css);
        for (const name of ['dragenter', 'dragover', 'drop'])
          place.dispatchEvent(new DragEvent(name, {dataTransfer, bubbles: true, cancelable: true}));";
    desk.browser.run(script, &json!([css, encode_standard(content)]));
}

/// Panics where anything but the checks that the page makes anyway has left the browser; what has left it.
fn nothing_left(desk: &BrowserDesk, secrets: &[&str]) -> Vec<String> {
    let requests = desk.browser.requests();
    for request in &requests {
        assert!(request.starts_with("GET "), "{request}");
        for secret in secrets {
            assert!(!request.contains(secret), "{request}");
        }
    }
    requests
}

#[test]
fn a_request_that_an_auditor_holds_is_compared_with_its_receipt_and_never_leaves_the_browser() {
    needs_browser!();
    let (log, call) = called();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/jobs/mail-job");
    desk.follow(&format!("/entries/{call}"));
    let request = b"request of rcpt_mail-job_0";
    let (request_file, other_file) = (
        desk.file("request.json", request),
        desk.file("other.json", b"other"),
    );
    desk.browser.wait_for(
        "!['checking', 'unchecked'].includes(document.querySelector('#browser-check').dataset.state)",
    );
    desk.browser.requests();
    let choose = |place: usize, file: &Path, said: &str| {
        let field = format!("dd:nth-of-type({place}) [data-file-hash] input");
        desk.browser
            .type_into(&desk.browser.find(&field), &file.to_string_lossy());
        desk.browser.wait_for(&format!(
            "document.querySelector('dd:nth-of-type({place}) [data-file-hash] output').textContent.includes('{said}')"
        ));
    };
    choose(1, &request_file, "✓ Match");
    choose(1, &other_file, "✕ Mismatch");
    choose(2, &request_file, "✕ Mismatch");
    drop_on(
        &desk,
        "dd:nth-of-type(2) [data-file-hash]",
        b"response of rcpt_mail-job_0",
    );
    desk.browser.wait_for(
        "document.querySelector('dd:nth-of-type(2) [data-file-hash] output').textContent.includes('✓ Match')",
    );
    let hash = sha256(request);
    nothing_left(&desk, &[&hex(request), &encode_url(&hash)]);
}

#[test]
fn a_file_dropped_on_the_verify_page_is_hashed_there_and_no_request_leaves_the_browser() {
    needs_browser!();
    let (log, _) = called();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/verify");
    assert!(
        !desk.browser.requests().is_empty(),
        "what leaves the browser is seen"
    );
    let content = b"what came back from the model";
    drop_on(&desk, "[data-file-hash]", content);
    let hash = hex(content);
    desk.browser.wait_for(&format!(
        "document.querySelector('[data-file-hash] output').textContent.includes('{hash}')"
    ));
    assert_eq!(desk.browser.requests(), Vec::<String>::new());
}

#[test]
fn a_pack_is_verified_on_the_readers_own_computer_in_the_words_of_the_command_line() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let genuine = desk.client.get("/v1/jobs/demo-revoked-midway/pack").unwrap().body;
    let vkey = desk.json("/v1/log")["vkey"].take();
    let vkey = vkey.as_str().unwrap();
    desk.open("/verify");
    desk.browser
        .wait_for("document.querySelector('#browser-check').dataset.state === 'checked'");
    desk.browser.requests();
    // The comment tells which file it was, where a test waits in vain.
    let said = |what: &str, text: &str| {
        let text = json!(text);
        desk.browser.wait_for(&format!(
            "document.querySelector('[data-file-pack] output').textContent.includes({text}) /* {what} */"
        ));
    };
    for case in brought(&genuine, &VerifierKey::parse(vkey).unwrap()) {
        drop_on(&desk, "[data-file-pack]", &case.bytes);
        said(case.what, &case.first_line);
        if case.exit == 1 {
            said(
                case.what,
                "Verdict on the job: FAIL, decided by token.valid (REVOKED_BEFORE_USE)",
            );
            said(case.what, "Job demo-revoked-midway");
            // Proved or not, as far as the index has come.
            said(case.what, "roved: that no entry was left out");
        } else {
            said(case.what, "Verdict on the job: none, because it is not genuine");
        }
    }
    drop_on(&desk, "[data-file-pack]", &genuine);
    said("genuine again", "Pack: genuine");
    // Without a key there is nothing to hold it against, and no verdict.
    let key = desk.browser.find("[data-file-pack] input[name=vkey]");
    desk.browser.type_into(&key, " and more\t");
    said("without a key", "Pack: cannot be judged");
    nothing_left(&desk, &[]);
}

#[test]
fn a_bundle_dropped_on_the_form_is_sent_by_its_button_alone() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let bundle = desk.entry_of("demo-sentinel-triage", "bundle");
    let content = desk.evidence(bundle);
    desk.open("/verify");
    desk.browser.requests();
    drop_on(&desk, ".verify-form", &std::fs::read(content).unwrap());
    desk.browser
        .wait_for("document.querySelector('.verify-form output').textContent.includes('dropped.json')");
    assert_eq!(desk.browser.requests(), Vec::<String>::new());
    desk.press(".verify-form button");
    desk.browser.wait_for("document.querySelector('.result')");
    desk.says(&["In this log", "PASS"]);
}

#[test]
fn an_artifact_is_compared_by_a_dropped_copy() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let file = desk.entry_of("demo-defender-triage", "artifact");
    let artifact = desk.json(&format!("/v1/entries/{file}/evidence"))["payload"].take();
    let content = verifier::base64::decode_standard(artifact["content_b64"].as_str().unwrap()).unwrap();
    desk.open("/jobs/demo-defender-triage");
    desk.follow(&format!("/artifacts/{}", artifact["sha256"].as_str().unwrap()));
    for (copy, said) in [
        (content.as_slice(), "✓ Match"),
        (b"another".as_slice(), "✕ Mismatch"),
    ] {
        drop_on(&desk, "[data-file-hash]", copy);
        desk.browser.wait_for(&format!(
            "document.querySelector('[data-file-hash] output').textContent.includes('{said}')"
        ));
    }
    nothing_left(&desk, &[&hex(b"another")]);
}

#[test]
fn a_token_pasted_into_any_search_field_leaves_only_as_its_hash() {
    needs_browser!();
    let (log, _) = called();
    let desk = BrowserDesk::of(log.server.url());
    let token = token();
    let hash = hex(token.as_bytes());
    for (page, form) in [
        ("/", "main form[role=search]"),
        ("/", "header form[role=search]"),
        ("/jobs/mail-job", "header form[role=search]"),
        ("/verify", "header form[role=search]"),
    ] {
        desk.open(page);
        let field = desk.browser.find(&format!("{form} input[name=q]"));
        desk.browser.type_into(&field, &format!("Bearer {token}"));
        desk.press(&format!("{form} button"));
        desk.arrives_at(&format!("/search?q={hash}"));
        desk.says(&[&hash, "No result"]);
    }
    let signature = token.rsplit('.').next().unwrap();
    let sent = nothing_left(&desk, &[&token, signature]);
    assert_eq!(sent.iter().filter(|request| request.ends_with(&hash)).count(), 4);
}

/// What a reader must not lose: the place, the focus, what is open.
fn place(desk: &BrowserDesk) -> Value {
    desk.browser.value(
        "[document.querySelector('#kept').getBoundingClientRect().top, document.activeElement.id, \
         document.querySelectorAll('details[open]').length, document.querySelector('#q').value]",
    )
}

/// Reads in the middle of the page, with something half typed.
fn settle_down(desk: &BrowserDesk) {
    desk.browser
        .wait_for("document.querySelector('[data-live]').dataset.following");
    desk.browser.wait_for(
        "!['checking', 'unchecked'].includes(document.querySelector('#browser-check').dataset.state)",
    );
    desk.browser.type_into(&desk.browser.find("#q"), "half typ");
    desk.browser.value(
        "(() => { const headings = [...document.querySelectorAll('main h2')]; headings[2].id = 'kept'; \
         for (const fold of document.querySelectorAll('details')) fold.open = true; \
         headings[2].scrollIntoView({block: 'center'}); })()",
    );
}

#[test]
fn home_tells_of_a_new_entry_and_the_reader_keeps_the_place() {
    needs_browser!();
    let (log, _) = called();
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/");
    settle_down(&desk);
    let before = place(&desk);
    log.event("another", "opened", &json!({}));
    desk.browser
        .wait_for("document.querySelector('[data-live]').textContent.includes('the log has grown')");
    assert_eq!(place(&desk), before);
    desk.press("[data-live] a");
    desk.browser.wait_for("document.readyState === 'complete'");
    log.is_judged();
    desk.open("/");
    desk.says(&["another"]);
}

#[test]
fn a_job_page_tells_of_more_about_its_job_and_the_reader_keeps_the_place() {
    needs_browser!();
    let (log, _) = called();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/jobs/mail-job");
    settle_down(&desk);
    let before = place(&desk);
    let halted = log.event("mail-job", "halted", &json!({"reason": "enough"}));
    desk.browser.wait_for(&format!(
        "document.querySelector('[data-live]').textContent.includes('up to entry {halted}')"
    ));
    assert_eq!(place(&desk), before);
    assert!(
        !desk.text().contains("enough"),
        "the page speaks of the size that it names"
    );
    desk.press("[data-live] a");
    desk.browser
        .wait_for("document.body.innerText.includes('enough')");
}

#[test]
fn a_job_page_tells_of_another_verdict_also_where_nothing_new_names_the_job() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let (job, other) = (log.job("mail-job", &policy), log.job("other-job", &policy));
    job.log(&job.receipt_of("rcpt_twice", "claude-test"), 0, true);
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    let said = || {
        let assessment = desk.json("/v1/jobs/mail-job/assessment");
        assessment["code"].as_str().unwrap().to_owned()
    };
    let before = said();
    desk.open(&job.href());
    settle_down(&desk);
    let kept = place(&desk);
    other.log(&other.receipt_of("rcpt_twice", "another-model"), 0, true);
    let after = said();
    assert_ne!(before, after, "a contradiction changes what is said of both jobs");
    desk.browser.wait_for(&format!(
        "document.querySelector('[data-live]').textContent.includes('({after})')"
    ));
    assert_eq!(place(&desk), kept);
    assert!(
        desk.text_of("[data-live]")
            .contains("the verdict on this job as of")
    );
    desk.press("[data-live] a");
    desk.browser.wait_for(&format!(
        "document.querySelector('#browser-check').dataset.code === '{after}'"
    ));
    // Made anew, and the reader is where it was.
    let heading = "document.querySelectorAll('main h2')[2].getBoundingClientRect().top";
    let top = desk.browser.value(heading).as_f64().unwrap();
    assert!((0.0..1_000.0).contains(&top), "{top}");
}
