//! The alarm `LOOKALIKE_NAME`: names in the job that look like another name in it, or in its policies, and are not it.

use std::collections::BTreeMap;

use super::facts::{AgentAct, JobFacts};
use evidence::json::{Object, Value};
use evidence::text::lookalike::{NAME_BYTES_MAX, looks, same};
use evidence::text::shown::brief;
use tlog::index::LeafIndex;

/// Most names that are compared; of a job with more, the first ones.
const NAMES_MAX: usize = 8_192;

/// The code of the alarm.
pub(super) const CODE: &str = "LOOKALIKE_NAME";

/// Names by what people see of them: the first of those looks, and where it stands.
#[derive(Default)]
struct NameTable<'a> {
    by_looks: BTreeMap<String, (&'a str, Option<LeafIndex>)>,
    /// Every text that was looked at, so that ten thousand calls of one tool cost one.
    seen: BTreeMap<&'a str, Option<LeafIndex>>,
    /// The entries of names that look alike.
    entries: Vec<LeafIndex>,
    /// The first pair of them.
    pair: Option<(&'a str, &'a str)>,
}

/// What the alarm says.
pub(super) struct LookalikeAlarm {
    /// Ascending.
    pub(super) entries: Vec<LeafIndex>,
    pub(super) message: String,
}

impl<'a> NameTable<'a> {
    fn add(&mut self, name: &'a str, index: Option<LeafIndex>) {
        let known = self.seen.contains_key(name);
        // Of one letter nobody can tell what it should be.
        let compared = (2..=NAME_BYTES_MAX).contains(&name.len());
        if known || !compared || self.seen.len() >= NAMES_MAX {
            return;
        }
        self.seen.insert(name, index);
        match self.by_looks.get(&looks(name)) {
            Some((first, at)) if !same(first, name) => {
                self.pair = self.pair.or(Some((first, name)));
                self.entries.extend(at.iter().chain(index.iter()));
            }
            Some(_) => {}
            None => {
                self.by_looks.insert(looks(name), (name, index));
            }
        }
    }

    /// A name of several parts, as `tool:operation`, whole and part by part.
    fn add_parts(&mut self, name: &'a str, index: Option<LeafIndex>) {
        self.add(name, index);
        for part in name.split([':', '/']) {
            self.add(part, index);
        }
    }

    /// Every text of a policy: which of them are names depends on its form.
    fn add_policy(&mut self, document: &'a Object, index: LeafIndex) {
        let mut values: Vec<&Value> = document.members().iter().map(|(_, value)| value).collect();
        while let Some(value) = values.pop() {
            match value {
                Value::String(text) => self.add_parts(text, Some(index)),
                Value::Array(items) => values.extend(items),
                Value::Object(object) => values.extend(object.members().iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
}

/// The entries whose names look like others that the job or its policies have; `None` if there are none.
pub(super) fn find(facts: &JobFacts<'_>) -> Option<LookalikeAlarm> {
    let mut names = NameTable::default();
    names.add(facts.job_id, None);
    for event in &facts.events {
        if let Some(other) = &event.said.related_job_id {
            names.add(other, Some(event.index));
        }
    }
    for other in &facts.other_uses {
        names.add(other.job_id, Some(other.index));
    }
    for policy in facts.policies.values() {
        for published in &policy.published {
            names.add(&published.said.policy_id, Some(published.index));
            names.add_policy(&published.said.policy, published.index);
        }
    }
    for used in &facts.uses {
        let index = Some(used.index);
        used.run.iter().for_each(|run| names.add(run, index));
        match used.act {
            AgentAct::Model(receipt) => {
                names.add(&receipt.gateway_id, index);
                names.add(&receipt.provider, index);
                names.add_parts(&receipt.model, index);
            }
            AgentAct::Tool(receipt) | AgentAct::SideEffect(receipt) => names.add_parts(&receipt.what, index),
            AgentAct::Allowed(decision) => {
                names.add_parts(&decision.tool, index);
                decision
                    .operation
                    .iter()
                    .for_each(|operation| names.add(operation, index));
            }
        }
    }
    let (one, other) = names.pair?;
    let mut entries = names.entries;
    entries.sort_unstable();
    entries.dedup();
    let message = format!(
        "Two names look alike but are different: {} and {}.",
        spelled(one),
        spelled(other)
    );
    Some(LookalikeAlarm { entries, message })
}

/// A name with the numbers of its characters beyond ASCII, which is where two of one look mostly differ.
fn spelled(name: &str) -> String {
    let beyond = name.chars().filter(|character| !character.is_ascii());
    let numbers: Vec<String> = beyond
        .take(4)
        .map(|character| format!("U+{:04X}", u32::from(character)))
        .collect();
    if numbers.is_empty() {
        return brief(name);
    }
    format!("{} (with {})", brief(name), numbers.join(", "))
}
