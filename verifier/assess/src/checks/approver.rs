//! Who approved: somebody else than the agent and than those who asked, as a person and not as a spelling.

use std::collections::BTreeSet;

use super::super::facts::{AgentAct, JobFacts};
use super::super::token_table::{Moment, Seconds};
use super::approval_terms::{ApprovalDefect, EntitledApproval};
use evidence::issuers::Issuers;
use evidence::kind::Role;
use evidence::payload::JobAction;
use evidence::person::{AGENT_CLAIMS, Person, Vocabulary, did_of};

/// Most requesters of one job by the vocabularies of their names; beyond, nobody is told apart from all of them.
const REQUESTERS_MAX: usize = 64;

/// What is known of the job apart from its approvals.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    registered: &'a Issuers,
    /// The job's agents, all of their names together.
    agents: Person,
    /// Those who asked for the job, as its events name them, all of their names together.
    requesters: Person,
    /// The vocabularies in which each of those is named; an empty set for a name that is spelled in none.
    requesters_named: BTreeSet<BTreeSet<Vocabulary>>,
    /// The signers of these events, all of their names together.
    request_signers: Person,
    /// Gateways that recorded or decided calls of the job: those that could hold an action.
    gateways: BTreeSet<&'a str>,
    pub(super) skew: Seconds,
    /// How long an approval holds that does not say.
    lifetime: Seconds,
}

/// What the one who approved is to the job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Approver {
    /// Somebody else than agent and requester.
    Other,
    /// Nobody can tell whether it is the requester, or the agent in another spelling.
    NotComparable,
    /// Somebody whose word is no approval.
    Unfit(ApprovalDefect),
}

impl<'a> Circumstances<'a> {
    pub(super) fn of(facts: &'a JobFacts<'_>) -> Self {
        let registered = &facts.trust.issuers;
        let recorded = facts.uses.iter().filter_map(|used| match used.act {
            AgentAct::Tool(receipt) | AgentAct::SideEffect(receipt) => {
                (receipt.agent_did != used.signer).then_some(used.signer)
            }
            AgentAct::Model(_) | AgentAct::Allowed(_) => Some(used.signer),
        });
        let decided = facts.decisions.iter().map(|decision| decision.signer);
        let mut job = Self {
            registered,
            agents: Person::default(),
            requesters: Person::default(),
            requesters_named: BTreeSet::new(),
            request_signers: Person::default(),
            gateways: recorded.chain(decided).collect(),
            skew: Seconds(facts.settings.clock_skew_s),
            lifetime: Seconds(facts.settings.approval_lifetime_s),
        };
        job.name_agents(facts);
        job.name_requesters(facts);
        job
    }

    /// An agent is known by every name that its tokens give it.
    fn name_agents(&mut self, facts: &JobFacts<'_>) {
        let claimed = facts.issuances.iter().flat_map(|issuance| {
            let claims = &issuance.said.claims;
            AGENT_CLAIMS.into_iter().filter_map(|name| claims.text(name))
        });
        let names: BTreeSet<&str> = claimed.chain(facts.agents.iter().copied()).collect();
        for name in names {
            self.agents.extend(person(self.registered, name));
        }
    }

    /// Events that begin a job, and all that name a requester.
    fn name_requesters(&mut self, facts: &JobFacts<'_>) {
        let mut signers: BTreeSet<&str> = BTreeSet::new();
        let mut requesters: BTreeSet<&str> = BTreeSet::new();
        for event in &facts.events {
            let begins = matches!(
                event.said.action,
                JobAction::Opened | JobAction::RollbackOf | JobAction::Supersedes
            );
            requesters.extend(event.said.requested_by.as_deref());
            if begins || event.said.requested_by.is_some() {
                signers.insert(event.signer);
            }
        }
        for signer in signers {
            self.request_signers.extend(person(self.registered, signer));
        }
        for requester in requesters {
            let requester = person(self.registered, requester);
            let named = requester.vocabularies().clone();
            if self.requesters_named.len() <= REQUESTERS_MAX {
                self.requesters_named.insert(named);
            }
            self.requesters.extend(requester);
        }
    }

    /// Who signed an approval, and whose it says that it is.
    pub(super) fn approver(&self, told: &EntitledApproval<'_>) -> Approver {
        let subject = person(self.registered, &told.approval.approver_subject);
        let mut approver = subject.clone();
        approver.extend(person(self.registered, told.signer));
        let others = [&self.agents, &self.request_signers];
        let agent = person(self.registered, &told.approval.agent_did);
        if approver.is(&self.agents) || approver.is(&agent) {
            Approver::Unfit(ApprovalDefect::ByAgent)
        } else if approver.is(&self.requesters) || approver.is(&self.request_signers) {
            Approver::Unfit(ApprovalDefect::ByRequester)
        } else if !self.could_hold(told) {
            Approver::Unfit(ApprovalDefect::NotHeld)
        } else if self.tells_apart(&subject) && !others.iter().any(|other| subject.may_be(other)) {
            Approver::Other
        } else {
            Approver::NotComparable
        }
    }

    /// Whether a signer is an approver, or a gateway that could hold an action of the job.
    pub(super) fn could_hold(&self, told: &EntitledApproval<'_>) -> bool {
        told.role == Role::Approver || self.gateways.contains(told.signer)
    }

    /// Whether somebody is named in a vocabulary of each requester.
    fn tells_apart(&self, subject: &Person) -> bool {
        let own = subject.vocabularies();
        let shared = |named: &BTreeSet<Vocabulary>| own.iter().any(|own| named.contains(own));
        let few = self.requesters_named.len() <= REQUESTERS_MAX;
        subject.is_named() && few && self.requesters_named.iter().all(shared)
    }

    /// When an approval's life ends: its time to live after it was signed, or logged if that was earlier, so that
    /// a stated time in the future wins nothing.
    pub(super) fn end_of(&self, told: &EntitledApproval<'_>) -> Moment {
        let start = told.approval.timestamp.at().min(told.logged_at);
        let span = told.approval.ttl_s.map_or(self.lifetime, Seconds);
        Moment::from(start).after(span)
    }
}

/// Somebody by one name, with the names under which a DID is registered.
fn person(registered: &Issuers, text: &str) -> Person {
    let mut person = Person::default();
    person.state(text);
    if let Some(issuer) = did_of(text).and_then(|did| registered.find(&did)) {
        for registration in &issuer.registrations {
            let names = std::iter::once(&registration.name).chain(&registration.external_ids);
            for name in names {
                person.register(name);
            }
        }
    }
    person
}
