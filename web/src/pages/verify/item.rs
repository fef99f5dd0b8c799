//! One thing that was verified, in words.

use ledger_query::QueryEngine;
use ledger_query::verify::{BundleBinding, DocumentBinding, NoBundle, ReceiptBinding, VerifiedItem};
use serde_json::Value;
use verifier::assess::CheckStatus;
use verifier::check::{Authenticity, ReportAnswers, Status};
use verifier::document::Submission;

use super::bundle::{self, BundleSummary};
use super::jobs::LoggedJobsView;
use super::pulses::{PulseBudget, PulseViews};
use crate::error::PageError;
use crate::model::detail::roles;
use crate::model::verdict::VerdictState;
use crate::text::{GroupedNumber, Time, grouped, segment, shortened};

/// Facts shown of one thing, and characters of each.
const FACTS_SHOWN: usize = 30;
const FACT_CHARACTERS_MAX: usize = 300;
/// Characters of a sentence.
const MESSAGE_CHARACTERS_MAX: usize = 400;

/// Details that have a place of their own.
const TOLD_ELSEWHERE: [&str; 5] = ["checked", "not_checked", "proved", "not_proved", "completeness"];

/// One verified thing, in words.
pub(super) struct ItemView {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) answers: AnswersView,
    pub(super) code: String,
    pub(super) message: String,
    /// What its verdict rests on, and what it does not say, each with the words in front of it.
    pub(super) proved: Vec<(&'static str, String)>,
    pub(super) signature: VerdictState,
    pub(super) signer: Option<SignerView>,
    pub(super) binding: Option<BindingView>,
    /// Where this log holds it.
    pub(super) entry: Option<GroupedNumber>,
    pub(super) logged: Option<Time>,
    pub(super) in_log: bool,
    pub(super) looked_up: bool,
    pub(super) jobs: LoggedJobsView,
    /// Of a pack: its job as of its size.
    pub(super) job: Option<(String, String)>,
    pub(super) missing: Vec<&'static str>,
    /// Where it has hex in a member of base64url.
    pub(super) hex_at: Vec<String>,
    pub(super) checked: Vec<String>,
    pub(super) not_checked: Vec<String>,
    pub(super) facts: Vec<(String, String)>,
    /// Whether everything is told that was looked at.
    pub(super) detailed: bool,
    pub(super) summary: Option<BundleSummary>,
    pub(super) pulses: PulseViews,
}

/// Whether it is genuine, and what it says.
pub(super) struct AnswersView {
    pub(super) first: VerdictState,
    pub(super) first_line: String,
    pub(super) genuine: bool,
    /// What a genuine thing says.
    pub(super) verdict: Option<VerdictState>,
    pub(super) verdict_line: String,
    pub(super) passes: bool,
    /// The API's word for how the check ended.
    pub(super) status: &'static str,
}

impl AnswersView {
    fn of(item: &VerifiedItem) -> Self {
        let told = item.report_text();
        let answers = item.answers;
        Self {
            first: answers.authenticity.into(),
            first_line: shortened(&told.first_line(), MESSAGE_CHARACTERS_MAX),
            genuine: answers.authenticity == Authenticity::Genuine,
            verdict: answers.verdict.map(VerdictState::from),
            verdict_line: told.verdict_line(),
            passes: answers.verdict == Some(Status::Pass),
            status: item.status.as_str(),
        }
    }
}

/// Who signed.
pub(super) struct SignerView {
    pub(super) did: String,
    pub(super) roles: String,
    pub(super) registered: bool,
    /// Why it could not sign this now.
    pub(super) fault: Option<&'static str>,
}

/// What it is bound to.
pub(super) struct BindingView {
    pub(super) sentence: String,
    pub(super) run: Option<(String, String)>,
    pub(super) bundle: Option<GroupedNumber>,
    pub(super) good: bool,
}

/// The answers by which things are counted.
pub(super) const ANSWERS: [&str; 5] = [
    "genuine and PASS",
    "genuine and FAIL",
    "genuine and INCOMPLETE",
    "NOT genuine",
    "not to be judged",
];

/// Where both answers stand among [`ANSWERS`].
pub(super) const fn order(answers: ReportAnswers) -> usize {
    match (answers.authenticity, answers.verdict) {
        (Authenticity::NotGenuine, _) => 3,
        (Authenticity::Unknown, _) => 4,
        (Authenticity::Genuine, Some(Status::Pass)) => 0,
        (Authenticity::Genuine, Some(Status::Fail)) => 1,
        (Authenticity::Genuine, _) => 2,
    }
}

/// `bytes`: the document, where the thing is one.
pub(super) fn view(
    engine: &QueryEngine,
    name: String,
    bytes: Option<&[u8]>,
    item: &VerifiedItem,
    turn: &mut PulseBudget<'_>,
) -> Result<ItemView, PageError> {
    let pulses = bytes
        .map(|bytes| turn.pulses(bytes))
        .transpose()?
        .unwrap_or_default();
    let detailed = turn.tells_details();
    let jobs = match item.log.index {
        Some(index) => LoggedJobsView::of(turn.jobs(index)?),
        None => LoggedJobsView::default(),
    };
    let document = bytes.filter(|_| detailed).map(Submission::parse);
    let summary = match document {
        Some(Ok(submission)) => bundle::summary(engine, &submission.document)?,
        Some(Err(_)) | None => None,
    };
    Ok(ItemView {
        name,
        hex_at: item
            .warnings
            .iter()
            .map(|warning| warning.pointer.clone())
            .collect(),
        kind: item.kind.replace('_', " "),
        answers: AnswersView::of(item),
        code: item.reason_code.clone(),
        message: shortened(&item.message, MESSAGE_CHARACTERS_MAX),
        proved: proved(item),
        signature: match item.signature {
            "valid" => CheckStatus::Pass.into(),
            "invalid" => CheckStatus::Fail.into(),
            _ => CheckStatus::NotEvaluated.into(),
        },
        signer: item.signer.as_ref().map(|signer| SignerView {
            did: signer.did.clone(),
            registered: !signer.roles.is_empty(),
            roles: if signer.roles.is_empty() {
                "not registered in this log: its own word".to_owned()
            } else {
                roles(&signer.roles)
            },
            fault: Some(signer.reason_code).filter(|code| *code != "OK"),
        }),
        binding: item.binding.as_ref().map(binding),
        entry: item.log.index.map(GroupedNumber::from),
        logged: item.log.logged_at.map(Time::new),
        in_log: item.log.found,
        looked_up: item.log.looked_up,
        jobs,
        job: job(item),
        missing: item.missing.iter().map(|what| missing(what)).collect(),
        checked: list(item, "checked"),
        not_checked: list(item, "not_checked"),
        facts: if detailed { facts(item) } else { Vec::new() },
        detailed,
        summary,
        pulses,
    })
}

fn proved(item: &VerifiedItem) -> Vec<(&'static str, String)> {
    let sentences = [("Proved", "proved"), ("Not proved", "not_proved")].into_iter();
    sentences
        .filter(|_| item.answers.authenticity == Authenticity::Genuine)
        .filter_map(|(label, detail)| Some((label, item.details.get(detail)?.as_str()?.to_owned())))
        .collect()
}

fn binding(binding: &DocumentBinding) -> BindingView {
    match binding {
        DocumentBinding::Receipt(receipt) => receipt_binding(receipt),
        DocumentBinding::Bundles(bundles) => bundle_binding(bundles),
    }
}

fn receipt_binding(receipt: &ReceiptBinding) -> BindingView {
    let ReceiptBinding::Event { run_id, bundle, .. } = receipt else {
        return BindingView {
            sentence: "It names no run and no event: it could belong to any bundle.".to_owned(),
            run: None,
            bundle: None,
            good: false,
        };
    };
    let sentence = match bundle {
        Ok(_) => "Its event is in the event chain of a bundle of this log.",
        Err(NoBundle::NotInBundle) => {
            "This log has a bundle of the run, but the event is not in its event chain."
        }
        Err(NoBundle::NoBundle) => "This log has no bundle of the run.",
        Err(NoBundle::NotLookedUp) => "The run has more bundles than were looked at.",
    };
    BindingView {
        sentence: sentence.to_owned(),
        run: Some((format!("/runs/{}", segment(run_id)), run_id.clone())),
        bundle: bundle.ok().map(GroupedNumber::from),
        good: bundle.is_ok(),
    }
}

fn bundle_binding(found: &BundleBinding) -> BindingView {
    let mut sentence = format!(
        "{} of {} gateway receipts in it are in this log",
        grouped(found.logged.len()),
        grouped(found.receipts)
    );
    if !found.refused.is_empty() {
        sentence = format!(
            "{sentence}; of {} hash or signature does not hold",
            grouped(found.refused.len())
        );
    }
    let all_looked_up = found.looked_up == found.receipts;
    if !all_looked_up {
        sentence = format!("{sentence}; only {} were looked up", grouped(found.looked_up));
    }
    BindingView {
        sentence: format!("{sentence}."),
        run: None,
        bundle: None,
        good: found.not_logged.is_empty() && found.refused.is_empty() && all_looked_up,
    }
}

/// The job of a pack that this log could have made.
fn job(item: &VerifiedItem) -> Option<(String, String)> {
    let id = item
        .details
        .get("job_id")?
        .as_str()
        .filter(|_| item.kind == "pack")?;
    let size = item.details.get("as_of").and_then(Value::as_u64)?;
    Some((format!("/jobs/{}?as_of={size}", segment(id)), id.to_owned()))
}

fn missing(what: &str) -> &'static str {
    match what {
        "log_entry" => "an entry of this log that holds it",
        "signer_role" => "a registration of its signer for what it signs",
        "binding" => "the run and event that it belongs to",
        "bundle" => "a bundle of this log that has its event",
        "receipts" => "some of its receipts, in this log",
        "evidence" => "the document that the proof is about; send both together",
        "urm" => "the run manifest that the bundle cites by hash",
        "allowlist" => "a list of the signers whose attestations and web receipts count",
        "entry" => "the entry, in the proof's extra line",
        "checkpoint" => "a checkpoint of this log of that size",
        _ => "something else",
    }
}

fn list(item: &VerifiedItem, name: &str) -> Vec<String> {
    let words = item.details.get(name).and_then(Value::as_array);
    words
        .into_iter()
        .flatten()
        .take(FACTS_SHOWN)
        .filter_map(|word| Some(shortened(&word.as_str()?.replace('_', " "), FACT_CHARACTERS_MAX)))
        .collect()
}

/// Everything else that the verifier noted, as it wrote it.
fn facts(item: &VerifiedItem) -> Vec<(String, String)> {
    item.details
        .iter()
        .filter(|(name, _)| !TOLD_ELSEWHERE.contains(&name.as_str()))
        .take(FACTS_SHOWN)
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.replace('_', " "), shortened(&text, FACT_CHARACTERS_MAX))
        })
        .collect()
}
