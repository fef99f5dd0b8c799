//! What a closure asks for next: it follows from what it holds.
//!
//! Only what the job's own links reach opens a lookup. A document that merely names the job, run or token
//! of somebody else is loaded where a lookup finds it, and opens nothing.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::known::{KnownDocuments, RoundChange};
use crate::closure::Query;
use crate::erasure;
use crate::facts::{DocumentBody, EntryDocument, Links, embedded_signers};
use clawsig::urm_hash;
use evidence::digest::EvidenceDigest;
use evidence::kind::Kind;
use evidence::payload::Payload;
use evidence::person::{AGENT_CLAIMS, did_of};
use evidence::record::Record;
use evidence::subject::{Field, IndexSalt};
use evidence::wpc::Policy;
use tlog::index::LeafIndex;

/// Registrations and retirements: what makes a signer an issuer.
const ISSUER_KINDS: &[Kind] = &[Kind::IssuerRegistered, Kind::IssuerRetired];
/// What happens to a policy as such.
const POLICY_KINDS: &[Kind] = &[Kind::PolicyPublished, Kind::PolicyWithdrawn, Kind::PolicyFrozen];

/// The lookups of a closure: what was asked, and what has to be asked next.
#[derive(Debug, Default)]
pub(super) struct PlannedLookups {
    known: HashSet<Query>,
    open: VecDeque<Query>,
    /// Documents of the job, receipts that may be, and contexts that count, for which everything was asked that they
    /// give a reason for.
    cited: HashSet<LeafIndex>,
    receipts: HashSet<LeafIndex>,
    contexts: HashSet<LeafIndex>,
    /// Scope hashes of the job's issuances.
    scopes: BTreeSet<String>,
}

impl PlannedLookups {
    /// The next lookup that is to be asked.
    pub(super) fn next(&mut self) -> Option<Query> {
        self.open.pop_front()
    }

    /// Whether every lookup that was wanted is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn ask(&mut self, query: Query) {
        if !self.known.contains(&query) {
            self.known.insert(query.clone());
            self.open.push_back(query);
        }
    }

    fn subject(&mut self, field: Field, value: &str, kinds: &[Kind]) {
        self.ask(Query::Subject {
            field,
            value: value.to_owned(),
            kinds: kinds.to_vec(),
        });
    }

    /// Contexts, reviews, orders and holds on a document.
    fn about(&mut self, digest: EvidenceDigest) {
        self.subject(Field::Evidence, &digest.to_string(), &[]);
    }

    fn issuer(&mut self, did: &str) {
        self.subject(Field::Issuer, did, ISSUER_KINDS);
    }

    /// A person that a document names: registrations say what else the one behind a DID is called.
    fn person(&mut self, name: Option<&str>) {
        if let Some(did) = name.and_then(did_of) {
            self.issuer(&did);
        }
    }

    /// Every closure begins with these.
    pub(super) fn begin(&mut self, job_id: &str) {
        self.ask(Query::Kind(Kind::LogGenesis));
        self.ask(Query::Kind(Kind::LogSettings));
        self.ask(Query::Kind(Kind::LogClock));
        self.subject(Field::Job, job_id, &[]);
    }

    /// Every lookup that what is known gives a reason for and no round asked before, where `changed` holds every document
    /// that may give one. `records`: all that the closure holds.
    pub(super) fn follow<'r>(
        &mut self,
        known: &KnownDocuments<'_>,
        changed: &RoundChange<'_>,
        records: impl Iterator<Item = &'r Record> + Clone,
        salt: &IndexSalt,
    ) {
        let docs = changed.docs.as_slice();
        operators(self, known, docs);
        contexts(self, known, docs);
        if changed.anew {
            names(self, &known.links);
        }
        // Of a receipt of the job that was there before, those that share an identity were asked about, and new ones
        // are among these documents themselves.
        let unsettled = docs.iter().filter(|doc| !self.cited.contains(&doc.index));
        let twins = known.twins(unsettled.copied());
        for (doc, payload) in docs.iter().filter_map(|doc| Some((*doc, doc.payload()?))) {
            receipts(self, doc, payload, &known.links);
            if known.links.linked.contains_key(&doc.index) && self.cited.insert(doc.index) {
                linked(self, doc, payload);
            }
        }
        // A receipt that shares an identity with one of the job may be signed by another key of its gateway:
        // registrations say whose key it is.
        for doc in twins {
            self.issuer(&doc.signer);
        }
        shared_tokens(self, known, changed);
        policies(self, docs, &known.links);
        for query in erasure::lookups(records, salt) {
            self.ask(query);
        }
    }
}

/// The job's tokens, runs and agents.
fn names(wants: &mut PlannedLookups, links: &Links<'_>) {
    for token in &links.tokens {
        wants.subject(Field::Token, &token.to_string(), &[]);
    }
    for run in &links.runs {
        wants.subject(Field::Run, run, &[]);
    }
    for agent in &links.agents {
        wants.subject(Field::Agent, agent, &[Kind::ReceiptApproval]);
    }
    wants.scopes = links
        .of_job()
        .map(|issuance| issuance.said.scope_hash.to_string())
        .collect();
}

/// The operator of log.genesis may have been retired, and so may those that it made operators: anyone who signs
/// registrations is looked up as an issuer itself.
fn operators(wants: &mut PlannedLookups, known: &KnownDocuments<'_>, docs: &[&EntryDocument]) {
    let genesis = known.docs.get(&LeafIndex::ZERO).map(|doc| doc.signer.as_str());
    if let Some(operator) = genesis {
        wants.subject(Field::Issuer, operator, &[Kind::IssuerRetired]);
    }
    for doc in docs.iter().filter(|doc| ISSUER_KINDS.contains(&doc.kind)) {
        if Some(doc.signer.as_str()) != genesis {
            wants.issuer(&doc.signer);
        }
    }
}

/// A context that names the job opens its target, once its submitter is known to be bound; a signed one at
/// once, since only the signer of its target can have signed it. Signers of what carries such a context, and
/// of what was refused for the job, are looked up first.
fn contexts(wants: &mut PlannedLookups, known: &KnownDocuments<'_>, docs: &[&EntryDocument]) {
    let links = &known.links;
    for doc in docs {
        if let Some(Payload::SubmissionContext(signed)) = doc.payload() {
            let names = signed.context.job_id.as_deref() == Some(&known.job_id)
                || signed
                    .context
                    .token_hash
                    .is_some_and(|token| links.tokens.contains(&token));
            if names {
                wants.issuer(&doc.signer);
                wants.ask(Query::Evidence(signed.evidence_digest));
                wants.about(signed.evidence_digest);
            }
            continue;
        }
        let Some(context) = &doc.context else { continue };
        if wants.contexts.contains(&doc.index) {
            continue;
        }
        let names = context.job_id.as_deref() == Some(&known.job_id)
            || context
                .token_hash
                .is_some_and(|token| links.tokens.contains(&token));
        if !names {
            continue;
        }
        wants.issuer(&doc.signer);
        if !known.trust.is_bound(doc) {
            continue;
        }
        if let Some(token) = context.token_hash {
            wants.subject(Field::Token, &token.to_string(), &[]);
        }
        if !matches!(doc.body, DocumentBody::Refused(_)) {
            wants.ask(Query::Evidence(doc.digest));
            wants.about(doc.digest);
        }
        wants.contexts.insert(doc.index);
    }
}

/// Gateway receipts of the job's runs and tokens: what else is said about them decides whose they are.
fn receipts(wants: &mut PlannedLookups, doc: &EntryDocument, payload: &Payload, links: &Links<'_>) {
    let Payload::GatewayReceipt(receipt) = payload else {
        return;
    };
    let scope = receipt.binding.token_scope_hash.as_deref();
    let ours = links.linked.contains_key(&doc.index);
    let may_be_ours = scope.is_some_and(|scope| wants.scopes.contains(scope))
        && receipt
            .binding
            .run_id
            .as_deref()
            .is_some_and(|run| links.runs.contains(run));
    if (ours || may_be_ours) && wants.receipts.insert(doc.index) {
        wants.issuer(&doc.signer);
        wants.about(doc.digest);
        if let Some(scope) = scope {
            wants.subject(Field::Scope, scope, &[Kind::TokenIssued]);
        }
        wants.subject(Field::Receipt, &receipt.receipt_id, &[Kind::ReceiptGateway]);
    }
}

/// What a document of the job cites.
fn linked(wants: &mut PlannedLookups, doc: &EntryDocument, payload: &Payload) {
    wants.issuer(&doc.signer);
    match payload {
        Payload::TokenIssued(issued) => {
            wants.about(doc.digest);
            for claim in AGENT_CLAIMS {
                wants.person(issued.claims.text(claim));
            }
            if let Some(jti) = &issued.jti {
                wants.subject(Field::Jti, jti, &[Kind::TokenIssued]);
            }
        }
        Payload::Decision(decision) => {
            if let Some(token) = decision.token_hash {
                wants.subject(Field::Token, &token.to_string(), &[]);
            }
            if let Some(approval) = &decision.approval_receipt_id {
                wants.subject(Field::Approval, approval, &[]);
            }
        }
        Payload::Approval(approval) => {
            wants.about(doc.digest);
            wants.subject(Field::Approval, &approval.receipt_id, &[]);
            wants.person(Some(&approval.approver_subject));
        }
        Payload::JobEvent(event) => wants.person(event.requested_by.as_deref()),
        Payload::Bundle(bundle) => {
            wants.subject(Field::Bundle, &bundle.bundle_id, &[Kind::Bundle]);
            let value = doc.statement().and_then(|said| said.value.as_ref());
            for signer in value.map(embedded_signers).unwrap_or_default() {
                wants.issuer(signer);
            }
            if let Some(sha256) = value.and_then(urm_hash) {
                wants.subject(Field::Artifact, &sha256.to_string(), &[Kind::Artifact]);
            }
        }
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            if let Some(scope) = &receipt.binding.token_scope_hash {
                wants.subject(Field::Scope, scope, &[Kind::TokenIssued]);
            }
        }
        _ => {}
    }
}

/// Revocations and approvals that may be the job's have signers too, and the runs that other jobs give a token
/// of this one to are looked at for what they did with it.
fn shared_tokens(wants: &mut PlannedLookups, known: &KnownDocuments<'_>, changed: &RoundChange<'_>) {
    let links = &known.links;
    if changed.anew {
        for issuance in &links.all_issuances {
            if links.may_use(issuance.said.token_hash) {
                wants.issuer(&issuance.doc.signer);
            }
        }
    }
    for doc in &changed.docs {
        let Some(Payload::GatewayReceipt(receipt)) = doc.payload() else {
            continue;
        };
        let mut places = links.receipts.get(&doc.index).into_iter().flatten();
        let shared = places.any(|place| {
            place.job_id != known.job_id
                && place
                    .token
                    .hash()
                    .is_some_and(|token| links.tokens.contains(&token))
        });
        if let (true, Some(run)) = (shared, receipt.binding.run_id.as_deref()) {
            wants.subject(Field::Run, run, &[]);
        }
    }
    // An approval of the job changes what others are, so that they are all among these then.
    let approved: BTreeSet<&str> = changed
        .docs
        .iter()
        .filter(|doc| links.linked.contains_key(&doc.index))
        .filter_map(|doc| match doc.payload() {
            Some(Payload::Approval(approval)) => Some(approval.receipt_id.as_str()),
            _ => None,
        })
        .collect();
    for doc in &changed.docs {
        let signer = match doc.payload() {
            Some(Payload::TokenRevoked(revoked)) => links.may_use(revoked.token_hash),
            Some(Payload::Approval(approval)) => {
                links.agents.contains(approval.agent_did.as_str())
                    || approved.contains(approval.receipt_id.as_str())
            }
            // Another job's decision that cites an approval is here only if the approval may be the job's.
            Some(Payload::Decision(decision)) => {
                decision.approval_receipt_id.is_some()
                    || decision
                        .token_hash
                        .is_some_and(|token| links.tokens.contains(&token))
            }
            _ => false,
        };
        if signer {
            wants.issuer(&doc.signer);
        }
        if let Some(Payload::Approval(_)) = doc.payload().filter(|_| signer) {
            wants.about(doc.digest);
        }
    }
}

/// Every policy that is cited, every version of it, what became of each, and the parents that it inherits from.
fn policies(wants: &mut PlannedLookups, docs: &[&EntryDocument], links: &Links<'_>) {
    for hash in links.cited_policies(docs.iter().copied()) {
        wants.subject(Field::Policy, hash.as_str(), POLICY_KINDS);
    }
    for doc in docs {
        match doc.payload() {
            Some(Payload::PolicyPublished(published)) => {
                wants.issuer(&doc.signer);
                wants.subject(Field::Policy, &published.policy_hash.to_string(), POLICY_KINDS);
                wants.subject(Field::PolicyId, &published.policy_id, &[Kind::PolicyPublished]);
                if let Some(parent) = Policy::normalize(&published.policy).inherits() {
                    wants.subject(Field::PolicyId, parent, &[Kind::PolicyPublished]);
                }
            }
            Some(Payload::PolicyWithdrawn(_) | Payload::PolicyFrozen(_)) => wants.issuer(&doc.signer),
            _ => {}
        }
    }
}
