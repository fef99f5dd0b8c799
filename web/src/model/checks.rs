//! What each check asks, as a title that a person reads; its id stays beside it for machines and links.

use verifier::assess::CheckId;

/// Reads well after "holds", "fails" and "open".
pub(crate) const fn title(id: CheckId) -> &'static str {
    match id {
        CheckId::Signatures => "Signatures and signers",
        CheckId::PolicyPublished => "Policy published before its use",
        CheckId::PolicySingle => "One policy in each run",
        CheckId::PolicyFrozen => "Policy neither withdrawn nor frozen out",
        CheckId::PolicyPinned => "Policy is the one the token pins",
        CheckId::TokenIssued => "Token issued before its use",
        CheckId::TokenValid => "Token valid at each use",
        CheckId::TokenTtl => "Token lifetime within the limit",
        CheckId::TokenJobBound => "Token used by this job alone",
        CheckId::TokenFresh => "Own token for gated operations",
        CheckId::ReceiptsUnique => "Receipts do not contradict each other",
        CheckId::ReceiptsBound => "Receipts belong to the run",
        CheckId::ReceiptsComplete => "Receipts agree with bundle and streams",
        CheckId::BundleValid => "Bundle verifies",
        CheckId::PolicyModels => "Models allowed",
        CheckId::PolicyTools => "Tools and operations allowed",
        CheckId::PolicyApprovals => "Approved where approval is needed",
        CheckId::PolicyRequirements => "Other requirements of the policy",
        CheckId::ApprovalsUnique => "Each approval used once",
        CheckId::Decisions => "Nothing denied was done",
        CheckId::Halt => "Nothing done after a halt",
    }
}
