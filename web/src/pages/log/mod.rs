//! `/log`: the log itself: its key, its heads over time, whether it only grew, who may sign, what is set.

mod consistency;
mod growth;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::issuers::Issuer;
use verifier::kind::Kind;
use verifier::note::{SignatureLine, UnverifiedNote};
use verifier::payload::{Payload, Settings};

use super::{asked, filled as page};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::faults::FormFaults;
use crate::model::closed_log::ClosedLog;
use crate::model::registration::{RegistrationRow, RetirementRow, SignerHistory};
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::{KnownRecord, witnessing};
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, age, counted, grouped};
use consistency::Consistency;
use growth::Growth;

/// Heads on one page.
const HEADS_SHOWN: usize = 30;
/// Signers on the page; all of them have one of their own.
const ISSUERS_SHOWN: usize = 30;
/// Changes of settings and keys on the page, newest first.
const CHANGES_SHOWN: usize = 10;
/// Registrations of one signer.
const REGISTRATIONS_SHOWN: usize = 3;
/// From this age of the newest entry on (ms) the log is called idle: nobody has sent anything.
const IDLE_FROM_MS: u64 = 60_000;

/// What is asked of the page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogQuery {
    /// Heads of this size and smaller.
    upto: Option<u64>,
    /// Sizes of a consistency check, as a form sends them.
    first: Option<String>,
    second: Option<String>,
}

/// One head.
struct HeadRow {
    size: GroupedNumber,
    root: String,
    time: Time,
    /// The check that this head's tree is the beginning of the newest.
    check_href: String,
}

/// One line of a signed note.
struct SignatureRow {
    name: String,
    key_id: String,
    is_log: bool,
    /// The witness whose it is, as the policy calls it, where this server has verified it.
    witness: Option<String>,
}

/// One signer.
struct LogIssuerRow {
    did: String,
    registrations: Vec<RegistrationRow>,
    retirements: Vec<RetirementRow>,
}

/// One setting in force.
struct SettingRow {
    name: &'static str,
    value: String,
    means: &'static str,
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogView {
    chrome: Chrome,
    export: ExportLinks,
    closed: Option<ClosedLog>,
    origin: String,
    vkey: String,
    operator: String,
    size: u64,
    entries: String,
    root: String,
    time: Time,
    age: String,
    idle: bool,
    indexed_to: String,
    covered: Option<String>,
    checkpoint: String,
    signatures: Vec<SignatureRow>,
    growth: Option<Growth>,
    heads: Vec<HeadRow>,
    is_first: bool,
    next: Option<String>,
    first: String,
    second: String,
    consistency: Option<Consistency>,
    faults: FormFaults,
    genesis_keys: Vec<String>,
    genesis_time: Option<Time>,
    settings: Vec<SettingRow>,
    changes: Vec<EntryRow>,
    issuers: Vec<LogIssuerRow>,
    issuers_total: String,
    issuers_more: usize,
}

/// Handles `/log`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<LogQuery>,
) -> Result<Response, PageError> {
    let now = crate::text::now().value();
    asked(pages, move |engine| {
        let view = view(engine, &query, (now, faults))?;
        Ok((view.faults.status(), page(&view)?).into_response())
    })
    .await
}

impl FilterForm for LogQuery {
    const FIELDS: &'static [&'static str] = &["first", "second"];
}

/// `now` in milliseconds since the Unix epoch: nothing but the age of the newest entry depends on it.
fn view(
    engine: &QueryEngine,
    query: &LogQuery,
    (now, mut faults): (u64, FormFaults),
) -> Result<LogView, PageError> {
    let published = engine.published();
    let head = &published.head;
    let newest = head.tree.size;
    let one = faults.check("first", consistency::size(query.first.as_deref()))?;
    let other = faults.check("second", consistency::size(query.second.as_deref()))?;
    let consistency = match (one, other) {
        (Some(one), Some(other)) => consistency::of(engine, one, other)?,
        _ => None,
    };
    let heads = engine.checkpoints(query.upto.map_or(newest, TreeSize::new), HEADS_SHOWN)?;
    let next = heads
        .last()
        .filter(|_| heads.len() == HEADS_SHOWN)
        .and_then(|oldest| oldest.head.tree.size.last_index())
        .filter(|index| index.value() > 0)
        .map(|index| format!("/log?upto={index}#checkpoints"));
    let genesis = KnownRecord::read(engine, LeafIndex::ZERO)?;
    let passed = now.saturating_sub(head.time.value());
    let (issuers, total) = issuers(engine, &published);
    Ok(LogView {
        chrome: Chrome::new(Section::Log, engine, &published),
        export: super::entries::links(None, newest),
        closed: ClosedLog::of(engine),
        origin: engine.origin().to_owned(),
        vkey: engine.verifier_key().to_string(),
        operator: engine.operator_did().to_owned(),
        size: newest.value(),
        entries: counted(newest.value(), "entry", "entries"),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
        age: age(passed),
        idle: passed >= IDLE_FROM_MS,
        indexed_to: grouped(engine.indexed_to().value()),
        covered: covered(engine),
        signatures: signatures(engine, &published.checkpoint),
        growth: growth::of(engine, &published)?,
        heads: heads.iter().map(|head| head_row(head, newest)).collect(),
        is_first: query.upto.is_none(),
        next,
        first: filled(query.first.as_deref(), newest.value() / 2),
        second: filled(query.second.as_deref(), newest.value()),
        consistency,
        faults,
        genesis_keys: genesis.as_ref().map(genesis_keys).unwrap_or_default(),
        genesis_time: genesis.map(|known| Time::new(known.record.entry.logged_at)),
        settings: settings(&engine.settings()),
        changes: changes(engine, newest)?,
        issuers_total: grouped(total),
        issuers_more: total.saturating_sub(issuers.len()),
        issuers,
        checkpoint: published.checkpoint,
    })
}

/// How many entries the index covers; `None` where the log keeps none.
fn covered(engine: &QueryEngine) -> Option<String> {
    let covered = engine.index_covered().value();
    (covered > 0).then(|| counted(covered, "entry", "entries"))
}

/// What a field of the form begins with.
fn filled(asked: Option<&str>, otherwise: u64) -> String {
    let asked = asked.map(str::trim).filter(|text| !text.is_empty());
    asked.map_or_else(|| otherwise.max(1).to_string(), str::to_owned)
}

fn head_row(published: &PublishedHead, newest: TreeSize) -> HeadRow {
    let head = &published.head;
    let size = head.tree.size;
    HeadRow {
        size: size.into(),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
        check_href: format!("/log?first={size}&second={newest}#consistency"),
    }
}

/// The signers of the checkpoint: the log and all others.
fn signatures(engine: &QueryEngine, checkpoint: &str) -> Vec<SignatureRow> {
    let history = engine.key_history();
    let is_log = |line: &SignatureLine| {
        let label = line.label();
        history.periods().iter().any(|period| period.key.label() == label)
    };
    let note = UnverifiedNote::parse(checkpoint.as_bytes());
    let lines = note.as_ref().map(UnverifiedNote::lines).unwrap_or_default();
    let cosigners = witnessing::cosigners(engine, checkpoint);
    let witness = |line: &SignatureLine| {
        let mut cosigners = cosigners.iter();
        let cosigner = cosigners.find(|one| one.key_name == line.name && one.key_id == line.id)?;
        Some(cosigner.name.clone())
    };
    lines
        .iter()
        .map(|line| SignatureRow {
            witness: witness(line),
            is_log: is_log(line),
            name: line.name.clone(),
            key_id: format!("{:08x}", line.id),
        })
        .collect()
}

fn genesis_keys(known: &KnownRecord) -> Vec<String> {
    match known.payload() {
        Some(Payload::LogGenesis(genesis)) => genesis.log_vkeys.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn settings(settings: &Settings) -> Vec<SettingRow> {
    let seconds = |number| format!("{} s", grouped(number));
    vec![
        SettingRow {
            name: "accept_unregistered_agents",
            value: if settings.accept_unregistered_agents {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            means: "whether agents that are not registered may log their own statements",
        },
        SettingRow {
            name: "clock_skew_s",
            value: seconds(settings.clock_skew_s),
            means: "how far the clocks of signers and log may differ before a stated time counts against its signer",
        },
        SettingRow {
            name: "late_limit_s",
            value: seconds(settings.late_limit_s),
            means: "how long after a token's first use its issuance may be logged",
        },
        SettingRow {
            name: "approval_lifetime_s",
            value: seconds(settings.approval_lifetime_s),
            means: "how long an approval is valid that states no lifetime",
        },
    ]
}

/// Entries that changed settings or keys, or froze the log, newest first.
fn changes(engine: &QueryEngine, as_of: TreeSize) -> Result<Vec<EntryRow>, PageError> {
    let mut indices = Vec::new();
    for kind in [Kind::LogSettings, Kind::LogClock, Kind::LogKey, Kind::LogFrozen] {
        indices.extend(engine.by_kind(kind, None, as_of, true, CHANGES_SHOWN)?.items);
    }
    indices.sort_unstable_by(|one, other| other.cmp(one));
    indices.truncate(CHANGES_SHOWN);
    Ok(EntryRow::all(
        &KnownRecord::read_all(engine, &indices)?,
        &SignerTable::new(engine),
    ))
}

/// The first signers, and how many there are.
fn issuers(engine: &QueryEngine, published: &PublishedHead) -> (Vec<LogIssuerRow>, usize) {
    let all = engine.issuers();
    let row = |issuer: &Issuer| {
        let history = SignerHistory::of(issuer, published.head.time, REGISTRATIONS_SHOWN);
        LogIssuerRow {
            did: issuer.did.clone(),
            registrations: history.registrations,
            retirements: history.retirements,
        }
    };
    (all.iter().take(ISSUERS_SHOWN).map(row).collect(), all.len())
}
