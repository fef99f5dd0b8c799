//! The uses of one token by one job, each with its row of the table.

use super::checks::judge_uses;
use super::closure::Closure;
use super::facts::JobFacts;
use super::token_table::{TableRow, UseTimes};
use super::with_facts;
use evidence::digest::TokenHash;
use tlog::index::LeafIndex;

/// A use of a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenUse {
    /// Where it stands, and its two times.
    pub at: UseTimes,
    /// The run that it names.
    pub run_id: Option<String>,
    /// What ties it to the job, as in the assessment's `links`.
    pub link: &'static str,
    /// What the table of `token.valid` says about it.
    pub row: TableRow,
    /// The revocation that the row is about.
    pub revocation: Option<LeafIndex>,
}

/// The uses of a token by the job of a closure, in log order: those that the assessment of the same closure
/// judges, tied by the same rules.
pub fn token_uses(closure: &Closure, token: TokenHash) -> Vec<TokenUse> {
    with_facts(closure, |facts| uses_of(facts, token))
}

fn uses_of(facts: &JobFacts<'_>, token: TokenHash) -> Vec<TokenUse> {
    judge_uses(facts)
        .filter(|(used, _)| used.token.hash() == Some(token))
        .filter_map(|(used, judged)| {
            Some(TokenUse {
                at: super::checks::place(used),
                run_id: used.run.map(str::to_owned),
                link: used.link.as_str(),
                // Only what may be of several tokens has no row, and that is no use of this one.
                row: judged.row?,
                revocation: judged.revocation,
            })
        })
        .collect()
}
