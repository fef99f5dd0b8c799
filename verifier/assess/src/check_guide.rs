//! What each check asks, and why it matters: for its page.

use super::check::CheckId;

impl CheckId {
    /// What the check asks of the evidence, and what it means if the answer is no.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Signatures => {
                "Is every document of the job what its signer signed, and was the signer allowed to sign it? If not, somebody changed or forged evidence, or signed without permission."
            }
            Self::PolicyPublished => {
                "Was the policy in the log before it was used? If not, the rules may have been written to fit what was done."
            }
            Self::PolicySingle => {
                "Did each run stay under one policy? If not, nobody can say which rules it was under."
            }
            Self::PolicyFrozen => {
                "Was a policy used after it was withdrawn, or a new version during a freeze? If so, the agent worked under rules that no longer applied."
            }
            Self::PolicyPinned => {
                "Did the job follow the policy that its token was issued for? If not, the agent worked under other rules than it had been given."
            }
            Self::TokenIssued => {
                "Was each token issued before it was used, and does the log show by whom? If not, nobody can tell who gave the agent access."
            }
            Self::TokenValid => {
                "Was each token valid when it was used: issued, not expired, not revoked? If not, the agent worked without permission."
            }
            Self::TokenTtl => {
                "Is each token valid for no longer than the policy allows? If not, the agent had access for too long."
            }
            Self::TokenJobBound => {
                "Was the token used by this job only? If not, nobody can say which job a call belongs to."
            }
            Self::TokenFresh => {
                "Does each run in which something needs an approval have its own token? If not, an approval for one run may have served another."
            }
            Self::ReceiptsUnique => {
                "Did a signer say two different things under one id? If so, at most one of the statements is true."
            }
            Self::ReceiptsBound => {
                "Does each receipt match an event in the agent's own account of the run? If not, the account leaves something out."
            }
            Self::ReceiptsComplete => {
                "Do the agent's report and the gateway's count list the same receipts? If not, a model call may be missing from one of them."
            }
            Self::BundleValid => {
                "Is the agent's proof bundle valid under clawsig's rules? If not, the agent's account of the run cannot be relied on."
            }
            Self::PolicyModels => "Does the policy allow every model that was called?",
            Self::PolicyTools => "Does the policy allow every tool call and side effect?",
            Self::PolicyApprovals => {
                "Did a person approve each action beforehand for which the policy requires it, and did the right person approve the right action?"
            }
            Self::PolicyRequirements => {
                "Is everything else met that the policy requires, for example that tokens are issued for this job?"
            }
            Self::ApprovalsUnique => {
                "Was each approval used once only? If not, something was done that nobody approved."
            }
            Self::Decisions => {
                "Was an action carried out that had been denied? If so, the agent found a way around the enforcement point."
            }
            Self::Halt => {
                "Did the agent keep working after somebody had stopped the job? If so, the stop had no effect."
            }
        }
    }

    /// The codes with which the check can fail or stay incomplete, as `schemas/assessment.md` lists them. A check of several
    /// sources has more: `signatures` those of refusals, `bundle.valid` clawsig's reasons, and policy checks those of
    /// policy decisions.
    pub const fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Signatures => &[
                "GENESIS_MISSING",
                "SIGNER_NOT_YET_TRUSTED",
                "EVIDENCE_ERASED",
                "EVIDENCE_REFUSED",
                "EVIDENCE_MISSING",
            ],
            Self::PolicyPublished => &["POLICY_PUBLISHED_LATE", "POLICY_MISSING"],
            Self::PolicySingle => &["POLICY_NOT_SINGLE"],
            Self::PolicyFrozen => &["POLICY_WITHDRAWN", "POLICY_FROZEN", "LATE_SUBMISSION"],
            Self::PolicyPinned => &["POLICY_PIN_MISMATCH"],
            Self::TokenIssued => &[
                "ISSUED_AFTER_USE",
                "ISSUANCE_MISSING",
                "ATTRIBUTION_AMBIGUOUS",
                "LOGGED_LATE",
            ],
            Self::TokenValid => &[
                "TIMESTAMP_AHEAD",
                "REVOKED_BEFORE_USE",
                "EXPIRED",
                "NOT_YET_VALID",
                "UNKNOWN_TOKEN",
                "REVOCATION_LOGGED_LATE",
                "LATE_SUBMISSION",
                "EXPIRY_WITHIN_SKEW",
                "ATTRIBUTION_AMBIGUOUS",
                "USE_MISSING",
            ],
            Self::TokenTtl => &["TOKEN_TTL_EXCEEDED"],
            Self::TokenJobBound => &["TOKEN_USED_BY_OTHER_JOB"],
            Self::TokenFresh => &["TOKEN_NOT_FRESH"],
            Self::ReceiptsUnique => &["CONFLICTING_STATEMENTS"],
            Self::ReceiptsBound => &[
                "RECEIPTS_MISSING",
                "RECEIPT_NOT_BOUND",
                "BUNDLE_MISSING",
                "EVENT_HASH_MISSING",
            ],
            Self::ReceiptsComplete => &[
                "RECEIPTS_MISSING",
                "STREAM_REPEATED",
                "BUNDLE_MISSING",
                "RECEIPT_NOT_IN_BUNDLE",
                "RECEIPT_NOT_LOGGED",
                "STREAM_MISSING",
                "STREAM_GAP",
                "STREAM_OPEN",
            ],
            Self::BundleValid => &["BUNDLE_MISSING"],
            Self::PolicyModels | Self::PolicyTools => &[],
            Self::PolicyApprovals => &[
                "APPROVAL_MISSING",
                "SIGNER_NOT_YET_TRUSTED",
                "APPROVAL_SCOPE_OPAQUE",
                "APPROVED_ARGUMENTS_UNKNOWN",
                "APPROVER_NOT_COMPARABLE",
            ],
            Self::PolicyRequirements => &["SANDBOX_CONTRADICTED", "TOOLS_PROFILE_CONTRADICTED"],
            Self::ApprovalsUnique => &["APPROVAL_REUSED"],
            Self::Decisions => &[
                "DENIED_ACTION_EXECUTED",
                "DENIED_ACTION_UNCLEAR",
                "DENIAL_LOGGED_LATE",
            ],
            Self::Halt => &["USE_AFTER_HALT", "HALT_LOGGED_LATE", "LATE_SUBMISSION"],
        }
    }
}
