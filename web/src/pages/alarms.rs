//! `/alarms`: what a person should look at, over all jobs, newest first.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::projection::{Alarm, AlarmCursor, AlarmFilter, Source};
use ledger::reader::Reader;
use serde::Deserialize;
use verifier::code::is_named;
use verifier::digest::RawDigest;
use verifier::index::{LeafIndex, TreeSize};

use super::{answer, projected};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::Asked;
use crate::state::Pages;
use crate::text::{Time, grouped, segment, shortened};

/// Alarms on one page.
const ALARMS_SHOWN: usize = 60;
/// Entries of an alarm that are linked.
const ENTRIES_SHOWN: usize = 12;
/// Characters of a sentence.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// Which alarms; a form sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlarmsQuery {
    code: Option<String>,
    job: Option<String>,
    cursor: Option<String>,
}

/// One alarm.
pub(super) struct AlarmRow {
    pub(super) code: String,
    pub(super) code_href: String,
    /// Whether an entry raises it by itself, whatever becomes of its job.
    pub(super) by_log: bool,
    pub(super) job: Option<(String, String)>,
    pub(super) message: String,
    pub(super) entries: Vec<(u64, String)>,
    pub(super) more: usize,
    pub(super) first_seen: Time,
}

#[derive(Template)]
#[template(path = "alarms.html")]
struct AlarmsView {
    chrome: Chrome,
    as_of: String,
    lag: Option<String>,
    code: String,
    job: String,
    alarms: Vec<AlarmRow>,
    next: Option<String>,
}

/// Handles `/alarms`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    Asked(query): Asked<AlarmsQuery>,
) -> Result<Html<String>, PageError> {
    answer(pages, move |reader| view(reader, &query)).await
}

fn view(reader: &Reader, query: &AlarmsQuery) -> Result<AlarmsView, PageError> {
    let published = reader.published();
    let projection = projected::projection(reader)?;
    let filled = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
    // Ids are taken as they are: with a space around it is another id.
    let (code, job) = (filled(&query.code), query.job.clone().unwrap_or_default());
    if !job.is_empty() {
        crate::request::id("job id", &job)?;
    }
    let of_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !code.bytes().all(of_code) {
        return Err(PageError::Malformed {
            what: "code",
            expected: "one of capitals, digits and underscores",
        });
    }
    let cursor = Some(filled(&query.cursor))
        .filter(|text| !text.is_empty())
        .map(|text| {
            parse_cursor(&text).ok_or(PageError::Malformed {
                what: "cursor",
                expected: "one that this server gave",
            })
        });
    let cursor = cursor.transpose()?;
    let as_of = cursor.map_or(projection.projected_to(), |(as_of, _)| as_of);
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = AlarmFilter {
        code: given(&code),
        job_id: given(&job),
    };
    let page = projection.alarms(&filter, cursor.map(|(_, from)| from), as_of, ALARMS_SHOWN)?;
    // What raises none and is named nowhere is a code that does not exist.
    if !code.is_empty() && page.items.is_empty() && !is_named(&code) {
        return Err(PageError::Malformed {
            what: "code",
            expected: "one that alarms can have",
        });
    }
    let next = page.next.map(|next| {
        let id = RawDigest::from_bytes(next.id);
        let (code, job) = (segment(&code), segment(&job));
        format!("/alarms?code={code}&job={job}&cursor={as_of}.{}.{id}", next.place)
    });
    Ok(AlarmsView {
        chrome: Chrome::new(Section::Alarms, reader, &published),
        as_of: grouped(as_of.value()),
        lag: projected::lag(Some(projection), published.head.tree.size),
        alarms: page.items.iter().map(AlarmRow::new).collect(),
        next,
        code,
        job,
    })
}

/// `<as_of>.<first entry>.<name of the alarm>`.
fn parse_cursor(text: &str) -> Option<(TreeSize, AlarmCursor)> {
    let (as_of, rest) = text.split_once('.')?;
    let (place, id) = rest.split_once('.')?;
    let cursor = AlarmCursor {
        place: LeafIndex::new(place.parse().ok()?),
        id: *RawDigest::parse_hex(id)?.as_bytes(),
    };
    Some((TreeSize::new(as_of.parse().ok()?), cursor))
}

impl AlarmRow {
    pub(super) fn new(alarm: &Alarm) -> Self {
        Self {
            code_href: format!("/alarms?code={}", segment(&alarm.code)),
            code: alarm.code.clone(),
            by_log: alarm.source == Source::Log,
            job: alarm
                .job_id
                .as_ref()
                .map(|job| (job.clone(), format!("/jobs/{}", segment(job)))),
            message: shortened(&alarm.message, MESSAGE_CHARACTERS_MAX),
            entries: alarm
                .entries
                .iter()
                .take(ENTRIES_SHOWN)
                .map(|index| (index.value(), grouped(index.value())))
                .collect(),
            more: alarm.entries.len().saturating_sub(ENTRIES_SHOWN),
            first_seen: Time::new(alarm.first.logged_at),
        }
    }
}
