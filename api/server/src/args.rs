//! The command line.

use crate::arg_forms::{did, digest, id, policy_hash};
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// An append-only evidence ledger for permissioned AI-agent runs.
#[derive(Debug, Parser)]
#[command(name = "ledgerd", version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a log: its keys, its database and entry 0.
    Init(InitArgs),
    /// Serve a log over HTTP.
    Serve(ServeArgs),
    /// Fill a fresh log with simulated jobs and serve it.
    Demo(DemoArgs),
    /// Send evidence to a log; exit 0 only if all of it is logged.
    Submit(SubmitArgs),
    /// Register, retire or list the signers that a log trusts.
    Issuer(IssuerArgs),
    /// Write packs of jobs, or the entries of a time window, as files that `ledger-verify` checks offline.
    Export(ExportArgs),
    /// Order evidence to be erased. Its leaf and proofs stay.
    Erase(EraseArgs),
    /// Place or release a legal hold: what is held is not erased.
    Hold(HoldArgs),
    /// Sign a review of a job: the verdict that was seen, as of which tree, and what was looked at.
    Review(ReviewArgs),
    /// Confirm the log's clock, where it contradicts the log and is right.
    Clock(ClockArgs),
    /// Recompute everything that a log stores: exit 0 clean, 1 faults, 2 cannot read.
    Fsck(FsckArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Where the log will live; must be empty or absent.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// The log's name for ever, such as `log.example.com/evidence`.
    #[arg(long)]
    pub(crate) origin: String,
    /// The operator's key file; without it a new key is written into the directory.
    #[arg(long)]
    pub(crate) operator_key: Option<PathBuf>,
    /// The high-water file; by default it stands beside the directory, as `<DIR>.high-water`. It must be in
    /// no backup of the directory.
    #[arg(long, value_name = "F")]
    pub(crate) high_water: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Directory made by `init`.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Address and port; port 0 takes a free one. Overrides the configuration.
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// Configuration file (docs/configuration.md).
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// The high-water file; by default it stands beside the directory, as `<DIR>.high-water`. It must be in
    /// no backup of the directory.
    #[arg(long, value_name = "F")]
    pub(crate) high_water: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Where the demo's log will live. An existing directory is replaced only if a demo made it.
    #[arg(long, default_value = "./demo-data")]
    pub(crate) dir: PathBuf,
    /// Address and port of the demo's server.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Run in a temporary directory on a free port, check everything through public surfaces, and exit.
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("counter").args(["number", "spool"]).multiple(true)))]
pub(crate) struct SubmitArgs {
    /// JSON documents or NDJSON; `-` is standard input. May be left out with `--spool`, to drain it.
    #[arg(value_name = "FILE", required_unless_present = "spool")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Context: the job that the evidence belongs to.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: Option<String>,
    /// Context: SHA-256 of the compact token that was used, as 64 hex digits.
    #[arg(long, value_name = "H", value_parser = digest)]
    pub(crate) token_hash: Option<String>,
    /// Context: your own counter's name. With `--spool` the numbers are kept there: each new document gets the next one,
    /// a document that is sent again keeps its own.
    #[arg(long, value_name = "S", requires = "counter", value_parser = id)]
    pub(crate) stream: Option<String>,
    /// Context: the first document's number in the stream; each further one counts up. Without `--spool` nothing
    /// remembers it: never give a number that was given before.
    #[arg(long, value_name = "N", requires = "stream")]
    pub(crate) number: Option<u64>,
    /// Context: the last document closes the stream. To close one later, send its last document again with this.
    #[arg(long, requires = "stream")]
    pub(crate) last: bool,
    /// Keep every document here, durably, until it is acknowledged; what is found there is sent first.
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Give up after this many seconds without an answer that a later attempt cannot better.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) retry_for: u64,
}

/// Which server, and who asks.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// The server, such as `http://127.0.0.1:8080`.
    #[arg(long)]
    pub(crate) url: String,
    /// File with this submitter's bearer token.
    #[arg(long, value_name = "F")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IssuerArgs {
    #[command(subcommand)]
    pub(crate) action: IssuerAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IssuerAction {
    /// Let a signer act in roles from now on.
    Register(RegisterArgs),
    /// Stop trusting a signer.
    Retire(RetireArgs),
    /// Show every signer that the log knows.
    List(ServerArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RegisterArgs {
    /// The signer's `did:key`.
    #[arg(long)]
    pub(crate) did: String,
    /// `gateway`, `agent`, `token_issuer`, `policy_publisher`, `enforcement_point`, `approver`,
    /// `orchestrator` or `operator`; may be given several times.
    #[arg(long = "role", value_name = "R", required = true)]
    pub(crate) roles: Vec<String>,
    /// A name for people.
    #[arg(long, value_name = "N", value_parser = id)]
    pub(crate) name: String,
    /// A submitter whose context counts as this signer's.
    #[arg(long = "submitter", value_name = "S")]
    pub(crate) submitters: Vec<String>,
    /// The gateway's id, as in its receipts.
    #[arg(long, value_name = "G", value_parser = id)]
    pub(crate) gateway_id: Option<String>,
    /// RFC 3339; default now.
    #[arg(long, value_name = "T")]
    pub(crate) not_before: Option<String>,
    /// RFC 3339; default never.
    #[arg(long, value_name = "T")]
    pub(crate) not_after: Option<String>,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RetireArgs {
    /// The signer's `did:key`.
    #[arg(long)]
    pub(crate) did: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    /// Its entries from this index on count as unsigned.
    #[arg(long, value_name = "INDEX")]
    pub(crate) distrust_from_index: Option<u64>,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

/// What an order, hold or release is about.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct SubjectArgs {
    /// One document, by its evidence digest in 64 hex digits.
    #[arg(
        long,
        value_name = "DIGEST",
        value_parser = digest,
        required_unless_present = "job",
        conflicts_with = "job"
    )]
    pub(crate) evidence: Option<String>,
    /// The documents of a job.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: Option<String>,
    /// Why; it stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EraseArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HoldArgs {
    #[command(subcommand)]
    pub(crate) action: HoldAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HoldAction {
    /// Protect evidence from erasure. Holds stack.
    Place(EraseArgs),
    /// End the oldest hold on exactly this that is still in force.
    Release(EraseArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClockArgs {
    #[command(subcommand)]
    pub(crate) action: ClockAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockAction {
    /// Sign that the time on this machine is right, so that a paused log goes on.
    Confirm(ConfirmArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConfirmArgs {
    /// What happened; it stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReviewArgs {
    /// The job.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: String,
    /// The verdict that was seen.
    #[arg(long, value_name = "V", value_parser = ["PASS", "FAIL", "INCOMPLETE"])]
    pub(crate) verdict: String,
    /// The tree size as of which it was seen.
    #[arg(long, value_name = "N")]
    pub(crate) tree_size: u64,
    /// What was looked at; it stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    /// The reviewer's key file: of a registered orchestrator, approver or operator.
    #[arg(long, value_name = "F")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OperatorArgs {
    /// The operator's key file.
    #[arg(long, value_name = "F")]
    pub(crate) operator_key: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["job", "agent", "policy", "from"])))]
pub(crate) struct ExportArgs {
    /// The pack of this job.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: Option<String>,
    /// The packs of every job in which this agent acted.
    #[arg(long, value_name = "DID", value_parser = did)]
    pub(crate) agent: Option<String>,
    /// The packs of every job under this policy.
    #[arg(long, value_name = "HASH", value_parser = policy_hash)]
    pub(crate) policy: Option<String>,
    /// All entries logged from this time on (RFC 3339) …
    #[arg(long, value_name = "T", requires = "to", requires = "operator_key")]
    pub(crate) from: Option<String>,
    /// … and before this one, as NDJSON with a signed manifest.
    #[arg(long, value_name = "T", requires = "from")]
    pub(crate) to: Option<String>,
    /// The operator's key file, which signs the manifest of a window.
    #[arg(long, value_name = "F", requires = "from")]
    pub(crate) operator_key: Option<PathBuf>,
    /// Assess as of this tree size; the newest if absent.
    #[arg(long, value_name = "SIZE", conflicts_with = "from")]
    pub(crate) as_of: Option<u64>,
    /// Directory for the files; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FsckArgs {
    /// Directory of a log that no server has open.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The high-water file; by default it stands beside the directory, as `<DIR>.high-water`. It must be in
    /// no backup of the directory.
    #[arg(long, value_name = "F")]
    pub(crate) high_water: Option<PathBuf>,
}
