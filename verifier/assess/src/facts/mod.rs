//! What counts for the job: every record verified again and tied to the job by the rules of
//! `schemas/assessment.md`.

mod agent_tokens;
mod approved;
mod build;
mod bundles;
mod clocks;
mod conflicts;
mod context_statements;
mod entry_document;
mod in_clear;
mod links;
mod policies;
mod receipt_jobs;
mod rest;
mod streams;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use bundles::{BundleFact, embedded_signers};
pub(super) use conflicts::Conflict;
pub(super) use context_statements::{ContextStatement, ContextStatements};
use entry_document::LoggedRefusal;
pub(super) use entry_document::{DocumentBody, EntryDocument, SupposedLink};
pub(super) use in_clear::ClearTexts;
pub use links::Link;
pub(super) use links::{GATED_POLICIES_MAX, Links, bare_did};
pub(super) use policies::PolicyFacts;
pub(super) use receipt_jobs::{LoggedIssuance, NoJobReason, UseToken};
pub(super) use streams::StreamFact;
pub(super) use trust::{Trust, is_authority};

use super::closure::{AsOf, Closure};
use evidence::digest::{PayloadHash, PolicyHash, TokenHash};
use evidence::payload::{
    AgentReceipt, Approval, Artifact, Binding, Decision, GatewayReceipt, JobEvent, Settings, TokenRevoked,
};
use tlog::index::{LeafIndex, TimestampMs};

/// A document of the job: where it stands and what it says.
#[derive(Debug)]
pub(super) struct LogStatement<'a, T> {
    /// Its own first entry, never that of a context.
    pub(super) index: LeafIndex,
    /// When that was logged: L.
    pub(super) logged_at: TimestampMs,
    pub(super) signer: &'a str,
    pub(super) said: &'a T,
}

impl<'a, T> LogStatement<'a, T> {
    pub(super) fn of(doc: &'a EntryDocument, said: &'a T) -> Self {
        Self {
            index: doc.index,
            logged_at: doc.logged_at,
            signer: &doc.signer,
            said,
        }
    }
}

impl<T> Clone for LogStatement<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for LogStatement<'_, T> {}

#[derive(Clone, Copy, Debug)]
pub(super) enum AgentAct<'a> {
    /// A model call, by a gateway's word.
    Model(&'a GatewayReceipt),
    /// A tool call.
    Tool(&'a AgentReceipt),
    /// A side effect.
    SideEffect(&'a AgentReceipt),
    /// A call that was allowed.
    Allowed(&'a Decision),
}

impl<'a> AgentAct<'a> {
    /// The binding of a receipt; decisions have none.
    pub(super) const fn binding(&self) -> Option<&'a Binding> {
        match self {
            Self::Model(receipt) => Some(&receipt.binding),
            Self::Tool(receipt) | Self::SideEffect(receipt) => Some(&receipt.binding),
            Self::Allowed(_) => None,
        }
    }

    /// Hash of the arguments, as stated.
    pub(super) fn args_hash(&self) -> Option<&'a str> {
        match self {
            Self::Tool(receipt) => receipt.comparable_args(),
            Self::Allowed(decision) => Some(&decision.args_hash),
            Self::Model(_) | Self::SideEffect(_) => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TokenUseFact<'a> {
    /// i: index of its own first entry.
    pub(super) index: LeafIndex,
    /// L: when that was logged.
    pub(super) logged_at: TimestampMs,
    /// T: when its signer says that it was.
    pub(super) signed_at: TimestampMs,
    pub(super) signer: &'a str,
    /// `None` for a decision.
    pub(super) payload_digest: Option<PayloadHash>,
    pub(super) run: Option<&'a str>,
    /// The policy that it cites, as it spells the hash.
    pub(super) policy: Option<&'a str>,
    pub(super) token: UseToken,
    pub(super) link: Link,
    pub(super) act: AgentAct<'a>,
}

impl TokenUseFact<'_> {
    /// The policy that it cites, as it spells the hash.
    pub(super) fn cites(&self) -> Option<String> {
        match self.act {
            AgentAct::Allowed(decision) => Some(decision.policy_hash.to_string()),
            AgentAct::Model(_) | AgentAct::Tool(_) | AgentAct::SideEffect(_) => {
                self.policy.map(str::to_owned)
            }
        }
    }
}

/// A use of one of the job's tokens by another job.
#[derive(Clone, Copy, Debug)]
pub(super) struct OtherUse<'a> {
    pub(super) index: LeafIndex,
    pub(super) job_id: &'a str,
    pub(super) run: Option<&'a str>,
    pub(super) token: TokenHash,
}

/// A record that would be the job's and does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct UnsoundRecord {
    pub(super) index: LeafIndex,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// All that the checks read.
#[derive(Debug)]
pub(super) struct JobFacts<'a> {
    pub(super) job_id: &'a str,
    pub(super) as_of: AsOf,
    /// In force at the assessment's tree.
    pub(super) settings: Settings,
    pub(super) closure: &'a Closure,
    /// Every record of the closure, in log order, whether it counts or not.
    pub(super) docs: &'a [&'a EntryDocument],
    pub(super) trust: &'a Trust,
    pub(super) words: &'a ContextStatements<'a>,
    pub(super) links: &'a Links<'a>,
    /// The job's issuances, in log order; a token may be issued more than once.
    pub(super) issuances: Vec<LoggedIssuance<'a>>,
    /// Every revocation of a token of the job, in log order.
    pub(super) revocations: Vec<LogStatement<'a, TokenRevoked>>,
    /// Every use, in log order.
    pub(super) uses: Vec<TokenUseFact<'a>>,
    /// Uses of the job's tokens by other jobs.
    pub(super) other_uses: Vec<OtherUse<'a>>,
    /// Tool receipts of the runs of those uses, by agents of the job.
    pub(super) other_acts: Vec<LogStatement<'a, AgentReceipt>>,
    pub(super) runs: &'a BTreeSet<&'a str>,
    pub(super) agents: &'a BTreeSet<&'a str>,
    /// Every policy that the job cites, by hash as cited; one that nobody published has no documents.
    pub(super) policies: BTreeMap<String, PolicyFacts<'a>>,
    /// Every policy of the closure by hash: other versions and parents, too.
    pub(super) all_policies: BTreeMap<String, PolicyFacts<'a>>,
    /// Every published policy of the closure by `policy_id`, in log order: versions and parents.
    pub(super) families: BTreeMap<&'a str, Vec<policies::LoggedPolicy<'a>>>,
    pub(super) approvals: Vec<LogStatement<'a, Approval>>,
    /// Refusals for agents of the job that name no other job, and do not say in a known form what they refuse.
    pub(super) refusals: Vec<LogStatement<'a, Approval>>,
    pub(super) decisions: Vec<LogStatement<'a, Decision>>,
    /// Decisions of other jobs that cite an approval of this one or use one of its tokens.
    pub(super) other_decisions: Vec<LogStatement<'a, Decision>>,
    pub(super) events: Vec<LogStatement<'a, JobEvent>>,
    pub(super) artifacts: Vec<LogStatement<'a, Artifact>>,
    /// What they, and approvals, show of what others know by hash.
    pub(super) in_clear: ClearTexts,
    /// Proof bundles of the job, verified.
    pub(super) bundles: Vec<BundleFact<'a>>,
    pub(super) streams: Vec<StreamFact>,
    pub(super) conflicts: Vec<Conflict>,
    /// Gateway receipts that this job or another may claim.
    pub(super) ambiguous: Vec<LeafIndex>,
    /// Receipts, decisions and approvals of the job that are signed for a time at which their signer was not registered: they
    /// count against the job, and never for it.
    pub(super) early: BTreeSet<LeafIndex>,
    /// Refused documents of bound submitters that name the job.
    pub(super) refused: Vec<(&'a EntryDocument, &'a LoggedRefusal)>,
    /// Erased documents that name the job or its runs.
    pub(super) erased: Vec<LeafIndex>,
    /// What would be the job's and does not hold, in log order.
    pub(super) unsound: Vec<UnsoundRecord>,
    /// What names the job or its runs and is not the job's.
    pub(super) unbound: Vec<LeafIndex>,
}

impl<'a> JobFacts<'a> {
    /// The first issuance of a token of the job.
    pub(super) fn issuance(&self, token: TokenHash) -> Option<&LoggedIssuance<'a>> {
        self.links.first_issuance(token)
    }

    /// The record of an entry of the closure.
    pub(super) fn doc(&self, index: LeafIndex) -> Option<&'a EntryDocument> {
        let position = self.docs.binary_search_by_key(&index, |doc| doc.index).ok()?;
        self.docs.get(position).copied()
    }

    /// What the document of an entry says, the same for every signature on it; only of kinds that are compared so.
    pub(super) fn payload_digest(&self, index: LeafIndex) -> Option<PayloadHash> {
        self.doc(index)?.statement()?.payload_digest
    }

    /// The place of a document in words: what is not logged has none.
    pub(super) fn place_of(&self, index: LeafIndex) -> String {
        match self.doc(index) {
            Some(doc) if doc.supposed.is_some() => "that is not logged".to_owned(),
            _ => format!("at entry {index}"),
        }
    }

    /// The policy that a token is pinned to.
    pub(super) fn pin(&self, token: UseToken) -> Option<PolicyHash> {
        match token {
            UseToken::Known(token) => self.issuance(token)?.said.policy_hash,
            UseToken::Unknown(_) | UseToken::Ambiguous => None,
        }
    }

    /// The gateway receipts in the job's bundles that verify, with the bundle of each.
    pub(super) fn embedded(&self) -> impl Iterator<Item = (&BundleFact<'a>, &GatewayReceipt)> {
        self.bundles.iter().flat_map(|bundle| {
            let receipts = bundle.facts.iter().flat_map(|facts| &facts.receipts);
            receipts.map(move |embedded| (bundle, &embedded.receipt))
        })
    }

    /// The gateway receipts of the job, in log order.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (&TokenUseFact<'a>, &'a GatewayReceipt)> {
        self.uses.iter().filter_map(|used| match used.act {
            AgentAct::Model(receipt) => Some((used, receipt)),
            _ => None,
        })
    }
}
