//! Why evidence that was sent for a job does not count for it, or not wholly.

use super::found;
use crate::code::guide::Guide;

pub(super) const GUIDES: &[(&str, Guide)] = &[
    found(
        "SUBMITTER_NOT_LINKED",
        "Submitter not linked to the signer",
        "Somebody sent a document and said to which job it belongs. The operator has not linked this submitter to the document's signer, so the statement does not count.",
        "The signer was registered without `--submitter`, or with another one.",
        "If the submitter may speak for the signer, register the signer again with `--submitter`. Then send the same document with the same context again.",
    ),
    found(
        "SIGNER_NOT_REGISTERED",
        "Signer not registered",
        "The document's signer is not registered in this log, so no submitter can be linked to it.",
        "The signer was never registered, or somebody adds evidence of their own.",
        "Learn from the key's owner, and not from the document, whose key it is. If it is yours, register it with `ledgerd issuer register`, its role and its submitter, and send the document again. If not, its statement rightly does not count.",
    ),
    found(
        "SCOPE_HASH_MISSING",
        "Receipt has no token scope hash",
        "A gateway receipt does not say under which token the call was made.",
        "The gateway does not put `token_scope_hash_b64u` into the binding of its receipts.",
        "Let the gateway take the scope hash from the token and put it into every receipt. Receipts that are already signed stay as they are.",
    ),
    found(
        "SCOPE_HASH_OF_ANOTHER_TOKEN",
        "Receipt has another token's scope hash",
        "The scope hash in a gateway receipt is not that of the token that its sender names.",
        "The gateway or the sender mixed up two tokens.",
        "Let both name the token that was used.",
    ),
    found(
        "TOKEN_NOT_ISSUED",
        "No issuance of the token",
        "The log has no record of who issued the token that a document was made under for this job.",
        "The token service did not log the issuance, or logged it with another job, run or scope.",
        "Let the token service log a `cst_issuance` with the job and the run before the token is used.",
    ),
    found(
        "RUN_MISSING",
        "Receipt names no run",
        "A gateway receipt has no `run_id`, so the run of a token that was issued for the job cannot lead to it.",
        "The agent did not pass its run id to the gateway.",
        "Let the gateway put the `run_id` into its receipts, or send them with `--job` through a linked submitter.",
    ),
    found(
        "AGENT_OF_NO_TOKEN",
        "Agent has no token for this job",
        "A document is signed by, or about, an agent that no token of this job names.",
        "The token was issued for another agent, or a stranger speaks about the run.",
        "Issue the job's token for the agent: its claims must name it as `agent_did` or `sub`.",
    ),
    found(
        "RUN_OF_NO_TOKEN",
        "Run does not belong to this job",
        "The job's agent names a run that no token and no receipt of this job names.",
        "The agent uses another run id than the one for which its token was issued.",
        "Let the agent use the `run_id` of its token's issuance.",
    ),
    found(
        "ISSUED_FOR_NO_JOB",
        "Token issued without a job",
        "The issuance of a token names no job, so it does not belong to this one.",
        "The token service leaves out `job_id`.",
        "Let the token service name the job when it logs the issuance.",
    ),
    found(
        "NOT_TIED_TO_JOB",
        "Document not tied to the job",
        "A document names the job or one of its runs, but nothing that counts ties it to the job.",
        "The document itself does not name the job, or nobody who may speak for its signer does.",
        "Let the signer name the job in the document, or send it with `--job` through a submitter that is linked to the signer.",
    ),
];
