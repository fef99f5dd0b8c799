//! The reasons for which evidence does not count.

use evidence::context::SubmitterName;
use evidence::did::DidKey;
use evidence::issuers::{Issuer, NotLinked, SignedEntry};
use evidence::kind::Role;
use tlog::index::TimestampMs;

/// What a context that does not count would have said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UncountedClaim {
    /// The job that the document belongs to.
    Job,
    /// The receipt's number in its stream.
    Number,
    /// Anything else about the document.
    Context,
}

/// As what a signer stands in the log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Registered {
    /// It was never registered in any role: nobody but itself says who it is.
    Never,
    /// It was registered, but not when the entry was logged, or no longer.
    OutOfForce,
    /// It was retired.
    Retired,
    /// It was registered so when the entry was logged, and it still is.
    As(RegistrationInForce),
}

/// What a registration in force says, as a command repeats it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegistrationInForce {
    /// The signer's name for people.
    pub name: String,
    /// What it may sign.
    pub roles: Vec<Role>,
    /// The gateway id of its receipts.
    pub gateway_id: Option<String>,
    /// When the registration ends, where it does.
    pub not_after: Option<TimestampMs>,
}

/// Whose document it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SignerStatus {
    /// Its DID, as the entry has it.
    pub did: String,
    /// The name of its newest registration.
    pub name: Option<String>,
    /// As what it stands in the log.
    pub registered: Registered,
}

impl SignerStatus {
    /// The signer of an entry, from what the log says of it. `now`: when that is asked.
    pub fn of(entry: SignedEntry<'_>, issuer: Option<&Issuer>, now: TimestampMs) -> Self {
        let newest = issuer.and_then(|issuer| issuer.registrations.last());
        Self {
            did: entry.signer.to_owned(),
            name: newest.map(|one| one.name.clone()),
            registered: issuer.map_or(Registered::Never, |issuer| Registered::of(entry, issuer, now)),
        }
    }

    /// The DID, where it is a key that can be registered: nothing else gets into a command.
    pub(super) fn key(&self) -> Option<&str> {
        DidKey::parse(&self.did).map(|_| self.did.as_str())
    }
}

impl Registered {
    fn of(entry: SignedEntry<'_>, issuer: &Issuer, now: TimestampMs) -> Self {
        if !issuer.retirements.is_empty() {
            return Self::Retired;
        }
        let then = issuer.registration(entry.index, entry.logged_at);
        then.filter(|registration| registration.covers(now))
            .map_or(Self::OutOfForce, |registration| {
                Self::As(RegistrationInForce {
                    name: registration.name.clone(),
                    roles: registration.roles.clone(),
                    gateway_id: registration.gateway_id.clone(),
                    not_after: registration.not_after,
                })
            })
    }
}

/// Why something does not count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A receipt names no token scope hash: nothing shows under which token the call was made.
    ScopeHashMissing,
    /// A receipt's scope hash is not that of the token that its sender names.
    ScopeHashOfAnotherToken,
    /// The log has no issuance of the token for the job.
    TokenNotIssued,
    /// Several tokens, or jobs, may be meant.
    Ambiguous,
    /// A receipt names no run.
    RunMissing,
    /// A submitter's word does not count for its signer.
    NotLinked {
        /// Why the submitter does not speak for the signer.
        why: NotLinked,
        /// What it would have said.
        lost: UncountedClaim,
        /// Who said it.
        submitter: Option<SubmitterName>,
        /// Whose document it is.
        signer: SignerStatus,
    },
    /// The agent is that of no token that was issued for the job.
    AgentOfNoToken,
    /// The run is none of the job's.
    RunOfNoToken,
    /// An issuance names no job.
    IssuedForNoJob,
    /// It names the job or its run only; where `signed`, its own signer has to name the job.
    Untied {
        /// Whether a context cannot tie it.
        signed: bool,
    },
    /// It is signed for a time at which its signer was not registered.
    SignedBeforeTrust,
    /// It was refused.
    Refused {
        /// The reason code of the entry.
        code: String,
    },
    /// It does not hold, or its signer was not entitled to sign it.
    Unsound {
        /// The code of `signatures`.
        code: &'static str,
        /// Whose document it is.
        signer: SignerStatus,
    },
}
