//! `/jobs/{job_id}`: every entry that this server knows about a job, in log order.
//!
//! Entries that name the job come first-hand. Through its tokens and runs come those that name no job at
//! all, bundles above all; who names another job stays out, save for the issuance of a token that both
//! use. This page judges nothing: it says why each entry stands here.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, SubjectHash, subject_hash};

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::facts::Facts;
use crate::model::kinds::Group;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::request::{Asked, ListQuery, Segment, next_href};
use crate::text::{grouped, segment};

/// Entries of the job that are asked which tokens, runs and policies it hangs together by.
const ENTRIES_ASKED: usize = 200;
/// Most tokens, runs, policies and agents followed and shown.
const FACTS_MAX: usize = 16;

/// An identifier with its page.
pub(crate) struct Link {
    id: String,
    href: String,
}

/// The entries of one part of the story that stand on this page.
struct Part {
    title: &'static str,
    numbers: Vec<(u64, String)>,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobView {
    chrome: Chrome,
    id: String,
    as_of: String,
    policies: Vec<Link>,
    tokens: Vec<Link>,
    runs: Vec<String>,
    agents: Vec<String>,
    facts_cut: bool,
    parts: Vec<Part>,
    rows: Vec<EntryRow>,
    first_page: bool,
    next: Option<String>,
}

/// Handles `/jobs/{job_id}`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    Segment(job_id): Segment,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, PageError> {
    answer(reader, move |reader| view(reader, &job_id, query)).await
}

fn view(reader: &Reader, job_id: &str, query: ListQuery) -> Result<JobView, PageError> {
    let published = reader.published();
    let as_of = query.as_of(published.head.tree.size);
    let named = reader.subject(Field::Job, job_id, None, as_of, false, ENTRIES_ASKED)?;
    if named.items.is_empty() {
        return Err(PageError::NotFound { what: "job" });
    }
    let mut facts = Facts::of(&Known::read_all(reader, &named.items)?, FACTS_MAX);
    facts.cut |= named.next.is_some();
    let (indices, next) = candidates(reader, job_id, &facts, query.from(), as_of)?;
    let rows = rows(reader, job_id, &facts, &indices)?;
    let links = |section: &str, ids: &[String]| -> Vec<Link> {
        ids.iter()
            .map(|id| Link {
                id: id.clone(),
                href: format!("/{section}/{}", segment(id)),
            })
            .collect()
    };
    Ok(JobView {
        chrome: Chrome::new(Section::Jobs, reader, &published),
        id: job_id.to_owned(),
        as_of: grouped(as_of.value()),
        policies: links("policies", &facts.policies),
        tokens: links("tokens", &facts.tokens),
        parts: parts(&rows),
        rows,
        first_page: query.from().is_none(),
        next: next_href(&format!("/jobs/{}", segment(job_id)), next, as_of),
        runs: facts.runs,
        agents: facts.agents,
        facts_cut: facts.cut,
    })
}

/// The lowest indices that name the job, one of its tokens or one of its runs, and where to go on. Each
/// lookup gives one page's worth, so that the lowest of all are certainly among them.
fn candidates(
    reader: &Reader,
    job_id: &str,
    facts: &Facts,
    from: Option<LeafIndex>,
    as_of: TreeSize,
) -> Result<(Vec<LeafIndex>, Option<LeafIndex>), PageError> {
    let tokens = facts.tokens.iter().map(|token| (Field::Token, token.as_str()));
    let runs = facts.runs.iter().map(|run| (Field::Run, run.as_str()));
    let mut indices = BTreeSet::new();
    for (field, value) in std::iter::once((Field::Job, job_id)).chain(tokens).chain(runs) {
        let page = reader.subject(field, value, from, as_of, false, ROWS_MAX)?;
        indices.extend(page.items);
        indices.extend(page.next);
    }
    let next = indices.iter().nth(ROWS_MAX).copied();
    Ok((indices.into_iter().take(ROWS_MAX).collect(), next))
}

fn rows(
    reader: &Reader,
    job_id: &str,
    facts: &Facts,
    indices: &[LeafIndex],
) -> Result<Vec<EntryRow>, PageError> {
    let signers = Signers::new(reader);
    let kin = Kin::new(reader, job_id, facts);
    let mut rows = Vec::new();
    for known in Known::read_all(reader, indices)? {
        if let Some(because) = kin.because(&known) {
            rows.push(EntryRow {
                because,
                ..EntryRow::new(&known, &signers)
            });
        }
    }
    Ok(rows)
}

/// What makes an entry part of the job's story.
struct Kin<'a> {
    job: SubjectHash,
    others: Vec<(Subject, &'static str, &'a str)>,
}

impl<'a> Kin<'a> {
    fn new(reader: &Reader, job_id: &str, facts: &'a Facts) -> Self {
        let salt = reader.index_salt();
        let subject = |field, value: &str| Subject {
            field,
            hash: subject_hash(&salt, field, value),
        };
        let tokens = facts
            .tokens
            .iter()
            .map(|id| (subject(Field::Token, id), "token", id.as_str()));
        let runs = facts
            .runs
            .iter()
            .map(|id| (subject(Field::Run, id), "run", id.as_str()));
        Self {
            job: subject_hash(&salt, Field::Job, job_id),
            others: tokens.chain(runs).collect(),
        }
    }

    /// Why the entry stands on the page; `None` if it does not.
    fn because(&self, known: &Known) -> Option<String> {
        let entry = &known.record.entry;
        let all = || {
            entry
                .subjects
                .iter()
                .chain(entry.context_subjects.iter().flatten())
        };
        let mut jobs = all().filter(|subject| subject.field == Field::Job).peekable();
        let names_a_job = jobs.peek().is_some();
        if jobs.any(|subject| subject.hash == self.job) {
            return Some("names this job".to_owned());
        }
        if names_a_job && entry.kind != Kind::TokenIssued {
            return None;
        }
        let other = if names_a_job {
            ", issued for another job"
        } else {
            ""
        };
        self.others
            .iter()
            .find(|(subject, _, _)| all().any(|candidate| candidate == subject))
            .map(|(_, what, id)| format!("names {what} {id}{other}"))
    }
}

fn parts(rows: &[EntryRow]) -> Vec<Part> {
    Group::ALL
        .into_iter()
        .map(|group| Part {
            title: group.title(),
            numbers: rows
                .iter()
                .filter(|row| row.group == group)
                .map(|row| (row.index, row.number.clone()))
                .collect(),
        })
        .filter(|part| !part.numbers.is_empty())
        .collect()
}
