//! What the log shows in clear of things that other documents know by hash only: arguments of calls, scopes of approvals.
//!
//! A hash vouches for its text, so nobody's word is needed: artifacts of the job are tried, and what approvals say of
//! their own scope.

use std::collections::{BTreeMap, BTreeSet};

use super::super::approval_scope::ScopeObjects;
use super::{LogStatement, TokenUseFact};
use evidence::json::{self, Value};
use evidence::payload::{Approval, Artifact};
use tlog::base64::decode_url_array;

/// Most artifacts of a job that are looked at, in log order.
const ARTIFACTS_MAX: usize = 1024;
/// Longest content that is looked at (bytes).
const CONTENT_BYTES_MAX: usize = 64 * 1024;

/// Arguments of calls and scopes of approvals, each known by the hash that other documents state.
#[derive(Debug, Default)]
pub(crate) struct ClearTexts {
    arguments: BTreeMap<[u8; 32], Value>,
    /// Scopes of approvals.
    pub(crate) scopes: ScopeObjects,
}

impl ClearTexts {
    pub(super) fn of(
        uses: &[TokenUseFact<'_>],
        approvals: &[LogStatement<'_, Approval>],
        artifacts: &[LogStatement<'_, Artifact>],
    ) -> Self {
        let hashes = uses
            .iter()
            .filter_map(|used| decode_url_array(used.act.args_hash()?));
        let called: BTreeSet<[u8; 32]> = hashes.collect();
        let hashes = approvals
            .iter()
            .filter_map(|seen| decode_url_array(&seen.said.scope_hash));
        let approved: BTreeSet<[u8; 32]> = hashes.collect();
        let mut in_clear = Self::default();
        for seen in approvals {
            if let Some(value) = summary(seen.said) {
                in_clear.scopes.add(&value);
            }
        }
        let contents = artifacts
            .iter()
            .filter_map(|seen| Some((seen.said, seen.said.content.as_ref()?)));
        let short = contents.filter(|(_, content)| content.len() <= CONTENT_BYTES_MAX);
        for (artifact, content) in short.take(ARTIFACTS_MAX) {
            let Ok(value) = json::parse(content) else { continue };
            let jcs = json::hash_jcs(&value);
            if approved.contains(&jcs) {
                in_clear.scopes.add(&value);
            }
            // As SDKs hash arguments, as this log hashes JSON, and as they stand.
            for hash in [json::hash_js(&value), jcs, *artifact.sha256.as_bytes()] {
                if called.contains(&hash) {
                    in_clear.arguments.insert(hash, value.clone());
                }
            }
        }
        in_clear
    }

    /// The arguments of a hash, from its text as received.
    pub(crate) fn arguments(&self, args_hash: &str) -> Option<&Value> {
        self.arguments.get(&decode_url_array(args_hash)?)
    }
}

/// The scope that an approval states in its summary; `None` where that is words, or another scope than it approves.
pub(super) fn summary(approval: &Approval) -> Option<Value> {
    let value = json::parse(approval.scope_summary.as_deref()?.as_bytes()).ok()?;
    let stated = decode_url_array(&approval.scope_hash)?;
    (json::hash_jcs(&value) == stated).then_some(value)
}
