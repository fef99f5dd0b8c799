//! What this log would say of a proof bundle that somebody brings and that it does not hold.

use verifier::assess::{ClosureError, SupposeError, SupposedBundle, Supposition, examine_supposing};
use verifier::caller_text::CallerText;
use verifier::clawsig::FILE_BYTES_MAX;
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::fault::Fault;
use verifier::index::{LeafIndex, TreeSize};
use verifier::json;
use verifier::payload::{BundleForm, Payload};

use super::document::{self, SentDocument};
use super::job_candidates::JobCandidates;
use super::{binding, moment};
use crate::QueryEngine;
use crate::verdict::CollectError;
use ledger::error::ReadError;
use ledger::reader::EntryRecord;

/// Runs of a bundle that are looked up; a sound one has one.
const RUNS_ASKED_MAX: usize = 4;

/// The result for one proof bundle.
#[derive(Clone, PartialEq, Debug)]
pub enum PulseResult {
    /// This log holds it.
    Logged {
        /// Position of the bundle's entry in the log.
        index: LeafIndex,
        /// The jobs whose it is.
        jobs: Vec<String>,
        /// Whether there may be more jobs.
        more: bool,
    },
    /// This log does not hold it.
    Supposed {
        /// The verdicts that the jobs it would be tied to would have; at least one, that of the bundle alone where
        /// there is no job.
        jobs: Vec<Supposition>,
        /// Whether there may be more jobs.
        more: bool,
    },
    /// No log would take it.
    Refused {
        /// Stable reason code.
        code: &'static str,
        /// Why no log would take it, in a sentence.
        message: String,
    },
    /// A job that it may be tied to has more evidence than is assessed at once.
    TooLarge {
        /// Id of the job.
        job_id: String,
        /// Of what it has too much.
        message: String,
    },
    /// As many jobs were assessed as one request may ask for.
    LeftOut,
}

/// The proof bundles that a document is or has, whatever they are worth, in their order; none for what is no bundle.
pub fn proof_bundles(bytes: &[u8]) -> Vec<Document> {
    if bytes.len() > FILE_BYTES_MAX {
        return Vec::new();
    }
    let Ok(read) = document::read(bytes) else {
        return Vec::new();
    };
    let value = match &read {
        SentDocument::Document(document) => document.value(),
        SentDocument::Beyond(value) => value,
    };
    let members = binding::proof_bundles(value);
    let documents = members.into_iter().filter_map(|member| match &read {
        SentDocument::Document(document) if std::ptr::eq(member, document.value()) => {
            Some((**document).clone())
        }
        // A member's own bytes are gone; neither order nor spelling that a signature depends on is.
        _ => Document::parse(json::to_js_string(member).as_bytes()).ok(),
    });
    documents.collect()
}

/// Judges the jobs of one proof bundle as of the published size, and logs nothing. `left`: how many assessments this
/// request may still make; each may hold a job's whole evidence.
///
/// # Errors
/// A failed read.
pub fn pulse(reader: &QueryEngine, bundle: &Document, left: &mut usize) -> Result<PulseResult, ReadError> {
    if *left == 0 {
        return Ok(PulseResult::LeftOut);
    }
    let size = reader.published().head.tree.size;
    let evidence = match Evidence::verify(bundle, reader.origin()) {
        Ok(evidence) => evidence,
        Err(rejected) => return Ok(refused_for(&rejected.fault)),
    };
    let Payload::Bundle(said) = evidence.payload() else {
        return Ok(no_bundle());
    };
    if said.form != BundleForm::Proof {
        return Ok(no_bundle());
    }
    let leads = leads(reader, &said.author, &said.run_ids, size)?;
    let held = match binding::own_entry(reader, &bundle.evidence_digest())? {
        Some(record) => Some(record.index),
        // The same statement with other unsigned bytes.
        None => reader.by_statement(&evidence.envelope().statement())?,
    };
    match held {
        Some(index) => logged(reader, index, leads, size, left),
        None => supposed(reader, bundle, leads, size, left),
    }
}

fn no_bundle() -> PulseResult {
    PulseResult::Refused {
        code: "SCHEMA_INVALID",
        message: "no proof bundle of an agent".to_owned(),
    }
}

/// The jobs of the tokens that were issued to the agent for the runs, then those of the runs' receipts.
fn leads(
    reader: &QueryEngine,
    agent: &str,
    runs: &[CallerText],
    size: TreeSize,
) -> Result<JobCandidates, ReadError> {
    let mut leads = JobCandidates {
        more: runs.len() > RUNS_ASKED_MAX,
        ..JobCandidates::default()
    };
    let runs: Vec<&str> = runs.iter().take(RUNS_ASKED_MAX).map(|run| &**run).collect();
    leads.of_runs(reader, &runs, size, |record| named(reader, record, agent))?;
    Ok(leads)
}

/// The job that an issuance to the agent names, and that of the context.
fn named(reader: &QueryEngine, record: &EntryRecord, agent: &str) -> Result<Vec<String>, ReadError> {
    let context = record.context.as_ref();
    let from_context = context.and_then(|context| context.job_id.clone());
    let verified = reader.evidence(record)?;
    let issued = match verified.as_ref().map(|verified| verified.evidence.payload()) {
        Some(Payload::TokenIssued(issued)) if issued.agent == agent => issued.job_id.clone(),
        _ => None,
    };
    Ok([issued, from_context].into_iter().flatten().collect())
}

fn logged(
    reader: &QueryEngine,
    index: LeafIndex,
    leads: JobCandidates,
    size: TreeSize,
    left: &mut usize,
) -> Result<PulseResult, ReadError> {
    let (mut jobs, mut more) = (Vec::new(), leads.more);
    for job_id in leads.jobs {
        if !take(left) {
            more = true;
            break;
        }
        match reader.judged(&job_id, size) {
            Ok(Some(job)) if job.examined().linked.contains_key(&index) => jobs.push(job_id),
            Ok(_) => {}
            Err(CollectError::Closure(_)) => more = true,
            Err(CollectError::Read(error)) => return Err(error),
        }
    }
    Ok(PulseResult::Logged { index, jobs, more })
}

fn supposed(
    reader: &QueryEngine,
    bundle: &Document,
    leads: JobCandidates,
    size: TreeSize,
    left: &mut usize,
) -> Result<PulseResult, ReadError> {
    let Some(as_of) = reader.tree_of(size)? else {
        return Ok(PulseResult::LeftOut);
    };
    let salt = reader.index_salt();
    let supposed = match SupposedBundle::new(bundle, reader.origin(), &salt, as_of, moment(reader)) {
        Ok(supposed) => supposed,
        Err(error) => return Ok(refused(&error)),
    };
    let (mut jobs, mut more) = (Vec::new(), leads.more);
    for job_id in leads.jobs {
        if !take(left) {
            more = true;
            break;
        }
        match judged(reader, Some(&job_id), size, &supposed) {
            Ok(found) if found.is_tied => jobs.push(found),
            Ok(_) => {}
            Err(CollectError::Read(error)) => return Err(error),
            Err(CollectError::Closure(error)) => {
                let message = error.to_string();
                return Ok(PulseResult::TooLarge { job_id, message });
            }
        }
    }
    if jobs.is_empty() {
        match judged(reader, None, size, &supposed) {
            Ok(alone) => jobs.push(alone),
            Err(CollectError::Read(error)) => return Err(error),
            Err(CollectError::Closure(error)) => return Ok(unjudged(&error)),
        }
        *left = left.saturating_sub(1);
    }
    Ok(PulseResult::Supposed { jobs, more })
}

fn judged(
    reader: &QueryEngine,
    job_id: Option<&str>,
    size: TreeSize,
    supposed: &SupposedBundle,
) -> Result<Supposition, CollectError> {
    let closure = reader.closure_supposing(job_id, size, supposed)?;
    Ok(examine_supposing(closure, supposed)?)
}

/// One more assessment, where there is one left.
fn take(left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else {
        return false;
    };
    *left = rest;
    true
}

fn refused(error: &SupposeError) -> PulseResult {
    let code = match error {
        SupposeError::Rejected(fault) => return refused_for(fault),
        SupposeError::Entry(_) => "ENTRY_TOO_LARGE",
        _ => "SCHEMA_INVALID",
    };
    PulseResult::Refused {
        code,
        message: error.to_string(),
    }
}

/// The code is shown next to the sentence.
fn refused_for(fault: &Fault) -> PulseResult {
    let mut message = format!("expected {}, found {}", fault.expected, fault.found);
    if !fault.pointer.is_empty() {
        message = format!("{message}, at {}", fault.pointer);
    }
    PulseResult::Refused {
        code: fault.code.as_str(),
        message,
    }
}

/// A bundle that is looked at alone leads to too much.
fn unjudged(error: &ClosureError) -> PulseResult {
    PulseResult::Refused {
        code: "TOO_LARGE",
        message: error.to_string(),
    }
}
