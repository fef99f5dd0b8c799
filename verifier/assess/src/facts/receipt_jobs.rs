//! To which job and token a gateway receipt belongs.

use std::collections::{BTreeSet, HashMap};

use super::context_statements::{ContextStatement, ContextStatements};
use super::entry_document::EntryDocument;
use super::links::Link;
use evidence::digest::{ScopeHash, TokenHash};
use evidence::payload::{GatewayReceipt, TokenIssued};

/// An issuance in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoggedIssuance<'a> {
    pub(crate) doc: &'a EntryDocument,
    pub(crate) said: &'a TokenIssued,
}

/// The token of a use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum UseToken {
    /// This one, and it is issued in the log.
    Known(TokenHash),
    /// One that is not issued in the log; its hash, where a context or decision names it.
    Unknown(Option<TokenHash>),
    /// One of several, and nothing says which.
    Ambiguous,
}

impl UseToken {
    /// The token's hash, where it is known.
    pub(crate) const fn hash(self) -> Option<TokenHash> {
        match self {
            Self::Known(token) | Self::Unknown(Some(token)) => Some(token),
            Self::Unknown(None) | Self::Ambiguous => None,
        }
    }
}

/// A job that a receipt belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ReceiptJob<'a> {
    pub(crate) job_id: &'a str,
    pub(crate) token: UseToken,
    pub(crate) link: Link,
}

/// Why scope hash and run tie a receipt to no job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoJobReason {
    /// It has no scope hash, or none that a token can have.
    NoScopeHash,
    /// It names no run.
    NoRun,
    /// No issuance for a job has both.
    NoIssuance,
    /// Several tokens or jobs have both.
    Several,
}

/// The jobs of a receipt, or why it has none.
pub(super) struct ReceiptJobs<'a> {
    /// By contexts that count, else by scope and run.
    pub(super) places: Vec<ReceiptJob<'a>>,
    /// The jobs among which scope and run cannot choose.
    pub(super) ambiguous: Vec<&'a str>,
    /// Why there is no place.
    pub(super) untied: Option<NoJobReason>,
}

impl<'a> ReceiptJobs<'a> {
    const fn at(places: Vec<ReceiptJob<'a>>) -> Self {
        Self {
            places,
            ambiguous: Vec::new(),
            untied: None,
        }
    }

    const fn nowhere(why: NoJobReason, ambiguous: Vec<&'a str>) -> Self {
        Self {
            places: Vec::new(),
            ambiguous,
            untied: Some(why),
        }
    }
}

/// What a receipt's place is decided from: every issuance that counts.
#[derive(Debug, Default)]
pub(super) struct ReceiptJobIndex<'a> {
    /// Tokens that are issued in the log, with a job that one of their issuances names, and the first issuance of each
    /// with a scope hash.
    issued: HashMap<TokenHash, Option<&'a str>>,
    by_token: HashMap<(TokenHash, ScopeHash), &'a TokenIssued>,
    /// What a scope hash says about the token: of all issuances that have it, of those for a job, and of those
    /// for a job and run. Each is asked about once for every receipt, so that it is decided here once.
    by_scope: HashMap<(ScopeHash, Option<&'a str>, Option<&'a str>), UseToken>,
    /// Jobs and tokens of the issuances that have a scope hash and a run.
    by_run: HashMap<(ScopeHash, &'a str), BTreeSet<(&'a str, TokenHash)>>,
}

impl<'a> ReceiptJobIndex<'a> {
    pub(super) fn add(&mut self, said: &'a TokenIssued) {
        let (scope, token) = (said.scope_hash, said.token_hash);
        let (job_id, run) = (said.job_id.as_deref(), said.run_id.as_deref());
        let named = self.issued.entry(token).or_default();
        *named = named.or(job_id);
        self.by_token.entry((token, scope)).or_insert(said);
        note(&mut self.by_scope, (scope, None, None), token);
        if let Some(job_id) = job_id {
            note(&mut self.by_scope, (scope, Some(job_id), None), token);
        }
        if let (Some(job_id), Some(run)) = (job_id, run) {
            note(&mut self.by_scope, (scope, Some(job_id), Some(run)), token);
            self.by_run
                .entry((scope, run))
                .or_default()
                .insert((job_id, token));
        }
    }

    /// The jobs of a receipt by contexts that count, else by scope and run.
    pub(super) fn of_receipt(
        &self,
        doc: &'a EntryDocument,
        receipt: &'a GatewayReceipt,
        words: &ContextStatements<'a>,
    ) -> ReceiptJobs<'a> {
        let scope = receipt
            .binding
            .token_scope_hash
            .as_deref()
            .and_then(ScopeHash::parse);
        let mut places: Vec<ReceiptJob<'a>> = Vec::new();
        let mut known = BTreeSet::new();
        for word in words.counted(doc.digest) {
            let run = receipt.binding.run_id.as_deref();
            let place = self.by_word(word, scope, run);
            // A later word of the same content adds nothing.
            places.extend(place.filter(|new| known.insert((new.job_id, new.token))));
        }
        if places.is_empty() {
            self.by_binding(receipt)
        } else {
            ReceiptJobs::at(places)
        }
    }

    /// The job of a receipt by its scope hash and run alone, by any signer.
    pub(super) fn by_binding(&self, receipt: &GatewayReceipt) -> ReceiptJobs<'a> {
        let binding = &receipt.binding;
        let scope = binding.token_scope_hash.as_deref().and_then(ScopeHash::parse);
        match (scope, binding.run_id.as_deref()) {
            (Some(scope), Some(run)) => self.by_scope_and_run(scope, run),
            (None, _) => ReceiptJobs::nowhere(NoJobReason::NoScopeHash, Vec::new()),
            (Some(_), None) => ReceiptJobs::nowhere(NoJobReason::NoRun, Vec::new()),
        }
    }

    /// Where a context that counts says that a receipt belongs. The scope hash is the caller's text: one that is
    /// missing or of another token leaves open which token was used, and takes no receipt out of its job.
    fn by_word(
        &self,
        word: &ContextStatement<'a>,
        scope: Option<ScopeHash>,
        run: Option<&str>,
    ) -> Option<ReceiptJob<'a>> {
        let link = Link::from(word.counted?);
        let place = |job_id, token| ReceiptJob { job_id, token, link };
        let named = |token| word.job_id.or_else(|| *self.issued.get(&token)?);
        match (word.token, scope) {
            (None, None) => Some(place(word.job_id?, UseToken::Ambiguous)),
            (None, Some(scope)) => {
                let job_id = word.job_id?;
                Some(place(job_id, self.token_of_scope(job_id, scope, run)))
            }
            (Some(token), _) if !self.issued.contains_key(&token) => {
                Some(place(word.job_id?, UseToken::Unknown(Some(token))))
            }
            (Some(token), scope) => {
                let issued = scope.and_then(|scope| self.by_token.get(&(token, scope)));
                match issued {
                    Some(issued) => {
                        let job_id = word.job_id.or(issued.job_id.as_deref())?;
                        Some(place(job_id, UseToken::Known(token)))
                    }
                    None => Some(place(named(token)?, UseToken::Ambiguous)),
                }
            }
        }
    }

    /// The token of a scope hash: of the job's issuances for the run if there is one, else of the job's, else of any.
    fn token_of_scope(&self, job_id: &str, scope: ScopeHash, run: Option<&str>) -> UseToken {
        let of_run = run.and_then(|run| self.by_scope.get(&(scope, Some(job_id), Some(run))));
        of_run
            .or_else(|| self.by_scope.get(&(scope, Some(job_id), None)))
            .or_else(|| self.by_scope.get(&(scope, None, None)))
            .copied()
            .unwrap_or(UseToken::Unknown(None))
    }

    fn by_scope_and_run(&self, scope: ScopeHash, run: &str) -> ReceiptJobs<'a> {
        let Some(candidates) = self.by_run.get(&(scope, run)) else {
            return ReceiptJobs::nowhere(NoJobReason::NoIssuance, Vec::new());
        };
        if let (Some((job_id, token)), 1) = (candidates.first(), candidates.len()) {
            let place = ReceiptJob {
                job_id,
                token: UseToken::Known(*token),
                link: Link::Scope,
            };
            return ReceiptJobs::at(vec![place]);
        }
        let mut jobs: Vec<&'a str> = candidates.iter().map(|(job_id, _)| *job_id).collect();
        jobs.dedup();
        ReceiptJobs::nowhere(NoJobReason::Several, jobs)
    }
}

/// One more issuance that a key stands for.
fn note<K: std::hash::Hash + Eq>(tokens: &mut HashMap<K, UseToken>, key: K, token: TokenHash) {
    let known = tokens.entry(key).or_insert(UseToken::Known(token));
    if *known != UseToken::Known(token) {
        *known = UseToken::Ambiguous;
    }
}
