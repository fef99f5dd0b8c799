//! Models, tools and tokens that the job used, each with its count.

use std::collections::BTreeMap;

use verifier::assess::{CheckStatus, UseAct, UseOfJob};
use verifier::digest::TokenHash;
use verifier::index::LeafIndex;
use verifier::payload::Payload;

use super::page_verdict::PageVerdict;
use super::story_documents::StoryDocuments;
use crate::model::signers::SignerTable;
use crate::model::standing::EvidenceStanding;
use crate::text::{GroupedNumber, Time, counted, epoch_seconds, grouped, segment, shortened};

/// Rows of each list.
const ROWS_SHOWN: usize = 24;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 100;

/// A model with its calls.
pub(super) struct ModelRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) calls: String,
    pub(super) tokens_input: String,
    pub(super) tokens_output: String,
}

/// A tool with its calls.
pub(super) struct ToolRow {
    pub(super) name: String,
    /// `tool call`, `side effect` or `allowed before it ran`.
    pub(super) what: &'static str,
    pub(super) calls: String,
    /// Whose word it is.
    pub(super) word: EvidenceStanding,
}

/// A token with its uses by this job.
pub(super) struct TokenRow {
    pub(super) hash: String,
    pub(super) issued: Option<GroupedNumber>,
    pub(super) scope: Option<String>,
    pub(super) expires: Option<Time>,
    pub(super) uses: String,
    pub(super) revoked: Vec<GroupedNumber>,
    /// Uses that fail `token.valid`.
    pub(super) bad: String,
}

/// Models, tools and tokens that the job used, each with its count.
pub(super) struct Usage {
    pub(super) models: Vec<ModelRow>,
    pub(super) tools: Vec<ToolRow>,
    pub(super) tokens: Vec<TokenRow>,
    /// Whether a list has more.
    pub(super) cut: bool,
}

pub(super) fn of(judged: &PageVerdict, said: &StoryDocuments, signers: &SignerTable) -> Usage {
    let mut models: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    let mut tools: BTreeMap<ToolKey<'_>, u64> = BTreeMap::new();
    for used in &judged.examined().uses {
        let (name, what) = match &used.act {
            UseAct::Model {
                model,
                tokens_input,
                tokens_output,
            } => {
                let sums = models.entry(model).or_default();
                for (sum, add) in sums.iter_mut().zip([1, *tokens_input, *tokens_output]) {
                    *sum = sum.saturating_add(add);
                }
                continue;
            }
            UseAct::Tool(name) => (name, TOOL_CALL),
            UseAct::SideEffect(name) => (name, "side effect"),
            UseAct::Allowed(name) => (name, ALLOWED),
        };
        let calls = tools
            .entry((name, what, standing_of(judged, used.at.index, signers)))
            .or_default();
        *calls = calls.saturating_add(1);
    }
    let tokens = &judged.assessment().summary.token_hashes;
    Usage {
        cut: [models.len(), tools.len(), tokens.len()]
            .iter()
            .any(|rows| *rows > ROWS_SHOWN),
        models: models.into_iter().take(ROWS_SHOWN).map(model_row).collect(),
        tools: tools.into_iter().take(ROWS_SHOWN).map(tool_row).collect(),
        tokens: tokens
            .iter()
            .take(ROWS_SHOWN)
            .map(|hash| token_row(hash, judged, said))
            .collect(),
    }
}

/// Name, what was done, and whose word it is.
type ToolKey<'a> = (&'a str, &'static str, EvidenceStanding);

const TOOL_CALL: &str = "tool call";
const ALLOWED: &str = "allowed before it ran";

/// Whose word an entry is. An agent of the job reports itself, whatever else it is registered for.
fn standing_of(judged: &PageVerdict, index: LeafIndex, signers: &SignerTable) -> EvidenceStanding {
    match judged.closure().records.get(&index) {
        Some(record) if !judged.is_agent(&record.entry.signer) => signers.of(&record.entry, index).word,
        _ => EvidenceStanding::SelfReported,
    }
}

fn model_row((name, [calls, tokens_input, tokens_output]): (&str, [u64; 3])) -> ModelRow {
    ModelRow {
        href: format!("/jobs?model={}", segment(name)),
        name: shortened(name, NAME_CHARACTERS_MAX),
        calls: counted(calls, "call", "calls"),
        tokens_input: grouped(tokens_input),
        tokens_output: grouped(tokens_output),
    }
}

fn tool_row(((name, what, word), calls): (ToolKey<'_>, u64)) -> ToolRow {
    ToolRow {
        name: shortened(name, NAME_CHARACTERS_MAX),
        what,
        calls: counted(calls, "time", "times"),
        word,
    }
}

fn token_row(hash: &str, judged: &PageVerdict, said: &StoryDocuments) -> TokenRow {
    let wanted = TokenHash::parse_hex(hash);
    let of_token = |used: &&UseOfJob| wanted.is_some() && used.token == wanted;
    let uses = judged.examined().uses.iter().filter(of_token);
    let bad = uses
        .clone()
        .filter(|used| used.status() == CheckStatus::Fail)
        .count();
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut row = TokenRow {
        hash: hash.to_owned(),
        issued: None,
        scope: None,
        expires: None,
        uses: counted(number(uses.count()), "use", "uses"),
        revoked: Vec::new(),
        bad: if bad == 0 {
            String::new()
        } else {
            grouped(number(bad))
        },
    };
    for (known, payload) in said.payloads() {
        match payload {
            Payload::TokenIssued(issued) if row.issued.is_none() && Some(issued.token_hash) == wanted => {
                row.issued = Some(known.record.index.into());
                row.expires = Some(epoch_seconds(issued.exp));
                row.scope = Some(issued.scope_hash.to_string());
            }
            Payload::TokenRevoked(revoked)
                if row.revoked.len() < ROWS_SHOWN && Some(revoked.token_hash) == wanted =>
            {
                row.revoked.push(known.record.index.into());
            }
            _ => {}
        }
    }
    row
}
