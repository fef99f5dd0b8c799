//! What does not count for the job, and why.

use std::collections::BTreeSet;

use super::entry_document::{DocumentBody, EntryDocument};
use super::links::Links;
use super::{JobFacts, UnsoundRecord};
use crate::closure::{Closure, Query};
use evidence::digest::ScopeHash;
use evidence::kind::{Kind, Role};
use evidence::payload::Payload;
use evidence::subject::{Field, Subject, subject_hash};
use tlog::index::LeafIndex;

impl JobFacts<'_> {
    /// What does not count, and why.
    pub(super) fn rest(&mut self) {
        let told = named(self.closure, self.links, true);
        let named = named(self.closure, self.links, false);
        let ours = self.own_subjects();
        let scopes: BTreeSet<ScopeHash> = self
            .issuances
            .iter()
            .map(|issuance| issuance.said.scope_hash)
            .collect();
        let cited: BTreeSet<LeafIndex> = self.cited_entries();
        for doc in self.docs {
            let index = doc.index;
            if self.links.linked.contains_key(&index) || cited.contains(&index) {
                if let Some((code, message)) = self.refusal(doc) {
                    self.unsound.push(UnsoundRecord { index, code, message });
                }
                continue;
            }
            match &doc.body {
                DocumentBody::Erased if self.was_the_jobs(doc, &ours) => self.erased.push(index),
                DocumentBody::Refused(refusal)
                    if self.bound(doc) && self.may_speak(doc) && self.is_sent_for(doc) =>
                {
                    self.refused.push((doc, refusal));
                }
                DocumentBody::Broken(broken) if told.contains(&index) => self.unsound.push(UnsoundRecord {
                    index,
                    code: broken.code,
                    message: broken.message.clone(),
                }),
                DocumentBody::Said(_) => self.classify_statement(doc, &named, &scopes),
                _ => {}
            }
        }
    }

    /// A document that holds: not entitled and otherwise the job's, or not the job's.
    fn classify_statement(
        &mut self,
        doc: &EntryDocument,
        named: &BTreeSet<LeafIndex>,
        scopes: &BTreeSet<ScopeHash>,
    ) {
        let index = doc.index;
        let refusal = self.refusal(doc);
        if let Some((code, message)) = refusal.filter(|_| self.would_be_the_jobs(doc, scopes)) {
            self.unsound.push(UnsoundRecord { index, code, message });
        } else if named.contains(&index) && doc.kind != Kind::Context && !is_about_all(doc) {
            self.unbound.push(index);
        }
    }

    /// Whether an erased document, of which only the entry is left, was the job's: its own signed ids name the job,
    /// one of its runs or tokens, or as an approval one of its agents, and its signer is one whose word counts; or a
    /// context of a submitter that is bound to the signer does. What anybody else said about it was never more than
    /// that.
    fn was_the_jobs(&self, doc: &EntryDocument, ours: &BTreeSet<Subject>) -> bool {
        let Some(record) = self.closure.records.get(&doc.index) else {
            return false;
        };
        let names = |subjects: &[Subject]| subjects.iter().any(|subject| ours.contains(subject));
        // Nothing is left that could show whether an approval of the job's agent was a refusal, and of what.
        let approval = || doc.kind == Kind::ReceiptApproval && self.is_about_an_agent(&record.entry.subjects);
        let by_itself = (names(&record.entry.subjects) || approval()) && self.may_speak(doc);
        let sent = record.entry.context_subjects.as_deref().unwrap_or_default();
        by_itself || (names(sent) && self.bound(doc))
    }

    /// Whether one of the ids that an entry carries is an agent of the job.
    fn is_about_an_agent(&self, subjects: &[Subject]) -> bool {
        self.agents
            .iter()
            .any(|agent| subjects.contains(&self.subject(Field::Agent, agent)))
    }

    fn subject(&self, field: Field, value: &str) -> Subject {
        Subject {
            field,
            hash: subject_hash(&self.closure.salt, field, value),
        }
    }

    /// Whether the word of the signer of an erased or refused document counts for the job. An agent's signature counts only if
    /// the agent belongs to the job.
    fn may_speak(&self, doc: &EntryDocument) -> bool {
        let agent = || self.agents.contains(doc.signer.as_str());
        match doc.kind {
            Kind::ReceiptTool | Kind::ReceiptSideEffect => {
                let observes = |role| self.trust.holds_at(&doc.signer, role, doc.index, doc.logged_at);
                agent() || observes(Role::Gateway) || observes(Role::EnforcementPoint)
            }
            Kind::Bundle | Kind::Pulse => agent(),
            // Of a refused document the content counts for nothing, and with it the kind.
            Kind::Refused => {
                let issuer = self.trust.issuers.find(&doc.signer);
                let mut registrations = issuer.into_iter().flat_map(|issuer| &issuer.registrations);
                agent() || registrations.any(|one| one.roles.iter().any(|role| *role != Role::Agent))
            }
            _ => self.trust.issuers.find(&doc.signer).is_some(),
        }
    }

    /// The job, its runs and its tokens as entries carry them.
    fn own_subjects(&self) -> BTreeSet<Subject> {
        let runs = self.runs.iter().map(|run| self.subject(Field::Run, run));
        let tokens = self.links.tokens.iter();
        let tokens = tokens.map(|token| self.subject(Field::Token, &token.to_string()));
        std::iter::once(self.subject(Field::Job, self.job_id))
            .chain(runs)
            .chain(tokens)
            .collect()
    }

    /// Whether a refused document was sent for the job: by name, or under a token of it without a name.
    fn is_sent_for(&self, doc: &EntryDocument) -> bool {
        doc.context
            .as_ref()
            .is_some_and(|context| match (&context.job_id, context.token_hash) {
                (Some(job_id), _) => job_id == self.job_id,
                (None, Some(token)) => self.links.tokens.contains(&token),
                (None, None) => false,
            })
    }

    fn refusal(&self, doc: &EntryDocument) -> Option<(&'static str, String)> {
        self.trust.refused(doc)
    }

    fn bound(&self, doc: &EntryDocument) -> bool {
        self.trust.is_bound(doc)
    }

    /// Whether a document whose signer was not entitled would be the job's if it had been.
    fn would_be_the_jobs(&self, doc: &EntryDocument, scopes: &BTreeSet<ScopeHash>) -> bool {
        match doc.payload() {
            Some(Payload::TokenIssued(issued)) => {
                issued.job_id.as_deref() == Some(self.job_id)
                    || self.links.tokens.contains(&issued.token_hash)
            }
            Some(Payload::TokenRevoked(revoked)) => self.links.may_use(revoked.token_hash),
            Some(Payload::GatewayReceipt(receipt)) => {
                let run = receipt.binding.run_id.as_deref();
                let scope = receipt
                    .binding
                    .token_scope_hash
                    .as_deref()
                    .and_then(ScopeHash::parse);
                run.is_some_and(|run| self.runs.contains(run))
                    && scope.is_some_and(|scope| scopes.contains(&scope))
            }
            Some(Payload::PolicyPublished(published)) => {
                self.policies.contains_key(&published.policy_hash.to_string())
            }
            _ => self.links.document(self.job_id, doc, self.words).is_some(),
        }
    }

    /// Entries that the job's documents rest on without naming the job.
    fn cited_entries(&self) -> BTreeSet<LeafIndex> {
        let policies = self.policies.values().flat_map(|policy| {
            let published = policy.published.iter().map(|seen| seen.index);
            let withdrawn = policy.withdrawn.iter().map(|seen| seen.index);
            published
                .chain(withdrawn)
                .chain(policy.frozen.iter().map(|seen| seen.index))
        });
        policies
            .chain(self.revocations.iter().map(|seen| seen.index))
            .collect()
    }
}

/// Entries that the lookups of the job and of its runs found, and of its tokens where these are wanted, too.
fn named(closure: &Closure, links: &Links<'_>, tokens: bool) -> BTreeSet<LeafIndex> {
    let of_job = |query: &Query| match query {
        Query::Subject { field, value, .. } => {
            (*field == Field::Job && *value == closure.job_id)
                || (*field == Field::Run && links.runs.contains(value.as_str()))
                || (tokens && *field == Field::Token && links.names_token(value))
        }
        Query::Kind(_) | Query::Evidence(_) | Query::Hashed { .. } => false,
    };
    closure
        .answers
        .iter()
        .filter(|answer| of_job(&answer.query))
        .flat_map(|answer| answer.indices.iter().copied())
        .collect()
}

/// Whether a document is of a kind that belongs to no job. Such documents never count as missing evidence.
fn is_about_all(doc: &EntryDocument) -> bool {
    matches!(
        doc.kind,
        Kind::PolicyPublished
            | Kind::PolicyWithdrawn
            | Kind::PolicyFrozen
            | Kind::ErasureOrdered
            | Kind::HoldPlaced
            | Kind::HoldReleased
            | Kind::LogGenesis
            | Kind::LogSettings
            | Kind::LogClock
            | Kind::LogKey
            | Kind::LogFrozen
    )
}
