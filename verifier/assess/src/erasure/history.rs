//! Orders, holds and releases in log order, with who was entitled to sign them.

use super::Dispositions;
use evidence::envelope::EnvelopeRule;
use evidence::issuers::{Issuers, SignerClaim};
use evidence::payload::Payload;
use evidence::subject::IndexSalt;
use evidence::{Evidence, SignerRule};
use tlog::index::{LeafIndex, TimestampMs};

/// What entries said about erasure so far, in log order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ErasureHistory {
    /// Who may sign what.
    pub issuers: Issuers,
    /// What was ordered to go, and what is held.
    pub dispositions: Dispositions,
}

/// Whether the signer of a registration, a retirement, a change of settings, an order, a hold or a release was
/// entitled to it as of `issuers`, at the time of the entry. What anybody may sign decides nothing.
pub fn may_decide(evidence: &Evidence, issuers: &Issuers, logged_at: TimestampMs) -> bool {
    let SignerRule::AnyOf(roles) = evidence.signer_rule() else {
        return false;
    };
    let envelope = evidence.envelope();
    let claim = SignerClaim {
        signer: envelope.signer().as_str(),
        roles,
        clawsig: envelope.rule() != EnvelopeRule::Own,
    };
    issuers.check(claim, logged_at, false).is_ok()
}

impl ErasureHistory {
    /// The state after log.genesis.
    pub fn from_genesis(operator_did: &str, logged_at: TimestampMs) -> Self {
        Self {
            issuers: Issuers::from_genesis(operator_did, logged_at),
            dispositions: Dispositions::default(),
        }
    }

    /// Goes on with the evidence of the next entry; false where its signer was not entitled to decide by it.
    pub fn enter(
        &mut self,
        index: LeafIndex,
        logged_at: TimestampMs,
        evidence: &Evidence,
        salt: &IndexSalt,
    ) -> bool {
        if !may_decide(evidence, &self.issuers, logged_at) {
            return false;
        }
        match evidence.payload() {
            Payload::IssuerRegistered(registration) => self.issuers.register(index, registration),
            Payload::IssuerRetired(retirement) => self.issuers.retire(index, retirement),
            Payload::ErasureOrdered(said) => self.dispositions.order(index, said, salt),
            Payload::HoldPlaced(said) => self.dispositions.place(index, said, salt),
            Payload::HoldReleased(said) => self.dispositions.release(index, said, salt),
            _ => {}
        }
        true
    }
}
