//! A free-form policy while it is being read: places, forms, and what was found so far.

use crate::digest::ScopeHash;
use crate::json::pointer::Pointer;
use crate::json::{Object, Value};
use crate::openclaw::Setting;

use super::glob::Glob;
use super::limits::Limit;
use super::models::AllowList;
use super::policy::{Policy, PolicyLists, Rules};
use super::requirement::{
    GateMode, GateRequirement, HostSetting, NotEvaluated, NotEvaluatedCode, Requirement, RequirementKind,
    WRITE_ACTIONS_GATE,
};
use super::tools::{ToolEntry, ToolListKind, ToolSection};

/// Most patterns of one policy, over all its lists: what one action costs is bounded by it.
const PATTERNS_MAX: usize = 4096;

/// A member of another form than `docs/policies.md` says.
#[derive(Debug)]
pub(super) struct UnreadableMember {
    pub(super) pointer: String,
}

impl Pointer<'_> {
    pub(super) fn unreadable(&self) -> UnreadableMember {
        UnreadableMember {
            pointer: self.pointer(),
        }
    }

    pub(super) fn object<'v>(&self, value: &'v Value) -> Result<&'v Object, UnreadableMember> {
        value.as_object().ok_or_else(|| self.unreadable())
    }

    pub(super) fn text<'v>(&self, value: &'v Value) -> Result<&'v str, UnreadableMember> {
        value.as_str().ok_or_else(|| self.unreadable())
    }

    pub(super) fn flag(&self, value: &Value) -> Result<bool, UnreadableMember> {
        value.as_bool().ok_or_else(|| self.unreadable())
    }

    fn items<'v>(&self, value: &'v Value) -> Result<&'v [Value], UnreadableMember> {
        value.as_array().ok_or_else(|| self.unreadable())
    }
}

/// Whether a text is a placeholder (`docs/policies.md`, "Placeholders"). Apart from white space around and a
/// leading `b64u:`, it is empty, contains `...` or `…`, or is wholly within `<…>` or `{{…}}`.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix("b64u:").unwrap_or(text).trim();
    let within = |open, close| text.starts_with(open) && text.ends_with(close);
    text.is_empty() || text.contains("...") || text.contains('…') || within("<", ">") || within("{{", "}}")
}

#[derive(Debug, Default)]
pub(super) struct PolicyDraft {
    lists: PolicyLists,
    requirements: Vec<Requirement>,
    gates: Vec<GateRequirement>,
    not_evaluated: Vec<NotEvaluated>,
    patterns: usize,
}

impl PolicyDraft {
    pub(super) fn finish(self) -> Policy {
        Policy {
            requirements: self.requirements,
            gates: self.gates,
            not_evaluated: self.not_evaluated,
            ..Policy::of(Rules::Lists(Box::new(self.lists)))
        }
    }

    pub(super) fn leave(&mut self, here: &Pointer<'_>, code: NotEvaluatedCode) {
        let pointer = here.pointer();
        self.not_evaluated.push(NotEvaluated {
            pointer,
            code,
            host: None,
        });
    }

    /// A setting of the host, which only the host can tell. A placeholder asks for nothing.
    pub(super) fn host(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
        (setting, code): (Setting, NotEvaluatedCode),
    ) {
        if value.as_str().is_some_and(is_placeholder) {
            self.leave(here, NotEvaluatedCode::PlaceholderValue);
            return;
        }
        let pointer = here.pointer();
        let wanted = value.clone();
        self.not_evaluated.push(NotEvaluated {
            pointer,
            code,
            host: Some(HostSetting { setting, wanted }),
        });
    }

    pub(super) fn unknown(&mut self, here: &Pointer<'_>) {
        self.leave(here, NotEvaluatedCode::MemberUnknown);
    }

    pub(super) fn require(&mut self, here: &Pointer<'_>, kind: RequirementKind) {
        let pointer = here.pointer();
        self.requirements.push(Requirement { pointer, kind });
    }

    pub(super) fn require_if(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
        kind: RequirementKind,
    ) -> Result<(), UnreadableMember> {
        if here.flag(value)? {
            self.require(here, kind);
        }
        Ok(())
    }

    /// A text that only says which form this is.
    pub(super) fn known_text(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
        known: &[&str],
    ) -> Result<(), UnreadableMember> {
        if !known.contains(&here.text(value)?) {
            self.leave(here, NotEvaluatedCode::ValueUnknown);
        }
        Ok(())
    }

    /// A text, unless it is a placeholder.
    pub(super) fn filled(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
    ) -> Result<Option<String>, UnreadableMember> {
        let text = here.text(value)?;
        if is_placeholder(text) {
            self.leave(here, NotEvaluatedCode::PlaceholderValue);
            return Ok(None);
        }
        Ok(Some(text.to_owned()))
    }

    pub(super) fn hash_of_itself(&mut self, here: &Pointer<'_>, value: &Value) {
        let code = if value.as_str().is_some_and(is_placeholder) {
            NotEvaluatedCode::PlaceholderValue
        } else {
            NotEvaluatedCode::OwnHash
        };
        self.leave(here, code);
    }

    pub(super) fn scope_hash(&mut self, here: &Pointer<'_>, value: &Value) -> Result<(), UnreadableMember> {
        let Some(text) = self.filled(here, value)? else {
            return Ok(());
        };
        let text = text.strip_prefix("b64u:").unwrap_or(&text);
        let hash = ScopeHash::parse(text).ok_or_else(|| here.unreadable())?;
        self.require(here, RequirementKind::ScopeHash(hash));
        Ok(())
    }

    pub(super) fn section(&mut self, section: ToolSection) {
        if section.allow.is_some() || !section.deny.is_empty() {
            self.lists.tools.sections.push(section);
        }
    }

    pub(super) fn no_elevated(&mut self, here: &Pointer<'_>) {
        self.lists.tools.no_elevated = Some(here.pointer());
    }

    pub(super) fn providers(&mut self, here: &Pointer<'_>, value: &Value) -> Result<(), UnreadableMember> {
        self.lists.models.providers = Some(self.allow_list(here, value)?);
        Ok(())
    }

    pub(super) fn gateways(&mut self, here: &Pointer<'_>, value: &Value) -> Result<(), UnreadableMember> {
        self.lists.models.gateways = Some(self.allow_list(here, value)?);
        Ok(())
    }

    fn allow_list(&mut self, here: &Pointer<'_>, value: &Value) -> Result<AllowList, UnreadableMember> {
        let items = self.filled_items(here, value)?.into_iter();
        Ok(AllowList {
            pointer: here.pointer(),
            items: items.map(|(pointer, text)| (pointer, Glob::new(&text))).collect(),
        })
    }

    /// The texts of a list without its placeholders.
    pub(super) fn texts(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
    ) -> Result<Vec<String>, UnreadableMember> {
        let items = self.filled_items(here, value)?.into_iter();
        Ok(items.map(|(_, text)| text).collect())
    }

    fn filled_items(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
    ) -> Result<Vec<(String, String)>, UnreadableMember> {
        let items = here.items(value)?;
        self.patterns = self.patterns.saturating_add(items.len());
        if self.patterns > PATTERNS_MAX {
            return Err(here.unreadable());
        }
        let mut filled = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let here = here.item(index);
            if let Some(text) = self.filled(&here, item)? {
                filled.push((here.pointer(), text));
            }
        }
        Ok(filled)
    }

    /// A list of tools, each `tool` or `tool:operation`.
    pub(super) fn names(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
        list: ToolListKind,
    ) -> Result<Vec<ToolEntry>, UnreadableMember> {
        let items = self.filled_items(here, value)?.into_iter();
        let entries = items.map(|(pointer, text)| match text.split_once(':') {
            Some((tool, operation)) => {
                let operations = vec![(pointer.clone(), operation.to_owned())];
                ToolEntry::new(list, pointer, tool, Some(operations), false)
            }
            None => ToolEntry::new(list, pointer, &text, None, false),
        });
        Ok(entries.collect())
    }

    /// A list of `{tool, ops?, constraints?}`. Another member of an entry may narrow it, and so may limits that
    /// cannot be read; an entry that denies does so whatever the arguments.
    pub(super) fn entries(
        &mut self,
        here: &Pointer<'_>,
        value: &Value,
        list: ToolListKind,
    ) -> Result<Vec<ToolEntry>, UnreadableMember> {
        let mut entries = Vec::new();
        for (index, item) in here.items(value)?.iter().enumerate() {
            let here = here.item(index);
            let (mut tool, mut operations, mut narrowed) = (None, None, false);
            let mut limits = Vec::new();
            for (name, value) in here.object(item)?.members() {
                let here = here.member(name);
                match name.as_str() {
                    "tool" => {
                        self.patterns = self.patterns.saturating_add(1);
                        tool = Some(here.text(value)?);
                    }
                    "ops" => operations = Some(self.filled_items(&here, value)?),
                    name => {
                        if let Some(read) = limits_of(list, name, value, &here) {
                            limits.extend(read);
                        } else {
                            narrowed = true;
                            self.unknown(&here);
                        }
                    }
                }
            }
            let tool = tool.filter(|_| self.patterns <= PATTERNS_MAX);
            let tool = tool.ok_or_else(|| here.unreadable())?;
            self.patterns = self.patterns.saturating_add(limits.len());
            entries.push(ToolEntry::new(list, here.pointer(), tool, operations, narrowed).within(limits));
        }
        Ok(entries)
    }

    /// A list of `{name, required_for, mode?}`.
    pub(super) fn approvals(&mut self, here: &Pointer<'_>, value: &Value) -> Result<(), UnreadableMember> {
        for (index, item) in here.items(value)?.iter().enumerate() {
            let here = here.item(index);
            let (mut gate_name, mut operations, mut mode) = (None, None, None);
            for (name, value) in here.object(item)?.members() {
                let here = here.member(name);
                match name.as_str() {
                    "name" => gate_name = Some(here.text(value)?.to_owned()),
                    "required_for" => operations = Some(self.texts(&here, value)?),
                    "mode" => mode = Some(self.gate_mode(&here, value)?),
                    _ => self.unknown(&here),
                }
            }
            let (Some(name), Some(operations)) = (gate_name, operations) else {
                return Err(here.unreadable());
            };
            self.gates.push(GateRequirement {
                name,
                pointer: here.pointer(),
                operations,
                mode,
            });
        }
        Ok(())
    }

    /// A gate with a mode that is not known is passed as any other, and its mode is listed.
    fn gate_mode(&mut self, here: &Pointer<'_>, value: &Value) -> Result<String, UnreadableMember> {
        let text = here.text(value)?;
        if is_placeholder(text) {
            self.leave(here, NotEvaluatedCode::PlaceholderValue);
        } else if GateMode::read(text).is_none() {
            self.leave(here, NotEvaluatedCode::ValueUnknown);
        }
        Ok(text.to_owned())
    }

    pub(super) fn write_actions_gate(&mut self) {
        self.gates.push(GateRequirement {
            name: WRITE_ACTIONS_GATE.to_owned(),
            pointer: "/approvals/write_actions".to_owned(),
            operations: Vec::new(),
            mode: None,
        });
    }
}

/// The limits that a member of an entry states: `constraints`, or `max_NAME` and `min_NAME` with a number.
fn limits_of(list: ToolListKind, name: &str, value: &Value, here: &Pointer<'_>) -> Option<Vec<Limit>> {
    match (list, name) {
        (ToolListKind::Deny, _) => None,
        (ToolListKind::Allow, "constraints") => Limit::read_all(value, &here.pointer()),
        (ToolListKind::Allow, _) => Limit::read_bound(name, value, &here.pointer()),
    }
}
