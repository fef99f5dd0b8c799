//! Which texts are URIs: the format `uri` of the reference's schemas.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{self, ClawsigOptions};

use crate::clawsig_bundle::agent;

/// What becomes of an attestation whose code stands at this address. Nobody's attestations count, so that one of a
/// sound form ends there.
fn code_of(uri: &str) -> (Status, &'static str) {
    let hash = "A".repeat(43);
    let model = json!({
        "model_identity_version": "1", "tier": "closed_opaque", "model": { "provider": "p", "name": "m" },
    });
    let payload: Value = json!({
        "audit_version": "1", "audit_id": "audit", "issued_at": "2026-02-12T00:00:00Z", "model": model,
        "audit_code": { "code_hash_b64u": hash, "repo_uri": uri },
        "dataset": { "dataset_id": "d", "dataset_hash_b64u": hash, "access": "public" },
        "protocol": { "name": "n", "config_hash_b64u": hash },
        "result": { "status": "pass", "results_hash_b64u": hash },
    });
    let document = agent().clawsig("audit_result_attestation", &payload);
    let report = clawsig::verify(document.to_string().as_bytes(), &ClawsigOptions::default()).report;
    (report.status, report.reason_code)
}

#[test]
fn what_the_reference_takes_for_a_uri_is_one_here() {
    for uri in [
        "http://a/",
        "http://a",
        "HTTP://EXAMPLE.com:80/a/b;c?d=e&f#g",
        "http://user:pass@[::1]:8080/%20",
        "http://[2001:db8::192.0.2.1]/",
        "http://[v1.fe:80]/",
        "http://",
        "file:///etc/hosts",
        "urn:isbn:0451450523",
        "mailto:a@b.example",
        "a:b",
        "a:/",
        "a:/?b",
        "http://a:/",
        "git+ssh://git@host/repo.git",
        "http://a//b/../c",
        "http://a/'()*+,;=:@",
    ] {
        assert_eq!(code_of(uri), (Status::Fail, "DEPENDENCY_NOT_CONFIGURED"), "{uri}");
    }
}

#[test]
fn what_the_reference_takes_for_no_uri_is_none_here() {
    for text in [
        "",
        "a",
        "/a",
        "//a",
        "a:",
        "a:?b",
        "a:#b",
        "1a://b",
        ":a",
        "http://a/\"",
        "http://a\"b/",
        "a:\"",
        "http://a/?\"",
        "http://a/#\"",
        "http://[::1]$",
        "http://[::1]a/",
        "http://[::1]:a/",
        "http://[::1",
        "http://::1]/",
        "http://a[::1]/",
        "http://[1::2::3]/",
        "http://[:::]/",
        "http://[12345::]/",
        "http://[::1%25eth0]/",
        "http://[v.a]/",
        "http://[vg.a]/",
        "http://a/[b]",
        "http://a/?[b]",
        "http://a b/",
        "http://a/ b",
        " http://a/",
        "http://a/\n",
        "http://a/%",
        "http://a/%2",
        "http://a/%zz",
        "http://a:b/",
        "http://a:80:80/",
        "http://a@b@c/",
        "http://a/#b#c",
        "http://a/<b>",
        "http://a/{b}",
        "http://a/|",
        "http://a/\\",
        "http://a/^",
        "http://a/`",
        "http://\u{e4}/",
        "http://a/\u{e4}",
        "http://a/\u{200b}",
    ] {
        assert_eq!(
            code_of(text),
            (Status::Fail, "SCHEMA_VALIDATION_FAILED"),
            "{text:?}"
        );
    }
}
