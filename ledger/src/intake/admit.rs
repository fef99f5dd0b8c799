//! Admission: whether the signer holds the role that this kind of document needs, at its index and time of logging;
//! and the content rules that depend on that time or on the log.

use verifier::code::Code;
use verifier::digest::EvidenceDigest;
use verifier::envelope::EnvelopeRule;
use verifier::evidence::{Evidence, SignerRule};
use verifier::fault::Fault;
use verifier::index::TreeSize;
use verifier::key_history::{KeyAction, KeyChange};
use verifier::payload::{ClockConfirmation, LogFreeze, Payload};

use super::decide::BatchDecider;
use crate::clock::STEP_MS_MAX;
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use verifier::issuers::SignerClaim;

/// Outcome of a check against the log: the outer error is a failed read, the inner one the document's.
pub(super) type AdmissionResult = Result<Result<(), Fault>, ReadError>;

impl BatchDecider<'_> {
    /// Whether the evidence may become the next entry.
    pub(super) fn admit(&self, evidence: &Evidence) -> AdmissionResult {
        let signer = evidence.envelope().signer().as_str();
        let clawsig = evidence.envelope().rule() != EnvelopeRule::Own;
        let roles = match evidence.signer_rule() {
            SignerRule::AnyOf(roles) => roles,
            SignerRule::AnyRegistered => &[],
            SignerRule::SignerOf(target) => return self.admit_signer_of(signer, target),
        };
        let admission = &self.batch.admission;
        let claim = SignerClaim {
            signer,
            roles,
            clawsig,
        };
        let standing = admission.issuers.check(
            claim,
            self.batch.logged_at,
            admission.settings.accept_unregistered_agents,
        );
        if let Err(fault) = standing.and_then(|()| self.admit_payload(evidence.payload())) {
            return Ok(Err(fault));
        }
        self.admit_disposition(evidence.payload())
    }

    /// A signed context is its own evidence's signer's to give, registered or not; but not after he
    /// was retired.
    fn admit_signer_of(&self, signer: &str, target: EvidenceDigest) -> AdmissionResult {
        let refuse = |code, pointer: &str, expected: String| {
            Ok(Err(Fault::new(code, pointer, expected, target.to_string())))
        };
        let key = RowKey::new(Space::Evidence, *target.as_bytes());
        let Some(index) = self.first(&key)? else {
            return refuse(
                Code::NotFound,
                "/payload/evidence_digest",
                "evidence in this log".to_owned(),
            );
        };
        let entry = self.entry(index)?;
        if entry.signer != signer {
            let expected = format!("a signature by {}, who signed the evidence", entry.signer);
            return refuse(Code::SignerNotTrusted, "/signer_did", expected);
        }
        let retired = self
            .batch
            .admission
            .issuers
            .find(signer)
            .is_some_and(|issuer| !issuer.retirements.is_empty());
        if retired {
            let expected = "a signer that was not retired".to_owned();
            return refuse(Code::SignerRetired, "/signer_did", expected);
        }
        // What it says of job and token would bring back what was erased with the evidence.
        if let Some(order) = self.covering_order(index, &entry)? {
            let expected = format!("evidence that was not erased, as it was by entry {order}");
            return refuse(Code::EvidenceErased, "/payload/evidence_digest", expected);
        }
        Ok(Ok(()))
    }

    fn admit_payload(&self, payload: &Payload) -> Result<(), Fault> {
        match payload {
            Payload::LogGenesis(_) => Err(Fault::new(
                Code::SchemaInvalid,
                "/envelope_type",
                "log_genesis only as entry 0",
                format!("index {}", self.batch.next_index()),
            )),
            // A revocation from the future would let its author say later when it began.
            Payload::TokenRevoked(revoked) => {
                self.not_ahead(Code::RevokedAtAhead, "/payload/revoked_at", revoked.revoked_at)
            }
            Payload::TokenIssued(issued) => {
                self.not_ahead(Code::IssuedAtAhead, "/payload/claims/iat", issued.iat)
            }
            Payload::LogClock(confirmation) => self.admit_clock(confirmation),
            Payload::LogKey(said) => self.admit_key_change(&said.change),
            Payload::LogFrozen(freeze) => self.admit_freeze(freeze),
            Payload::IssuerRegistered(registration) => {
                self.batch.admission.issuers.check_registration(registration)
            }
            Payload::IssuerRetired(retirement) => self.batch.admission.issuers.check_retirement(retirement),
            // What these state is held against the log when it is judged, not when it is logged.
            Payload::GatewayReceipt(_)
            | Payload::ToolReceipt(_)
            | Payload::SideEffectReceipt(_)
            | Payload::Approval(_)
            | Payload::PolicyPublished(_)
            | Payload::PolicyWithdrawn(_)
            | Payload::PolicyFrozen(_)
            | Payload::Bundle(_)
            | Payload::Decision(_)
            | Payload::JobEvent(_)
            | Payload::Pulse(_)
            | Payload::Artifact(_)
            | Payload::SubmissionContext(_)
            | Payload::ErasureOrdered(_)
            | Payload::HoldPlaced(_)
            | Payload::HoldReleased(_)
            | Payload::LogSettings(_) => Ok(()),
        }
    }

    /// A change of keys follows a head that all keys in force signed, so that a reader who trusts one of them can learn of it; and the
    /// server has the key that signs from then on.
    fn admit_key_change(&self, change: &KeyChange) -> Result<(), Fault> {
        let size = TreeSize::new(self.batch.first.value());
        let keys = &self.batch.admission.keys;
        if let Err(error) = keys.check(change, size) {
            let expected = "a change that the keys in force allow";
            return Err(Fault::new(
                Code::KeyChangeRefused,
                "/payload",
                expected,
                error.to_string(),
            ));
        }
        let signer = self.shared.signer.as_ref();
        if change.action == KeyAction::Add && !signer.is_some_and(|signer| signer.holds(&change.key)) {
            let expected = format!(
                "a key file of {} in the server's directory of keys",
                change.key.label()
            );
            return Err(Fault::new(Code::KeyNotHeld, "/payload/vkey", expected, "none"));
        }
        Ok(())
    }

    /// A confirmation is for one position of the log, and for a clock that is in doubt and shows the time that
    /// the operator read elsewhere: a stolen or late one moves nothing.
    fn admit_clock(&self, confirmation: &ClockConfirmation) -> Result<(), Fault> {
        let Some(now) = self.doubtful else {
            return Err(Fault::new(
                Code::ClockNotInDoubt,
                "/payload",
                "a clock in doubt, which pauses the log",
                "a clock that agrees with the log",
            ));
        };
        let size = self.batch.next_index().value();
        if confirmation.tree_size.value() != size {
            return Err(Fault::new(
                Code::ConfirmationStale,
                "/payload/tree_size",
                size.to_string(),
                confirmation.tree_size.to_string(),
            ));
        }
        if now.value().abs_diff(confirmation.clock.at().value()) > STEP_MS_MAX {
            return Err(Fault::new(
                Code::ClockDiffers,
                "/payload/clock",
                format!(
                    "at most {} s from the server's clock, {now} ms",
                    STEP_MS_MAX / 1000
                ),
                format!("{} ms", confirmation.clock.at()),
            ));
        }
        Ok(())
    }

    /// An operator who saw a larger log than this one would end an older copy of it.
    fn admit_freeze(&self, freeze: &LogFreeze) -> Result<(), Fault> {
        let size = self.batch.next_index().value();
        if freeze.at_size.value() > size {
            return Err(Fault::new(
                Code::AtSizeAhead,
                "/payload/at_size",
                format!("at most {size}, the size of this log"),
                freeze.at_size.to_string(),
            ));
        }
        Ok(())
    }

    /// Refuses a time in seconds that lies ahead of the log's by more than the tolerance between clocks.
    fn not_ahead(&self, code: Code, pointer: &str, at_s: u64) -> Result<(), Fault> {
        let skew_ms = self.batch.admission.settings.clock_skew_s.saturating_mul(1000);
        let latest_ms = self.batch.logged_at.value().saturating_add(skew_ms);
        if at_s.saturating_mul(1000) > latest_ms {
            let expected = format!("at most {} s", latest_ms / 1000);
            return Err(Fault::new(code, pointer, expected, at_s.to_string()));
        }
        Ok(())
    }
}
