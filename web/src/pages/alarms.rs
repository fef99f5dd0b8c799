//! `/alarms`: what a person should look at, over all jobs, newest first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger_query::QueryEngine;
use ledger_query::alarms::{ExportedAlarm, has_characters_of_code};
use ledger_query::parameter::ListCursor;
use ledger_query::projection::{Alarm, AlarmCursor, AlarmFilter, AlarmListPage, AlarmSource};

use serde::Deserialize;
use verifier::code::guide_to;
use verifier::index::TreeSize;

use super::{asked, filled, projected};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::{ExportItem, ExportLinks, Format, ListPage, whole};
use crate::faults::FormFaults;
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::request::{moment, place};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, segment, shortened};

/// Alarms on one page.
const ALARMS_SHOWN: usize = 60;
/// Entries of an alarm that are linked.
const ENTRIES_SHOWN: usize = 12;
/// Characters of a sentence.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// Which alarms; a form sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AlarmsPageQuery {
    code: String,
    job: String,
    from: String,
    to: String,
    cursor: String,
    as_of: Option<u64>,
    format: String,
}

/// One alarm.
pub(super) struct AlarmListRow {
    /// The finding in a few words; the code where this version knows no words for it.
    pub(super) title: String,
    pub(super) code: String,
    pub(super) code_href: String,
    /// Whether an entry raises it by itself, whatever becomes of its job.
    pub(super) by_log: bool,
    pub(super) job: Option<(String, String)>,
    pub(super) message: String,
    pub(super) entries: Vec<GroupedNumber>,
    pub(super) more: usize,
    pub(super) raised: Time,
    /// When the first use was made that it is about.
    pub(super) offence: Option<Time>,
}

#[derive(Template)]
#[template(path = "alarms.html")]
struct AlarmsView {
    chrome: Chrome,
    as_of: String,
    lag: Option<String>,
    fields: AlarmsPageQuery,
    filtered: bool,
    alarms: Vec<AlarmListRow>,
    next: Option<String>,
    export: ExportLinks,
    faults: FormFaults,
}

/// Handles `/alarms`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<AlarmsPageQuery>,
) -> Result<Response, PageError> {
    let query = query.trimmed();
    let (filter, faults) = query.filter(faults)?;
    match Format::read(&query.format)? {
        Some(format) if faults.is_empty() => exported(pages, &query, filter, format).await,
        _ => {
            asked(pages, move |engine| {
                let view = view(engine, query, &filter, faults)?;
                Ok((view.faults.status(), filled(&view)?).into_response())
            })
            .await
        }
    }
}

impl FilterForm for AlarmsPageQuery {
    const FIELDS: &'static [&'static str] = &["code", "job", "from", "to"];
}

impl ExportItem for ExportedAlarm {
    const COLUMNS: &'static [&'static str] = &[
        "code",
        "source",
        "job_id",
        "message",
        "entries",
        "raised_index",
        "raised_at",
        "offence_at",
    ];
    const TIMES: &'static [&'static str] = &["raised_at", "offence_at"];
}

/// The whole list from the cursor on.
async fn exported(
    pages: Pages,
    query: &AlarmsPageQuery,
    filter: AlarmFilter,
    format: Format,
) -> Result<Response, PageError> {
    let (as_of, from) = query.place()?;
    let as_of = match as_of {
        Some(as_of) => as_of,
        None => {
            asked(pages.clone(), |engine| {
                Ok(engine.kept_projection()?.projected_to())
            })
            .await?
        }
    };
    whole(
        pages,
        (format, "alarms", as_of),
        move |engine, next: Option<AlarmCursor>| {
            let projection = engine.kept_projection()?;
            let page = projection.alarms(&filter, next.or(from), as_of, ALARMS_SHOWN)?;
            Ok(ListPage {
                items: page.items.into_iter().map(ExportedAlarm::from).collect(),
                next: page.next,
            })
        },
    )
    .await
}

impl AlarmsPageQuery {
    /// As it is meant: an id is taken as it is, since with a space around it is another one.
    fn trimmed(mut self) -> Self {
        for text in [&mut self.code, &mut self.from, &mut self.to] {
            *text = text.trim().to_owned();
        }
        self
    }

    /// The size that the list is pinned to, if any, and where the page begins.
    fn place(&self) -> Result<(Option<TreeSize>, Option<AlarmCursor>), PageError> {
        place(&self.cursor, self.as_of)
    }

    /// The filter, and the fields that are wrong, added to `faults`; with any, the filter is not the one that was
    /// meant.
    fn filter(&self, mut faults: FormFaults) -> Result<(AlarmFilter, FormFaults), PageError> {
        if !self.job.is_empty() {
            faults.check("job", crate::request::id("job id", &self.job))?;
        }
        let of_codes = has_characters_of_code(&self.code)
            .then_some(())
            .ok_or(PageError::Malformed {
                what: "code",
                expected: "capitals, digits and underscores",
            });
        faults.check("code", of_codes)?;
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let filter = AlarmFilter {
            code: given(&self.code),
            job_id: given(&self.job),
            raised_from: faults.check("from", moment(&self.from, "T00:00:00Z"))?.flatten(),
            raised_to: faults.check("to", moment(&self.to, "T23:59:59.999Z"))?.flatten(),
        };
        Ok((filter, faults))
    }

    fn is_empty(&self) -> bool {
        [&self.code, &self.job, &self.from, &self.to]
            .iter()
            .all(|text| text.is_empty())
    }

    /// The address of a list of these, with whatever comes after.
    fn href(&self, extra: &str) -> String {
        let [code, job, from, to] = [&self.code, &self.job, &self.from, &self.to].map(|text| segment(text));
        format!("/alarms?code={code}&job={job}&from={from}&to={to}&{extra}")
    }
}

fn view(
    engine: &QueryEngine,
    fields: AlarmsPageQuery,
    filter: &AlarmFilter,
    mut faults: FormFaults,
) -> Result<AlarmsView, PageError> {
    let published = engine.published();
    let projection = engine.kept_projection()?;
    let (as_of, from) = fields.place()?;
    let as_of = as_of.unwrap_or(projection.projected_to());
    let page = if faults.is_empty() {
        projection.alarms(filter, from, as_of, ALARMS_SHOWN)?
    } else {
        AlarmListPage::default()
    };
    if faults.is_empty() && filter.names_no_code(&page) {
        let none: Result<(), PageError> = Err(PageError::Malformed {
            what: "code",
            expected: "one that an alarm can have",
        });
        faults.check("code", none)?;
    }
    let next = page
        .next
        .map(|place| fields.href(&format!("cursor={}", ListCursor { as_of, place })));
    Ok(AlarmsView {
        chrome: Chrome::new(Section::Alarms, engine, &published),
        as_of: super::as_of_words(engine, as_of)?,
        lag: projected::lag(engine, published.head.tree.size)?,
        alarms: page.items.iter().map(AlarmListRow::new).collect(),
        next,
        export: ExportLinks::of(&fields.href(&format!("as_of={as_of}"))),
        faults,
        filtered: !fields.is_empty(),
        fields,
    })
}

impl AlarmListRow {
    pub(super) fn new(alarm: &Alarm) -> Self {
        Self {
            code_href: format!("/alarms?code={}", segment(&alarm.code)),
            title: guide_to(&alarm.code).map_or_else(|| alarm.code.clone(), |guide| guide.title.to_owned()),
            code: alarm.code.clone(),
            by_log: alarm.source == AlarmSource::Log,
            job: alarm
                .job_id
                .as_ref()
                .map(|job| (job.clone(), format!("/jobs/{}", segment(job)))),
            message: shortened(&alarm.message, MESSAGE_CHARACTERS_MAX),
            entries: alarm
                .entries
                .iter()
                .take(ENTRIES_SHOWN)
                .map(GroupedNumber::from)
                .collect(),
            more: alarm.entries.len().saturating_sub(ENTRIES_SHOWN),
            raised: Time::new(alarm.raised.logged_at),
            offence: alarm.offence_at.map(Time::new),
        }
    }
}
