//! What a page shows, and where that differs from what was derived (`docs/browser-check.md`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use verifier::check::Details;
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

/// A fact that the page shows otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// Name of the fact.
    pub what: String,
    /// What the page shows.
    pub shown: String,
    /// The value that was derived.
    pub derived: String,
}

/// The facts of a job page. What the page leaves out is not compared, save for those that have no default.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownJob {
    /// Id of the job.
    pub job_id: String,
    /// The tree size that the page is about.
    pub as_of: u64,
    /// PASS, FAIL or INCOMPLETE.
    pub verdict: String,
    /// The root of the tree of that size, lower-case hex.
    pub root_hash: String,
    /// The code that decided.
    pub code: Option<String>,
    /// The reason, in one sentence.
    pub message: Option<String>,
    /// SHA-256 of the JCS of the assessment that the page was made from, lower-case hex.
    pub assessment_sha256: Option<String>,
    /// The checks that the page lists: none, or all of them.
    #[serde(default)]
    pub checks: Vec<ShownCheck>,
}

/// One check as the page shows it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCheck {
    /// Name of the check, such as `token.valid`.
    pub id: String,
    /// How the check ended, such as `pass`.
    pub status: String,
    /// Reason code of the check.
    pub code: Option<String>,
    /// Its reason, in one sentence.
    pub message: Option<String>,
}

impl ShownJob {
    /// Compares with the assessment (`schemas/assessment.md`, "JSON").
    pub(crate) fn differences(&self, assessment: &str) -> Vec<Difference> {
        let parsed: Value = serde_json::from_str(assessment).unwrap_or_default();
        let mut found = Vec::new();
        compare(&mut found, "job_id", &self.job_id, &parsed);
        compare(&mut found, "tree_size", &self.as_of.to_string(), &parsed);
        compare(&mut found, "root_hash", &self.root_hash, &parsed);
        compare(&mut found, "verdict", &self.verdict, &parsed);
        for (what, shown) in [("code", &self.code), ("message", &self.message)] {
            if let Some(shown) = shown {
                compare(&mut found, what, shown, &parsed);
            }
        }
        if let Some(shown) = &self.assessment_sha256 {
            let derived = ArtifactHash::from_bytes(sha256(assessment.as_bytes())).to_string();
            push(&mut found, "assessment_sha256".to_owned(), shown, derived);
        }
        if !self.checks.is_empty() {
            compare_checks(&mut found, &self.checks, &parsed);
        }
        found
    }
}

/// A page that lists checks leaves none out: the one that fails would be the first to miss.
fn compare_checks(found: &mut Vec<Difference>, shown: &[ShownCheck], assessment: &Value) {
    let derived = assessment.get("checks").and_then(Value::as_array);
    let derived: BTreeMap<String, &Value> = derived
        .into_iter()
        .flatten()
        .map(|check| (text(check, "id"), check))
        .collect();
    let mut missing: BTreeSet<&str> = derived.keys().map(String::as_str).collect();
    for shown in shown {
        missing.remove(shown.id.as_str());
        let check = derived.get(&shown.id).copied().unwrap_or(&Value::Null);
        push(found, shown.id.clone(), &shown.status, text(check, "status"));
        for (what, shown_text) in [("code", &shown.code), ("message", &shown.message)] {
            if let Some(shown_text) = shown_text {
                push(
                    found,
                    format!("{} {what}", shown.id),
                    shown_text,
                    text(check, what),
                );
            }
        }
    }
    for id in missing {
        let check = derived.get(id).copied().unwrap_or(&Value::Null);
        push(found, id.to_owned(), "nothing", text(check, "status"));
    }
}

/// The facts of an entry page.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownEntry {
    /// Position of the entry in the log, 0-based.
    pub index: u64,
    /// Kind of the entry, such as `receipt.gateway`.
    pub kind: Option<String>,
    /// The DID of its signer.
    pub signer: Option<String>,
    /// Evidence digest of the entry, lower-case hex.
    pub evidence_digest: Option<String>,
    /// Leaf hash of the entry, lower-case hex.
    pub leaf_hash: Option<String>,
    /// The document as the page sets it out, as JSON text in pieces.
    pub document: Option<Vec<String>>,
}

impl ShownEntry {
    /// Compares with what a proof led to.
    pub(crate) fn differences(&self, details: &Details) -> Vec<Difference> {
        let derived = serde_json::to_value(details).unwrap_or_default();
        let mut found = Vec::new();
        compare(&mut found, "index", &self.index.to_string(), &derived);
        let optional = [
            ("kind", &self.kind),
            ("signer", &self.signer),
            ("evidence_digest", &self.evidence_digest),
            ("leaf_hash", &self.leaf_hash),
        ];
        for (what, shown) in optional {
            if let Some(shown) = shown {
                compare(&mut found, what, shown, &derived);
            }
        }
        found
    }
}

fn compare(found: &mut Vec<Difference>, what: &str, shown: &str, derived: &Value) {
    push(found, what.to_owned(), shown, text(derived, what));
}

fn push(found: &mut Vec<Difference>, what: String, shown: &str, derived: String) {
    if shown != derived {
        found.push(Difference {
            what,
            shown: shown.to_owned(),
            derived,
        });
    }
}

/// A member as text; `nothing` where there is none, which no page shows.
fn text(object: &Value, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "nothing".to_owned(),
        Some(other) => other.to_string(),
    }
}
