//! Watched jobs, tokens and agents, in the entries themselves: nobody is asked which entries name one.
//!
//! An entry has the salted hashes of what it is about, and the salt is in log.genesis. So what is found here is complete, for as long as
//! every entry is read, and needs no word of the server.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{Field, IndexSalt, Subject, SubjectHash, subject_hash};
use verifier::text::plain::counted;

use crate::alarm::{Alarm, AlarmLife, code};
use crate::state::{AgentState, LogState, SeenEntry, TokenState};

/// Uses of a revoked token that are kept by entry.
const USES_KEPT_MAX: usize = 100;
/// Ids of all agents that are kept, some 250 bytes each.
const IDS_KEPT_MAX: usize = 100_000;
/// Conflicts of an agent that are kept by entry.
const CONFLICTS_KEPT_MAX: usize = 50;
/// Entries of an agent that one line names.
const ENTRIES_TOLD_MAX: usize = 1_000;

/// Which thing a subject is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Watch {
    Job(String),
    Token(String),
    Agent(String),
}

/// The subjects that are looked for.
#[derive(Debug)]
pub(crate) struct WatchList {
    by_subject: HashMap<(Field, SubjectHash), Watch>,
    found: HashMap<String, AgentEntries>,
    /// Ids of all agents that are kept so far.
    ids: usize,
}

/// New entries of an agent.
#[derive(Debug, Default)]
struct AgentEntries {
    count: u64,
    first: Vec<Value>,
}

impl WatchList {
    pub(crate) fn new(state: &LogState, salt: &IndexSalt) -> Self {
        let watched = &state.watched;
        let key = |field: Field, value: &str| (field, subject_hash(salt, field, value));
        let jobs = watched.jobs.iter();
        let jobs = jobs.map(|job| (key(Field::Job, job), Watch::Job(job.clone())));
        let tokens = watched.tokens.iter();
        let tokens = tokens.map(|token| (key(Field::Token, token), Watch::Token(token.clone())));
        let agents = watched.agents.iter();
        let agents = agents.map(|agent| (key(Field::Agent, agent), Watch::Agent(agent.clone())));
        Self {
            by_subject: jobs.chain(tokens).chain(agents).collect(),
            found: HashMap::new(),
            ids: state.agents.values().map(|agent| agent.ids.len()).sum(),
        }
    }

    /// Takes an entry in log order.
    pub(crate) fn take(&mut self, index: LeafIndex, entry: &Entry, state: &mut LogState) {
        let of_context = entry.context_subjects.iter().flatten();
        let subjects = entry.subjects.iter().chain(of_context);
        let watched = subjects.filter_map(|subject| self.by_subject.get(&(subject.field, subject.hash)));
        for watch in watched.cloned().collect::<BTreeSet<Watch>>() {
            match watch {
                Watch::Job(job) => {
                    let job = state.jobs.entry(job).or_default();
                    job.entries = job.entries.saturating_add(1);
                }
                Watch::Token(token) => take_token(&token, index, entry, state),
                Watch::Agent(agent) => self.take_agent(&agent, index, entry, state),
            }
        }
    }

    fn take_agent(&mut self, agent: &str, index: LeafIndex, entry: &Entry, state: &mut LogState) {
        let found = self.found.entry(agent.to_owned()).or_default();
        found.count = found.count.saturating_add(1);
        if found.first.len() < ENTRIES_TOLD_MAX {
            let told = json!({ "index": index, "kind": entry.kind, "logged_at_ms": entry.logged_at });
            found.first.push(told);
        }
        let known = state.agents.entry(agent.to_owned()).or_default();
        known.entries = known.entries.saturating_add(1);
        let digest = entry.evidence_digest.to_string();
        for subject in entry.subjects.iter().filter(|subject| is_id(entry.kind, subject)) {
            let id = format!("{} {} {}", entry.kind, entry.signer, subject.hash);
            match known.ids.get(&id) {
                Some((first, other)) if *other != digest => {
                    known.conflicts = known.conflicts.saturating_add(1);
                    if known.first_conflicts.len() < CONFLICTS_KEPT_MAX {
                        known.first_conflicts.push((*first, index));
                    }
                }
                Some(_) => {}
                None if self.ids < IDS_KEPT_MAX => {
                    self.ids = self.ids.saturating_add(1);
                    known.ids.insert(id, (index, digest.clone()));
                }
                None => known.more_ids = true,
            }
        }
    }

    /// What was found: a line for each agent that has new entries, and alarms.
    pub(crate) fn finish(self, state: &LogState) -> (Vec<Value>, Vec<Alarm>) {
        let lines = self.found.into_iter().map(|(agent, found)| {
            json!({
                "type": "entries",
                "about": format!("agent {agent}"),
                "count": found.count,
                "entries": found.first,
            })
        });
        let uses = state.tokens.iter();
        let uses = uses.filter_map(|(token, seen)| use_after_revocation(token, seen));
        let conflicts = state.agents.iter();
        let conflicts = conflicts.filter_map(|(agent, seen)| conflict(agent, seen));
        (lines.collect(), uses.chain(conflicts).collect())
    }
}

fn use_after_revocation(token: &str, seen: &TokenState) -> Option<Alarm> {
    let revoked = seen.revoked.as_ref()?;
    let first = seen.first_uses.first()?;
    let sentence = format!(
        "{} revoked the token {token} in entry {}, and it was used in {} logged after that: the first is entry {}, {} ms later, signed by {}",
        revoked.signer,
        revoked.index,
        counted(seen.uses, "entry", "entries"),
        first.index,
        first
            .logged_at_ms
            .value()
            .saturating_sub(revoked.logged_at_ms.value()),
        first.signer
    );
    let about = format!("token {token}");
    let alarm = Alarm::new(code::USE_AFTER_REVOCATION, about, AlarmLife::Forever, sentence);
    let uses = seen.first_uses.iter().map(|used| used.index);
    Some(alarm.at([revoked.index].into_iter().chain(uses)))
}

fn conflict(agent: &str, seen: &AgentState) -> Option<Alarm> {
    let (first, second) = seen.first_conflicts.first()?;
    let sentence = format!(
        "{} of the agent {agent}: entries {first} and {second} are the first two of one signer that have one id and differ",
        counted(seen.conflicts, "conflict", "conflicts")
    );
    let about = format!("agent {agent}");
    let alarm = Alarm::new(code::CONFLICT, about, AlarmLife::Forever, sentence);
    let entries = seen.first_conflicts.iter();
    Some(alarm.at(entries.flat_map(|(first, second)| [*first, *second])))
}

/// Whether a subject is the author's own name for a document of this kind.
fn is_id(kind: Kind, subject: &Subject) -> bool {
    match kind {
        Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect => subject.field == Field::Receipt,
        Kind::ReceiptApproval => subject.field == Field::Approval,
        Kind::Bundle => subject.field == Field::Bundle,
        Kind::TokenIssued => matches!(subject.field, Field::Token | Field::Jti),
        _ => false,
    }
}

fn take_token(token: &str, index: LeafIndex, entry: &Entry, state: &mut LogState) {
    let seen = state.tokens.entry(token.to_owned()).or_default();
    let this = || SeenEntry {
        index,
        logged_at_ms: entry.logged_at,
        kind: entry.kind.to_string(),
        signer: entry.signer.clone(),
    };
    if entry.kind == Kind::TokenRevoked {
        seen.revoked.get_or_insert_with(this);
    } else if seen.revoked.is_some() && Kind::USES.contains(&entry.kind) {
        seen.uses = seen.uses.saturating_add(1);
        if seen.first_uses.len() < USES_KEPT_MAX {
            seen.first_uses.push(this());
        }
    }
}
