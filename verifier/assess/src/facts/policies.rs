//! Policies of the closure: published, withdrawn, frozen.

use std::collections::BTreeMap;

use super::LogStatement;
use super::entry_document::EntryDocument;
use super::trust::Trust;
use evidence::digest::PolicyHash;
use evidence::payload::{Payload, PolicyFrozen, PolicyPublished, PolicyWithdrawn};

/// A publication.
pub(crate) type LoggedPolicy<'a> = LogStatement<'a, PolicyPublished>;

/// What the log says about one policy, in log order.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyFacts<'a> {
    pub(crate) published: Vec<LoggedPolicy<'a>>,
    pub(crate) withdrawn: Vec<LogStatement<'a, PolicyWithdrawn>>,
    pub(crate) frozen: Vec<LogStatement<'a, PolicyFrozen>>,
}

/// Every policy of the closure, by hash.
pub(super) fn of<'a>(docs: &[&'a EntryDocument], trust: &Trust) -> BTreeMap<String, PolicyFacts<'a>> {
    let mut policies: BTreeMap<String, PolicyFacts<'a>> = BTreeMap::new();
    for doc in docs.iter().copied().filter(|doc| trust.counts(doc)) {
        match doc.payload() {
            Some(Payload::PolicyPublished(said)) => {
                about(&mut policies, said.policy_hash)
                    .published
                    .push(LogStatement::of(doc, said));
            }
            Some(Payload::PolicyWithdrawn(said)) => {
                about(&mut policies, said.policy_hash)
                    .withdrawn
                    .push(LogStatement::of(doc, said));
            }
            Some(Payload::PolicyFrozen(said)) => {
                about(&mut policies, said.policy_hash)
                    .frozen
                    .push(LogStatement::of(doc, said));
            }
            _ => {}
        }
    }
    policies
}

fn about<'p, 'a>(
    policies: &'p mut BTreeMap<String, PolicyFacts<'a>>,
    hash: PolicyHash,
) -> &'p mut PolicyFacts<'a> {
    policies.entry(hash.to_string()).or_default()
}
