//! What enforcement points state about settings of their hosts, which nothing else shows. It is a claim: the same as
//! the policy wants it is told and never a pass, anything else is a contradiction.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::facts::{JobFacts, LogStatement};
use evidence::json::{Value, to_jcs};
use evidence::kind::Role;
use evidence::openclaw::{self, Setting, SettingReport};
use evidence::payload::Artifact;
use evidence::wpc::{HostSetting, STATING_LABELS};
use tlog::index::LeafIndex;

/// Longest value that is shown (characters).
const VALUE_CHARS_MAX: usize = 100;

/// One value of a setting, and who says so.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct SettingStatement<'f> {
    pub(crate) signer: &'f str,
    pub(crate) index: LeafIndex,
    /// JSON pointer into the artifact's content.
    pub(crate) pointer: String,
    pub(crate) value: Value,
}

/// How a setting that a policy wants compares with what was stated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum SettingComparison<'s, 'f> {
    /// Nothing readable tells it.
    NotObserved,
    /// Everything that tells it says what the policy wants; the first that does.
    Stated(&'s SettingStatement<'f>),
    /// The first that says something else.
    Contradicted(&'s SettingStatement<'f>),
}

/// The first value of a setting, and the first that differs from it.
#[derive(Debug)]
struct SettingValues<'f> {
    first: SettingStatement<'f>,
    other: Option<SettingStatement<'f>>,
}

/// What the artifacts say that enforcement points attached to the job.
#[derive(Debug)]
pub(crate) struct StatedSettings<'f>(BTreeMap<Setting, SettingValues<'f>>);

impl<'f> StatedSettings<'f> {
    pub(crate) fn of(facts: &JobFacts<'f>) -> Self {
        let mut stated = Self(BTreeMap::new());
        let is_read = |artifact: &&LogStatement<'f, Artifact>| {
            let (signer, index) = (artifact.signer, artifact.index);
            STATING_LABELS.contains(&artifact.said.label)
                && facts
                    .trust
                    .holds_at(signer, Role::EnforcementPoint, index, artifact.logged_at)
        };
        for artifact in facts.artifacts.iter().filter(is_read) {
            let content = artifact.said.content.as_deref();
            for told in content.and_then(openclaw::settings).into_iter().flatten() {
                stated.add(artifact, told);
            }
        }
        stated
    }

    /// Keeps no more than two values of a setting: whatever a policy wants, one of two is not it.
    fn add(&mut self, artifact: &LogStatement<'f, Artifact>, told: SettingReport) {
        let statement = SettingStatement {
            signer: artifact.signer,
            index: artifact.index,
            pointer: told.pointer,
            value: told.value,
        };
        match self.0.entry(told.setting) {
            Entry::Vacant(entry) => {
                entry.insert(SettingValues {
                    first: statement,
                    other: None,
                });
            }
            Entry::Occupied(mut entry) => {
                let values = entry.get_mut();
                if values.other.is_none() && !same(&values.first.value, &statement.value) {
                    values.other = Some(statement);
                }
            }
        }
    }

    /// What is stated about a setting that a policy wants.
    pub(crate) fn claim(&self, wanted: &HostSetting) -> SettingComparison<'_, 'f> {
        let Some(SettingValues { first, other }) = self.0.get(&wanted.setting) else {
            return SettingComparison::NotObserved;
        };
        if !same(&first.value, &wanted.wanted) {
            return SettingComparison::Contradicted(first);
        }
        other
            .as_ref()
            .map_or(SettingComparison::Stated(first), SettingComparison::Contradicted)
    }
}

/// Whether two values are the same JSON, in whatever order objects have their members.
fn same(one: &Value, other: &Value) -> bool {
    one == other || to_jcs(one) == to_jcs(other)
}

/// A value as sentences show it: JSON, cut off where it is long.
pub(crate) fn shown(value: &Value) -> String {
    shortened(to_jcs(value))
}

/// A value as the assessment holds it: itself where it is short, else as sentences show it.
pub(crate) fn held(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(text.clone())),
        Value::Object(_) | Value::Array(_) => Value::String(shown(value)),
        short => short.clone(),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
