//! Which documents of a job do not count, by the facts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{
    AgentAct, ContextStatement, EntryDocument, JobFacts, NoJobReason, TokenUseFact, UseToken, bare_did,
};
use super::{Reason, SignerStatus, UncountedClaim, UncountedEntries};
use evidence::context::SubmitterName;
use evidence::issuers::NotLinked;
use evidence::payload::{BundleForm, Payload};
use tlog::index::LeafIndex;

/// Reasons with the entries of each.
type EntriesByReason = BTreeMap<Reason, BTreeSet<LeafIndex>>;

/// Everything that does not count for the job, or not wholly, by reason.
pub(crate) fn of(facts: &JobFacts<'_>) -> Vec<UncountedEntries> {
    let mut found = EntriesByReason::new();
    for used in &facts.uses {
        if let Some(reason) = open_token(facts, used) {
            note(&mut found, reason, used.index);
        }
    }
    for index in &facts.ambiguous {
        note(&mut found, Reason::Ambiguous, *index);
    }
    for index in &facts.early {
        note(&mut found, Reason::SignedBeforeTrust, *index);
    }
    for (doc, refusal) in &facts.refused {
        let code = refusal.code.clone();
        note(&mut found, Reason::Refused { code }, doc.index);
    }
    for unsound in &facts.unsound {
        if let Some(doc) = facts.doc(unsound.index) {
            let signer = signer(facts, doc);
            let code = unsound.code;
            note(&mut found, Reason::Unsound { code, signer }, doc.index);
        }
    }
    for doc in facts.unbound.iter().filter_map(|index| facts.doc(*index)) {
        for reason in loose(facts, doc) {
            note(&mut found, reason, doc.index);
        }
    }
    for reason_of in numbers(facts).chain(contexts(facts)) {
        note(&mut found, reason_of.0, reason_of.1);
    }
    let found = found.into_iter();
    found
        .map(|(reason, entries)| UncountedEntries {
            reason,
            entries: entries.into_iter().collect(),
        })
        .collect()
}

fn note(found: &mut EntriesByReason, reason: Reason, index: LeafIndex) {
    found.entry(reason).or_default().insert(index);
}

/// Why the token of a use is open, where it is.
fn open_token(facts: &JobFacts<'_>, used: &TokenUseFact<'_>) -> Option<Reason> {
    match used.token {
        UseToken::Known(token) => facts.issuance(token).is_none().then_some(Reason::TokenNotIssued),
        UseToken::Unknown(_) => Some(Reason::TokenNotIssued),
        UseToken::Ambiguous => {
            let AgentAct::Model(receipt) = used.act else {
                return Some(Reason::Ambiguous);
            };
            let names_token = || {
                let doc = facts.doc(used.index);
                let words = doc.into_iter().flat_map(|doc| facts.words.counted(doc.digest));
                words
                    .filter(|word| word.job_id.is_none_or(|job_id| job_id == facts.job_id))
                    .any(|word| word.token.is_some())
            };
            Some(match receipt.binding.token_scope_hash {
                None => Reason::ScopeHashMissing,
                Some(_) if names_token() => Reason::ScopeHashOfAnotherToken,
                Some(_) => Reason::Ambiguous,
            })
        }
    }
}

/// Why a document that names the job or one of its runs is not the job's; empty where it is another job's.
fn loose(facts: &JobFacts<'_>, doc: &EntryDocument) -> Vec<Reason> {
    let Some(payload) = doc.payload() else {
        return Vec::new();
    };
    let words = context_reasons(facts, doc, UncountedClaim::Job);
    let of_itself = match payload {
        Payload::GatewayReceipt(_) => untied(facts, doc.index),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            Some(of_agent(facts, &receipt.agent_did))
        }
        Payload::Bundle(bundle) if bundle.form == BundleForm::Proof => Some(of_agent(facts, &bundle.author)),
        Payload::Pulse(pulse) => Some(of_agent(facts, &pulse.agent_did)),
        Payload::Decision(decision) if decision.job_id.is_none() => return not_tied(),
        Payload::Artifact(artifact) if artifact.job_id.is_none() => return not_tied(),
        Payload::TokenIssued(issued) if issued.job_id.is_none() => {
            words.is_empty().then_some(Reason::IssuedForNoJob)
        }
        Payload::Approval(_) => words.is_empty().then_some(Reason::Untied { signed: false }),
        _ => return Vec::new(),
    };
    words.into_iter().chain(of_itself).collect()
}

/// Of what is tied by nobody's word but its own signer's.
fn not_tied() -> Vec<Reason> {
    vec![Reason::Untied { signed: true }]
}

/// Why scope hash and run tie a receipt to no job.
fn untied(facts: &JobFacts<'_>, index: LeafIndex) -> Option<Reason> {
    facts.links.untied.get(&index).map(|why| match why {
        NoJobReason::NoScopeHash => Reason::ScopeHashMissing,
        NoJobReason::NoRun => Reason::RunMissing,
        NoJobReason::NoIssuance => Reason::TokenNotIssued,
        NoJobReason::Several => Reason::Ambiguous,
    })
}

/// An agent's document is not the job's: because of its agent, or of its run.
fn of_agent(facts: &JobFacts<'_>, did: &str) -> Reason {
    if facts.agents.contains(bare_did(did)) {
        Reason::RunOfNoToken
    } else {
        Reason::AgentOfNoToken
    }
}

/// The submitters' words on a document that name the job, and count for nothing.
fn context_reasons(facts: &JobFacts<'_>, doc: &EntryDocument, lost: UncountedClaim) -> Vec<Reason> {
    let open = facts.words.on(doc.digest).iter();
    let open = open.filter(|word| word.counted.is_none() && is_about_job(facts, word));
    let reasons: BTreeSet<Reason> = open
        .filter_map(|word| not_linked(facts, word, doc, lost))
        .collect();
    reasons.into_iter().collect()
}

fn is_about_job(facts: &JobFacts<'_>, word: &ContextStatement<'_>) -> bool {
    match (word.job_id, word.token) {
        (Some(job_id), _) => job_id == facts.job_id,
        (None, token) => token.is_some_and(|token| facts.links.tokens.contains(&token)),
    }
}

fn not_linked(
    facts: &JobFacts<'_>,
    word: &ContextStatement<'_>,
    doc: &EntryDocument,
    lost: UncountedClaim,
) -> Option<Reason> {
    let said = facts.doc(word.index)?;
    let why = facts.trust.linked(said).err()?;
    // A signed context has no submitter whose word it is.
    said.context.as_ref()?;
    Some(reason(why, lost, said.submitter.clone(), signer(facts, doc)))
}

const fn reason(
    why: NotLinked,
    lost: UncountedClaim,
    submitter: Option<SubmitterName>,
    signer: SignerStatus,
) -> Reason {
    Reason::NotLinked {
        why,
        lost,
        submitter,
        signer,
    }
}

fn signer(facts: &JobFacts<'_>, doc: &EntryDocument) -> SignerStatus {
    SignerStatus::of(
        doc.signed(),
        facts.trust.issuers.find(&doc.signer),
        facts.as_of.time,
    )
}

/// Receipts of the job that have no number although somebody gave them one.
fn numbers<'f>(facts: &'f JobFacts<'_>) -> impl Iterator<Item = (Reason, LeafIndex)> + 'f {
    let receipts = facts.receipts().filter_map(|(used, _)| facts.doc(used.index));
    let unnumbered = receipts.filter(|doc| {
        let mut counted = facts.words.counted(doc.digest);
        counted.all(|word| word.stream.is_none())
    });
    unnumbered.flat_map(|doc| {
        let words = facts.words.on(doc.digest).iter();
        let gave = words.filter(|word| word.counted.is_none() && word.stream.is_some());
        gave.filter_map(|word| Some((not_linked(facts, word, doc, UncountedClaim::Number)?, doc.index)))
    })
}

/// Contexts that name the job, and whose document the job's lookups did not find: nothing led to it.
fn contexts<'f>(facts: &'f JobFacts<'_>) -> impl Iterator<Item = (Reason, LeafIndex)> + 'f {
    let known: BTreeSet<_> = facts
        .docs
        .iter()
        .filter(|doc| doc.statement().is_some())
        .map(|doc| doc.digest)
        .collect();
    let words = facts.docs.iter().filter(|doc| doc.is_word());
    words
        .filter(move |doc| !known.contains(&doc.digest))
        .filter(|doc| {
            let named = doc.context.as_ref().and_then(|context| context.job_id.as_deref());
            named == Some(facts.job_id)
        })
        .filter_map(|doc| {
            let why = facts.trust.linked(doc).err()?;
            let signer = signer(facts, doc);
            Some((
                reason(why, UncountedClaim::Job, doc.submitter.clone(), signer),
                doc.index,
            ))
        })
}
