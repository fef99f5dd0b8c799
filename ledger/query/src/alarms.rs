//! The list of alarms: what a person should look at, over all jobs.

use serde::Serialize;
use utoipa::ToSchema;
use verifier::code::is_named;
use verifier::index::{LeafIndex, TimestampMs};

use crate::projection::{Alarm, AlarmFilter, AlarmListPage, AlarmSource};

/// An alarm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = AlarmRow)]
pub struct ExportedAlarm {
    /// Stable code of the alarm.
    pub code: String,
    /// `assessment`: a check of the job fails. `log`: an entry raises it by itself.
    #[schema(value_type = String)]
    pub source: AlarmSource,
    /// The job, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub job_id: Option<String>,
    /// One sentence.
    pub message: String,
    /// The entries that raise it, ascending.
    #[schema(value_type = Vec<u64>)]
    pub entries: Vec<LeafIndex>,
    /// The one by which the log first showed the whole of it: the alarm's place in the list.
    #[schema(value_type = u64)]
    pub raised_index: LeafIndex,
    /// When that was logged, in milliseconds since the Unix epoch: when the alarm was raised.
    #[schema(value_type = u64)]
    pub raised_at: TimestampMs,
    /// When the first use that it is about was made, as its signer says, in milliseconds since the Unix epoch; absent
    /// where it is about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub offence_at: Option<TimestampMs>,
}

impl From<Alarm> for ExportedAlarm {
    fn from(alarm: Alarm) -> Self {
        Self {
            code: alarm.code,
            source: alarm.source,
            job_id: alarm.job_id,
            message: alarm.message,
            entries: alarm.entries,
            raised_index: alarm.raised.index,
            raised_at: alarm.raised.logged_at,
            offence_at: alarm.offence_at,
        }
    }
}

impl AlarmFilter {
    /// Whether the code that is asked for does not exist, by a page of its alarms: it raises none and is named nowhere.
    pub fn names_no_code(&self, page: &AlarmListPage) -> bool {
        let unnamed = self.code.as_deref().is_some_and(|code| !is_named(code));
        unnamed && page.items.is_empty()
    }
}

/// Whether a text consists of the characters of codes.
pub fn has_characters_of_code(text: &str) -> bool {
    let of_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(of_code)
}
