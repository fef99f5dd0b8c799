//! What an assessment says of each document and each use, whole: the JSON stops its lists at a bound, and tells
//! of a use only what any verdict needs. Made from the same facts, so that the two cannot disagree.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{judge_uses, place};
use super::closure::Closure;
use super::facts::{Act, Facts, Unsound};
use super::token_table::{Row, Use};
use super::verdict::Assessment;
use super::{checks, verdict, with_facts};
use crate::digest::TokenHash;
use crate::index::LeafIndex;

/// A job, judged and laid out.
#[derive(Clone, PartialEq, Debug)]
pub struct Examined {
    /// What [`assess`](super::assess) says.
    pub assessment: Assessment,
    /// The job's documents, each with the link that makes it the job's, as in the assessment's `links`.
    pub linked: BTreeMap<LeafIndex, &'static str>,
    /// What names the job or its runs and is not the job's, in log order.
    pub unbound: Vec<LeafIndex>,
    /// What would be the job's and does not hold, with its code.
    pub unsound: BTreeMap<LeafIndex, &'static str>,
    /// Every use, in log order.
    pub uses: Vec<UseOfJob>,
    /// For each stream that a receipt of the job stands in and that lacks numbers: the first of them, as ranges,
    /// both ends included.
    pub missing: Vec<Vec<(u64, u64)>>,
}

/// A use by the job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseOfJob {
    /// Where it stands, and its two times.
    pub at: Use,
    /// What was done.
    pub act: UseAct,
    /// The run that it names.
    pub run_id: Option<String>,
    /// Its token, where that is known.
    pub token: Option<TokenHash>,
    /// What the table of `token.valid` says about it.
    pub row: Row,
    /// The revocation that the row is about.
    pub revocation: Option<LeafIndex>,
}

/// What a use did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UseAct {
    /// A model call, by a gateway's word.
    Model {
        /// `provider/model`.
        model: String,
        /// Input tokens.
        tokens_input: u64,
        /// Output tokens.
        tokens_output: u64,
    },
    /// A tool call.
    Tool(String),
    /// A side effect, by its class.
    SideEffect(String),
    /// An allow decision on a tool, as `tool:operation` where it names one.
    Allowed(String),
}

/// Judges the job of a closure and lays it out.
pub fn examine(closure: &Closure) -> Examined {
    with_facts(closure, examined)
}

/// What facts say.
pub(super) fn examined(facts: &Facts<'_>) -> Examined {
    Examined {
        assessment: verdict::of(facts, checks::all(facts)),
        linked: facts
            .links
            .linked
            .iter()
            .map(|(index, link)| (*index, link.as_str()))
            .collect(),
        unbound: facts.unbound.clone(),
        unsound: facts.unsound.iter().map(unsound).collect(),
        uses: uses(facts),
        missing: missing(facts),
    }
}

fn missing(facts: &Facts<'_>) -> Vec<Vec<(u64, u64)>> {
    let of_job: BTreeSet<LeafIndex> = facts.receipts().map(|(used, _)| used.index).collect();
    let lacking = facts.streams.iter().filter(|stream| !stream.missing.is_empty());
    lacking
        .filter(|stream| stream.receipts.iter().any(|index| of_job.contains(index)))
        .map(|stream| stream.missing.clone())
        .collect()
}

fn unsound(found: &Unsound) -> (LeafIndex, &'static str) {
    (found.index, found.code)
}

fn uses(facts: &Facts<'_>) -> Vec<UseOfJob> {
    judge_uses(facts)
        .map(|(used, judged)| UseOfJob {
            at: place(used),
            act: act(used.act),
            run_id: used.run.map(str::to_owned),
            token: used.token.hash(),
            row: judged.row,
            revocation: judged.revocation,
        })
        .collect()
}

fn act(act: Act<'_>) -> UseAct {
    match act {
        Act::Model(receipt) => UseAct::Model {
            model: format!("{}/{}", receipt.provider, receipt.model),
            tokens_input: receipt.tokens_input,
            tokens_output: receipt.tokens_output,
        },
        Act::Tool(receipt) => UseAct::Tool(receipt.what.to_string()),
        Act::SideEffect(receipt) => UseAct::SideEffect(receipt.what.to_string()),
        Act::Allowed(decision) => UseAct::Allowed(match &decision.operation {
            Some(operation) => format!("{}:{operation}", decision.tool),
            None => decision.tool.to_string(),
        }),
    }
}
