//! Whether a signer could say something now, as the log stands.

use verifier::code::Code;
use verifier::envelope::EnvelopeRule;
use verifier::evidence::{Evidence, SignerRule};
use verifier::fault::Fault;
use verifier::issuers::SignerClaim;
use verifier::kind::Role;

use crate::QueryEngine;
use ledger::error::ReadError;

/// What the log says about the signer of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerStanding {
    /// The roles of its registrations, whatever their windows; each once.
    pub roles: Vec<Role>,
    /// Whether it could sign this document at the time of the published head.
    pub current: Result<(), Fault>,
}

impl QueryEngine {
    /// The standing of the signer of some evidence as of the published head.
    ///
    /// # Errors
    /// As every question to a [`Reader`](ledger::reader::Reader); that the signer may not sign is no error, but
    /// [`SignerStanding::current`].
    pub fn standing(&self, evidence: &Evidence) -> Result<SignerStanding, ReadError> {
        let admission = self.admission();
        let signer = evidence.envelope().signer().as_str();
        let registrations = admission.issuers.find(signer).map(|issuer| &issuer.registrations);
        let mut roles: Vec<Role> = registrations
            .into_iter()
            .flatten()
            .flat_map(|registration| registration.roles.iter().copied())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let wanted = match evidence.signer_rule() {
            SignerRule::AnyOf(wanted) => wanted,
            SignerRule::AnyRegistered => &[],
            SignerRule::SignerOf(target) => {
                let first = self.first_by_evidence(&target)?;
                let entry = first.map(|index| self.entry(index)).transpose()?.flatten();
                let current = match entry {
                    Some(record) if record.entry.signer == signer => Ok(()),
                    Some(record) => Err(Fault::new(
                        Code::SignerNotTrusted,
                        "/signer_did",
                        format!("a signature by {}, who signed the evidence", record.entry.signer),
                        signer,
                    )),
                    None => Err(Fault::new(
                        Code::NotFound,
                        "/payload/evidence_digest",
                        "evidence in this log",
                        target.to_string(),
                    )),
                };
                return Ok(SignerStanding { roles, current });
            }
        };
        let claim = SignerClaim {
            signer,
            roles: wanted,
            clawsig: evidence.envelope().rule() != EnvelopeRule::Own,
        };
        let current = admission.issuers.check(
            claim,
            self.published().head.time,
            admission.settings.accept_unregistered_agents,
        );
        Ok(SignerStanding { roles, current })
    }
}
