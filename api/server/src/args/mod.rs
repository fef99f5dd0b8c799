//! The command line. Each subcommand's help ends with an example, which a test parses.

mod evidence;
mod forms;
mod operator;
mod share;
mod witness;

pub(crate) use evidence::{
    ChangeKeyArgs, ExportArgs, KeyAction, KeyArgs, RetireKeyArgs, ReviewArgs, SignArgs, SubmitArgs,
};
pub(crate) use operator::{
    ClockAction, ClockArgs, ConfirmArgs, EraseArgs, FreezeArgs, HoldAction, HoldArgs, IssuerAction,
    IssuerArgs, OperatorArgs, RegisterArgs, RetireArgs, SubjectArgs,
};
pub(crate) use share::{NewShareArgs, RevokeShareArgs, ShareAction, ShareArgs};
pub(crate) use witness::{InitWitnessArgs, ServeWitnessArgs, WitnessAction, WitnessArgs};

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Keep a tamper-evident log of what AI agents did, and serve verdicts and proofs from it.
#[derive(Debug, Parser)]
#[command(
    name = "ledgerd",
    version,
    after_help = "Exit status: 0 done, 1 refused or failed (the reason is on standard error), 2 wrong command line.\n\n\
        `ledgerd help COMMAND` explains a command and ends with an example. To look around first, without any files of your own:\n  \
        ledgerd demo"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a log: its keys, its database and its first entry.
    #[command(after_help = "Example:\n  ledgerd init --dir ./ledger --origin log.example.com/evidence")]
    Init(InitArgs),
    /// Serve a log over HTTP, until SIGTERM or Ctrl-C.
    #[command(
        after_help = "Example:\n  ledgerd serve --dir ./ledger --config /etc/ledgerd.toml --listen 127.0.0.1:8080"
    )]
    Serve(ServeArgs),
    /// Fill a fresh log with simulated jobs, one for each kind of finding, and serve it.
    #[command(after_help = "Example:\n  ledgerd demo --listen 127.0.0.1:8080")]
    Demo(DemoArgs),
    /// Make a key for a gateway, an agent or another signer, show the DID of one, or change the keys of the log.
    Key(KeyArgs),
    /// Sign a payload. It is checked first, as the log will check it.
    #[command(
        after_help = "Example:\n  ledgerd sign job_event opened.json --key orchestrator.key --origin log.example.com/evidence --out \
                      opened.signed.json"
    )]
    Sign(SignArgs),
    /// Send evidence to a log. Exits with 0 only if all of it is logged.
    #[command(
        after_help = "Example:\n  ledgerd submit receipt.json --job job-1 --url http://127.0.0.1:8080 --token-file gateway.token"
    )]
    Submit(SubmitArgs),
    /// Register, retire or list the signers that a log trusts.
    Issuer(IssuerArgs),
    /// Write the packs of jobs, or all entries of a period, as files that `ledger-verify` checks offline.
    #[command(
        after_help = "Example:\n  ledgerd export --job job-1 --out ./packs --url http://127.0.0.1:8080 --token-file anna.token"
    )]
    Export(ExportArgs),
    /// Order that evidence is erased. Its place in the log, and the proofs of it, stay.
    #[command(
        after_help = "Example:\n  ledgerd erase --job job-1 --reason \"request 2026-17 of the data subject\" --operator-key operator.key \
                      --url http://127.0.0.1:8080"
    )]
    Erase(EraseArgs),
    /// Place or release a legal hold. Evidence under a hold is not erased.
    Hold(HoldArgs),
    /// Sign a review of a job: which verdict you saw, at which size of the log, and what you looked at.
    #[command(
        after_help = "Example:\n  ledgerd review --job job-1 --verdict PASS --tree-size 115 --reason \"all receipts compared with the \
                      ticket\" --key approver.key --url http://127.0.0.1:8080"
    )]
    Review(ReviewArgs),
    /// Make, list and revoke links that show one job to somebody without a token.
    Share(ShareArgs),
    /// Confirm that this machine's time is right, where a log has stopped because of it.
    Clock(ClockArgs),
    /// Close a log for good: it takes nothing new any more, and everything in it can still be read and verified.
    #[command(
        after_help = "Example:\n  ledgerd freeze --reason \"moved to a new operator\" --successor log.example.com/evidence-2 --operator-key \
                      operator.key --url http://127.0.0.1:8080 --yes"
    )]
    Freeze(FreezeArgs),
    /// Recompute everything that a log stores, and compare. Exits with 0 if it is clean, 1 with faults, 2 if it cannot be read.
    #[command(after_help = "Example:\n  ledgerd fsck --dir ./ledger")]
    Fsck(FsckArgs),
    /// Build the log's authenticated index again from its entries, where `fsck` says that a run of it is missing or damaged.
    #[command(after_help = "Example:\n  ledgerd reindex --dir ./ledger")]
    Reindex(ReindexArgs),
    /// Cosign the checkpoints of other logs, so that none of them can show two histories (docs/witnessing.md).
    Witness(WitnessArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Directory for the log, which must be empty or not there yet.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// The log's name, such as `log.example.com/evidence`. It can never be changed.
    #[arg(long)]
    pub(crate) origin: String,
    /// The operator's key file, as `ledgerd key new` writes it. Without it a new key is written into the directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) high_water: HighWaterArgs,
}

/// Where the file is that tells an older copy of the database.
#[derive(Debug, clap::Args)]
pub(crate) struct HighWaterArgs {
    /// File in which the server notes how far the log has come, so that an older copy of the database is noticed. Keep it out
    /// of backups of the directory. Default: `DIR.high-water`, next to the directory.
    #[arg(long = "high-water", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Directory that `ledgerd init` made.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Address and port to listen on, instead of the configured one. With port 0 a free port is taken and printed. Default:
    /// 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Configuration file (docs/configuration.md). Without it every setting has its default.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) high_water: HighWaterArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Directory for the demo's log. One that is there already is replaced only if a demo made it.
    #[arg(long, default_value = "./demo-data")]
    pub(crate) dir: PathBuf,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Use a temporary directory and a free port, check everything as a client would, and exit.
    #[arg(long)]
    pub(crate) once: bool,
}

/// Which server, and who asks.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// The server's address, such as `http://127.0.0.1:8080`.
    #[arg(long)]
    pub(crate) url: String,
    /// File with your bearer token. Not needed where the server asks for none, such as on a loopback address without
    /// configured submitters and readers.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FsckArgs {
    /// Directory of a log that no running server has open.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) high_water: HighWaterArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReindexArgs {
    /// Directory of a log that no running server has open.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) high_water: HighWaterArgs,
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::{Command, CommandFactory, Parser};

    /// The words of a command line, of which some stand in quotes.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('"').enumerate();
        let words = parts.flat_map(|(place, part)| {
            if place % 2 == 1 {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            }
        });
        words.collect()
    }

    fn each_leaf(command: &Command, path: &str, look: &mut dyn FnMut(&Command, &str)) {
        let path = format!("{path}{} ", command.get_name());
        let mut subcommands = command.get_subcommands().peekable();
        if subcommands.peek().is_none() {
            look(command, &path);
        }
        for subcommand in subcommands {
            each_leaf(subcommand, &path, look);
        }
    }

    #[test]
    fn the_help_of_every_command_ends_with_an_example_that_parses() {
        let mut examples = 0;
        each_leaf(&Args::command(), "", &mut |command, path| {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = help.strip_prefix("Example:\n  ").unwrap_or_default();
            assert!(example.starts_with(path), "{path}: {help}");
            let parsed = Args::try_parse_from(words(example));
            assert!(parsed.is_ok(), "{example}: {parsed:?}");
            examples += 1;
        });
        assert_eq!(examples, 28);
    }

    #[test]
    fn every_option_of_every_command_is_explained() {
        each_leaf(&Args::command(), "", &mut |command, path| {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.len() >= 10, "{path}{}: {help:?}", argument.get_id());
            }
        });
    }
}
