//! Under which token an agent, or the one who decides for it, says that something was done.

use std::collections::HashMap;

use super::links::bare_did;
use super::receipt_jobs::{LoggedIssuance, UseToken};
use evidence::digest::ScopeHash;
use evidence::payload::{AgentReceipt, TokenIssued};

/// Most tokens of one agent, scope and run among which the stated time is asked to choose. With more it is ambiguous:
/// what one use costs is bounded.
const CANDIDATES_MAX: usize = 1024;

/// What a use may say of its token; `None`: nothing.
type AgentRunKey<'a> = (Option<&'a str>, Option<ScopeHash>, Option<&'a str>);

/// Issuances of one key.
#[derive(Debug, Default)]
struct IssuanceCandidates<'a> {
    /// The first of them, one more than are chosen from.
    list: Vec<&'a TokenIssued>,
    /// Whether they, listed or not, are of more than one token.
    differ: bool,
}

impl<'a> IssuanceCandidates<'a> {
    fn add(&mut self, said: &'a TokenIssued) {
        let first = self
            .list
            .first()
            .map_or(said.token_hash, |first| first.token_hash);
        self.differ |= first != said.token_hash;
        if self.list.len() <= CANDIDATES_MAX {
            self.list.push(said);
        }
    }

    /// The one token of them.
    fn one(&self) -> UseToken {
        match self.list.first() {
            Some(_) if self.differ => UseToken::Ambiguous,
            Some(said) => UseToken::Known(said.token_hash),
            None => UseToken::Unknown(None),
        }
    }
}

/// The job's issuances by agent, scope hash and run, with each of these left out, too.
#[derive(Debug)]
pub(super) struct AgentTokens<'a> {
    by_key: HashMap<AgentRunKey<'a>, IssuanceCandidates<'a>>,
}

impl<'a> AgentTokens<'a> {
    pub(super) fn of(issuances: &[LoggedIssuance<'a>]) -> Self {
        let mut by_key: HashMap<AgentRunKey<'a>, IssuanceCandidates<'a>> = HashMap::new();
        for said in issuances.iter().map(|issuance| issuance.said) {
            let run = said.run_id.as_deref();
            let runs = [None, run].into_iter().take(if run.is_some() { 2 } else { 1 });
            for run in runs {
                for agent in [None, Some(said.agent.as_str())] {
                    for scope in [None, Some(said.scope_hash)] {
                        by_key.entry((agent, scope, run)).or_default().add(said);
                    }
                }
            }
        }
        Self { by_key }
    }

    /// The token of an agent's document: the scope hash says which of the job's, or there is only one. Where several
    /// have the same scope, as after a renewal, those for its run; of these the one that was valid at the time stated.
    pub(super) fn of_receipt(&self, receipt: &AgentReceipt, skew_ms: u64) -> UseToken {
        let scope = match receipt.binding.token_scope_hash.as_deref().map(ScopeHash::parse) {
            Some(None) => return UseToken::Unknown(None),
            Some(scope @ Some(_)) => scope,
            None => None,
        };
        let agent = Some(bare_did(&receipt.agent_did));
        let run = receipt.binding.run_id.as_deref();
        let of_run = run.and_then(|run| self.by_key.get(&(agent, scope, Some(run))));
        let Some(candidates) = of_run.or_else(|| self.by_key.get(&(agent, scope, None))) else {
            return UseToken::Unknown(None);
        };
        let at = receipt.timestamp.at().value();
        let valid = candidates.list.iter().filter(|said| {
            said.iat.saturating_mul(1000) <= at.saturating_add(skew_ms)
                && at <= said.exp.saturating_mul(1000).saturating_add(skew_ms)
        });
        match candidates.one() {
            UseToken::Ambiguous if candidates.list.len() <= CANDIDATES_MAX => {
                one_of(valid).unwrap_or(UseToken::Ambiguous)
            }
            token => token,
        }
    }

    /// The token of a run, of whichever agent; else the only one of the job.
    pub(super) fn of_run(&self, run: &str) -> UseToken {
        let of_run = self.by_key.get(&(None, None, Some(run)));
        let found = of_run.or_else(|| self.by_key.get(&(None, None, None)));
        found.map_or(UseToken::Ambiguous, IssuanceCandidates::one)
    }
}

/// The one token of some issuances; `None` where there are none.
fn one_of<'s, 'a: 's>(mut tokens: impl Iterator<Item = &'s &'a TokenIssued>) -> Option<UseToken> {
    let first = tokens.next()?.token_hash;
    Some(if tokens.all(|said| said.token_hash == first) {
        UseToken::Known(first)
    } else {
        UseToken::Ambiguous
    })
}
