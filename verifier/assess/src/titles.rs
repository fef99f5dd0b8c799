//! The titles of checks: one table for pages, commands and API. A title names what was found.

use super::check::{Check, CheckId, CheckStatus};

/// The titles of one check, by how it ended.
struct Titles {
    /// It applies to nothing, or was not evaluated: what it is about.
    subject: &'static str,
    pass: &'static str,
    fail: &'static str,
    incomplete: &'static str,
}

impl Check {
    /// What the check found, in a few words.
    pub fn title(&self) -> &'static str {
        title(self.id, self.status, self.code)
    }
}

impl CheckId {
    /// What the check is about, in a few words, whatever it found.
    pub const fn subject(self) -> &'static str {
        titles(self).subject
    }
}

/// The title of a check that ended with a status and a code.
pub fn title(id: CheckId, status: CheckStatus, code: &str) -> &'static str {
    let titles = titles(id);
    match status {
        CheckStatus::Pass => titles.pass,
        CheckStatus::NotApplicable | CheckStatus::NotEvaluated => titles.subject,
        CheckStatus::Fail => of_code(id, code).unwrap_or(titles.fail),
        CheckStatus::Incomplete => of_code(id, code).unwrap_or(titles.incomplete),
    }
}

/// Of checks that look for several things, the titles of what they found.
fn of_code(id: CheckId, code: &str) -> Option<&'static str> {
    Some(match (id, code) {
        (CheckId::Signatures, "GENESIS_MISSING") => "First entry of the log missing",
        (CheckId::Signatures, "SIGNER_NOT_TRUSTED" | "ROLE_MISMATCH") => {
            "Signed by someone who may not sign it"
        }
        (CheckId::Signatures, "SIGNER_RETIRED" | "SIGNER_DISTRUSTED") => "Signed with a retired key",
        (CheckId::Signatures, "SIGNER_NOT_YET_TRUSTED") => "Signed before the signer was registered",
        (CheckId::Signatures, "EVIDENCE_ERASED") => "Evidence erased",
        (CheckId::Signatures, "EVIDENCE_REFUSED") => "Evidence refused by the log",
        (CheckId::Signatures, "EVIDENCE_MISSING") => "No evidence for this job",
        (CheckId::PolicyFrozen, "POLICY_WITHDRAWN") => "Withdrawn policy used",
        (CheckId::PolicyFrozen, "POLICY_FROZEN") => "New version of a frozen policy used",
        (CheckId::TokenIssued, "ISSUANCE_MISSING") => "No record of the token being issued",
        (CheckId::TokenIssued | CheckId::TokenValid, "ATTRIBUTION_AMBIGUOUS") => {
            "Not known which token was used"
        }
        (CheckId::TokenIssued, "LOGGED_LATE") => "Token issue logged after its use",
        (CheckId::TokenValid, "TIMESTAMP_AHEAD") => "Use dated later than it was logged",
        (CheckId::TokenValid, "REVOKED_BEFORE_USE") => "Token used after revocation",
        (CheckId::TokenValid, "EXPIRED") => "Token used after it expired",
        (CheckId::TokenValid, "NOT_YET_VALID") => "Token used before it was valid",
        (CheckId::TokenValid, "UNKNOWN_TOKEN") => "Token used that was never issued",
        (CheckId::TokenValid, "REVOCATION_LOGGED_LATE") => "Token used before its revocation was logged",
        (CheckId::TokenValid, "LATE_SUBMISSION") => "Use logged after the token was revoked",
        (CheckId::TokenValid, "EXPIRY_WITHIN_SKEW") => "Token used close to its expiry",
        (CheckId::TokenValid, "USE_MISSING") => "No use of a token",
        (CheckId::ReceiptsBound | CheckId::ReceiptsComplete, "RECEIPTS_MISSING") => "No gateway receipts",
        (CheckId::ReceiptsBound, "BUNDLE_MISSING") => "No proof bundle to match the receipts with",
        (CheckId::ReceiptsBound, "EVENT_HASH_MISSING") => "Receipt names no event of its run",
        (CheckId::ReceiptsComplete, "BUNDLE_MISSING") => "No proof bundle to compare the receipts with",
        (CheckId::ReceiptsComplete, "RECEIPT_NOT_IN_BUNDLE") => "Receipts left out of the agent's report",
        (CheckId::ReceiptsComplete, "RECEIPT_NOT_LOGGED") => "Receipts missing from the log",
        (CheckId::ReceiptsComplete, "STREAM_REPEATED") => "Gateway gave a number twice",
        (CheckId::ReceiptsComplete, "STREAM_MISSING") => "Gateway did not number its receipts",
        (CheckId::ReceiptsComplete, "STREAM_GAP") => "Receipts missing from the gateway's count",
        (CheckId::ReceiptsComplete, "STREAM_OPEN") => "Gateway's count not closed",
        (CheckId::BundleValid, "BUNDLE_MISSING") => "No proof bundle",
        (CheckId::PolicyModels | CheckId::PolicyTools | CheckId::PolicyPublished, "POLICY_MISSING") => {
            "Policy missing from the log"
        }
        (CheckId::Halt, "LATE_SUBMISSION") => "Activity logged after the job was stopped",
        _ => return None,
    })
}

const fn of(
    subject: &'static str,
    pass: &'static str,
    fail: &'static str,
    incomplete: &'static str,
) -> Titles {
    Titles {
        subject,
        pass,
        fail,
        incomplete,
    }
}

const fn titles(id: CheckId) -> Titles {
    match id {
        CheckId::Signatures => of(
            "Hashes, signatures and signers",
            "All hashes and signatures are valid",
            "Evidence that does not verify",
            "Evidence that cannot be verified",
        ),
        CheckId::PolicyPublished => of(
            "Publication of the policy",
            "Policy published before it was used",
            "Policy published after it was used",
            "Policy missing from the log",
        ),
        CheckId::PolicySingle => of(
            "Policies in each run",
            "One policy in each run",
            "Several policies in one run",
            "Not known whether each run has one policy",
        ),
        CheckId::PolicyFrozen => of(
            "Withdrawn and frozen policies",
            "No withdrawn or frozen policy was used",
            "Withdrawn or frozen policy used",
            "Not known whether a withdrawn or frozen policy was used",
        ),
        CheckId::PolicyPinned => of(
            "Policy that the token requires",
            "Policy is the one the token requires",
            "Policy is not the one the token requires",
            "Not known whether the policy is the one the token requires",
        ),
        CheckId::TokenIssued => of(
            "Issue of the token",
            "Token issued before it was used",
            "Token used before it was issued",
            "Not known whether the token was issued before it was used",
        ),
        CheckId::TokenValid => of(
            "Validity of the token",
            "Token valid whenever it was used",
            "Token used while it was not valid",
            "Not known whether the token was valid",
        ),
        CheckId::TokenTtl => of(
            "Lifetime of the token",
            "Token lifetime within the policy's limit",
            "Token lifetime longer than the policy allows",
            "Not known whether the token lifetime is within the limit",
        ),
        CheckId::TokenJobBound => of(
            "Jobs that use the token",
            "Token used by this job only",
            "Token shared with another job",
            "Not known whether another job used the token",
        ),
        CheckId::TokenFresh => of(
            "Tokens for actions that need approval",
            "Each run that needs approval has its own token",
            "Token shared by runs that need approval",
            "Not known whether runs that need approval share a token",
        ),
        CheckId::ReceiptsUnique => of(
            "Consistency of statements",
            "No contradictory statements",
            "Contradictory statements by one signer",
            "Not known whether statements contradict each other",
        ),
        CheckId::ReceiptsBound => of(
            "Receipts and events of the run",
            "Every receipt matches an event of its run",
            "Receipt matches no event of its run",
            "Not known whether every receipt matches an event of its run",
        ),
        CheckId::ReceiptsComplete => of(
            "Completeness of the receipts",
            "Agent's report and gateway's count agree",
            "Agent's report and gateway's count disagree",
            "Not known whether all receipts are here",
        ),
        CheckId::BundleValid => of(
            "Proof bundle",
            "Proof bundle valid",
            "Proof bundle not valid",
            "Proof bundle cannot be verified",
        ),
        _ => titles_of_acts(id),
    }
}

/// Of the checks that compare what was done with what was allowed.
const fn titles_of_acts(id: CheckId) -> Titles {
    match id {
        CheckId::PolicyModels => of(
            "Models that the policy allows",
            "Only allowed models were used",
            "Model used that the policy does not allow",
            "Not known whether every model was allowed",
        ),
        CheckId::PolicyTools => of(
            "Tools that the policy allows",
            "Only allowed tools were used",
            "Tool used that the policy does not allow",
            "Not known whether every tool was allowed",
        ),
        CheckId::PolicyApprovals => of(
            "Approvals that the policy requires",
            "Nothing was done without its required approval",
            "Action carried out without the required approval",
            "Not known whether every action was approved",
        ),
        CheckId::PolicyRequirements => of(
            "Other requirements of the policy",
            "Other requirements of the policy met",
            "Requirement of the policy not met",
            "Requirement of the policy not met yet",
        ),
        CheckId::ApprovalsUnique => of(
            "Reuse of approvals",
            "No approval was used twice",
            "Approval used more than once",
            "Not known whether an approval was used twice",
        ),
        CheckId::Decisions => of(
            "Denied actions",
            "No denied action was carried out",
            "A denied action was carried out",
            "Not known whether a denied action was carried out",
        ),
        _ => of(
            "Activity after a stop",
            "No activity after the job was stopped",
            "Activity after the job was stopped",
            "Not known whether there was activity after the stop",
        ),
    }
}
