//! Commands of those who sign, send and take away evidence.

use super::forms::{did, digest, id, policy_hash};
use super::{OperatorArgs, ServerArgs};
use clap::Subcommand;
use std::num::NonZeroUsize;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Write a new Ed25519 key to a file that only you can read, and print its `did:key`.
    #[command(after_help = "Example:\n  ledgerd key new gateway.key")]
    New {
        /// The file to write, which must not be there yet.
        file: PathBuf,
    },
    /// Print the `did:key` of a key file.
    #[command(after_help = "Example:\n  ledgerd key did gateway.key")]
    Did {
        /// The key file, as `ledgerd key new` wrote it.
        file: PathBuf,
    },
    /// Give the log a new Ed25519 key. From then on both sign every head, until `ledgerd key retire` ends the former one.
    #[command(
        after_help = "Example:\n  ledgerd key rotate --dir ./ledger --reason \"yearly rotation\" --operator-key operator.key --url \
                      http://127.0.0.1:8080"
    )]
    Rotate(ChangeKeyArgs),
    /// Give the log an ML-DSA-44 key, which signs every head in a second line. It is safe against quantum computers.
    #[command(
        after_help = "Example:\n  ledgerd key add-mldsa --dir ./ledger --reason \"post-quantum key\" --operator-key operator.key --url \
                      http://127.0.0.1:8080"
    )]
    AddMldsa(ChangeKeyArgs),
    /// End a key of the log: no head from then on has its line.
    #[command(
        after_help = "Example:\n  ledgerd key retire --dir ./ledger --key log.example.com/evidence+1a2b3c4d --reason \"rotated\" \
                      --operator-key operator.key --url http://127.0.0.1:8080"
    )]
    Retire(RetireKeyArgs),
    /// Show every key that ever signed heads of the log.
    #[command(after_help = "Example:\n  ledgerd key list --url http://127.0.0.1:8080")]
    List(ServerArgs),
}

/// A change of the log's keys.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeKeyArgs {
    /// Directory of the log, where its key files are. The server that serves it has to run on this machine.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Why. It stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RetireKeyArgs {
    /// The key: its vkey, or the name and id that its vkey begins with, such as `log.example.com/evidence+1a2b3c4d`.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) change: ChangeKeyArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SignArgs {
    /// The type, such as `gateway_receipt`, `cst_issuance` or `job_event` (schemas/payloads.md lists all).
    #[arg(value_name = "TYPE")]
    pub(crate) envelope_type: String,
    /// File with the payload, a JSON object; `-` reads standard input.
    pub(crate) payload: PathBuf,
    /// The signer's key file, as `ledgerd key new` wrote it.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The name of the log that the document is for (`origin` in `GET /v1/log`). The ledger's own types need it; clawsig's
    /// have no place for it.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// Write the document to this new file instead of printing it. If the file is there already, it is left as it is, and
    /// nothing is signed: send it again instead.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("counter").args(["number", "spool"]).multiple(true)))]
pub(crate) struct SubmitArgs {
    /// Files with one JSON document, or with one a line (NDJSON); `-` reads standard input. With `--spool` there may be none:
    /// then only what waits there is sent.
    #[arg(value_name = "FILE", required_unless_present = "spool")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// The job that the evidence belongs to, such as `job-1`.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: Option<String>,
    /// The access token that the agent used: its SHA-256 as 64 hex digits. Never the token itself.
    #[arg(long, value_name = "HASH", value_parser = digest)]
    pub(crate) token_hash: Option<String>,
    /// The name of your own counter of documents, such as `gateway-1`, so that a missing one is noticed. With `--spool` the
    /// numbers are kept there: a new document gets the next one, and a document that is sent again keeps its own.
    #[arg(long, value_name = "STREAM", requires = "counter", value_parser = id)]
    pub(crate) stream: Option<String>,
    /// The number of the first document in the stream; the others count up from it. Without `--spool` nothing remembers the
    /// numbers, so never give one twice.
    #[arg(long, value_name = "N", requires = "stream")]
    pub(crate) number: Option<u64>,
    /// Say that the last of these documents closes the stream. To close it later, send its last document again with this.
    #[arg(long, requires = "stream")]
    pub(crate) last: bool,
    /// Directory in which each document is kept on disk until the log has acknowledged it. What waits there from before is
    /// sent first.
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// How long, in seconds, to go on trying while the server does not answer or is busy. What it refuses is not tried again.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) retry_for: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReviewArgs {
    /// The job that you reviewed.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: String,
    /// The verdict that you saw.
    #[arg(long, value_name = "VERDICT", value_parser = ["PASS", "FAIL", "INCOMPLETE"])]
    pub(crate) verdict: String,
    /// How many entries the log had then, as the job's page says ("115 entries").
    #[arg(long, value_name = "ENTRIES")]
    pub(crate) tree_size: u64,
    /// What you looked at. It stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    /// Your key file. The key has to be registered as an orchestrator, approver or operator.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["job", "agent", "policy", "from"])))]
pub(crate) struct ExportArgs {
    /// Write the pack of this job.
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with_all = ["agent", "policy", "from"])]
    pub(crate) job: Option<String>,
    /// Write the packs of all jobs in which this agent acted; the agent as a DID, such as `did:key:z6Mk…`. With `--from`, the entries
    /// of the period that name it.
    #[arg(long, value_name = "DID", value_parser = did)]
    pub(crate) agent: Option<String>,
    /// Write the packs of all jobs under this policy; its hash in 43 base64url characters, as its page shows it. With `--from`, the
    /// entries of the period that name it, and those that name both with `--agent`.
    #[arg(long, value_name = "HASH", value_parser = policy_hash)]
    pub(crate) policy: Option<String>,
    /// Write all entries logged from this time on, such as `2026-02-01T00:00:00Z`, as NDJSON with a signed manifest. With `--agent` or
    /// `--policy` those that name it, with the proof of the log's index that there are no others. Needs `--to` and `--operator-key`.
    #[arg(long, value_name = "TIME", requires = "to", requires = "operator_key")]
    pub(crate) from: Option<String>,
    /// … and before this time.
    #[arg(long, value_name = "TIME", requires = "from")]
    pub(crate) to: Option<String>,
    /// The operator's key file, which signs the manifest of a period.
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) operator_key: Option<PathBuf>,
    /// With `--from`: most entries that one proof of an agent or policy is about. Smaller proofs take less memory to check. The server
    /// proves at most 20,000 at once.
    #[arg(long, value_name = "ENTRIES", requires = "from", default_value = "20000")]
    pub(crate) entries_per_proof: NonZeroUsize,
    /// Take the verdicts as of when the log had this many entries. Default: as of now.
    #[arg(long, value_name = "ENTRIES", conflicts_with = "from")]
    pub(crate) as_of: Option<u64>,
    /// Directory for the files. It is made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
