//! What people said about the job: who opened it, disputes, reviews, rollbacks, what supersedes what; and its files.

use std::collections::BTreeMap;

use ledger_query::QueryEngine;
use ledger_query::projection::Verdict;
use verifier::index::{LeafIndex, TreeSize};
use verifier::payload::{Artifact, JobAction, JobEvent, Payload};

use super::page_verdict::PageVerdict;
use super::parts::ListingReason;
use super::story_documents::StoryDocuments;
use crate::error::PageError;
use crate::model::signers::{EntrySigner, SignerTable};
use crate::model::standing::EvidenceStanding;
use crate::model::verdict::VerdictState;
use crate::model::{KnownRecord, host};
use crate::text::{GroupedNumber, Time, counted, grouped, segment, shortened};

/// Rows of each list.
const ROWS_SHOWN: usize = 20;
/// Characters of what somebody wrote.
const TEXT_CHARACTERS_MAX: usize = 160;

/// An event as a row.
pub(super) struct EventRow {
    pub(super) index: GroupedNumber,
    pub(super) what: String,
    pub(super) signer: EntrySigner,
    pub(super) time: Time,
    /// Member and text, as signed.
    pub(super) said: Vec<(&'static str, String)>,
    /// Another job, where the event relates two.
    pub(super) other: Option<(String, String)>,
}

/// Most sizes that reviews name, other than the page's own, for which the log's verdict is looked up.
const REVIEWED_SIZES_MAX: usize = 3;

/// A review as a row.
pub(super) struct ReviewRow {
    pub(super) event: EventRow,
    pub(super) verdict: Option<VerdictState>,
    pub(super) tree_size: Option<(u64, String)>,
    /// The log's verdict at that size, where the review states another one.
    pub(super) contradicted: Option<VerdictState>,
    stated: Option<Verdict>,
}

/// A file that belongs to the job.
pub(super) struct ArtifactRow {
    pub(super) index: GroupedNumber,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) size: String,
    pub(super) media_type: String,
    pub(super) sha256: String,
    /// As text: never a link.
    pub(super) uri: Option<String>,
    pub(super) signer: EntrySigner,
    pub(super) word: EvidenceStanding,
    pub(super) kept: bool,
    /// What it says about the host that ran the agent.
    pub(super) host: Vec<String>,
}

/// The first halt of the job among its uses.
pub(super) struct HaltView {
    pub(super) at: LeafIndex,
    pub(super) event: EventRow,
    /// The last use logged before it.
    pub(super) before: Option<GroupedNumber>,
    /// How many uses are logged after it.
    pub(super) after: usize,
    /// The entries after it, up to the size that the page speaks of.
    pub(super) rest: Option<(String, String)>,
}

/// What people said about the job, and its files.
pub(super) struct StoryView {
    /// Opened, halted, closed, and how the job relates to others.
    pub(super) events: Vec<EventRow>,
    pub(super) reviews: Vec<ReviewRow>,
    /// The dispute that nobody has ended.
    pub(super) dispute: Option<EventRow>,
    /// What this job says of an earlier one: that it takes its place, or takes back what it did.
    pub(super) replaces: Vec<EventRow>,
    /// Where the job was halted, and what is known of uses before and after.
    pub(super) halt: Option<HaltView>,
    /// Another job that takes this one's place, or takes back what it did.
    pub(super) replaced: Vec<EventRow>,
    pub(super) artifacts: Vec<ArtifactRow>,
    pub(super) title: Option<String>,
    /// Who asked for the job, as those say who opened it.
    pub(super) requesters: Vec<String>,
    pub(super) cut: bool,
}

pub(super) fn of(
    judged: &PageVerdict,
    said: &StoryDocuments,
    listed: &BTreeMap<LeafIndex, ListingReason>,
    signers: &SignerTable,
) -> StoryView {
    let mut story = StoryView {
        events: Vec::new(),
        reviews: Vec::new(),
        dispute: None,
        replaces: Vec::new(),
        halt: None,
        replaced: Vec::new(),
        artifacts: Vec::new(),
        title: None,
        requesters: Vec::new(),
        cut: said.cut,
    };
    for (known, event) in said.events(judged) {
        if event.action == JobAction::Opened && story.requesters.len() < ROWS_SHOWN {
            story.requesters.extend(event.requested_by.clone());
        }
        story.event(known, event, signers);
        if event.action == JobAction::Halted && story.halt.is_none() {
            story.halt = Some(halt(judged, known.record.index, event_row(known, event, signers)));
        }
    }
    for (known, payload) in said.payloads() {
        let part = listed.get(&known.record.index).copied();
        match payload {
            Payload::Artifact(artifact) => {
                let word = match part {
                    Some(ListingReason::Linked(_)) if judged.is_agent(&known.record.entry.signer) => {
                        EvidenceStanding::SelfReported
                    }
                    Some(ListingReason::Linked(_)) => EvidenceStanding::Attested,
                    _ => EvidenceStanding::Loose,
                };
                story.artifact(known, artifact, word, signers);
            }
            Payload::JobEvent(event) if matches!(part, Some(ListingReason::Unbound { .. })) => {
                story.replaced(known, event, &judged.closure().job_id, signers);
            }
            _ => {}
        }
    }
    story.cut |= [story.events.len(), story.reviews.len(), story.artifacts.len()]
        .iter()
        .any(|rows| *rows > ROWS_SHOWN);
    story.events.truncate(ROWS_SHOWN);
    story.reviews.truncate(ROWS_SHOWN);
    story.artifacts.truncate(ROWS_SHOWN);
    story.replaced.truncate(ROWS_SHOWN);
    story.replaces.truncate(ROWS_SHOWN);
    story
}

impl StoryView {
    /// Looks up what the log says at the sizes that reviews name, the newest reviews first and no more than a few sizes:
    /// each is a judgement of its own.
    pub(super) fn compare_reviews(
        &mut self,
        engine: &QueryEngine,
        judged: &PageVerdict,
    ) -> Result<(), PageError> {
        let here = judged.closure().as_of.size.value();
        let mut verdicts =
            BTreeMap::from([(here, Some(Verdict::from(judged.examined().assessment.verdict)))]);
        for review in self.reviews.iter_mut().rev() {
            let (Some((size, _)), Some(stated)) = (&review.tree_size, review.stated) else {
                continue;
            };
            let is_known = verdicts.contains_key(size);
            if *size > here || (!is_known && verdicts.len() > REVIEWED_SIZES_MAX) {
                continue;
            }
            if !is_known {
                let job = engine.judged(&judged.closure().job_id, TreeSize::new(*size))?;
                verdicts.insert(*size, job.map(|job| job.examined().assessment.verdict.into()));
            }
            let found = verdicts.get(size).copied().flatten();
            review.contradicted = found.filter(|found| *found != stated).map(VerdictState::from);
        }
        Ok(())
    }

    fn event(&mut self, known: &KnownRecord, event: &JobEvent, signers: &SignerTable) {
        match event.action {
            JobAction::Reviewed => {
                let stated = event.verdict.and_then(|verdict| Verdict::parse(verdict.as_str()));
                let review = ReviewRow {
                    event: event_row(known, event, signers),
                    verdict: stated.map(VerdictState::from),
                    contradicted: None,
                    stated,
                    tree_size: event.tree_size.map(|size| (size.value(), grouped(size.value()))),
                };
                self.reviews.push(review);
                return;
            }
            JobAction::Opened if self.title.is_none() => {
                self.title = event
                    .title
                    .as_ref()
                    .map(|title| shortened(title, TEXT_CHARACTERS_MAX));
            }
            JobAction::Disputed => self.dispute = Some(event_row(known, event, signers)),
            JobAction::Released => self.dispute = None,
            JobAction::RollbackOf | JobAction::Supersedes => {
                let what = match event.action {
                    JobAction::Supersedes => "takes the place of",
                    _ => "takes back what was done by",
                };
                self.replaces.push(EventRow {
                    what: what.to_owned(),
                    ..event_row(known, event, signers)
                });
            }
            _ => {}
        }
        self.events.push(event_row(known, event, signers));
    }

    /// An event of another job about this one, by somebody who may say so there.
    fn replaced(&mut self, known: &KnownRecord, event: &JobEvent, job_id: &str, signers: &SignerTable) {
        let relates = matches!(event.action, JobAction::RollbackOf | JobAction::Supersedes);
        let row = event_row(known, event, signers);
        if relates
            && event.related_job_id.as_deref() == Some(job_id)
            && row.signer.word == EvidenceStanding::Attested
        {
            let href = format!("/jobs/{}", segment(&event.job_id));
            let what = match event.action {
                JobAction::Supersedes => "takes the place of this job",
                _ => "takes back what this job did",
            };
            self.replaced.push(EventRow {
                other: Some((event.job_id.clone(), href)),
                what: what.to_owned(),
                ..row
            });
        }
    }

    fn artifact(
        &mut self,
        known: &KnownRecord,
        artifact: &Artifact,
        word: EvidenceStanding,
        signers: &SignerTable,
    ) {
        let signer = signers.of(&known.record.entry, known.record.index);
        self.artifacts.push(ArtifactRow {
            index: known.record.index.into(),
            label: artifact.label.as_str().replace('_', " "),
            name: shortened(&artifact.name, TEXT_CHARACTERS_MAX),
            size: counted(artifact.size, "byte", "bytes"),
            media_type: shortened(&artifact.media_type, TEXT_CHARACTERS_MAX),
            sha256: artifact.sha256.to_string(),
            uri: artifact
                .uri
                .as_ref()
                .map(|uri| shortened(uri, TEXT_CHARACTERS_MAX)),
            word,
            signer,
            kept: artifact.content.is_some(),
            host: host::setting_sentences(artifact),
        });
    }
}

fn halt(judged: &PageVerdict, at: LeafIndex, event: EventRow) -> HaltView {
    let uses = || judged.examined().uses.iter().map(|used| used.at.index);
    let before = uses().filter(|index| *index < at).max();
    let last = judged.closure().as_of.size.last_index();
    HaltView {
        at,
        before: before.map(GroupedNumber::from),
        after: uses().filter(|index| *index > at).count(),
        rest: at
            .next()
            .zip(last)
            .filter(|(next, last)| next <= last)
            .map(|(next, last)| (grouped(next.value()), grouped(last.value()))),
        event,
    }
}

fn event_row(known: &KnownRecord, event: &JobEvent, signers: &SignerTable) -> EventRow {
    let mut said = Vec::new();
    let texts = [
        ("title", &event.title),
        ("requested by", &event.requested_by),
        ("purpose", &event.purpose),
        ("ticket", &event.ticket),
        ("reason", &event.reason),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            said.push((name, shortened(text, TEXT_CHARACTERS_MAX)));
        }
    }
    EventRow {
        index: known.record.index.into(),
        what: event.action.as_str().replace('_', " "),
        signer: signers.of(&known.record.entry, known.record.index),
        time: Time::new(known.record.entry.logged_at),
        said,
        other: event
            .related_job_id
            .as_ref()
            .map(|job| (job.clone(), format!("/jobs/{}", segment(job)))),
    }
}
