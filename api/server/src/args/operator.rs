//! Commands of the operator, who signs them.

use super::ServerArgs;
use super::forms::{digest, id, origin};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct IssuerArgs {
    #[command(subcommand)]
    pub(crate) action: IssuerAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IssuerAction {
    /// Let a signer act in one or more roles from now on.
    #[command(
        after_help = "Example:\n  ledgerd issuer register --did did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp --role gateway \
                      --name gateway-1 --submitter local --operator-key operator.key --url http://127.0.0.1:8080"
    )]
    Register(RegisterArgs),
    /// Stop trusting a signer from now on.
    #[command(
        after_help = "Example:\n  ledgerd issuer retire --did did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp --reason \"key \
                      lost\" --operator-key operator.key --url http://127.0.0.1:8080"
    )]
    Retire(RetireArgs),
    /// Show every signer that the log knows, one JSON object a line.
    #[command(after_help = "Example:\n  ledgerd issuer list --url http://127.0.0.1:8080")]
    List(ServerArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RegisterArgs {
    /// The signer's `did:key`, as `ledgerd key did` prints it.
    #[arg(long)]
    pub(crate) did: String,
    /// What it may sign: `gateway`, `agent`, `token_issuer`, `policy_publisher`, `enforcement_point`, `approver`,
    /// `orchestrator` or `operator`. Repeat the option for several roles.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(crate) roles: Vec<String>,
    /// A name that people know it by, such as `gateway-1`.
    #[arg(long, value_name = "NAME", value_parser = id)]
    pub(crate) name: String,
    /// A submitter that speaks for this signer, such as `local`: only then does the context that this submitter adds to its
    /// evidence (job, token, stream) count. Repeat the option for several.
    #[arg(long = "submitter", value_name = "NAME")]
    pub(crate) submitters: Vec<String>,
    /// The gateway's id, as in its receipts. For gateways only.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) gateway_id: Option<String>,
    /// From when on its signatures count, such as `2026-02-11T08:00:00Z`. Default: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) not_before: Option<String>,
    /// Until when its signatures count. Default: until it is retired.
    #[arg(long, value_name = "TIME")]
    pub(crate) not_after: Option<String>,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RetireArgs {
    /// The signer's `did:key`, as `ledgerd issuer list` shows it.
    #[arg(long)]
    pub(crate) did: String,
    /// Why. It stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    /// Treat its entries from this entry number on as unsigned, for example because its key was stolen then. Default: what is
    /// logged already keeps counting.
    #[arg(long, value_name = "ENTRY")]
    pub(crate) distrust_from_index: Option<u64>,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

/// What an order, hold or release is about.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct SubjectArgs {
    /// One document, by its evidence digest: 64 hex digits, as the page of its entry shows them.
    #[arg(
        long,
        value_name = "DIGEST",
        value_parser = digest,
        required_unless_present = "job",
        conflicts_with = "job"
    )]
    pub(crate) evidence: Option<String>,
    /// All documents of this job.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) job: Option<String>,
    /// Why. It stays in the log for ever, so name no person.
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
    /// Protect evidence from erasure. Several holds on the same evidence each need a release.
    #[command(
        after_help = "Example:\n  ledgerd hold place --job job-1 --reason \"case 2026-4\" --operator-key operator.key --url \
                      http://127.0.0.1:8080"
    )]
    Place(EraseArgs),
    /// End the oldest hold in force on exactly this job or document.
    #[command(
        after_help = "Example:\n  ledgerd hold release --job job-1 --reason \"case 2026-4 closed\" --operator-key operator.key --url \
                      http://127.0.0.1:8080"
    )]
    Release(EraseArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClockArgs {
    #[command(subcommand)]
    pub(crate) action: ClockAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockAction {
    /// Sign that the time on this machine is right, so that a stopped log goes on.
    #[command(
        after_help = "Example:\n  ledgerd clock confirm --reason \"the clock ran a day ahead until 08:00\" --operator-key operator.key --url \
                      http://127.0.0.1:8080"
    )]
    Confirm(ConfirmArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConfirmArgs {
    /// What happened. It stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FreezeArgs {
    /// Why. It stays in the log for ever.
    #[arg(long)]
    pub(crate) reason: String,
    /// The name of the log that continues this one, such as `log.example.com/evidence-2`. Submitters and readers see it.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) successor: Option<String>,
    /// Close it. Without this option the command says what it would do, and exits with 2: nobody can open the log again.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OperatorArgs {
    /// The operator's key file: `operator.key` in the log's directory, unless `ledgerd init` was given another one.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator_key: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
