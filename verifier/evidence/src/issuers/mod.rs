//! Who may sign what, as of a log position: registrations, retirements, bound submitters.
//!
//! Trust comes from the log alone: the operator of log.genesis, and those whom an
//! `issuer.registered` entry names. Registration is never retroactive and retirement is final, so the
//! state only grows in log order and "as of a position" means "before applying what follows".

mod linked;

pub use linked::NotLinked;

use std::collections::HashMap;

use crate::code::Code;
use crate::context::SubmitterName;
use crate::fault::Fault;
use crate::kind::Role;
use crate::payload::{IssuerRegistration, IssuerRetirement};
use tlog::index::{LeafIndex, TimestampMs, TreeSize};

/// One registration.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The entry that says so.
    pub index: LeafIndex,
    /// The issuer's name for people.
    pub name: String,
    /// What it may sign.
    pub roles: Vec<Role>,
    /// First `logged_at` at which the registration holds.
    pub not_before: TimestampMs,
    /// Last `logged_at` at which it holds; without it, until retirement.
    pub not_after: Option<TimestampMs>,
    /// The gateway id of its receipts.
    pub gateway_id: Option<String>,
    /// Submitters whose word about this signer's evidence counts as operator-attested.
    pub submitters: Vec<SubmitterName>,
    /// What the signer is called elsewhere.
    pub external_ids: Vec<String>,
}

impl Registration {
    /// Whether the window covers a time of logging; both ends belong to it.
    pub fn covers(&self, at: TimestampMs) -> bool {
        self.not_before <= at && self.not_after.is_none_or(|end| at <= end)
    }
}

/// All that the log says about one signer.
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    /// DID, as registered.
    pub did: String,
    /// In log order.
    pub registrations: Vec<Registration>,
    /// Retirement entries: index, reason, `distrust_from_index`.
    pub retirements: Vec<(LeafIndex, String, Option<LeafIndex>)>,
}

impl Issuer {
    /// Distinct roles over every registration, whatever its window.
    fn roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = self
            .registrations
            .iter()
            .flat_map(|registration| registration.roles.iter().copied())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The registration under which it signed an entry at `index`: the newest before that covers a time.
    pub fn registration(&self, index: LeafIndex, at: TimestampMs) -> Option<&Registration> {
        let registrations = self.registrations.iter().rev();
        let mut before = registrations.filter(|registration| registration.index < index);
        before.find(|registration| registration.covers(at))
    }
}

/// Every signer that the log names, as of one position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Issuers {
    /// By first registration.
    list: Vec<Issuer>,
    /// Position in `list` by DID.
    positions: HashMap<String, usize>,
}

/// The signer of an entry, and its position.
#[derive(Clone, Copy, Debug)]
pub struct SignedEntry<'a> {
    /// The signer's DID.
    pub signer: &'a str,
    /// Position in the log.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at: TimestampMs,
}

/// By what right a key signs for a `gateway_id`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GatewayName {
    /// Its registration names the id.
    Registered,
    /// Its registrations name no id: only its receipts do.
    OwnWord,
}

/// What a document asks of its signer.
#[derive(Clone, Copy, Debug)]
pub struct SignerClaim<'a> {
    /// The signer's DID.
    pub signer: &'a str,
    /// The signer needs one of these; empty: any registered signer will do.
    pub roles: &'a [Role],
    /// Whether a clawsig rule verified it. Such a signature does not cover the envelope type, so that
    /// its signer must hold exactly one role.
    pub clawsig: bool,
}

impl Issuers {
    /// The state after log.genesis: its operator, and nobody else.
    pub fn from_genesis(operator_did: &str, logged_at: TimestampMs) -> Self {
        let mut issuers = Self::default();
        issuers.add(
            operator_did,
            Registration {
                index: LeafIndex::new(0),
                name: "operator".to_owned(),
                roles: vec![Role::Operator],
                not_before: logged_at,
                not_after: None,
                gateway_id: None,
                submitters: Vec::new(),
                external_ids: Vec::new(),
            },
        );
        issuers
    }

    /// Every signer, by first registration.
    pub fn list(&self) -> &[Issuer] {
        &self.list
    }

    /// What the log says about a signer; `None` if it was never registered.
    pub fn find(&self, did: &str) -> Option<&Issuer> {
        self.positions.get(did).and_then(|&at| self.list.get(at))
    }

    /// Whether a retirement below `as_of` says that what the signer signed from `index` on is not to be trusted
    /// (`distrust_from_index`: its key was stolen, for instance).
    pub fn is_distrusted(&self, did: &str, index: LeafIndex, as_of: TreeSize) -> bool {
        self.find(did).is_some_and(|issuer| {
            let retirements = issuer.retirements.iter();
            let mut known = retirements.filter(|(entry, _, _)| as_of.contains(*entry));
            known.any(|(_, _, from)| from.is_some_and(|from| from <= index))
        })
    }

    /// Whether the signers of two receipts with one `gateway_id` are one gateway: the same key, or two keys that the
    /// operator registered as gateways with this id, as a rotation does. Where both registrations name no id,
    /// their own word on it is all there is. A key whose registration names another id, or none where the other's
    /// names this one, speaks for nobody else: it cannot make a gateway contradict itself.
    pub fn are_one_gateway(&self, gateway_id: &str, one: SignedEntry<'_>, other: SignedEntry<'_>) -> bool {
        let name = |entry| self.gateway_name(gateway_id, entry);
        one.signer == other.signer || name(one).is_some_and(|one| name(other) == Some(one))
    }

    /// By what right the signer of an entry signs for a `gateway_id`, from the registrations before the entry.
    pub fn gateway_name(&self, gateway_id: &str, entry: SignedEntry<'_>) -> Option<GatewayName> {
        let registrations = self.find(entry.signer)?.registrations.iter();
        let names: Vec<Option<&str>> = registrations
            .filter(|registration| registration.index < entry.index)
            .filter(|registration| {
                registration.covers(entry.logged_at) && registration.roles.contains(&Role::Gateway)
            })
            .map(|registration| registration.gateway_id.as_deref())
            .collect();
        if names.contains(&Some(gateway_id)) {
            return Some(GatewayName::Registered);
        }
        (!names.is_empty() && names.iter().all(Option::is_none)).then_some(GatewayName::OwnWord)
    }

    /// Whether the signer may sign such a document at `at`. `accept_unregistered_agents`: a DID that the
    /// log never named may sign what agents sign.
    ///
    /// # Errors
    /// `SIGNER_NOT_TRUSTED` where the log does not know the signer or none of its registrations covers `at`,
    /// `SIGNER_RETIRED`, and `ROLE_MISMATCH` where it has no role that signs such a document, or has several
    /// and the document is a clawsig envelope. The signer is at fault, or the operator who did not register it.
    pub fn check(
        &self,
        claim: SignerClaim<'_>,
        at: TimestampMs,
        accept_unregistered_agents: bool,
    ) -> Result<(), Fault> {
        let Some(issuer) = self.find(claim.signer) else {
            if accept_unregistered_agents && claim.roles.contains(&Role::Agent) {
                return Ok(());
            }
            return Err(signer_fault(
                Code::SignerNotTrusted,
                "a signer registered earlier in the log",
                claim.signer,
            ));
        };
        if !issuer.retirements.is_empty() {
            return Err(signer_fault(
                Code::SignerRetired,
                "a signer that was not retired",
                claim.signer,
            ));
        }
        let current: Vec<&Registration> = issuer
            .registrations
            .iter()
            .filter(|registration| registration.covers(at))
            .collect();
        if current.is_empty() {
            return Err(signer_fault(
                Code::SignerNotTrusted,
                format!("a registration whose window covers {at} ms"),
                claim.signer,
            ));
        }
        let fits = claim.roles.is_empty()
            || current
                .iter()
                .any(|registration| registration.roles.iter().any(|r| claim.roles.contains(r)));
        if !fits || (claim.clawsig && issuer.roles().len() > 1) {
            return Err(signer_fault(
                Code::RoleMismatch,
                format!("the role {}", role_names(claim.roles)),
                format!("{} as {}", claim.signer, role_names(&issuer.roles())),
            ));
        }
        Ok(())
    }

    /// Whether a registration may be logged on top of this state. A DID that signs clawsig envelopes
    /// holds exactly one role, over all its registrations: those signatures leave the envelope type
    /// unsigned, so one that was made in the first role could be shown as if made in the second.
    /// Retirement is final.
    ///
    /// # Errors
    /// `SCHEMA_INVALID` where the DID was retired, or would hold a second role although one of them signs
    /// clawsig envelopes: the operator is at fault.
    pub fn check_registration(&self, registration: &IssuerRegistration) -> Result<(), Fault> {
        let mut roles = registration.roles.clone();
        if let Some(issuer) = self.find(registration.did.as_str()) {
            if !issuer.retirements.is_empty() {
                return Err(Fault::new(
                    Code::SchemaInvalid,
                    "/payload/did",
                    "a DID that was not retired: rotate to a new key",
                    registration.did.as_str(),
                ));
            }
            roles.extend(issuer.roles());
        }
        roles.sort_unstable();
        roles.dedup();
        if roles.len() > 1 && roles.iter().any(|role| signs_clawsig(*role)) {
            return Err(Fault::new(
                Code::SchemaInvalid,
                "/payload/roles",
                "exactly one role for a DID that signs clawsig envelopes",
                role_names(&roles),
            ));
        }
        Ok(())
    }

    /// Whether a retirement may be logged: its DID must be registered.
    ///
    /// # Errors
    /// `NOT_FOUND` where it is not: the operator is at fault.
    pub fn check_retirement(&self, retirement: &IssuerRetirement) -> Result<(), Fault> {
        if self.find(retirement.did.as_str()).is_some() {
            return Ok(());
        }
        Err(Fault::new(
            Code::NotFound,
            "/payload/did",
            "a registered DID",
            retirement.did.as_str(),
        ))
    }

    /// Applies the registration logged at `index`.
    pub fn register(&mut self, index: LeafIndex, registration: &IssuerRegistration) {
        self.add(
            registration.did.as_str(),
            Registration {
                index,
                name: registration.name.clone(),
                roles: registration.roles.clone(),
                not_before: registration.not_before,
                not_after: registration.not_after,
                gateway_id: registration.gateway_id.clone(),
                submitters: registration.submitters.clone(),
                external_ids: registration.external_ids.values().cloned().collect(),
            },
        );
    }

    /// Applies the retirement logged at `index`. A DID that was never registered stays unknown.
    pub fn retire(&mut self, index: LeafIndex, retirement: &IssuerRetirement) {
        let position = self.positions.get(retirement.did.as_str()).copied();
        if let Some(issuer) = position.and_then(|at| self.list.get_mut(at)) {
            issuer
                .retirements
                .push((index, retirement.reason.clone(), retirement.distrust_from_index));
        }
    }

    fn add(&mut self, did: &str, registration: Registration) {
        if let Some(issuer) = self
            .positions
            .get(did)
            .copied()
            .and_then(|at| self.list.get_mut(at))
        {
            issuer.registrations.push(registration);
            return;
        }
        self.positions.insert(did.to_owned(), self.list.len());
        self.list.push(Issuer {
            did: did.to_owned(),
            registrations: vec![registration],
            retirements: Vec::new(),
        });
    }
}

/// Whether a DID with this role may hold no other one, because its documents are clawsig envelopes
/// (`schemas/payloads.md`, "Who signs"). For an enforcement point that is checked when it signs one
/// ([`SignerClaim::clawsig`]).
fn signs_clawsig(role: Role) -> bool {
    match role {
        Role::Gateway | Role::Agent | Role::Approver | Role::PolicyPublisher => true,
        Role::TokenIssuer | Role::EnforcementPoint | Role::Orchestrator | Role::Operator => false,
    }
}

fn role_names(roles: &[Role]) -> String {
    if roles.is_empty() {
        return "any".to_owned();
    }
    let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    names.join(" or ")
}

fn signer_fault(code: Code, expected: impl Into<String>, found: impl Into<String>) -> Fault {
    Fault::new(code, "/signer_did", expected, found)
}
