//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Checks what an evidence ledger says of itself, with nothing but its public key.
#[derive(Debug, Parser)]
#[command(
    name = "ledger-verify",
    version,
    after_help = "Exit status: 0 PASS, 1 FAIL, 2 INCOMPLETE or UNKNOWN, 64 usage.\n\n\
        A file says itself what it is. Say what you expect, so that nothing else passes:\n  \
        ledger-verify evidence bundle.json --expect proof_bundle --signer did:key:z6Mk… --allow-gateway did:key:z6Mk…\n  \
        ledger-verify proof entry.proof --evidence bundle.json --expect bundle --log-key KEY\n  \
        ledger-verify pack job.evidence --job job-1 --log-key KEY"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print the report as one JSON object.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The key that everything is checked against.
#[derive(Debug, Args)]
pub(crate) struct KeyArgument {
    /// The log's verifier key (`<origin>+<id>+<base64>`), or a file that holds it.
    #[arg(long, value_name = "VKEY")]
    pub(crate) log_key: String,
}

impl Command {
    /// Whether what the command prints is a file, so that the report goes to standard error.
    pub(crate) fn prints_a_file(&self) -> bool {
        matches!(self, Self::Pack(pack) if pack.prints_assessment())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Is this entry in the log, and is this document what it commits to?
    Proof(crate::proof::ProofArguments),
    /// Does this document verify: a receipt, a bundle, a commit signature, an envelope of the ledger's own?
    Evidence(crate::evidence::EvidenceArguments),
    /// Is the tree of an older checkpoint the beginning of that of a newer one?
    Consistency {
        /// The older checkpoint: the note, or the server's JSON answer with it.
        old: PathBuf,
        /// The newer checkpoint, likewise.
        new: PathBuf,
        /// One base64 hash a line, or the server's JSON answer; `-` for standard input.
        proof: PathBuf,
        #[command(flatten)]
        key: KeyArgument,
    },
    /// Does everything in a job's pack stand under the log's signature, and what is the verdict?
    Pack(crate::pack::PackArguments),
    /// Are the lines of an export all entries of its time window, unchanged?
    Export {
        /// Directory with `manifest.json`, `entries.ndjson`, `entries.sha256` and `genesis.json`.
        directory: PathBuf,
        #[command(flatten)]
        key: KeyArgument,
    },
    /// Reads a whole log and recomputes every hash.
    Audit {
        /// The server's address, with or without `/log`, or a directory with `checkpoint` and `tile/`.
        #[arg(value_name = "URL|DIR")]
        log: String,
        #[command(flatten)]
        key: KeyArgument,
        /// A file with the bearer token of a reader.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        /// log.genesis, where the source does not hand it out.
        #[arg(long, value_name = "FILE")]
        genesis: Option<PathBuf>,
        /// Seconds after which the audit of a server ends, INCOMPLETE.
        #[arg(long, value_name = "SECONDS", default_value_t = 21_600, value_parser = clap::value_parser!(u64).range(1..))]
        deadline: u64,
    },
}
