//! `share`.

use super::ServerArgs;
use super::forms::{Lifetime, id, lifetime, link_id};
use clap::Subcommand;

#[derive(Debug, clap::Args)]
pub(crate) struct ShareArgs {
    #[command(subcommand)]
    pub(crate) action: ShareAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ShareAction {
    /// Make a link to a job and print it. It is shown this once and kept nowhere.
    #[command(
        after_help = "Example:\n  ledgerd share new job-1 --for 7d --url https://ledger.example.com --token-file anna.token"
    )]
    New(NewShareArgs),
    /// List the links that are open, and those that ended in the last 30 days.
    #[command(
        after_help = "Example:\n  ledgerd share list --url https://ledger.example.com --token-file anna.token"
    )]
    List(ServerArgs),
    /// End a link at once, also one that somebody else made.
    #[command(
        after_help = "Example:\n  ledgerd share revoke 0123456789abcdef --url https://ledger.example.com --token-file anna.token"
    )]
    Revoke(RevokeShareArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewShareArgs {
    /// The job that the link shows, such as `job-1`.
    #[arg(value_name = "JOB", value_parser = id)]
    pub(crate) job: String,
    /// How long the link works: a number of days, hours, minutes or seconds, such as `7d`, `12h`, `30m` or `90s`.
    #[arg(long = "for", value_name = "TIME", default_value = "7d", value_parser = lifetime)]
    pub(crate) lifetime: Lifetime,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RevokeShareArgs {
    /// The link's id: 16 hex digits, as `ledgerd share list` shows them.
    #[arg(value_name = "ID", value_parser = link_id)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
