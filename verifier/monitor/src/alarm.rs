//! What a monitor raises, and how long it lasts.

use serde::{Deserialize, Serialize};
use verifier::index::{LeafIndex, TimestampMs};

/// Entries that one alarm names.
const ENTRIES_TOLD_MAX: usize = 100;

/// Codes that the monitor itself gives. All others are those of `verifier`, in their own meaning.
pub mod code {
    /// Two signed heads contradict each other.
    pub const FORK: &str = "FORK";
    /// The log shows fewer entries than it had signed before.
    pub const ROLLBACK: &str = "ROLLBACK";
    /// The index did not cover an entry in time.
    pub const PROMISE_MISSED: &str = "PROMISE_MISSED";
    /// An entry came behind the end of the log.
    pub const ENTRY_AFTER_FREEZE: &str = "ENTRY_AFTER_FREEZE";
    /// The newest head is older than it may be.
    pub const STALE_HEAD: &str = "STALE_HEAD";
    /// A token was used after its revocation.
    pub const USE_AFTER_REVOCATION: &str = "USE_AFTER_REVOCATION";
    /// One signer made two documents under one id.
    pub const CONFLICT: &str = "CONFLICT";
    /// The verdict on a job is another one than before.
    pub const VERDICT_CHANGED: &str = "VERDICT_CHANGED";
    /// There is no state of a log, and nobody said that it is a new one.
    pub const STATE_LOST: &str = "STATE_LOST";
    /// The state is there, and not what the monitor wrote.
    pub const STATE_DAMAGED: &str = "STATE_DAMAGED";
}

/// How long an alarm lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmLife {
    /// Something was proved, and no later round takes it back.
    Forever,
    /// Until a round looks again and does not find it.
    WhileFound,
    /// It happened in one round.
    Once,
}

/// What a round found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alarm {
    /// Stable code.
    pub code: String,
    /// What it is about, such as `head` or `job job-1`. A round looks at all of it, or not at all.
    pub about: String,
    /// Which part of that, such as the check of a job. Code, about and part say which alarm this is.
    pub part: Option<String>,
    /// In plain words: what was found, who is at fault, and the numbers.
    pub sentence: String,
    /// The first 100 entries that it names.
    pub entries: Vec<LeafIndex>,
    /// A file with the proof, where there is one.
    pub file: Option<String>,
    /// How long it lasts.
    pub life: AlarmLife,
}

impl Alarm {
    /// An alarm that names no entry.
    pub fn new(code: &str, about: impl Into<String>, life: AlarmLife, sentence: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            about: about.into(),
            part: None,
            sentence: sentence.into(),
            entries: Vec::new(),
            file: None,
            life,
        }
    }

    /// The same, of a part of what it is about.
    #[must_use]
    pub fn part(self, part: impl Into<String>) -> Self {
        Self {
            part: Some(part.into()),
            ..self
        }
    }

    /// The same, naming entries.
    #[must_use]
    pub fn at(self, entries: impl IntoIterator<Item = LeafIndex>) -> Self {
        Self {
            entries: entries.into_iter().take(ENTRIES_TOLD_MAX).collect(),
            ..self
        }
    }
}

/// An alarm that is open, as it is kept and told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAlarm {
    /// As in [`Alarm`].
    pub code: String,
    /// As in [`Alarm`].
    pub about: String,
    /// As in [`Alarm`].
    pub part: Option<String>,
    /// As in [`Alarm`].
    pub sentence: String,
    /// As in [`Alarm`].
    pub entries: Vec<LeafIndex>,
    /// As in [`Alarm`].
    pub file: Option<String>,
    /// As in [`Alarm`].
    pub life: AlarmLife,
    /// When it was raised first.
    pub first_seen_ms: TimestampMs,
}

impl OpenAlarm {
    fn of(alarm: Alarm, first_seen_ms: TimestampMs) -> Self {
        Self {
            code: alarm.code,
            about: alarm.about,
            part: alarm.part,
            sentence: alarm.sentence,
            entries: alarm.entries,
            file: alarm.file,
            life: alarm.life,
            first_seen_ms,
        }
    }

    fn is_of(&self, alarm: &Alarm) -> bool {
        self.code == alarm.code && self.about == alarm.about && self.part == alarm.part
    }

    /// A file is written once, and its name does not make an alarm another one.
    fn says_the_same(&self, alarm: &Alarm) -> bool {
        self.sentence == alarm.sentence && self.entries == alarm.entries
    }
}

/// What became of the open alarms in a round.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlarmChanges {
    /// New ones, and those that say something else now.
    pub raised: Vec<OpenAlarm>,
    /// Those that were looked for and not found any more.
    pub over: Vec<OpenAlarm>,
}

/// Takes what a round found. `looked_at` says whether the round looked at what an alarm is about.
pub fn take(
    open: &mut Vec<OpenAlarm>,
    found: Vec<Alarm>,
    looked_at: impl Fn(&str) -> bool,
    now: TimestampMs,
) -> AlarmChanges {
    let mut changes = AlarmChanges::default();
    open.retain(|alarm| {
        let is_found = found.iter().any(|found| alarm.is_of(found));
        match alarm.life {
            AlarmLife::Forever => true,
            AlarmLife::Once => false,
            AlarmLife::WhileFound if is_found || !looked_at(&alarm.about) => true,
            AlarmLife::WhileFound => {
                changes.over.push(alarm.clone());
                false
            }
        }
    });
    for found in found {
        match open.iter_mut().find(|alarm| alarm.is_of(&found)) {
            Some(known) if known.says_the_same(&found) => {}
            Some(known) => {
                let file = found.file.clone().or_else(|| known.file.take());
                *known = OpenAlarm::of(Alarm { file, ..found }, known.first_seen_ms);
                changes.raised.push(known.clone());
            }
            None => {
                let alarm = OpenAlarm::of(found, now);
                changes.raised.push(alarm.clone());
                open.push(alarm);
            }
        }
    }
    changes
}
