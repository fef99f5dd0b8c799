//! Types for approvals: who signed them, for which action, and what is wrong with them.

use super::super::token_table::UseTimes;
use evidence::digest::ScopeHash;
use evidence::kind::Role;
use evidence::payload::Approval;
use evidence::text::hash::SpelledHash;
use evidence::wpc::KnownArguments;
use tlog::index::{LeafIndex, TimestampMs};

/// An approval of the job whose signer was entitled to sign approvals.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntitledApproval<'a> {
    pub(super) index: LeafIndex,
    pub(super) logged_at: TimestampMs,
    pub(super) signer: &'a str,
    /// What entitled the signer: approver or gateway.
    pub(super) role: Role,
    pub(super) approval: &'a Approval,
    /// The first entry of the job with the same payload: what is signed again is one approval.
    pub(super) first: LeafIndex,
    /// Whether another approval or refusal of the job has its `receipt_id`, and another payload.
    pub(super) contradicted: bool,
    /// The run of the event that it is bound to, where a bundle of the job tells it.
    pub(super) event_run: Option<&'a str>,
}

/// A hash of arguments: the same in whatever spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum ArgsKey<'a> {
    /// Of a hash that is read.
    Hash([u8; 32]),
    /// Of any other text.
    Text(&'a str),
}

impl<'a> From<&'a str> for ArgsKey<'a> {
    fn from(text: &'a str) -> Self {
        SpelledHash::read(text).map_or(Self::Text(text), |hash| Self::Hash(hash.bytes()))
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct GatedAction<'a> {
    pub(super) at: UseTimes,
    pub(super) agent: &'a str,
    pub(super) policy_hash: &'a str,
    pub(super) run: Option<&'a str>,
    /// Scope hash of its token, where that is known.
    pub(super) token_scope: Option<ScopeHash>,
    pub(super) gate: &'a str,
    pub(super) operation: &'a str,
    /// Hash of its arguments, where it states one.
    pub(super) args: Option<ArgsKey<'a>>,
    /// What is known of its arguments.
    pub(super) known: KnownArguments<'a>,
}

/// Why an approval satisfies nothing, whatever the action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum ApprovalDefect {
    ByAgent,
    ByRequester,
    NotHeld,
    NotExplicit,
    /// No person decided.
    NoPerson,
    /// Two statements have one id.
    Contradicted,
    /// The approver read another scope than the one that is hashed.
    SummaryDiffers,
    PolicyMismatch,
    OverWhenLogged,
    /// It states the policy of the action and approves something else under it.
    SomethingElse,
    /// It approves the operation with other arguments.
    OtherArguments,
    /// Its binding names another run or token.
    BoundToAnother,
    /// Nothing is wrong with it but its place or time.
    NotThen,
}

impl ApprovalDefect {
    /// Ends the sentence "the approval does not count: it …".
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::ByAgent => "was given by the agent itself",
            Self::ByRequester => "was given by the person who requested the job",
            Self::NotHeld => "was signed by a gateway that recorded no call of this job",
            Self::NotExplicit => "is not an explicit approval",
            Self::NoPerson => "was given by a rule or a timeout, not by a person",
            Self::Contradicted => "shares its receipt_id with another one that says something else",
            Self::SummaryDiffers => "has a summary that describes another scope than its hash",
            Self::PolicyMismatch => "is for another policy",
            Self::OverWhenLogged => "had expired when it was logged",
            Self::SomethingElse => "approves something else under this policy",
            Self::OtherArguments => "is for other arguments",
            Self::BoundToAnother => "is bound to another run or token",
            Self::NotThen => "was given too late, had expired or was taken back",
        }
    }
}

/// What keeps an approval from being taken for one of the action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum ApprovalDoubt {
    /// Its scope hash is in no form that is known here.
    Opaque,
    /// It was refused after, in no form that is known here.
    Refused,
    /// It is for arguments within limits, and nothing tells the arguments.
    ArgumentsUnknown,
    /// Nobody can tell whether the approver is the requester or the agent.
    NotComparable,
}

/// What the approvals of a job say to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ApprovalAnswer {
    /// Approved, by the approval at this index; `any_arguments`: it names none.
    Approved {
        approval: LeafIndex,
        any_arguments: bool,
    },
    /// Perhaps, by this approval.
    Doubtful(ApprovalDoubt, LeafIndex),
    /// Not approved; the nearest approval, and what is wrong with it.
    Missing(Option<(LeafIndex, ApprovalDefect)>),
}
