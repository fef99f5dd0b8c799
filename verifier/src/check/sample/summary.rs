//! What the audit of random entries came to, and how much it shows.

use serde_json::{Value, json};

use super::drawn::DrawnEntry;
use super::fault::SampleFault;
use crate::check::{Details, Finding, Report};
use crate::index::{LeafIndex, TreeSize};
use crate::text::plain::{counted, grouped};

/// Most faults that are told of one by one, and proved by files.
pub const SAMPLE_FAULTS_MAX: u64 = 16;

/// Most entries that are named because a value of them is not shown.
const HIDDEN_NAMED_MAX: usize = 100;

/// Counts of entries and rows.
#[derive(Debug, Default)]
pub(super) struct SampleSummary {
    entries: u64,
    /// Entries that have rows of which none was asked for.
    entries_unasked: u64,
    /// Whether the entry that was taken last has an answer.
    is_answered: bool,
    rows: u64,
    rows_asked: u64,
    rows_without_value: u64,
    /// How many entries these rows are of, and the first of them.
    hidden_count: u64,
    hidden: Vec<LeafIndex>,
    rows_without_question: u64,
    /// The first and the last index.root that answered.
    index_roots: Option<(LeafIndex, LeafIndex)>,
    faults_count: u64,
    first: Option<Finding>,
    faults: Vec<Value>,
}

impl SampleSummary {
    pub(super) fn take_entry(&mut self, drawn: &DrawnEntry) {
        let (rows, known) = (count(drawn.rows.len()), count(drawn.questions.len()));
        self.entries = self.entries.saturating_add(1);
        self.rows = self.rows.saturating_add(rows);
        let without_value = rows.saturating_sub(known);
        self.rows_without_value = self.rows_without_value.saturating_add(without_value);
        if without_value > 0 {
            self.hidden_count = self.hidden_count.saturating_add(1);
            if self.hidden.len() < HIDDEN_NAMED_MAX {
                self.hidden.push(drawn.included.index);
            }
        }
    }

    /// Counts an answer that `index_root` gave.
    pub(super) fn take_answer(&mut self, index_root: LeafIndex) {
        let (first, last) = self.index_roots.unwrap_or((index_root, index_root));
        self.index_roots = Some((first.min(index_root), last.max(index_root)));
        self.rows_asked = self.rows_asked.saturating_add(1);
        self.is_answered = true;
    }

    pub(super) fn take_unasked(&mut self) {
        self.rows_without_question = self.rows_without_question.saturating_add(1);
    }

    pub(super) fn take_fault(&mut self, fault: &SampleFault, files: &[String]) {
        self.faults_count = self.faults_count.saturating_add(1);
        self.first.get_or_insert_with(|| fault.finding.clone());
        if self.faults_count <= SAMPLE_FAULTS_MAX {
            self.faults.push(json!({
                "entry": fault.entry,
                "reason_code": fault.finding.reason_code,
                "message": fault.finding.message,
                "files": files,
            }));
        }
    }

    pub(super) fn finish_entry(&mut self, drawn: &DrawnEntry) {
        if !drawn.rows.is_empty() && !self.is_answered {
            self.entries_unasked = self.entries_unasked.saturating_add(1);
        }
        self.is_answered = false;
    }

    /// The operator's fault, if there is one, and the counts.
    pub(super) fn fault(&self, details: &mut Details) -> Option<Finding> {
        details.set("entries_drawn", self.entries);
        details.set("rows", self.rows);
        details.set("rows_asked", self.rows_asked);
        details.set(
            "rows_not_asked",
            json!({
                "value_not_shown": self.rows_without_value,
                "no_such_question": self.rows_without_question,
            }),
        );
        if let Some((first, last)) = self.index_roots {
            details.set("index_roots_asked", json!({ "first": first, "last": last }));
        }
        if self.hidden_count > 0 {
            details.set("value_not_shown_entries", json!(self.hidden));
            details.set("value_not_shown_entries_count", self.hidden_count);
        }
        let first = self.first.clone()?;
        details.set("faults", self.faults.clone());
        details.set("faults_count", self.faults_count);
        Some(first)
    }

    pub(super) fn conclude(&self, covered: TreeSize, mut details: Details) -> Report {
        if let Some(fault) = self.fault(&mut details) {
            return fault.into_report_of_genuine(details);
        }
        if self.entries_unasked > 0 {
            let message = format!(
                "none of the rows of {} could be asked for: nothing is known of them",
                counted(
                    self.entries_unasked,
                    "entry that was drawn",
                    "entries that were drawn"
                )
            );
            return Finding::incomplete("ROWS_NOT_ASKED", message).into_report(details);
        }
        if self.hidden_count > 0 {
            let message = format!(
                "the log does not show the documents or contexts of {}, so that {} of their rows could not be asked for: the index \
                 may leave the entries out there. Only an order of erasure entitles a log to that",
                counted(
                    self.hidden_count,
                    "entry that was drawn",
                    "entries that were drawn"
                ),
                grouped(self.rows_without_value)
            );
            return Finding::incomplete("ROWS_NOT_ASKED", message).into_report(details);
        }
        details.set("basis", "sampled");
        details.checked("index_sample");
        Report::pass(self.sentence(covered), details)
    }

    /// What was found, and what an audit of so many entries shows.
    fn sentence(&self, covered: TreeSize) -> String {
        let drawn = self.entries;
        let unasked = self.rows.saturating_sub(self.rows_asked);
        let others = if unasked == 0 {
            "all of their rows were asked for".to_owned()
        } else {
            format!(
                "{} of their {} rows were asked for",
                grouped(self.rows_asked),
                grouped(self.rows)
            )
        };
        let size = grouped(covered.value());
        let asked = self.asked();
        if drawn >= covered.value() {
            return format!(
                "the index leaves out none of the entries below size {size}, all of which were drawn: {others}. {asked}"
            );
        }
        let none = match drawn {
            1 => "does not leave out the entry that was".to_owned(),
            _ => format!("leaves out none of the {} entries that were", grouped(drawn)),
        };
        format!(
            "the index {none} drawn at random below size {size}: {others}. This is no proof that it leaves out nothing: one that leaves \
             out a fraction f of all entries survives such an audit with a probability of at most (1 - f)^{drawn}, which is {:.1} % for \
             one entry in a hundred. {asked}",
            100.0 * survival(drawn),
        )
    }

    /// Which index.roots this is about.
    fn asked(&self) -> String {
        let answered = match self.index_roots {
            None => return "No index.root answered".to_owned(),
            Some((first, last)) if first == last => format!("The index.root at entry {first} answered"),
            Some((first, last)) => {
                format!("The index.roots that answered are between entries {first} and {last}")
            }
        };
        format!(
            "{answered}: an earlier one may have left something out, which an audit of the whole log finds"
        )
    }
}

/// With which probability an index that leaves out one entry in a hundred is not found by so many draws.
fn survival(drawn: u64) -> f64 {
    0.99_f64.powf(f64::from(u32::try_from(drawn).unwrap_or(u32::MAX)))
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
