//! What a guest's request may see. All of it is by one time and by one size of the log, so that a page does not disagree
//! with itself, and each entry and each job is looked up once.

use axum::http::Extensions;
use ledger_query::QueryEngine;
use ledger_query::verdict::{CollectError, JudgedJob};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;

use super::open_links;
use crate::links::LinkId;
use crate::state::ApiState;

/// What the guest of one request may see, with a cache of the answers. It lives as long as its request, which asks
/// about the links of one page at most.
pub struct GuestView {
    now: TimestampMs,
    size: TreeSize,
    jobs: Vec<String>,
    known: Mutex<GuestViewCache>,
}

#[derive(Default)]
struct GuestViewCache {
    /// By entry, and whether it is asked about as a page.
    shown: HashMap<(LeafIndex, bool), bool>,
    /// The verdicts on the jobs, as far as they were needed; none where no entry names the job.
    judged: HashMap<String, Option<Arc<JudgedJob>>>,
}

impl fmt::Debug for GuestView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestView")
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}

impl GuestView {
    /// What the request with these extensions may see, whose guest holds these links.
    pub(crate) fn of(state: &ApiState, links: &[LinkId], extensions: &mut Extensions) -> Arc<Self> {
        if let Some(sight) = extensions.get::<Arc<Self>>() {
            return Arc::clone(sight);
        }
        let now = state.links().now();
        let open = open_links(state, links, now);
        let sight = Arc::new(Self {
            now,
            size: state.engine().published().head.tree.size,
            jobs: open.into_iter().map(|link| link.job_id).collect(),
            known: Mutex::default(),
        });
        extensions.insert(Arc::clone(&sight));
        sight
    }

    /// When the request came.
    pub(crate) const fn now(&self) -> TimestampMs {
        self.now
    }

    /// The jobs of the links that are open.
    pub fn jobs(&self) -> &[String] {
        &self.jobs
    }

    /// Whether an entry may be seen: it names one of the jobs, or it is part of what the verdict on one is made from
    /// and names no other job. Entry 0 says which log it is, and belongs to each. An entry page also lists other
    /// entries of the same evidence; so only evidence of a job is shown as a page, not what many jobs share. Blocks.
    ///
    /// # Errors
    /// Where the log cannot be read, or a job has too much evidence to be judged.
    pub fn shows(&self, engine: &QueryEngine, index: LeafIndex, is_page: bool) -> Result<bool, CollectError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = known.shown.get(&(index, is_page)) {
            return Ok(*shown);
        }
        let shown = self.look(engine, &mut known, index, is_page)?;
        known.shown.insert((index, is_page), shown);
        Ok(shown)
    }

    /// What costs least is looked at first: a job is judged where nothing else decides.
    fn look(
        &self,
        engine: &QueryEngine,
        known: &mut GuestViewCache,
        index: LeafIndex,
        is_page: bool,
    ) -> Result<bool, CollectError> {
        if index == LeafIndex::ZERO && !is_page {
            return Ok(true);
        }
        let Some(record) = engine.entry(index)?.filter(|_| self.size.contains(index)) else {
            return Ok(false);
        };
        if is_page && is_shared(record.entry.kind) {
            return Ok(false);
        }
        for job in &self.jobs {
            let named = engine.subject(Field::Job, job, Some(index), self.size, false, 1)?;
            if named.items.first() == Some(&index) {
                return Ok(true);
            }
        }
        if names_a_job(&record.entry) {
            return Ok(false);
        }
        for job in &self.jobs {
            let Some(judged) = self.judged(engine, known, job)? else {
                continue;
            };
            let is_linked = judged.examined().linked.contains_key(&index);
            let is_there = judged.closure().records.contains_key(&index);
            if is_there && (is_linked || is_shared(record.entry.kind)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn judged(
        &self,
        engine: &QueryEngine,
        known: &mut GuestViewCache,
        job: &str,
    ) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        if let Some(judged) = known.judged.get(job) {
            return Ok(judged.clone());
        }
        let judged = engine.judged_since(job, self.size)?;
        known.judged.insert(job.to_owned(), judged.clone());
        Ok(judged)
    }
}

fn names_a_job(entry: &Entry) -> bool {
    let said = entry.context_subjects.iter().flatten();
    let mut subjects = entry.subjects.iter().chain(said);
    subjects.any(|subject| subject.field == Field::Job)
}

/// Whether an entry is of a kind that many jobs rest on, or is a word about evidence of many.
const fn is_shared(kind: Kind) -> bool {
    match kind {
        Kind::PolicyPublished
        | Kind::PolicyWithdrawn
        | Kind::PolicyFrozen
        | Kind::Context
        | Kind::IssuerRegistered
        | Kind::IssuerRetired
        | Kind::ErasureOrdered
        | Kind::HoldPlaced
        | Kind::HoldReleased
        | Kind::LogGenesis
        | Kind::LogSettings
        | Kind::LogClock
        | Kind::LogKey
        | Kind::LogFrozen
        | Kind::IndexRoot => true,
        Kind::ReceiptGateway
        | Kind::ReceiptTool
        | Kind::ReceiptSideEffect
        | Kind::ReceiptApproval
        | Kind::TokenIssued
        | Kind::TokenRevoked
        | Kind::Bundle
        | Kind::Decision
        | Kind::JobEvent
        | Kind::Pulse
        | Kind::Artifact
        | Kind::Refused => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{AuthConfig, Credential, HostLimits};
    use kit::documents::job_event;
    use kit::test_ledger::{ORIGIN, TestLedger, accepted};
    use ledger::handle::Ledger;
    use std::time::Duration;
    use tokio::sync::watch;
    use verifier::context::SubmitterName;

    /// Logs an event of a job; its index.
    async fn event(log: &TestLedger, ledger: &Ledger, job: &str, action: &str) -> LeafIndex {
        let document = job_event(ORIGIN, job, action).sign(&log.cast.orchestrator);
        accepted(ledger, "orchestrator", document).await.index
    }

    #[tokio::test]
    async fn all_that_a_request_may_see_is_by_one_size_of_the_log() {
        let (log, ledger) = TestLedger::registered().await;
        let first = event(&log, &ledger, "own", "opened").await;
        let other = event(&log, &ledger, "other", "opened").await;
        let maker = Credential {
            name: SubmitterName::parse("anna").unwrap(),
            token_sha256: [1; 32],
        };
        let auth = AuthConfig {
            readers: vec![maker],
            ..AuthConfig::default()
        };
        let state = ApiState::new(
            ledger.clone(),
            auth,
            HostLimits::default(),
            watch::channel(false).1,
        );
        let (link, _) = state
            .links()
            .make("own", "anna", Duration::from_secs(60))
            .unwrap();
        let (mut request, links) = (Extensions::new(), [link.id]);
        let sight = GuestView::of(&state, &links, &mut request);
        let later = event(&log, &ledger, "own", "closed").await;
        let shows = |sight: &GuestView, index| sight.shows(state.engine(), index, true).unwrap();
        assert!(shows(&sight, first) && !shows(&sight, other) && !shows(&sight, later));
        assert!(Arc::ptr_eq(&sight, &GuestView::of(&state, &links, &mut request)));
        let next = GuestView::of(&state, &links, &mut Extensions::new());
        assert!(shows(&next, first) && !shows(&next, other) && shows(&next, later));
        ledger.shutdown().await;
    }
}
