//! The reasons in words: one place for pages, API and commands.

use super::command;
use super::{Reason, Registered, SignerStatus, UncountedClaim};
use evidence::context::SubmitterName;
use evidence::issuers::NotLinked;
use evidence::text::shown::brief;

/// What mends a reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remedy {
    /// What to do, in sentences.
    pub text: String,
    /// The operator's command, for a POSIX shell in which `URL` is the server's address and `OPERATOR_KEY` the path of the
    /// operator's key.
    pub command: Option<String>,
}

impl Reason {
    /// Stable; each has a page under `/problems`.
    pub fn code(&self) -> &str {
        match self {
            Self::ScopeHashMissing => "SCOPE_HASH_MISSING",
            Self::ScopeHashOfAnotherToken => "SCOPE_HASH_OF_ANOTHER_TOKEN",
            Self::TokenNotIssued => "TOKEN_NOT_ISSUED",
            Self::Ambiguous => "ATTRIBUTION_AMBIGUOUS",
            Self::RunMissing => "RUN_MISSING",
            Self::NotLinked { why, .. } => match why {
                NotLinked::OtherSubmitter | NotLinked::NoSubmitter => "SUBMITTER_NOT_LINKED",
                NotLinked::SignerNotRegistered => "SIGNER_NOT_REGISTERED",
                NotLinked::SignerRetired => "SIGNER_RETIRED",
                NotLinked::SignerDistrusted => "SIGNER_DISTRUSTED",
            },
            Self::AgentOfNoToken => "AGENT_OF_NO_TOKEN",
            Self::RunOfNoToken => "RUN_OF_NO_TOKEN",
            Self::IssuedForNoJob => "ISSUED_FOR_NO_JOB",
            Self::Untied { .. } => "NOT_TIED_TO_JOB",
            Self::SignedBeforeTrust => "SIGNER_NOT_YET_TRUSTED",
            Self::Refused { .. } => "EVIDENCE_REFUSED",
            Self::Unsound { code, .. } => code,
        }
    }

    /// Why it does not count, in one sentence.
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::ScopeHashMissing => {
                "The receipt has no token scope hash (token_scope_hash_b64u), so nothing shows under which token the call was made."
            }
            Self::ScopeHashOfAnotherToken => {
                "The token scope hash in the receipt is not that of the token that its sender names, so nothing shows under which token the call was made."
            }
            Self::TokenNotIssued => {
                "The token of this document was not issued in this log for this job, so nothing shows who gave the agent access."
            }
            Self::Ambiguous => {
                "Several tokens or jobs fit this document, and nothing shows which of them is meant."
            }
            Self::RunMissing => {
                "The receipt names no run (run_id), so it cannot be found by the run of a token that was issued for this job."
            }
            Self::NotLinked {
                why,
                lost,
                submitter,
                signer,
            } => return not_linked(*why, *lost, submitter.as_ref(), signer),
            Self::AgentOfNoToken => {
                "No token that was issued for this job names this agent, so the agent's document does not belong to the job."
            }
            Self::RunOfNoToken => {
                "The document names a run that no issued token and no counted receipt of this job names."
            }
            Self::IssuedForNoJob => "The token was issued without a job, so it does not belong to this one.",
            Self::Untied { .. } => "Nothing that counts ties this document to the job.",
            Self::SignedBeforeTrust => {
                "The document is dated before its signer was registered, so it counts against the job and never for it."
            }
            Self::Refused { code } => {
                return format!(
                    "The log refused this document ({}), so nothing in it counts.",
                    brief(code)
                );
            }
            Self::Unsound { code, signer } => return unsound(code, signer),
        };
        text.to_owned()
    }

    /// How to mend it.
    pub fn mend(&self) -> Remedy {
        match self {
            Self::NotLinked {
                why,
                submitter,
                signer,
                ..
            } => mend_link(*why, submitter.as_ref(), signer),
            Self::Unsound { code, signer } => mend_unsound(code, signer),
            other => Remedy {
                text: other.mended_by().to_owned(),
                command: None,
            },
        }
    }

    const fn mended_by(&self) -> &'static str {
        match self {
            Self::ScopeHashMissing => {
                "The gateway must put the token's token_scope_hash_b64u into the binding of its receipts, as the token's issuance has it. Receipts that are already signed stay as they are."
            }
            Self::ScopeHashOfAnotherToken => {
                "The gateway must put the scope hash of the token that was used into its receipts, and the sender must name the hash of that same token."
            }
            Self::TokenNotIssued => {
                "The token service must log the issuance (cst_issuance) with this token's hash, its claims, the job and the run, and must do so before the token is used."
            }
            Self::Ambiguous => {
                "Issue a token of its own for each job and run, and let the sender name the job and the token hash in a context."
            }
            Self::RunMissing => {
                "The gateway must put the run_id into the binding of its receipts, or a linked submitter must name the job in a context."
            }
            Self::AgentOfNoToken => {
                "Issue the job's token for this agent: the claims must name it as agent_did, or as sub. If the agent is not yours, its statement rightly does not count."
            }
            Self::RunOfNoToken => {
                "The agent must use the run_id for which the token was issued, or which the gateway's receipts name."
            }
            Self::IssuedForNoJob => "The token service must name the job (job_id) when it logs the issuance.",
            Self::Untied { signed: true } => "Its signer must name the job (job_id) in the document.",
            Self::Untied { signed: false } => {
                "A submitter that is linked to the signer must send the document with a context that names the job (ledgerd submit --job)."
            }
            Self::SignedBeforeTrust => {
                "Register signers before they sign, and check this signer's clock. A registration never reaches back."
            }
            Self::Refused { .. } => {
                "Correct the program that made the document, and send a new document in its place."
            }
            Self::NotLinked { .. } | Self::Unsound { .. } => "",
        }
    }
}

fn submitter_phrase(submitter: Option<&SubmitterName>) -> String {
    submitter.map_or_else(
        || "an unnamed submitter".to_owned(),
        |name| format!("submitter “{}”", name.as_str()),
    )
}

fn named(signer: &SignerStatus) -> String {
    match &signer.name {
        Some(name) => format!("“{}” ({})", brief(name), brief(&signer.did)),
        None => brief(&signer.did),
    }
}

fn not_linked(
    why: NotLinked,
    lost: UncountedClaim,
    submitter: Option<&SubmitterName>,
    signer: &SignerStatus,
) -> String {
    let (who, signer) = (submitter_phrase(submitter), named(signer));
    let lost = match lost {
        UncountedClaim::Job => "that the document belongs to the job",
        UncountedClaim::Number => "which number the receipt has in the gateway's count",
        UncountedClaim::Context => "what the document belongs to",
    };
    let why = match why {
        NotLinked::OtherSubmitter | NotLinked::NoSubmitter => "is not linked to this signer",
        NotLinked::SignerNotRegistered => "cannot speak for this signer, which was not registered then",
        NotLinked::SignerRetired => "cannot speak for this signer, which had been retired",
        NotLinked::SignerDistrusted => {
            "cannot speak for this signer, whose entries count as unsigned from an earlier one on"
        }
    };
    format!("The statement by {who} {lost} does not count: it {why}. Signer: {signer}.")
}

fn unsound(code: &str, signer: &SignerStatus) -> String {
    let signer = named(signer);
    let why = match code {
        "SIGNER_NOT_TRUSTED" => "Its signer had no registration in force",
        "ROLE_MISMATCH" => "Its signer is not registered for the role that signs such documents",
        "SIGNER_RETIRED" => "Its signer had been retired",
        "SIGNER_DISTRUSTED" => "Its signer's entries count as unsigned from an earlier one on",
        _ => return format!("The document does not hold ({code}). Signer: {signer}."),
    };
    format!("{why}, so the document does not count. Signer: {signer}.")
}

/// The remedy for a key that nobody registered. It has no command: the author of the evidence would have chosen the
/// key in it.
const STRANGER: &str = "This key was never registered in this log. Before the operator registers it, the operator would have to learn from its owner, and not from this document, whose key it is and what it may sign. A registration counts for what is logged after it. If the signer is not yours, the document rightly does not count.";
const OUT_OF_FORCE: &str = "No registration of this signer was in force when this was logged, or it has ended since. If the signer is still yours and its key is safe, the operator registers it for the time to come. A registration counts for what is logged after it.";
const RETIRED: &str = "A retired signer is never trusted again. Give the signer a new key, have the operator register it, and sign new evidence with it.";

fn mend_link(why: NotLinked, submitter: Option<&SubmitterName>, signer: &SignerStatus) -> Remedy {
    let (text, command) = match (why, &signer.registered, submitter) {
        (NotLinked::SignerRetired | NotLinked::SignerDistrusted, ..) | (_, Registered::Retired, _) => {
            (RETIRED, None)
        }
        (_, Registered::Never, _) => (STRANGER, None),
        (NotLinked::NoSubmitter, ..) => (
            "Send the document with its context through a submitter that is linked to the signer.",
            None,
        ),
        (NotLinked::OtherSubmitter, Registered::As(registered), Some(submitter)) => (
            "Anyone who has a copy of a signed document can send it, so this one says nothing about its sender. If the operator knows from elsewhere that this submitter speaks for the signer, the operator links the two. The submitter then sends the same document with the same context again, and it counts from there on.",
            command::link(signer, registered, submitter),
        ),
        (NotLinked::OtherSubmitter | NotLinked::SignerNotRegistered, ..) => (OUT_OF_FORCE, None),
    };
    Remedy {
        text: text.to_owned(),
        command,
    }
}

fn mend_unsound(code: &str, signer: &SignerStatus) -> Remedy {
    let text = match (code, &signer.registered) {
        ("SIGNER_RETIRED" | "SIGNER_DISTRUSTED", _) => RETIRED,
        ("SIGNER_NOT_TRUSTED", Registered::Never) => STRANGER,
        ("SIGNER_NOT_TRUSTED", _) => OUT_OF_FORCE,
        ("ROLE_MISMATCH", _) => {
            "Sign such documents with a key that is registered for the role. A key that signs clawsig documents has one role for good."
        }
        _ => "Look up the code's own page. What does not hold proves nothing: find out who changed it.",
    };
    Remedy {
        text: text.to_owned(),
        command: None,
    }
}
