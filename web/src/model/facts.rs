//! The identifiers that a set of entries names: what a job's story hangs together by.

use std::collections::BTreeSet;

use verifier::context::Context;
use verifier::subject::{ClearSubject, Field};

use super::Known;

/// Identifiers, each once, in the order of their first entry; bounded, see [`Facts::cut`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) policies: Vec<String>,
    pub(crate) tokens: Vec<String>,
    pub(crate) runs: Vec<String>,
    pub(crate) agents: Vec<String>,
    /// Whether there were more of some.
    pub(crate) cut: bool,
}

impl Facts {
    /// At most `each_max` of each.
    pub(crate) fn of(entries: &[Known], each_max: usize) -> Self {
        let mut facts = Self::default();
        let mut seen = BTreeSet::new();
        for known in entries {
            let said = known
                .evidence
                .iter()
                .flat_map(|evidence| evidence.subjects().iter().cloned());
            let context = known.record.context.iter().flat_map(Context::subjects);
            for subject in said.chain(context) {
                facts.add(subject, &mut seen, each_max);
            }
        }
        facts
    }

    fn add(&mut self, subject: ClearSubject, seen: &mut BTreeSet<ClearSubject>, each_max: usize) {
        let list = match subject.field {
            Field::Policy => &mut self.policies,
            Field::Token => &mut self.tokens,
            Field::Run => &mut self.runs,
            Field::Agent => &mut self.agents,
            _ => return,
        };
        if !seen.contains(&subject) {
            if list.len() < each_max {
                list.push(subject.value.clone());
            } else {
                self.cut = true;
            }
            seen.insert(subject);
        }
    }
}
