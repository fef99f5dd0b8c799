//! An auditor brings a bundle that nobody logged, and gets its Trust Pulse, marked as not logged.

use crate::care::Inspection;
use crate::desk::BrowserDesk;
use crate::{LEDGERD, needs_browser};
use harness::actors::now;
use kit::cast::Cast;
use kit::documents::{self, Draft};
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use verifier::base64::encode_url;
use verifier::json::{hash_js, parse};

const JOB: &str = "refund-review-7";
const RUN: &str = "run_refund-review-7";

/// A log that holds everything of a job but the agent's bundle.
struct BundlelessLog {
    desk: BrowserDesk,
    _server: Server,
    _log: TempDir,
    cast: Cast,
    chain: Vec<Value>,
    receipts: Vec<Value>,
}

impl BundlelessLog {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let server = Server::start(LEDGERD, &dir);
        let cast = Cast::on_loopback(operator);
        let mut log = Self {
            desk: BrowserDesk::of(server.url()),
            _server: server,
            _log: home,
            cast,
            chain: Vec::new(),
            receipts: Vec::new(),
        };
        for role in ["gateway", "token_issuer", "policy_publisher"] {
            let draft = log.cast.registration(ORIGIN, role);
            log.draft(draft, &log.cast.operator);
        }
        let policy = json!({ "name": "refunds", "tools": { "allow": ["refunds.list"] } });
        let publication = documents::publication(ORIGIN, "refunds", &policy);
        log.draft(publication, &log.cast.policy_publisher);
        let pin = documents::policy_hash(&policy);
        let scope = log.issue(&pin);
        for number in 0..3 {
            log.call(&pin, &scope, number);
        }
        log
    }

    fn log(&self, body: &str) {
        let answer = self.desk.client.submit(body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    fn draft(&self, draft: Draft, key: &EvidenceKey) {
        self.log(&draft.at(&now().unwrap()).sign(key));
    }

    /// A token of the job for the run; its scope hash.
    fn issue(&self, pin: &str) -> String {
        let agent = self.cast.agent.did().as_str();
        let from = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let mut claims = documents::claims(agent, "jti-1", &["refunds:read"], from, from + 900);
        claims["agent_did"] = json!(agent);
        claims["policy_hash_b64u"] = json!(pin);
        let issuance = documents::issuance(ORIGIN, &token(), &claims, JOB, RUN);
        self.draft(issuance, &self.cast.token_issuer);
        documents::scope_hash(&claims)
    }

    /// A model call of the run, logged; the third closes the gateway's stream.
    fn call(&mut self, pin: &str, scope: &str, number: u64) {
        let at = now().unwrap();
        let previous = self
            .chain
            .last()
            .map_or(Value::Null, |last| last["event_hash_b64u"].clone());
        // Written by hand because the order of the members is hashed.
        let text = format!(
            r#"{{"event_id":"evt_{number}","run_id":"{RUN}","event_type":"llm_call","timestamp":"{at}","payload_hash_b64u":"{}","prev_hash_b64u":{previous}}}"#,
            documents::hash(&format!("event {number}")),
        );
        let event_hash = encode_url(&hash_js(&parse(text.as_bytes()).unwrap()));
        let mut event: Value = serde_json::from_str(&text).unwrap();
        event["event_hash_b64u"] = json!(event_hash);
        self.chain.push(event);
        let receipt = documents::gateway_receipt(&format!("rcpt_{number}"), RUN)
            .with("/binding/event_hash_b64u", event_hash)
            .with("/binding/policy_hash", pin)
            .with("/binding/token_scope_hash_b64u", scope)
            .at(&at)
            .signed(&self.cast.gateway);
        let context = json!({
            "job_id": JOB, "token_hash": token(), "stream": "calls", "number": number, "last": number == 2,
        });
        self.log(&documents::wrap(&receipt.to_string(), &context));
        self.receipts.push(receipt);
    }

    /// The agent's bundle of the run, as a file.
    fn bundle(&self, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
        self.signed_by(&self.cast.agent, name, change)
    }

    /// The same by any agent.
    fn signed_by(&self, agent: &EvidenceKey, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
        let draft = documents::bundle("bundle_7", agent.did().as_str(), &self.chain, &self.receipts, &[]);
        let signed = draft.changed(change).at(&now().unwrap()).sign(agent);
        self.desk.file(name, signed.as_bytes())
    }

    fn bring(&self, file: &Path) {
        self.desk.open("/verify");
        let field = self.desk.browser.find("main form input[type=file][name]");
        self.desk.browser.type_into(&field, &file.to_string_lossy());
        self.desk.press("main form[method=post] button");
        self.desk.browser.wait_for("document.querySelector('.result')");
    }

    fn size(&self) -> Value {
        self.desk.json("/v1/log")["tree_size"].take()
    }
}

fn token() -> String {
    documents::token_hash("a token")
}

#[test]
fn a_bundle_that_nobody_logged_has_its_trust_pulse_marked_so() {
    needs_browser!();
    let log = BundlelessLog::new();
    let desk = &log.desk;
    let size = log.size();
    let whole = log.bundle("whole.json", |_| ());
    log.bring(&whole);
    let verdict = || desk.text_of(".supposition .verdict.big");
    assert!(verdict().ends_with("Not logged; would be PASS"), "{}", verdict());
    let main = desk.text().replace("would be PASS", "");
    assert!(!main.contains("PASS"), "{main}");
    for part in ["chain", "checks", "picture", "claims"] {
        assert!(
            !desk.text_of(&format!(".supposition .{part}")).is_empty(),
            "{part}"
        );
    }
    assert!(
        desk.text_of("[data-check='bundle.valid']")
            .contains("this bundle, not logged")
    );
    // The place that the bundle would have is no entry's.
    let entry = format!("document.querySelector(\".supposition a[href='/entries/{size}']\") === null");
    assert_eq!(desk.browser.value(&entry), json!(true));
    assert_eq!(log.size(), size, "nothing is logged");
    let short = log.bundle("short.json", without_a_receipt);
    log.bring(&short);
    assert!(verdict().ends_with("would be INCOMPLETE"), "{}", verdict());
    // What decides is a click away.
    desk.press(".supposition .small a[href^='#']");
    desk.browser
        .wait_for("location.hash === '#p1-check-receipts.complete'");
    let open = desk.text_of("[data-check='receipts.complete']");
    assert!(open.contains("RECEIPT_NOT_IN_BUNDLE"), "{open}");
    assert_eq!(log.size(), size, "nothing is logged");
    // Once it is logged, the form leads to the page of the job, which says the same.
    log.log(&std::fs::read_to_string(&whole).unwrap());
    log.bring(&whole);
    desk.follow(&format!("/jobs/{JOB}"));
    assert!(desk.text_of("main .verdict.big").ends_with("PASS"));
    let errors = desk.browser.console_errors();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn the_pulse_of_what_is_not_logged_is_accessible_and_fits_every_screen() {
    needs_browser!();
    let log = BundlelessLog::new();
    let whole = log.bundle("whole.json", |_| ());
    let mut forged: Value = serde_json::from_slice(&std::fs::read(&whole).unwrap()).unwrap();
    without_a_receipt(&mut forged["payload"]);
    let stranger = EvidenceKey::from_seed([16; 32]).unwrap();
    let brought = [
        ("pulse-pass", whole),
        ("pulse-incomplete", log.bundle("short.json", without_a_receipt)),
        (
            "pulse-forged",
            log.desk.file("forged.json", forged.to_string().as_bytes()),
        ),
        ("pulse-alone", log.signed_by(&stranger, "alone.json", |_| ())),
    ];
    let mut inspection = Inspection::new(&log.desk);
    for (name, file) in brought {
        log.bring(&file);
        inspection.look(name, 200);
    }
    inspection.passes();
}

fn without_a_receipt(payload: &mut Value) {
    payload["receipts"].as_array_mut().unwrap().pop();
}
