//! What witnesses say of a checkpoint, by the policy of the reader.
//!
//! The state of the witnesses is a detail of the report (`schemas/witness-policy.md`), and no part of any verdict that the
//! log's evidence leads to. It makes nothing better: where the quorum is missing, a check that found nothing wrong is
//! INCOMPLETE.

mod state;

use state::WitnessState;

use super::consistency::checkpoint_note;
use super::{Authenticity, Details, Finding, Report, Status};
use crate::cosignature::{CosignatureError, CosignerKey};
use crate::log_keys::{LogKeys, LogKeysError, RequiredLines};
use crate::note::{UnverifiedNote, VerifierKey};
use crate::proof::TlogProof;
use crate::quorum::QuorumPolicy;

/// The detail with the state of the witnesses.
const WITNESSES: &str = "witnesses";

/// A policy of witnesses that a report is held to, and the log that the report is about.
#[derive(Clone, Copy, Debug)]
pub struct WitnessGate<'a> {
    /// The log's key.
    pub key: &'a VerifierKey,
    /// Whose cosignatures count, and how many are needed.
    pub policy: &'a QuorumPolicy,
}

impl WitnessGate<'_> {
    /// A report on what a checkpoint says, with the state of the witnesses of its note, whose first line the check has
    /// verified.
    ///
    /// What is not genuine stays as it is. A line of a known key that does not hold (`COSIGNATURE_INVALID`,
    /// `CHECKPOINT_SIGNATURE_INVALID`) is not genuine, nor is a checkpoint without the second line that the policy demands (`SECOND_LINE_MISSING`), nor is a log that the policy does not name (`LOG_NOT_IN_POLICY`).
    /// What is genuine and does not fail is INCOMPLETE, `QUORUM_NOT_REACHED`, without the quorum.
    #[must_use]
    pub fn hold(&self, report: Report, note: &[u8]) -> Report {
        if report.answers.authenticity == Authenticity::NotGenuine {
            return report;
        }
        let mut report = report;
        match self.count_note(note, &mut report.details) {
            Err(finding) => finding.into_report(report.details),
            Ok(Err(finding)) if does_not_fail(&report) => finding.into_report_of_genuine(report.details),
            Ok(Ok(()) | Err(_)) => report,
        }
    }

    /// The same for the report on a tlog-proof.
    #[must_use]
    pub fn hold_proof(&self, report: Report, proof: &[u8]) -> Report {
        match TlogProof::parse(proof) {
            Ok(proof) => self.hold(report, proof.checkpoint.as_bytes()),
            // The report says that there is no proof.
            Err(_) => report,
        }
    }

    /// The same for the report on two checkpoints. The newer one counts, since its witnesses saw the log grow up to it.
    #[must_use]
    pub fn hold_consistency(&self, report: Report, newer: &[u8]) -> Report {
        match checkpoint_note(newer) {
            Some(note) => self.hold(report, &note),
            // The report says that there is no checkpoint.
            None => report,
        }
    }

    /// Verifies the lines of the policy's keys, and counts those of its witnesses.
    fn count_note(&self, note: &[u8], details: &mut Details) -> Result<Result<(), Finding>, Finding> {
        self.check_second_line(note)?;
        let note = UnverifiedNote::parse(note).map_err(|error| {
            Finding::fail(
                "CHECKPOINT_MALFORMED",
                format!("the checkpoint is refused: {error}"),
            )
        })?;
        let mut cosigned = Vec::new();
        for witness in self.policy.counted_witnesses() {
            match witness.key.verify(&note) {
                Ok(time_s) => cosigned.push((&witness.key, time_s)),
                Err(CosignatureError::NoCosignature { .. }) => {}
                Err(error) => return Err(Finding::fail("COSIGNATURE_INVALID", error.to_string())),
            }
        }
        let time_of = |key: &CosignerKey| {
            let of_key = cosigned.iter().find(|(other, _)| *other == key);
            of_key.map(|(_, time_s)| *time_s)
        };
        self.count(time_of, details)
    }

    /// A second line of the log by a key of the policy holds where it is there, and one of them is there where the policy demands it:
    /// a log that changes its second key has lines by two.
    pub(super) fn check_second_line(&self, note: &[u8]) -> Result<(), Finding> {
        let mut missing = None;
        let mut has_both = false;
        for second in self.policy.second_keys(self.key) {
            let keys = LogKeys::new(self.key.clone(), Some(second.clone()));
            match keys.and_then(|keys| keys.open(note, self.policy.required_lines())) {
                Ok(_) => has_both = true,
                Err(error @ LogKeysError::Missing { .. }) => missing = Some(error),
                Err(error) => {
                    let message = format!("the checkpoint is refused: {error}");
                    return Err(Finding::fail("CHECKPOINT_SIGNATURE_INVALID", message));
                }
            }
        }
        let is_demanded = self.policy.required_lines() == RequiredLines::Both;
        if has_both || !is_demanded {
            return Ok(());
        }
        let why = missing.map_or_else(
            || format!("the policy names no second key of the log {}", self.key.name()),
            |error| error.to_string(),
        );
        let message = format!("the policy demands both lines of the log: {why}");
        Err(Finding::fail("SECOND_LINE_MISSING", message))
    }

    /// Counts cosignatures that were verified, by the time at which each key cosigned. The inner result says whether they are
    /// enough.
    pub(super) fn count(
        &self,
        time_of: impl Fn(&CosignerKey) -> Option<u64>,
        details: &mut Details,
    ) -> Result<Result<(), Finding>, Finding> {
        if !self.policy.allows_log(self.key) {
            return Err(Finding::fail(
                "LOG_NOT_IN_POLICY",
                format!("the policy does not name the log {}", self.key),
            ));
        }
        // The log's own second line says nothing about what others are shown.
        let of_others = |key: &CosignerKey| time_of(key).filter(|_| key.name() != self.key.name());
        let state = WitnessState::new(self.policy, of_others);
        details.set(WITNESSES, state.to_json());
        if state.is_met() {
            details.checked("quorum");
            return Ok(Ok(()));
        }
        Ok(Err(Finding::incomplete(
            "QUORUM_NOT_REACHED",
            format!(
                "the cosignatures do not reach the quorum of the policy ({})",
                state.reached()
            ),
        )))
    }
}

/// Whether a thing is genuine and does not fail. What nobody can judge does not pass anyway.
fn does_not_fail(report: &Report) -> bool {
    matches!(report.answers.verdict, Some(Status::Pass | Status::Incomplete))
}
