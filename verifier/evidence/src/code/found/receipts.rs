//! Whether the receipts are complete and match the agent's own account.

use super::super::guide::Guide;
use super::found;

/// In the order in which people look for them.
pub(super) static GUIDES: &[(&str, Guide)] = &[
    found(
        "RECEIPTS_MISSING",
        "No gateway receipts",
        "No gateway receipt is logged for this job.",
        "The gateway did not send its receipts, or sent them without the job.",
        "Send the gateway's receipts with `--job`.",
    ),
    found(
        "RECEIPT_NOT_BOUND",
        "Receipt matches no event of its run",
        "A receipt names an event that is missing from the event chain in the agent's bundle.",
        "The agent left the event out of its account, or the receipt belongs to another run.",
        "Compare the receipt with the bundle. Ask the agent's operator for the missing event.",
    ),
    found(
        "BUNDLE_MISSING",
        "No proof bundle",
        "The agent's signed account of the run, its proof bundle, is not in the log, or is there and does not count.",
        "The job still runs, the agent did not send the bundle, or what it sent does not belong to the job.",
        "Wait for the job to end; then let the agent send its bundle. Of a bundle that does not count, the job's page says why.",
    ),
    found(
        "EVENT_HASH_MISSING",
        "Receipt names no event",
        "A receipt does not say to which event of the run it belongs.",
        "The agent did not pass the event hash to the gateway.",
        "Let the agent send the event hash with each call.",
    ),
    found(
        "STREAM_REPEATED",
        "Gateway gave a number twice",
        "The gateway's count has one number for two receipts, or two numbers for one, so a missing receipt could hide.",
        "The gateway lost its count, for example after a restart.",
        "Let the gateway keep its count on disk (`submit --spool`). Look for receipts that are missing.",
    ),
    found(
        "RECEIPT_NOT_IN_BUNDLE",
        "Receipts left out of the agent's report",
        "The gateway recorded a model call that the agent's bundle does not mention.",
        "The agent left the call out, or the bundle was made before the call.",
        "Ask the agent's operator for a complete bundle.",
    ),
    found(
        "RECEIPT_NOT_LOGGED",
        "Receipts missing from the log",
        "The agent's bundle holds a gateway receipt that the log does not have.",
        "The gateway did not send all its receipts.",
        "Send the missing receipts.",
    ),
    found(
        "STREAM_MISSING",
        "Gateway did not number its receipts",
        "The gateway's receipts carry no numbers, so nobody would notice a missing one.",
        "Receipts are sent without `--stream`.",
        "Send receipts with `--spool` and `--stream`.",
    ),
    found(
        "STREAM_GAP",
        "Receipts missing from the gateway's count",
        "A number is missing in the gateway's count. Its receipt was kept back, lost, or is still on its way.",
        "A receipt was not sent.",
        "Send the missing receipt. If nobody has it, ask why.",
    ),
    found(
        "STREAM_OPEN",
        "Gateway's count not closed",
        "The gateway has not said which receipt was its last, or went on after that, so later receipts may be missing.",
        "The job still runs, or the last receipt was sent without `--last`.",
        "Send the last receipt again with `--last`.",
    ),
    found(
        "URM_MISSING",
        "Run manifest missing",
        "The proof bundle refers to a run manifest that is not in the log.",
        "The manifest was not sent.",
        "Log the manifest as an `evidence_artifact`.",
    ),
];
