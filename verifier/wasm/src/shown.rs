//! What a page shows, and where that differs from what was derived (`docs/browser-check.md`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
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
    /// What was derived.
    pub derived: String,
}

/// The facts of a job page. What the page leaves out is not compared, save for those that have no default.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownJob {
    /// The job.
    pub job_id: String,
    /// The tree size that the page is about.
    pub as_of: u64,
    /// PASS, FAIL or INCOMPLETE.
    pub verdict: String,
    /// The root of the tree of that size, lower-case hex.
    pub root_hash: String,
    /// The code that decided.
    pub code: Option<String>,
    /// SHA-256 of the JCS of the assessment that the page was made from, lower-case hex.
    pub assessment_sha256: Option<String>,
    /// The checks that the page lists.
    #[serde(default)]
    pub checks: Vec<ShownCheck>,
}

/// One check as the page shows it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCheck {
    /// Its id.
    pub id: String,
    /// Its status.
    pub status: String,
    /// Its code.
    pub code: Option<String>,
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
        if let Some(code) = &self.code {
            compare(&mut found, "code", code, &parsed);
        }
        if let Some(shown) = &self.assessment_sha256 {
            let derived = ArtifactHash::from_bytes(sha256(assessment.as_bytes())).to_string();
            push(&mut found, "assessment_sha256".to_owned(), shown, derived);
        }
        for shown in &self.checks {
            let check = parsed
                .get("checks")
                .and_then(Value::as_array)
                .and_then(|checks| checks.iter().find(|check| text(check, "id") == shown.id));
            let check = check.unwrap_or(&Value::Null);
            push(&mut found, shown.id.clone(), &shown.status, text(check, "status"));
            if let Some(code) = &shown.code {
                push(
                    &mut found,
                    format!("{} code", shown.id),
                    code,
                    text(check, "code"),
                );
            }
        }
        found
    }
}

/// The facts of an entry page.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownEntry {
    /// Its place.
    pub index: u64,
    /// Its kind.
    pub kind: Option<String>,
    /// The DID of its signer.
    pub signer: Option<String>,
    /// Lower-case hex.
    pub evidence_digest: Option<String>,
    /// Lower-case hex.
    pub leaf_hash: Option<String>,
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
