//! `/jobs/{job_id}`, the Trust Pulse: the verdict on a job as of a tree size, and everything it rests on.
//!
//! Made from the same closure and assessment as `/v1/jobs/{job_id}/assessment`, never from the projection. The
//! address with `as_of` answers the same for ever, unless evidence is erased.

mod chain;
mod checks;
mod claims;
mod evidence;
mod in_words;
mod page_verdict;
mod parts;
mod story;
mod story_documents;
pub(in crate::pages) mod supposed;
mod timeline;
mod unjudged;
mod usage;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobState, has_ended};
use serde::Deserialize;
use verifier::assess::AssessedAlarm;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::text::shell;

use super::assessed;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::claims::PageClaims;
use crate::model::lanes::MarkShape;
use crate::model::signers::SignerTable;
use crate::model::uncounted;
use crate::model::verdict::VerdictState as Shown;
use crate::model::witnessing::Witnessing;
use crate::request::{PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, age, grouped, ranged, segment};
use page_verdict::PageVerdict;
use unjudged::UnjudgedRow;

/// Members of policies that nothing judges, and consulted entries, on the page.
const LIST_SHOWN: usize = 60;
/// Agents named on top; each may call itself by 256 characters.
const AGENTS_SHOWN: usize = 8;

/// What is asked of the page.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobPageQuery {
    /// Judges what was logged below this size; the published size if absent.
    as_of: Option<u64>,
    /// Where the evidence table begins.
    from: Option<u64>,
}

/// What the newest size says, where the page speaks of an earlier one.
struct NewerVerdict {
    size: String,
    state: Shown,
    code: &'static str,
    /// Whether verdict or code differ.
    differs: bool,
}

/// An alarm that no check raises: it changes no verdict.
struct AlarmNotice {
    code: String,
    message: String,
    entries: Vec<GroupedNumber>,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPageView {
    chrome: Chrome,
    id: String,
    verdict: Shown,
    /// Of a job that still runs: the state, and the time of its last entry.
    running: Option<(Shown, Option<Time>)>,
    code: &'static str,
    check: Option<(&'static str, &'static str)>,
    /// How many checks ended how.
    tally: String,
    message: String,
    size: String,
    /// The time of the newest entry that the page covers, to the minute.
    minute: String,
    /// As of when the page speaks.
    as_of_words: String,
    provable: PageClaims,
    /// The same without groups of digits.
    as_of: u64,
    /// The last entry that the page knows, where it speaks of the newest size.
    live_after: Option<u64>,
    root: String,
    time: Time,
    span: Option<(Time, String)>,
    digest: String,
    permalink: String,
    /// The permalink as this visitor reaches it.
    address: String,
    newest_href: String,
    assessment_href: String,
    /// What stands before the anchors of checks.
    anchor: &'static str,
    pack_href: String,
    /// The comparison of its first run with another one.
    compare_href: Option<String>,
    newer: Option<NewerVerdict>,
    /// Numbers that the job's streams lack, in words, for each of them.
    missing: Vec<String>,
    uncounted: uncounted::UncountedRows,
    /// Where all of that stands as JSON.
    explanation_href: String,
    /// Each with the check that raises it.
    alarms: Vec<(&'static str, &'static str)>,
    notices: Vec<AlarmNotice>,
    agents: Vec<(String, String)>,
    in_words: Vec<in_words::SummaryLine>,
    chain: Vec<chain::ChainLink>,
    checks: Vec<checks::CheckGroup>,
    timeline: timeline::Timeline,
    usage: usage::Usage,
    tokens_input: String,
    tokens_output: String,
    story: story::StoryView,
    evidence: evidence::EvidencePage,
    next: Option<String>,
    unbound: u64,
    consulted: Vec<GroupedNumber>,
    consulted_total: String,
    claims: claims::ClaimLists,
    unjudged: Vec<UnjudgedRow>,
    unjudged_more: usize,
    review: String,
    /// The command that checks the pack.
    offline: String,
    origin: String,
}

/// Handles `/jobs/{job_id}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(query): PageQuery<JobPageQuery>,
    headers: HeaderMap,
) -> Result<Html<String>, PageError> {
    let job_id = segment.id("job id")?;
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_host(host));
    let host = host.unwrap_or_default().to_owned();
    let arrived = pages.engine.published().head.tree.size;
    assessed(pages, move |engine| view(engine, &job_id, query, arrived, &host)).await
}

/// Whether a text can be a host and port, which is all of the request's that comes back on the page.
fn is_host(text: &str) -> bool {
    text.len() <= 255
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

/// See [`QueryEngine::judged_as_asked`]. A page without a size speaks of one as of which the index proves that nothing was left out, where
/// nothing but the index.root is behind it: the pack that it links, and that the browser checks, is then proved whole.
fn judged_as_asked(
    engine: &QueryEngine,
    job_id: &str,
    query: JobPageQuery,
    arrived: TreeSize,
) -> Result<PageVerdict, PageError> {
    let as_of = match query.as_of {
        Some(size) => Some(TreeSize::new(size)),
        None => engine.provable_size()?,
    };
    let job = engine.judged_as_asked(job_id, as_of, arrived)?;
    Ok(PageVerdict::of(job.ok_or(PageError::NotFound { what: "job" })?))
}

fn running(judged: &PageVerdict) -> Option<(Shown, Option<Time>)> {
    let examined = judged.examined();
    let ended = has_ended(judged.closure(), examined);
    let state = JobState::of(examined.assessment.verdict.into(), ended);
    let last = judged.assessment().summary.last_time.map(Time::new);
    (state == JobState::Running).then(|| (state.into(), last))
}

fn view(
    engine: &QueryEngine,
    job_id: &str,
    query: JobPageQuery,
    arrived: TreeSize,
    host: &str,
) -> Result<JobPageView, PageError> {
    let published = engine.published();
    let judged = judged_as_asked(engine, job_id, query, arrived)?;
    let size = judged.closure().as_of.size;
    let (listed, consulted) = parts::of(&judged);
    let signers = SignerTable::new(engine);
    let said = story_documents::StoryDocuments::of(engine, &judged, &listed)?;
    let from = LeafIndex::new(query.from.unwrap_or_default());
    let evidence = evidence::page(engine, &judged, &listed, from)?;
    let path = format!("/jobs/{}", segment(job_id));
    let permalink = format!("{path}?as_of={size}");
    let summary = &judged.assessment().summary;
    let assessment = judged.assessment();
    let as_of = judged.closure().as_of;
    let unjudged = &judged.assessment().not_evaluated;
    let mut story = story::of(&judged, &said, &listed, &signers);
    story.compare_reviews(engine, &judged)?;
    let chain = chain::of(&judged, &said, &signers);
    let chrome = Chrome::new(Section::Jobs, engine, &published);
    let provable = claims::provable(chrome.claims(size), &judged, &story);
    // What comes while a page without a size in its address is made is no newer state than the one that was asked for.
    let newer_size = query.as_of.and_then(|_| provable.newer_size());
    Ok(JobPageView {
        provable,
        chrome,
        id: job_id.to_owned(),
        verdict: assessment.verdict.into(),
        running: running(&judged),
        code: assessment.code,
        check: assessment
            .decisive()
            .map(|check| (check.id.as_str(), check.title())),
        tally: checks::tally(&judged),
        message: assessment.message.clone(),
        size: grouped(as_of.size.value()),
        minute: Time::new(as_of.time).minute(),
        as_of_words: crate::text::as_of(as_of.time, as_of.size.value()),
        as_of: as_of.size.value(),
        live_after: as_of
            .size
            .last_index()
            .filter(|_| query.as_of.is_none())
            .map(LeafIndex::value),
        root: as_of.root.to_string(),
        time: Time::new(as_of.time),
        span: summary.first_time.zip(summary.last_time).map(span),
        digest: judged.digest(),
        address: format!("{host}{permalink}"),
        newest_href: path.clone(),
        assessment_href: format!("/v1{path}/assessment?as_of={size}"),
        anchor: "",
        compare_href: summary
            .runs
            .first()
            .map(|run| format!("/compare?a={}", segment(run))),
        pack_href: format!("/v1{path}/pack?as_of={size}"),
        newer: newer(engine, &judged, newer_size)?,
        missing: judged
            .examined()
            .missing
            .iter()
            .take(LIST_SHOWN)
            .map(|ranges| missing(ranges))
            .collect(),
        uncounted: uncounted::UncountedRows::of(&judged.examined().uncounted),
        explanation_href: format!("/v1{path}/explanation?as_of={size}"),
        alarms: alarms(&judged),
        notices: notices(&judged),
        agents: agents(&summary.agents),
        in_words: in_words::of(&judged, &said, &story, &signers),
        chain,
        checks: checks::groups(&judged),
        timeline: timeline::of(&judged, &said, &listed),
        usage: usage::of(&judged, &said, &signers),
        tokens_input: grouped(summary.tokens_input),
        tokens_output: grouped(summary.tokens_output),
        story,
        next: evidence
            .next
            .map(|next| format!("{permalink}&from={next}#evidence")),
        evidence,
        unbound: u64::try_from(judged.examined().unbound.len()).unwrap_or(u64::MAX),
        consulted_total: grouped(consulted.len()),
        consulted: numbers(&consulted),
        claims: claims::of(&judged, &Witnessing::of(engine)),
        unjudged: unjudged.iter().take(LIST_SHOWN).map(UnjudgedRow::of).collect(),
        unjudged_more: unjudged.len().saturating_sub(LIST_SHOWN),
        review: review(&judged),
        offline: format!(
            "ledger-verify pack job.evidence --log-key '{}' --job {}",
            engine.verifier_key(),
            shell::word(job_id)
        ),
        origin: engine.origin().to_owned(),
        permalink,
    })
}

/// Codes of the alarms that checks raise, each with its check.
fn alarms(judged: &PageVerdict) -> Vec<(&'static str, &'static str)> {
    let alarms = judged.assessment().alarms.iter();
    alarms
        .filter_map(|alarm| Some((alarm.code, alarm.check?.as_str())))
        .collect()
}

fn notices(judged: &PageVerdict) -> Vec<AlarmNotice> {
    let alarms = judged
        .assessment()
        .alarms
        .iter()
        .filter(|alarm| alarm.check.is_none());
    let notice = |alarm: &AssessedAlarm| AlarmNotice {
        message: alarm.message.clone().unwrap_or_else(|| {
            "Somebody whom this log does not know made a statement about a run of this job.".to_owned()
        }),
        entries: numbers(&alarm.entries),
        code: alarm.code.to_owned(),
    };
    alarms.map(notice).collect()
}

/// Agents, each with its page.
fn agents(dids: &[String]) -> Vec<(String, String)> {
    dids.iter()
        .take(AGENTS_SHOWN)
        .map(|did| (did.clone(), format!("/agents/{}", segment(did))))
        .collect()
}

/// `2 to 3, 7`.
fn missing(ranges: &[(u64, u64)]) -> String {
    let words = ranges.iter().map(|(from, to)| ranged(*from, *to));
    words.collect::<Vec<_>>().join(", ")
}

fn numbers(indices: &[LeafIndex]) -> Vec<GroupedNumber> {
    let shown = indices.iter().take(LIST_SHOWN);
    shown.map(GroupedNumber::from).collect()
}

fn span((first, last): (TimestampMs, TimestampMs)) -> (Time, String) {
    let length = last.value().saturating_sub(first.value());
    (Time::new(first), age(length))
}

/// The verdict as of the newest size, for a page as of an earlier one.
fn newer(
    engine: &QueryEngine,
    judged: &PageVerdict,
    newer_size: Option<TreeSize>,
) -> Result<Option<NewerVerdict>, PageError> {
    let Some(newest) = newer_size else {
        return Ok(None);
    };
    let newest_job = engine.judged(&judged.closure().job_id, newest)?;
    Ok(newest_job.map(|job| {
        let now = &job.examined().assessment;
        let then = &judged.examined().assessment;
        NewerVerdict {
            size: grouped(newest.value()),
            state: now.verdict.into(),
            code: now.code,
            differs: now.verdict != then.verdict || now.code != then.code,
        }
    }))
}

/// The command that signs a review of what this page says.
fn review(judged: &PageVerdict) -> String {
    format!(
        "ledgerd review --job {} --verdict {} --tree-size {} --reason '<what was looked at>' \\\n    \
         --key <your key file> --url <address of this server>",
        shell::word(&judged.closure().job_id),
        judged.examined().assessment.verdict.as_str(),
        judged.closure().as_of.size,
    )
}
