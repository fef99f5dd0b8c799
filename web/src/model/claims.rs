//! Claims that a page may only make once the visitor's browser has checked their proof: which entries there are of something, and no
//! others (`docs/browser-check.md`). The page as it is sent makes none of them, and says why.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

use crate::text::{GroupedNumber, grouped};

/// What an attribute does not have as it is; what is not ASCII is never.
const UNPRINTABLE: &AsciiSet = &CONTROLS.add(b'%');

/// Why a claim is not proved on the page as it is sent.
#[derive(Debug)]
pub(crate) enum ProofReach {
    /// The log's index covers the page: a browser can check the proof.
    Covered,
    /// No entry of the log is an index.root.
    NoIndex,
    /// The index covers only so many entries: of a log that grows, it is about to cover the rest, unless it was switched off.
    Behind(String),
    /// The visitor is a guest, for whom there are no proofs but the pack's.
    Guest,
}

/// The part of the entries that a page lists, where that does not follow from its address.
#[derive(Serialize)]
struct ListedPart {
    /// All from this index on,
    first: LeafIndex,
    /// and none from this index on.
    end: LeafIndex,
}

/// One claim: the question whose answer proves it. Its JSON is what the script reads, which holds the answer against what the page shows.
#[derive(Serialize)]
pub(crate) struct ProvableClaim {
    /// In the form of [`IndexQuestion::to_json`]. Where there are several, the claim is that each has no entry for an answer.
    questions: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<LeafIndex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<ListedPart>,
    /// Where the proof of the one question is, but for the size.
    #[serde(skip)]
    href: Option<String>,
}

/// The claims of a page, and what it says as long as they are not proved.
pub(crate) struct PageClaims {
    as_of: TreeSize,
    newest: TreeSize,
    reach: ProofReach,
    claims: Vec<ProvableClaim>,
    /// How many entries there are, where the page says so next to its claims.
    pub(crate) count: Option<String>,
}

/// A claim with the size that its page speaks of.
#[derive(Serialize)]
struct SizedClaim<'a> {
    as_of: TreeSize,
    #[serde(flatten)]
    claim: &'a ProvableClaim,
}

impl ProvableClaim {
    /// All entries of these kinds, or of any, that have a subject.
    pub(crate) fn of(field: Field, value: &str, kinds: &[Kind]) -> Self {
        let question = asked(field, value, kinds);
        Self {
            href: question.address(),
            ..Self::asking(vec![question.to_json()])
        }
    }

    /// That there is no entry of any of these. What can be no value of its field needs no proof, and has none.
    pub(crate) fn none_of(subjects: &[(Field, String)]) -> Self {
        let questions = subjects.iter().map(|(field, value)| asked(*field, value, &[]));
        let provable = questions.filter(|question| question.check_value().is_ok());
        Self::asking(provable.map(|question| question.to_json()).collect())
    }

    fn asking(questions: Vec<Value>) -> Self {
        Self {
            questions,
            after: None,
            list: None,
            href: None,
        }
    }

    /// Of those, the ones after an entry.
    pub(crate) fn after(mut self, index: LeafIndex) -> Self {
        self.after = Some(index);
        self
    }

    /// The page lists those of them from one index on and below another, and says that there are more.
    pub(crate) fn listed(mut self, (first, end): (LeafIndex, LeafIndex)) -> Self {
        self.list = Some(ListedPart { first, end });
        self
    }
}

impl PageClaims {
    /// Of a page about a size, none yet. `newest`: the newest size that such a page can speak of.
    pub(crate) const fn new(reach: ProofReach, as_of: TreeSize, newest: TreeSize) -> Self {
        Self {
            as_of,
            newest,
            reach,
            claims: Vec::new(),
            count: None,
        }
    }

    /// The size that the page speaks of.
    pub(crate) const fn as_of(&self) -> TreeSize {
        self.as_of
    }

    /// The newest size, where the page speaks of an older one.
    pub(crate) fn newer_size(&self) -> Option<TreeSize> {
        (self.as_of < self.newest).then_some(self.newest)
    }

    /// The size that the page speaks of and the newest one, where that is another: what was true then need not be any more.
    pub(crate) fn older(&self) -> Option<(GroupedNumber, GroupedNumber)> {
        let newer = self.newer_size()?;
        Some((self.as_of.into(), newer.into()))
    }

    /// With one more claim. Nothing is claimed of what comes after the last entry of the page.
    pub(crate) fn with(mut self, claim: ProvableClaim) -> Self {
        let reaches_beyond = |after: LeafIndex| after.next().is_some_and(|next| self.as_of.contains(next));
        let says_something = !claim.questions.is_empty() && claim.after.is_none_or(reaches_beyond);
        let has_proof = matches!(self.reach, ProofReach::Covered | ProofReach::Behind(_));
        if has_proof && says_something {
            self.claims.push(claim);
        }
        self
    }

    /// With how many entries there are.
    pub(crate) fn counting(mut self, count: usize) -> Self {
        self.count = Some(grouped(count));
        self
    }

    /// Why the page does not claim that, in words; nothing of what a guest may not have, or of what no check of the page would prove.
    pub(crate) fn why(&self) -> Option<String> {
        match &self.reach {
            ProofReach::Guest => None,
            ProofReach::Covered | ProofReach::Behind(_) if self.claims.is_empty() => None,
            ProofReach::NoIndex => Some("this log keeps no index".to_owned()),
            ProofReach::Behind(covered) => {
                Some(format!("the log’s index covers its first {covered} entries"))
            }
            ProofReach::Covered => Some("not checked in this browser".to_owned()),
        }
    }

    /// Each claim as the script reads it: JSON, in which what is not printable ASCII is percent-encoded, so that the attribute has the
    /// very value that is asked for, whatever the page does to characters that nobody sees.
    pub(crate) fn attributes(&self) -> Vec<String> {
        let sized = |claim| SizedClaim {
            as_of: self.as_of,
            claim,
        };
        // Texts and numbers always have a JSON.
        let json = self
            .claims
            .iter()
            .map(|claim| serde_json::to_string(&sized(claim)));
        json.filter_map(Result::ok)
            .map(|json| utf8_percent_encode(&json, UNPRINTABLE).to_string())
            .collect()
    }

    /// Where the proof of the first claim is.
    pub(crate) fn proof_href(&self) -> Option<String> {
        let href = self.claims.first()?.href.as_ref()?;
        Some(format!("{href}as_of={}", self.as_of))
    }
}

fn asked(field: Field, value: &str, kinds: &[Kind]) -> IndexQuestion {
    IndexQuestion::Subject {
        field: field.into(),
        value: value.to_owned(),
        kinds: kinds.to_vec(),
    }
}
