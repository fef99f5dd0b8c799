//! Time: whether the head is fresh, whether its witnesses signed, and whether the index keeps its promise.

use verifier::check::audit::{AuditRound, KeptAudit};
use verifier::check::{Authenticity, Details, Finding, Report, Status, WitnessGate};
use verifier::index::{LeafIndex, TimestampMs};
use verifier::rfc3339;

use super::Round;
use super::head::TakenHead;
use crate::alarm::{Alarm, AlarmLife, code};

const FRESHNESS: &str = "freshness";
const PROMISE: &str = "promise";
const WITNESSES: &str = "witnesses";
/// How long an entry may wait for the index by this computer's clock: the promised second, and what clocks may differ by.
const UNCOVERED_MS_MAX: u64 = 60_000;

impl Round<'_> {
    /// Holds the policy against a head.
    pub(super) fn quorum(&mut self, head: &TakenHead) {
        let Some(policy) = &self.log.policy else { return };
        let key = self.key_of(&head.note);
        let gate = WitnessGate { key: &key, policy };
        let report = gate.hold(Report::pass("", Details::default()), head.note.as_bytes());
        self.looks_at(WITNESSES);
        match report.status {
            Status::Pass => {
                let witnesses = report.details.get("witnesses");
                let newest = witnesses.and_then(|witnesses| witnesses.get("newest_s")?.as_u64());
                self.state.quorum_s = self.state.quorum_s.max(newest);
            }
            status => {
                // A head that nobody cosigned yet is no fault: how long that may last is a question of freshness.
                let status = match report.answers.authenticity {
                    Authenticity::NotGenuine => Status::Fail,
                    _ => status,
                };
                let finding = Finding {
                    status,
                    reason_code: report.reason_code,
                    message: report.message,
                };
                self.found(WITNESSES, finding);
            }
        }
    }

    /// Compares the newest times with the clock.
    pub(super) fn freshness(&mut self, audited: Option<&AuditRound>) {
        if let Some(audited) = audited {
            self.looks_at(PROMISE);
            if let Some((index, logged_at_ms)) = audited.uncovered {
                self.uncovered(index, logged_at_ms);
            }
        }
        let Some(age_max_s) = self.log.config.head_age_max_s else {
            return;
        };
        self.looks_at(FRESHNESS);
        // Nothing comes to a log that was closed.
        if self.log.policy.is_none() && self.state.audit.as_ref().is_some_and(KeptAudit::is_closed) {
            return;
        }
        let (newest_ms, what) = match (&self.log.policy, audited) {
            (Some(_), _) => match self.state.quorum_s {
                Some(newest) => (
                    newest.saturating_mul(1_000),
                    "the newest cosignature of a head with the policy's quorum",
                ),
                None => (
                    self.state.began_ms.value(),
                    "no head with the policy's quorum was seen, and the monitor's first round",
                ),
            },
            (None, Some(audited)) => (audited.last_logged_at.value(), "the newest entry"),
            (None, None) => match self.state.newest_entry() {
                Some(newest) => (newest.value(), "the newest entry"),
                None => (
                    self.state.began_ms.value(),
                    "no entry was read, and the monitor's first round",
                ),
            },
        };
        if self.now.value().saturating_sub(newest_ms) <= age_max_s.saturating_mul(1_000) {
            return;
        }
        let sentence = format!(
            "the head of {} is stale: {what} is from {}, and head_age_max_s is {age_max_s}. The log or its witnesses stand still, or this \
             server shows an old head",
            self.log.config.url,
            time(newest_ms)
        );
        let alarm = Alarm::new(code::STALE_HEAD, FRESHNESS, AlarmLife::WhileFound, sentence);
        self.alarms.push(alarm);
    }

    fn uncovered(&mut self, index: LeafIndex, logged_at_ms: u64) {
        if self.now.value().saturating_sub(logged_at_ms) <= UNCOVERED_MS_MAX {
            return;
        }
        let sentence = format!(
            "entry {index} of the log {}, logged at {}, is in no index.root that the log shows: its operator promises a second",
            self.log.key.name(),
            time(logged_at_ms)
        );
        let alarm = Alarm::new(code::PROMISE_MISSED, PROMISE, AlarmLife::WhileFound, sentence);
        self.alarms.push(alarm.at([index]));
    }
}

fn time(ms: u64) -> String {
    rfc3339::format(TimestampMs::new(ms)).unwrap_or_else(|| format!("{ms} ms after 1970"))
}
