//! Which documents are a job's, and by which link (normative: `schemas/assessment.md`, "Links").
//!
//! A link is made of statements of registered signers only: an issuance that names the job, a context that
//! counts, a signed job id. Whatever else names the job decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::approved::{self, RequiredApprovals};
use super::context_statements::{Attested, ContextStatements};
use super::entry_document::{EntryDocument, SupposedLink};
use super::receipt_jobs::{LoggedIssuance, NoJobReason, ReceiptJob, ReceiptJobIndex, UseToken};
use super::trust::Trust;
use evidence::caller_text::CallerText;
use evidence::digest::{PolicyHash, TokenHash};
use evidence::payload::{AgentReceipt, BundleForm, GatewayReceipt, Payload, PolicyPublished};
use evidence::texts;
use evidence::wpc::Policy;
use tlog::index::LeafIndex;

/// Most policies of a job whose gates are asked about, by hash. A sound job cites one a run; each costs some
/// milliseconds.
pub(crate) const GATED_POLICIES_MAX: usize = 64;
/// Most versions of a parent that are asked about.
const PARENTS_MAX: usize = 16;

texts!(
/// How a document became the job's.
Link {
    /// It names the job under its signer's signature.
    Job => "signed_job_id",
    /// A context that its signer signed.
    Signed => "signed_context",
    /// A context of a submitter that is registered for its signer.
    Operator => "operator_attested",
    /// Scope hash and run are those of one issuance for the job.
    Scope => "scope_and_run",
    /// Its signer is the agent of an issuance, its run one of the job's.
    Agent => "agent_and_run",
    /// Its run is one of the job's.
    Run => "run",
    /// Its token is one of the job's.
    Token => "token",
    /// What it approves is an action of this job.
    Approved => "approved_scope",
    /// It is cited.
    Cited => "cited",
    /// It is not logged, and looked at alone.
    Supposed => "supposed",
});

impl From<Attested> for Link {
    fn from(by: Attested) -> Self {
        match by {
            Attested::Signed => Self::Signed,
            Attested::Operator => Self::Operator,
        }
    }
}

/// The job's documents by position, and the identifiers that tie them.
#[derive(Debug, Default)]
pub(crate) struct Links<'a> {
    /// Every issuance in the closure, whatever its job.
    pub(crate) all_issuances: Vec<LoggedIssuance<'a>>,
    /// Where receipts belong by these.
    places: ReceiptJobIndex<'a>,
    /// The first issuance of each token, as positions in `all_issuances`.
    by_token: HashMap<TokenHash, usize>,
    /// The job's, as positions in `all_issuances`.
    pub(crate) issuances: BTreeSet<usize>,
    /// Where every gateway receipt of the closure belongs.
    pub(crate) receipts: BTreeMap<LeafIndex, Vec<ReceiptJob<'a>>>,
    /// Why a gateway receipt belongs to no job.
    pub(crate) untied: BTreeMap<LeafIndex, NoJobReason>,
    /// Receipts that may be the job's or another's.
    pub(crate) ambiguous: BTreeSet<LeafIndex>,
    /// Tokens that the job's issuances and receipts are of.
    pub(crate) tokens: BTreeSet<TokenHash>,
    /// Tokens that the job's allow decisions name, for whatever job they were issued.
    pub(crate) decided: BTreeSet<TokenHash>,
    pub(crate) runs: BTreeSet<&'a str>,
    /// The agents of the job's issuances.
    pub(crate) agents: BTreeSet<&'a str>,
    /// The job's documents, and how they became so.
    pub(crate) linked: BTreeMap<LeafIndex, Link>,
    /// Whether approvals of the job's agents were held against all that it did.
    weighs_approvals: bool,
}

impl<'a> Links<'a> {
    /// Ties the documents that count to the job.
    pub(crate) fn of(
        job_id: &str,
        docs: impl Iterator<Item = &'a EntryDocument> + Clone,
        words: &ContextStatements<'a>,
        trust: &Trust,
    ) -> Self {
        let all = docs.clone();
        let good = docs.filter(|doc| trust.counts(doc));
        let mut links = Self::default();
        for doc in good.clone() {
            if let Some(Payload::TokenIssued(said)) = doc.payload() {
                links.all_issuances.push(LoggedIssuance { doc, said });
                links.places.add(said);
            }
        }
        for doc in good.clone() {
            if let Some(Payload::GatewayReceipt(receipt)) = doc.payload() {
                links.receipt(job_id, doc, receipt, words);
            }
        }
        // A signer that nothing asked about yet counts for nothing, and its receipt says all the same what it lacks.
        for doc in all.filter(|doc| !trust.counts(doc)) {
            if let Some(Payload::GatewayReceipt(receipt)) = doc.payload() {
                let untied = links.places.by_binding(receipt).untied;
                links.untied.extend(untied.map(|why| (doc.index, why)));
            }
        }
        for position in 0..links.all_issuances.len() {
            links.issuance(job_id, position, words);
        }
        for doc in good.clone() {
            if let Some(link) = links.document(job_id, doc, words) {
                links.tie(doc, link);
            }
        }
        links.approvals(job_id, good);
        links
    }

    /// Ties further documents, and those on which another word counts by now, in log order; every other document of the
    /// closure stays what it is to the job. False where that cannot be said, and all has to be tied anew: where an
    /// issuance or an approval is among them, a run or token is new to the job, or something is tied otherwise than it
    /// was.
    pub(crate) fn grow(
        &mut self,
        job_id: &str,
        docs: impl Iterator<Item = &'a EntryDocument>,
        words: &ContextStatements<'a>,
        trust: &Trust,
    ) -> bool {
        let names = (self.runs.len(), self.tokens.len(), self.decided.len());
        for doc in docs {
            let grown = match doc.payload() {
                Some(Payload::TokenIssued(_) | Payload::Approval(_)) => false,
                _ if !trust.counts(doc) => true,
                Some(Payload::PolicyPublished(_)) => !self.weighs_approvals,
                Some(Payload::GatewayReceipt(receipt)) => self.grow_receipt(job_id, doc, receipt, words),
                _ => self.grow_document(job_id, doc, words),
            };
            if !grown {
                return false;
            }
        }
        names == (self.runs.len(), self.tokens.len(), self.decided.len())
    }

    /// False where a receipt belongs elsewhere than it did, or approvals have to be weighed by it.
    fn grow_receipt(
        &mut self,
        job_id: &str,
        doc: &'a EntryDocument,
        receipt: &'a GatewayReceipt,
        words: &ContextStatements<'a>,
    ) -> bool {
        let was = self.receipts.get(&doc.index).map(|places| named(places));
        let was_tied = self.linked.contains_key(&doc.index);
        self.receipt(job_id, doc, receipt, words);
        let is = self.receipts.get(&doc.index).map(|places| named(places));
        let is_new = !was_tied && self.linked.contains_key(&doc.index);
        was.is_none_or(|was| was.is_empty() || Some(was) == is) && !(is_new && self.weighs_approvals)
    }

    /// False where a document is no longer the job's, or approvals have to be weighed by it.
    fn grow_document(&mut self, job_id: &str, doc: &'a EntryDocument, words: &ContextStatements<'a>) -> bool {
        let was_tied = self.linked.contains_key(&doc.index);
        match self.document(job_id, doc, words) {
            Some(link) => {
                self.tie(doc, link);
                was_tied || !self.weighs_approvals
            }
            None => !was_tied,
        }
    }

    fn tie(&mut self, doc: &EntryDocument, link: Link) {
        self.linked.insert(doc.index, link);
        if let Some(Payload::Decision(decision)) = doc.payload() {
            self.decided
                .extend(decision.token_hash.filter(|_| decision.allow));
        }
    }

    /// Approvals of this job's agents enter by what they approve, too, once its actions and policies are known.
    fn approvals(&mut self, job_id: &str, good: impl Iterator<Item = &'a EntryDocument> + Clone) {
        let open: Vec<_> = good
            .clone()
            .filter(|doc| !self.linked.contains_key(&doc.index))
            .filter_map(|doc| Some((doc, approved::approval(doc.payload())?)))
            .filter(|(_, approval)| self.agents.contains(approval.agent_did.as_str()))
            .collect();
        if open.is_empty() {
            return;
        }
        self.weighs_approvals = true;
        for (doc, approval) in &open {
            if approved::names_job(approval, job_id) {
                self.linked.insert(doc.index, Link::Approved);
            }
        }
        let ours = good.clone().filter(|doc| self.linked.contains_key(&doc.index));
        let actions = approved::actions(ours.filter_map(EntryDocument::payload));
        let mut published: BTreeMap<PolicyHash, &PolicyPublished> = BTreeMap::new();
        for doc in good.clone() {
            if let Some(Payload::PolicyPublished(said)) = doc.payload() {
                published.entry(said.policy_hash).or_insert(said);
            }
        }
        let cited = self.cited_policies(good);
        let cited = published
            .iter()
            .filter(|(hash, _)| cited.contains(&hash.to_string()));
        for (hash, said) in cited.take(GATED_POLICIES_MAX) {
            let policy = Policy::normalize(&said.policy);
            let parents: Vec<Policy> = published
                .values()
                .filter(|other| policy.inherits() == Some(other.policy_id.as_str()))
                .take(PARENTS_MAX)
                .map(|parent| Policy::normalize(&parent.policy))
                .collect();
            let gated = RequiredApprovals::of(policy, &parents, &actions);
            let scopes = gated.scopes(job_id, &hash.to_string());
            for (doc, approval) in &open {
                if scopes.find(&approval.scope_hash).is_some() {
                    self.linked.insert(doc.index, Link::Approved);
                }
            }
        }
    }

    /// Hashes of the policies that the job's documents cite, as they spell them.
    pub(crate) fn cited_policies<'d>(
        &self,
        docs: impl Iterator<Item = &'d EntryDocument>,
    ) -> BTreeSet<String> {
        let mut cited = BTreeSet::new();
        for doc in docs.filter(|doc| self.linked.contains_key(&doc.index)) {
            cited.extend(doc.payload().and_then(cited_policy));
        }
        cited
    }

    /// Whether a text is the hash of a token of the job.
    pub(crate) fn names_token(&self, text: &str) -> bool {
        TokenHash::parse_hex(text).is_some_and(|token| self.tokens.contains(&token))
    }

    /// Whether a token is one of the job's, or one that it used.
    pub(crate) fn may_use(&self, token: TokenHash) -> bool {
        self.tokens.contains(&token) || self.decided.contains(&token)
    }

    /// The first issuance of a token, whatever its job.
    pub(crate) fn first_issuance(&self, token: TokenHash) -> Option<&LoggedIssuance<'a>> {
        let position = *self.by_token.get(&token)?;
        self.all_issuances.get(position)
    }

    /// The job's issuances.
    pub(crate) fn of_job(&self) -> impl Iterator<Item = &LoggedIssuance<'a>> {
        self.issuances
            .iter()
            .filter_map(|&position| self.all_issuances.get(position))
    }

    fn receipt(
        &mut self,
        job_id: &str,
        doc: &'a EntryDocument,
        receipt: &'a GatewayReceipt,
        words: &ContextStatements<'a>,
    ) {
        self.ambiguous.remove(&doc.index);
        self.untied.remove(&doc.index);
        let found = self.places.of_receipt(doc, receipt, words);
        for place in found.places.iter().filter(|place| place.job_id == job_id) {
            self.linked.insert(doc.index, place.link);
            self.runs.extend(receipt.binding.run_id.as_deref());
            if let UseToken::Known(token) | UseToken::Unknown(Some(token)) = place.token {
                self.tokens.insert(token);
            }
        }
        if found.ambiguous.contains(&job_id) {
            self.ambiguous.insert(doc.index);
        }
        self.untied.extend(found.untied.map(|why| (doc.index, why)));
        self.receipts.insert(doc.index, found.places);
    }

    /// An issuance is the job's if it names the job, or if its token is tied to the job: by the context of a
    /// receipt that counts, or by one on the issuance itself.
    fn issuance(&mut self, job_id: &str, position: usize, words: &ContextStatements<'a>) {
        let Some(&issuance) = self.all_issuances.get(position) else {
            return;
        };
        let said = issuance.said;
        self.by_token.entry(said.token_hash).or_insert(position);
        let named = said.job_id.as_deref() == Some(job_id);
        let word = words
            .counted(issuance.doc.digest)
            .find(|word| {
                word.job_id == Some(job_id) && word.token.is_none_or(|token| token == said.token_hash)
            })
            .and_then(|word| word.counted);
        let link = match (named, word) {
            (true, _) => Link::Job,
            (false, Some(by)) => by.into(),
            (false, None) if self.tokens.contains(&said.token_hash) => Link::Cited,
            (false, None) => return,
        };
        self.issuances.insert(position);
        self.linked.insert(issuance.doc.index, link);
        self.tokens.insert(said.token_hash);
        self.runs.extend(said.run_id.as_deref());
        self.agents.insert(&said.agent);
    }

    /// The link of any other document, once tokens, runs and agents are known.
    pub(crate) fn document(
        &self,
        job_id: &str,
        doc: &EntryDocument,
        words: &ContextStatements<'_>,
    ) -> Option<Link> {
        if doc.supposed == Some(SupposedLink::Alone) {
            return Some(Link::Supposed);
        }
        let by_word = || {
            words
                .counted(doc.digest)
                .find(|word| word.job_id == Some(job_id))
                .and_then(|word| word.counted)
                .map(Link::from)
        };
        let by_job = |named: Option<&str>| (named == Some(job_id)).then_some(Link::Job);
        let by_run = |run: Option<&str>| run.filter(|run| self.runs.contains(run)).map(|_| Link::Run);
        match doc.payload()? {
            Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => self
                .agent_receipt(receipt)
                .or_else(|| self.by_context(job_id, doc, receipt, words)),
            Payload::Bundle(bundle) if bundle.form == BundleForm::Proof => {
                let mut runs = bundle.run_ids.iter().map(CallerText::as_str);
                self.agent(&bundle.author, runs.find(|run| self.runs.contains(run)))
            }
            Payload::Pulse(pulse) => self.agent(&pulse.agent_did, Some(&pulse.run_id)),
            Payload::Decision(decision) => match decision.job_id.as_deref() {
                None if self.is_of_another(job_id, decision.token_hash) => None,
                // Its run is whatever its asker called it.
                None => by_run(Some(&decision.run_id)).or_else(|| self.by_token(job_id, decision.token_hash)),
                // A denial under the job's own token binds it, whichever job the asker named.
                named => by_job(named).or_else(|| {
                    let token = decision.token_hash.filter(|_| !decision.allow);
                    self.by_token(job_id, token)
                }),
            },
            Payload::JobEvent(event) => by_job(Some(&event.job_id)),
            Payload::Artifact(artifact) => match artifact.job_id.as_deref() {
                None => by_run(artifact.run_id.as_deref()),
                named => by_job(named),
            },
            Payload::Approval(_) => by_word(),
            // Gateway receipts, tokens and policies are linked by the facts about uses; the rest is no job's.
            Payload::GatewayReceipt(_)
            | Payload::TokenIssued(_)
            | Payload::TokenRevoked(_)
            | Payload::PolicyPublished(_)
            | Payload::PolicyWithdrawn(_)
            | Payload::PolicyFrozen(_)
            | Payload::Bundle(_)
            | Payload::SubmissionContext(_)
            | Payload::IssuerRegistered(_)
            | Payload::IssuerRetired(_)
            | Payload::ErasureOrdered(_)
            | Payload::HoldPlaced(_)
            | Payload::HoldReleased(_)
            | Payload::LogGenesis(_)
            | Payload::LogSettings(_)
            | Payload::LogClock(_)
            | Payload::LogKey(_)
            | Payload::LogFrozen(_) => None,
        }
    }

    /// A token of the job that was issued for no other.
    fn by_token(&self, job_id: &str, token: Option<TokenHash>) -> Option<Link> {
        let token = token.filter(|token| self.tokens.contains(token))?;
        let issued = self.first_issuance(token)?.said.job_id.as_deref();
        issued.is_none_or(|named| named == job_id).then_some(Link::Token)
    }

    /// Whether a token that is not the job's was issued for another job. The one who asks for a token chooses its run's
    /// id, and may choose that of this job.
    fn is_of_another(&self, job_id: &str, token: Option<TokenHash>) -> bool {
        let foreign = token.filter(|token| !self.tokens.contains(token));
        let issued = foreign.and_then(|token| self.first_issuance(token));
        issued.is_some_and(|issued| issued.said.job_id.as_deref().is_some_and(|named| named != job_id))
    }

    fn agent_receipt(&self, receipt: &AgentReceipt) -> Option<Link> {
        self.agent(&receipt.agent_did, receipt.binding.run_id.as_deref())
    }

    /// A context that counts ties a tool or side-effect receipt whatever run it names, since that is the agent's text:
    /// one of an agent of the job, or one that somebody else signed who watched an agent.
    fn by_context(
        &self,
        job_id: &str,
        doc: &EntryDocument,
        receipt: &AgentReceipt,
        words: &ContextStatements<'_>,
    ) -> Option<Link> {
        let agent = bare_did(&receipt.agent_did);
        if !self.agents.contains(agent) && doc.signer == agent {
            return None;
        }
        let mut words = words.counted(doc.digest);
        let word = words.find(|word| match word.job_id {
            None => self.by_token(job_id, word.token).is_some(),
            named => named == Some(job_id),
        });
        word.and_then(|word| word.counted).map(Link::from)
    }

    fn agent(&self, did: &str, run: Option<&str>) -> Option<Link> {
        let run = run?;
        (self.agents.contains(bare_did(did)) && self.runs.contains(run)).then_some(Link::Agent)
    }
}

/// Job and token of each place, whatever the link.
fn named<'a>(places: &[ReceiptJob<'a>]) -> Vec<(&'a str, UseToken)> {
    places.iter().map(|place| (place.job_id, place.token)).collect()
}

/// A DID without a fragment, which names something of it (W3C DID Core §3.2).
pub(crate) fn bare_did(did: &str) -> &str {
    did.split_once('#').map_or(did, |(bare, _)| bare)
}

/// The policy that a document of a job was made under.
pub(crate) fn cited_policy(payload: &Payload) -> Option<String> {
    match payload {
        Payload::TokenIssued(issued) => issued.policy_hash.map(|hash| hash.to_string()),
        Payload::GatewayReceipt(receipt) => receipt.binding.policy_hash.clone().map(String::from),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            receipt.binding.policy_hash.clone().map(String::from)
        }
        Payload::Decision(decision) => Some(decision.policy_hash.to_string()),
        Payload::JobEvent(event) => event.policy_hash.map(|hash| hash.to_string()),
        _ => None,
    }
}
