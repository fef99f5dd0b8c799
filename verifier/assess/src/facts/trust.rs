//! Who was entitled to what, entry by entry: one walk over the documents in log order.

use std::collections::HashMap;

use super::super::token_table::{Moment, Seconds};
use super::clocks::Clocks;
use super::entry_document::{EntryDocument, roles};
use evidence::SignerRule;
use evidence::code::Code;
use evidence::issuers::{Issuers, NotLinked, Registration, SignerClaim};
use evidence::kind::{Kind, Role};
use evidence::payload::{LogGenesis, Payload, Settings};
use tlog::index::{LeafIndex, TimestampMs};

/// Why a signer was not entitled to sign an entry: the code, and a sentence.
pub(crate) type EntitlementRefusal = (&'static str, String);

/// Whether it is asked if a signer was entitled to what it signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entitlement {
    /// As an assessment asks.
    Asked,
    /// As the planner does, which looks at no signature.
    Taken,
}

/// What follows from registrations, retirements and settings.
#[derive(Debug)]
pub(crate) struct Trust {
    entitlement: Entitlement,
    /// Why the signers of entries were not entitled to them, at the entries' positions.
    refused: HashMap<LeafIndex, EntitlementRefusal>,
    /// Settings in force at the end.
    pub(crate) settings: Settings,
    /// Registrations as of the end.
    pub(crate) issuers: Issuers,
    /// Whether log.genesis is there.
    pub(crate) genesis: bool,
    /// What the operator said about the clock.
    pub(crate) clocks: Clocks,
    /// When each registration was logged.
    registered: HashMap<LeafIndex, TimestampMs>,
    distrust: HashMap<String, LeafIndex>,
}

impl Trust {
    /// Walks documents in log order.
    pub(crate) fn of<'a>(docs: impl Iterator<Item = &'a EntryDocument> + Clone, origin: &str) -> Self {
        Self::twice(docs, origin, Entitlement::Asked)
    }

    /// What the planner needs of it, which follows from log.genesis, registrations and retirements alone
    /// ([`is_authority`]): whose word counts for whom, and who is distrusted.
    pub(crate) fn planned<'a>(docs: impl Iterator<Item = &'a EntryDocument> + Clone, origin: &str) -> Self {
        Self::twice(docs, origin, Entitlement::Taken)
    }

    fn twice<'a>(
        docs: impl Iterator<Item = &'a EntryDocument> + Clone,
        origin: &str,
        entitlement: Entitlement,
    ) -> Self {
        let first = Self::walk(docs.clone(), origin, entitlement, HashMap::new());
        let mut distrust: HashMap<String, LeafIndex> = HashMap::new();
        for issuer in first.issuers.list() {
            let from = issuer.retirements.iter().filter_map(|(_, _, from)| *from).min();
            if let Some(from) = from {
                distrust.insert(issuer.did.clone(), from);
            }
        }
        if distrust.is_empty() {
            return first;
        }
        // What a distrusted operator registered is unsigned too. What it retired stays retired: that
        // only ever takes trust away.
        let mut second = Self::walk(docs, origin, entitlement, distrust);
        second.distrust.extend(first.distrust);
        second
    }

    fn walk<'a>(
        docs: impl Iterator<Item = &'a EntryDocument>,
        origin: &str,
        entitlement: Entitlement,
        distrust: HashMap<String, LeafIndex>,
    ) -> Self {
        let mut trust = Self {
            entitlement,
            refused: HashMap::new(),
            settings: Settings::default(),
            issuers: Issuers::default(),
            genesis: false,
            registered: HashMap::new(),
            distrust,
            clocks: Clocks::default(),
        };
        for doc in docs {
            trust.enter(doc, origin);
        }
        trust.clocks.settle();
        trust
    }

    /// Why the signer of a document was not entitled to it; `None` where it was, or nothing says who signed.
    pub(crate) fn refused(&self, doc: &EntryDocument) -> Option<EntitlementRefusal> {
        self.refused.get(&doc.index).cloned()
    }

    /// Whether the document counts: it holds, and its signer was entitled to it.
    pub(crate) fn counts(&self, doc: &EntryDocument) -> bool {
        doc.statement().is_some() && !self.is_distrusted(doc) && !self.refused.contains_key(&doc.index)
    }

    /// Whether the submitter's word about a document counts as the signer's.
    pub(crate) fn is_bound(&self, doc: &EntryDocument) -> bool {
        self.linked(doc).is_ok()
    }

    /// The signers that this knows otherwise than `other` does, where both distrust the same.
    pub(crate) fn changed_from<'t>(&'t self, other: &'t Self) -> Option<Vec<&'t str>> {
        if self.distrust != other.distrust {
            return None;
        }
        let differs = |did: &str| self.issuers.find(did) != other.issuers.find(did);
        let both = self.issuers.list().iter().chain(other.issuers.list());
        let dids = both.map(|issuer| issuer.did.as_str());
        Some(dids.filter(|did| differs(did)).collect())
    }

    /// Whether a DID held a role at a position of the log and at the time of its entry.
    pub(crate) fn holds_at(&self, did: &str, role: Role, index: LeafIndex, at: TimestampMs) -> bool {
        let distrusted = self.distrust.get(did).is_some_and(|&from| from <= index);
        !distrusted
            && self.issuers.find(did).is_some_and(|issuer| {
                let retired = issuer.retirements.iter().any(|(since, _, _)| *since < index);
                !retired
                    && issuer.registrations.iter().any(|registration| {
                        registration.index < index
                            && registration.covers(at)
                            && registration.roles.contains(&role)
                    })
            })
    }

    /// Whether the signer of a receipt, decision or approval was registered, in a role that may sign it, at the time
    /// that it is signed for, within the tolerance between clocks. Registration is never retroactive: it begins when it
    /// is logged, and not before its `not_before`. A signer that needs no registration, and a document that states no
    /// time, always was.
    pub(crate) fn trusted_when_signed(&self, doc: &EntryDocument) -> bool {
        let Some((signed_at, rule)) = doc
            .statement()
            .and_then(|said| Some((signed_time(&said.payload)?, said.rule?)))
        else {
            return true;
        };
        let Some(issuer) = self.issuers.find(&doc.signer) else {
            return true;
        };
        let signed = Moment::from(signed_at);
        let skew = Seconds(self.settings.clock_skew_s);
        let mut before = issuer
            .registrations
            .iter()
            .filter(|registration| registration.index < doc.index)
            .peekable();
        // What was signed and logged before the signer was registered at all needed no registration.
        before.peek().is_none()
            || before.any(|registration| {
                let logged = self.registered.get(&registration.index);
                let logged = logged.map(|&logged| self.clocks.logged_from(registration.index, logged));
                let begins = logged
                    .max(Some(registration.not_before))
                    .map_or(Moment::END, Moment::from);
                let ends = registration
                    .not_after
                    .map_or(Moment::END, |end| Moment::from(end).after(skew));
                let fits = roles(rule).is_empty()
                    || registration.roles.iter().any(|role| roles(rule).contains(role));
                fits && signed.after(skew) >= begins && signed <= ends
            })
    }

    /// The registration under which a DID signed at a position of the log.
    pub(crate) fn registration(&self, did: &str, index: LeafIndex, at: TimestampMs) -> Option<&Registration> {
        self.issuers.find(did)?.registration(index, at)
    }

    fn enter(&mut self, doc: &EntryDocument, origin: &str) {
        if let (Some(Payload::LogGenesis(genesis)), LeafIndex::ZERO) = (doc.payload(), doc.index) {
            self.begin(genesis, doc, origin);
        }
        let refused = self.refusal(doc);
        if let (None, Some(payload)) = (&refused, doc.payload()) {
            match payload {
                Payload::IssuerRegistered(registration) => {
                    self.issuers.register(doc.index, registration);
                    self.registered.insert(doc.index, doc.logged_at);
                }
                Payload::IssuerRetired(retirement) => self.issuers.retire(doc.index, retirement),
                Payload::LogSettings(change) => self.settings = change.apply(self.settings),
                Payload::LogClock(word) => self.clocks.confirm(doc.index, doc.logged_at, word),
                _ => {}
            }
        }
        if let Some(refused) = refused {
            self.refused.insert(doc.index, refused);
        }
    }

    fn begin(&mut self, genesis: &LogGenesis, doc: &EntryDocument, origin: &str) {
        if genesis.origin == origin {
            self.issuers = Issuers::from_genesis(genesis.operator.as_str(), doc.logged_at);
            self.settings = genesis.settings;
            self.genesis = true;
        }
    }

    fn refusal(&self, doc: &EntryDocument) -> Option<EntitlementRefusal> {
        let said = doc.statement()?;
        if self.is_distrusted(doc) {
            return Some((
                "SIGNER_DISTRUSTED",
                "the signer's entries from this position on count as unsigned".to_owned(),
            ));
        }
        // Where nobody looks at the signature, who signed is not asked either.
        let rule = said.rule.filter(|_| self.entitlement == Entitlement::Asked)?;
        if let Some((at, code, what)) = stated_seconds(&said.payload) {
            let latest = Moment::from(doc.logged_at).after(Seconds(self.settings.clock_skew_s));
            if Moment::from(at) > latest {
                let said = format!("{what} is dated later than it was logged, which intake refuses");
                return Some((code.as_str(), said));
            }
        }
        // Whether a context's signer is that of its target is decided where the target is known.
        if matches!(rule, SignerRule::SignerOf(_)) {
            return None;
        }
        let claim = SignerClaim {
            signer: &doc.signer,
            roles: roles(rule),
            clawsig: said.clawsig,
        };
        self.issuers
            .check(claim, doc.logged_at, self.settings.accept_unregistered_agents)
            .err()
            .map(|fault| (fault.code.as_str(), format!("expected {}", fault.expected)))
    }

    fn is_distrusted(&self, doc: &EntryDocument) -> bool {
        self.distrust
            .get(&doc.signer)
            .is_some_and(|&from| from <= doc.index)
    }

    /// Whether the submitter is registered for the signer, at the position of its word.
    pub(crate) fn linked(&self, doc: &EntryDocument) -> Result<(), NotLinked> {
        if self.is_distrusted(doc) {
            return Err(NotLinked::SignerDistrusted);
        }
        let submitter = doc.submitter.as_ref();
        if doc.kind == Kind::Refused {
            self.issuers.linked_refusal(doc.signed(), submitter)
        } else {
            self.issuers.linked(doc.signed(), submitter)
        }
    }
}

/// Whether a document is one of those from which it follows who is registered, and for whom.
pub(crate) fn is_authority(doc: &EntryDocument) -> bool {
    matches!(
        doc.kind,
        Kind::LogGenesis | Kind::IssuerRegistered | Kind::IssuerRetired
    )
}

/// The time that a receipt, decision or approval is signed for.
const fn signed_time(payload: &Payload) -> Option<TimestampMs> {
    match payload {
        Payload::GatewayReceipt(receipt) => Some(receipt.timestamp.at()),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => Some(receipt.timestamp.at()),
        Payload::Decision(decision) => Some(decision.decided_at.at()),
        Payload::Approval(approval) => Some(approval.timestamp.at()),
        _ => None,
    }
}

/// A time that intake refuses where it lies ahead of the log's, with the code and what states it.
const fn stated_seconds(payload: &Payload) -> Option<(Seconds, Code, &'static str)> {
    match payload {
        Payload::TokenRevoked(revoked) => Some((
            Seconds(revoked.revoked_at),
            Code::RevokedAtAhead,
            "the revocation",
        )),
        Payload::TokenIssued(issued) => Some((Seconds(issued.iat), Code::IssuedAtAhead, "the token")),
        _ => None,
    }
}
