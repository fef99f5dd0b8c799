//! What differs between two policies, member by member.
//!
//! Like a JSON Patch (RFC 6902), for people: arrays of scalars are sets, because the order and repetition of
//! allowed tools mean nothing. Other arrays are compared item by item after what they begin and end with in
//! common.

use std::collections::BTreeMap;

use crate::fault::pointer_to;
use crate::json::{NESTING_MAX, Object, Value, to_jcs};
use crate::texts;

/// Most changes that are told.
pub const CHANGES_MAX: usize = 1000;

texts!(
/// What happened to a value, in the words of RFC 6902.
ChangeKind {
    /// It is new; the pointer is one into the newer policy.
    Add => "add",
    /// It is gone; the pointer is one into the older policy.
    Remove => "remove",
    /// It is another; the pointer is one into the older policy.
    Replace => "replace",
});

/// One difference.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicyChange {
    /// Whether the value was added, removed or replaced.
    pub kind: ChangeKind,
    /// JSON pointer.
    pub pointer: String,
    /// The value in the older policy.
    pub old: Option<Value>,
    /// What is there now.
    pub new: Option<Value>,
}

/// Every difference, in the order of the older policy, then what is new in that of the newer one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PolicyDiff {
    /// At most [`CHANGES_MAX`].
    pub changes: Vec<PolicyChange>,
    /// How many more there are.
    pub omitted: usize,
}

/// Compares two policies.
pub fn diff(older: &Object, newer: &Object) -> PolicyDiff {
    let mut diff = PolicyDiff::default();
    diff.objects("", older, newer, NESTING_MAX);
    diff
}

impl PolicyDiff {
    fn push(&mut self, kind: ChangeKind, pointer: String, old: Option<&Value>, new: Option<&Value>) {
        if self.changes.len() >= CHANGES_MAX {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        self.changes.push(PolicyChange {
            kind,
            pointer,
            old: old.cloned(),
            new: new.cloned(),
        });
    }

    fn objects(&mut self, pointer: &str, older: &Object, newer: &Object, depth: usize) {
        let by_name =
            |object| -> BTreeMap<&str, &Value> { Object::members(object).iter().map(pair).collect() };
        let (before, after) = (by_name(older), by_name(newer));
        for (name, old) in older.members() {
            let pointer = pointer_to(pointer, name);
            match after.get(name.as_str()) {
                Some(new) => self.values(&pointer, old, new, depth),
                None => self.push(ChangeKind::Remove, pointer, Some(old), None),
            }
        }
        for (name, new) in newer.members() {
            if !before.contains_key(name.as_str()) {
                self.push(ChangeKind::Add, pointer_to(pointer, name), None, Some(new));
            }
        }
    }

    /// Documents nest no deeper than [`NESTING_MAX`]; what did would be told as one change.
    fn values(&mut self, pointer: &str, old: &Value, new: &Value, depth: usize) {
        let deeper = depth.checked_sub(1);
        match (old, new, deeper) {
            (Value::Object(old), Value::Object(new), Some(depth)) => self.objects(pointer, old, new, depth),
            (Value::Array(old), Value::Array(new), Some(depth)) => {
                if old.iter().chain(new).all(is_scalar) {
                    self.sets(pointer, old, new);
                } else {
                    self.lists(pointer, old, new, depth);
                }
            }
            _ if old == new => {}
            _ => self.push(ChangeKind::Replace, pointer.to_owned(), Some(old), Some(new)),
        }
    }

    fn sets(&mut self, pointer: &str, old: &[Value], new: &[Value]) {
        let (before, after) = (by_text(old), by_text(new));
        for (text, (index, value)) in in_order(&before) {
            if !after.contains_key(text) {
                self.push(
                    ChangeKind::Remove,
                    format!("{pointer}/{index}"),
                    Some(value),
                    None,
                );
            }
        }
        for (text, (index, value)) in in_order(&after) {
            if !before.contains_key(text) {
                self.push(ChangeKind::Add, format!("{pointer}/{index}"), None, Some(value));
            }
        }
    }

    fn lists(&mut self, pointer: &str, old: &[Value], new: &[Value], depth: usize) {
        let same = |(one, other): &(&Value, &Value)| one == other;
        let start = old.iter().zip(new).take_while(same).count();
        let (old, new) = (
            old.get(start..).unwrap_or_default(),
            new.get(start..).unwrap_or_default(),
        );
        let end = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let (old_count, new_count) = (old.len().saturating_sub(end), new.len().saturating_sub(end));
        for offset in 0..old_count.max(new_count) {
            let pointer = format!("{pointer}/{}", start.saturating_add(offset));
            let old = old.get(offset).filter(|_| offset < old_count);
            let new = new.get(offset).filter(|_| offset < new_count);
            match (old, new) {
                (Some(old), Some(new)) => self.values(&pointer, old, new, depth),
                (Some(_), None) => self.push(ChangeKind::Remove, pointer, old, None),
                (None, _) => self.push(ChangeKind::Add, pointer, None, new),
            }
        }
    }
}

fn pair((name, value): &(String, Value)) -> (&str, &Value) {
    (name, value)
}

const fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Each scalar once, by its JCS, with its first place.
fn by_text(items: &[Value]) -> BTreeMap<String, (usize, &Value)> {
    let mut texts = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        texts.entry(to_jcs(item)).or_insert((index, item));
    }
    texts
}

fn in_order<'a, 'v>(
    texts: &'a BTreeMap<String, (usize, &'v Value)>,
) -> impl Iterator<Item = (&'a String, (usize, &'v Value))> {
    let mut items: Vec<_> = texts.iter().map(|(text, place)| (text, *place)).collect();
    items.sort_unstable_by_key(|(_, (index, _))| *index);
    items.into_iter()
}
