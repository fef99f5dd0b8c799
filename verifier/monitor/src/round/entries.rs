//! The entries since the last round: tiles, root, index, and what is watched in them.

use ledger_client::row_files::KeptFiles;
use verifier::check::Finding;
use verifier::check::audit::{AuditRound, Auditor};
use verifier::check::index_replay::{ROWS_IN_MEMORY, ReplayEndReason};
use verifier::entry::Entry;
use verifier::hash::{Hex, decode_hex};
use verifier::index::LeafIndex;
use verifier::subject::IndexSalt;

use super::head::TakenHead;
use super::{ENTRY_ANSWER_BYTES_MAX, Round};
use crate::alarm::{Alarm, AlarmLife, code};
use crate::state::LogState;
use crate::watch::WatchList;

/// What alarms about what a server hands out are about.
const SERVER: &str = "server";
/// What alarms about the end of the log are about.
const END: &str = "end";
/// What alarms about the log's index are about.
const INDEX: &str = "index";

/// What reading leads to, before it is known that the log has signed it.
struct ReadEntries {
    auditor: Auditor,
    draft: LogState,
    watch: Option<WatchList>,
    read: u64,
}

impl Round<'_> {
    /// Reads up to a head. What was read counts only once it has led to the signed root.
    pub(super) fn entries(&mut self, head: &TakenHead) -> Option<AuditRound> {
        self.looks_at(SERVER);
        let auditor = self.auditor(head)?;
        let auditor = match &head.continues {
            Some(before) => auditor.through(before.clone()),
            None => auditor,
        };
        let entries = ReadEntries {
            auditor,
            draft: self.state.clone(),
            watch: self.known_watch_list(),
            read: 0,
        };
        let entries = match self.read(entries) {
            Ok(entries) => entries,
            Err(finding) => {
                self.found_in_entries(head, finding);
                return None;
            }
        };
        let contradicts = entries.auditor.contradicts_waypoint();
        match entries.auditor.keep() {
            Err(finding) => {
                self.found_in_entries(head, finding);
                None
            }
            Ok(_) if contradicts => {
                let why = "its entries lead to another root at the size of the earlier head, and to the signed root of the newer one";
                self.not_shown(code::FORK, why, &head.note, &head.tree);
                None
            }
            Ok((audited, kept)) => {
                self.read = entries.read;
                self.state = entries.draft;
                self.state.audit = Some(kept);
                self.state.head = Some(head.note.clone());
                if let Some(watch) = entries.watch {
                    let (lines, alarms) = watch.finish(&self.state);
                    self.lines.extend(lines);
                    self.alarms.extend(alarms);
                }
                self.judge(&audited);
                self.ids_not_kept();
                Some(audited)
            }
        }
    }

    /// The audit that goes on, or one from entry 0.
    fn auditor(&mut self, head: &TakenHead) -> Option<Auditor> {
        let open = || KeptFiles::open(&self.directory.rows()).map(Box::new);
        let space = match open() {
            Ok(space) => space,
            Err(error) => {
                let message = format!("the rows of the index cannot be kept: {error}");
                self.unseen.push(Finding::incomplete("STATE_UNWRITABLE", message));
                return None;
            }
        };
        let (note, key) = (head.note.as_bytes(), &self.key_of(&head.note));
        let begun = match &self.state.audit {
            Some(kept) => Auditor::resume(note, key, kept, (space, ROWS_IN_MEMORY)),
            None => Auditor::new(note, key).map(|auditor| auditor.with_row_space(space, ROWS_IN_MEMORY)),
        };
        match begun {
            Ok(auditor) => Some(auditor),
            Err(finding) => {
                // Another reading brings back what was lost here; the head in the state stays the measure.
                let watched = self.state.watched.clone();
                self.state.read_again(watched);
                self.unseen.push(finding);
                None
            }
        }
    }

    fn known_watch_list(&self) -> Option<WatchList> {
        let salt = self.state.salt.as_deref().and_then(decode_hex)?;
        self.state.audit.as_ref()?;
        Some(WatchList::new(&self.state, &IndexSalt::from_bytes(salt)))
    }

    fn read(&self, mut entries: ReadEntries) -> Result<ReadEntries, Finding> {
        while let Some(path) = entries.auditor.wanted() {
            let bytes = self.server.resource(path)?;
            let mut batch: Vec<(LeafIndex, Entry)> = Vec::new();
            entries
                .auditor
                .feed_to(&bytes, &mut |index, entry| batch.push((index, entry.clone())))?;
            if entries.watch.is_none() {
                self.take_genesis(&mut entries)?;
            }
            entries.read = entries
                .read
                .saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
            if let Some(watch) = &mut entries.watch {
                for (index, entry) in &batch {
                    watch.take(*index, entry, &mut entries.draft);
                }
            }
        }
        Ok(entries)
    }

    /// Behind the first bundle: log.genesis, which has the salt.
    fn take_genesis(&self, entries: &mut ReadEntries) -> Result<(), Finding> {
        let file = match self.log.genesis.clone() {
            Some(file) => Some(file),
            None => self.server.answer("/v1/entries/0", ENTRY_ANSWER_BYTES_MAX)?,
        };
        let missing = || {
            let message = "the server does not hand out log.genesis (/v1/entries/0), and no genesis_file is configured: without the salt in \
                           it nobody knows what entries are about";
            Finding::incomplete("GENESIS_MISSING", message)
        };
        entries.auditor.take_genesis(&file.ok_or_else(missing)?)?;
        let genesis = entries.auditor.genesis().ok_or_else(missing)?;
        let salt = genesis.payload().index_salt;
        entries.draft.salt = Some(Hex(salt.as_bytes()).to_string());
        entries.watch = Some(WatchList::new(&entries.draft, &salt));
        Ok(())
    }

    /// What is wrong with what the server hands out. Under a head that is not shown to continue the one before, it may be another history.
    fn found_in_entries(&mut self, head: &TakenHead, finding: Finding) {
        let is_fault = finding.status == verifier::check::Status::Fail;
        if head.continues.is_some() && is_fault {
            self.not_shown(finding.reason_code, &finding.message, &head.note, &head.tree);
        } else {
            self.found(SERVER, finding);
        }
    }

    /// What a round says about the index and its promise.
    fn judge(&mut self, audited: &AuditRound) {
        let was_followed = self.state.index_followed;
        self.state.index_followed = audited.index_followed;
        if let Some(end) = &audited.index_end {
            match &end.reason {
                ReplayEndReason::Wrong { reason_code, what } => {
                    let sentence = format!(
                        "entry {} of the log {}, an index.root, is wrong: {what}. The log's operator has signed it",
                        end.index,
                        self.log.key.name()
                    );
                    let alarm = Alarm::new(reason_code, INDEX, AlarmLife::Forever, sentence);
                    self.alarms.push(alarm.at([end.index]));
                }
                reason @ ReplayEndReason::Space(_) => {
                    self.index_not_seen(&format!(
                        "it ends at entry {}: {reason}. The next round reads the log again",
                        end.index
                    ));
                    self.state.read_again(self.state.watched.clone());
                }
                reason @ ReplayEndReason::UnknownRows => {
                    self.index_not_seen(&format!("it ends at entry {}: {reason}", end.index));
                }
            }
        } else if let Some(why) = &audited.index_fault {
            self.index_not_seen(why);
        } else if !audited.index_followed && !was_followed && !self.has_index_alarm() {
            self.index_not_seen("an earlier round ended the replay");
        }
        if let Some(found) = &audited.after_end {
            let sentence = format!(
                "{found}. The log's operator has signed it ({})",
                self.log.key.name()
            );
            let alarm = Alarm::new(code::ENTRY_AFTER_FREEZE, END, AlarmLife::Forever, sentence);
            self.alarms.push(alarm.at([found.index]));
        }
        if let Some((count, first)) = audited.unknown {
            let message = format!(
                "{count} entries are of a format that this version does not know, the first is {first}"
            );
            self.unseen.push(Finding::incomplete("UNKNOWN_FORMAT", message));
        }
        if let Some((count, first, longest_ms)) = audited.late {
            let sentence = format!(
                "{count} entries of the log {} came more than a second after one that no index.root covered, the first is {first}, the longest \
                 time is {longest_ms} ms: its operator promises a second",
                self.log.key.name()
            );
            let alarm = Alarm::new(code::PROMISE_MISSED, INDEX, AlarmLife::Once, sentence);
            self.alarms.push(alarm.part("late").at([first]));
        }
    }

    fn ids_not_kept(&mut self) {
        let agents = self.state.agents.values();
        if agents.filter(|agent| agent.more_ids).count() > 0 {
            let message =
                "the watched agents have more ids than are kept, so that not every conflict is found";
            self.unseen
                .push(Finding::incomplete("CONFLICTS_NOT_SEEN", message));
        }
    }

    fn has_index_alarm(&self) -> bool {
        self.state.alarms.iter().any(|alarm| alarm.about == INDEX)
    }

    fn index_not_seen(&mut self, why: &str) {
        let message = format!("the log's index is not computed again any more: {why}");
        self.unseen
            .push(Finding::incomplete("INDEX_NOT_FOLLOWED", message));
    }
}
