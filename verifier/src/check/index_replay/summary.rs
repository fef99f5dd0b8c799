//! What the replay says in the report of an audit.

use serde_json::json;

use super::{IndexReplay, Salt, Stop};
use crate::report::{Details, Finding};
use crate::text::plain::counted;

/// The member of `checked` and `not_checked`.
const INDEX_REPLAY: &str = "index_replay";

impl IndexReplay {
    /// Writes the findings on the index into the report of a log whose entries lead to the signed root, and gives the sentence for
    /// people, if there is an index.
    ///
    /// # Errors
    /// The first index.root that is wrong; a place for rows that failed.
    pub(in crate::check) fn conclude(&self, details: &mut Details) -> Result<Option<String>, Finding> {
        self.describe(details);
        if let Some((index, fault)) = &self.fault {
            details.set("index", format!("wrong at entry {index}"));
            details.not_checked(INDEX_REPLAY);
            return Err(fault.finding(*index));
        }
        let (sentence, is_whole) = self.sentence();
        details.set("index", sentence.clone());
        if is_whole {
            details.set("basis", "replayed");
            details.checked(INDEX_REPLAY);
        } else {
            details.not_checked(INDEX_REPLAY);
        }
        // An audit of one head does not see the others.
        if self.list.is_some() {
            details.not_checked("index_heads");
        }
        match &self.stop {
            Some((_, Stop::Space(_))) if self.list.is_some() => {
                Err(Finding::incomplete("INDEX_REPLAY_SPACE", sentence))
            }
            _ => Ok(self.list.as_ref().map(|_| sentence)),
        }
    }

    /// Writes what was found up to here into the report of an audit that did not reach its end.
    pub(in crate::check) fn describe_unfinished(&self, details: &mut Details) {
        self.describe(details);
        details.not_checked(INDEX_REPLAY);
        let text = match &self.fault {
            Some((index, fault)) => format!(
                "the index.root at entry {index} seems wrong: {fault}; only an audit that reads the whole log shows whether the log \
                 has signed it"
            ),
            None => "not replayed: the audit did not reach its end".to_owned(),
        };
        details.set("index", text);
    }

    fn describe(&self, details: &mut Details) {
        if self.replayed.index_roots > 0 {
            details.set("index_roots", self.replayed.index_roots);
            details.set("index_runs", self.runs.computed());
            details.set("covered", self.replayed.covered);
        }
        if let Some(breaches) = self.lag.breaches() {
            let told = match breaches.first {
                Some(first) => json!({
                    "count": breaches.count,
                    "first": first.value(),
                    "longest_ms": breaches.longest_ms,
                }),
                None => json!({ "count": 0 }),
            };
            details.set("index_lag_breaches", told);
        }
        if self.list.is_some() {
            let needless = self.need.needless();
            let told = match needless.first {
                Some(first) => json!({ "count": needless.count, "first": first.value() }),
                None => json!({ "count": 0 }),
            };
            details.set("index_roots_needless", told);
        }
    }

    /// How late the index was, if it was.
    fn lateness(&self) -> String {
        let breaches = self.lag.breaches().unwrap_or_default();
        let Some(first) = breaches.first else {
            return String::new();
        };
        let others = match breaches.count.saturating_sub(1) {
            0 => String::new(),
            others => format!(" and {}", counted(others, "other", "others")),
        };
        format!(
            "; the index was late: entry {first}{others} came more than a second after one that it did not cover yet, up to {} ms",
            breaches.longest_ms
        )
    }

    /// What was replayed, and whether that is all of the index.
    fn sentence(&self) -> (String, bool) {
        let covered = self.replayed.covered;
        let right = format!(
            "the index was replayed: computed again from all entries below {covered}, it leaves nothing out and adds nothing{}",
            self.lateness()
        );
        match (&self.stop, &self.salt, &self.list) {
            (Some((index, stop)), _, _) => {
                let why = match stop {
                    Stop::UnknownFormat => "which is of a format that this version does not know".to_owned(),
                    Stop::Space(error) => format!("where this computer failed: {error}"),
                    Stop::NotFollowed => "since an earlier replay had ended there".to_owned(),
                };
                let so_far = match self.replayed.index_roots {
                    0 => "the index was not replayed".to_owned(),
                    _ => right,
                };
                (
                    format!("{so_far}; the replay ends at entry {index}, {why}"),
                    false,
                )
            }
            (None, _, None) => {
                let text = "not replayed: the log has no index.root with a list of runs";
                (text.to_owned(), false)
            }
            (None, Salt::Known(_), Some(_)) => (right, true),
            (None, Salt::Awaited(_) | Salt::Missing, Some(_)) => {
                let text = "the index was not replayed: without log.genesis nobody knows the salt of its rows; its lists of runs follow \
                            from each other";
                (text.to_owned(), false)
            }
        }
    }
}
