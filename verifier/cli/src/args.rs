//! The command line.

use clap::{Parser, Subcommand};

/// Check proofs, packs and evidence of a ledger on your own machine, with nothing but the log's public key.
#[derive(Debug, Parser)]
#[command(
    name = "ledger-verify",
    version,
    after_help = "The first line says whether the thing is genuine, the second what it says.\n\n\
        Exit status:\n   \
        0  genuine, and PASS\n   \
        1  genuine, and FAIL: its verdict, or it is not what you asked for, or it shows a fault of the log's operator\n   \
        2  INCOMPLETE: something is missing, of a later format, or could not be read from a server\n   \
        3  NOT genuine: forged, altered, damaged, of another log, or another kind of file\n  \
        64  wrong command line, or a file or key that cannot be read\n\n\
        A file says itself what it is. Say what you expect, so that nothing else passes, such as the job of a pack:\n  \
        ledger-verify pack job.evidence --job job-1 --log-key vkey.txt"
)]
pub(crate) struct FileArguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print the report as one JSON object, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Command {
    /// Whether what the command prints is a file, so that the report goes to standard error.
    pub(crate) fn prints_a_file(&self) -> bool {
        matches!(self, Self::Pack(pack) if pack.prints_assessment())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Is this entry in the log, and is this document the one that was logged?
    #[command(
        after_help = "Example:\n  ledger-verify proof entry.proof --evidence bundle.json --expect bundle --log-key vkey.txt"
    )]
    Proof(crate::proof::ProofArguments),
    /// Is this signed document valid by itself: a receipt, a bundle, a commit signature, or another signed document?
    #[command(
        after_help = "Example:\n  ledger-verify evidence bundle.json --expect proof_bundle --allow-gateway \
                      did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    )]
    Evidence(crate::evidence::EvidenceArguments),
    /// Did the log only grow between two checkpoints, without a change to what was there?
    #[command(
        after_help = "Example:\n  ledger-verify consistency old.checkpoint new.checkpoint consistency.json --log-key vkey.txt"
    )]
    Consistency(crate::consistency::ConsistencyArguments),
    /// Is this pack of a job genuine, and what is the verdict on the job?
    #[command(after_help = "Example:\n  ledger-verify pack job.evidence --job job-1 --log-key vkey.txt")]
    Pack(crate::pack::PackArguments),
    /// Are these all entries of a job, token, agent or other subject, or are there none, as the log signed it in its index?
    #[command(
        after_help = "Example:\n  ledger-verify subject token.proof --genesis genesis.json --as-of 100 --after 41 --none --log-key vkey.txt"
    )]
    Subject(crate::subject::SubjectArguments),
    /// Is this entry, which the log signed, left out of an answer of its index? If it is, both files prove the operator's fault.
    #[command(
        after_help = "Example:\n  ledger-verify omission entry.proof job.proof --genesis genesis.json --log-key vkey.txt"
    )]
    Omission(crate::omission::OmissionArguments),
    /// Do these two checkpoints, in one file, prove that the log shows two histories?
    ///
    /// Status 1 says that they do, to anybody who has the log's key: two trees of one size with different roots. Status 2 says that
    /// their sizes differ, and that the log has not shown here that one grew out of the other.
    #[command(after_help = "Example:\n  ledger-verify fork history.fork --log-key vkey.txt")]
    Fork(crate::fork::ForkArguments),
    /// Does an export of a period hold all entries that it says it holds, unchanged?
    ///
    /// Of all entries of a period, the tree shows that none between the first line and the last one is left out; where the period
    /// begins and ends, the operator's signature alone says. Of the entries that name an agent or a policy, the log's index shows which
    /// there are.
    #[command(
        after_help = "Example:\n  ledger-verify export ./february --from 2026-02-01T00:00:00Z --to 2026-03-01T00:00:00Z --log-key vkey.txt"
    )]
    Export(crate::export::ExportArguments),
    /// Read a whole log and recompute every hash, and its index.
    ///
    /// Rows of the index for which 64 MiB of memory are not enough go to temporary files (`TMPDIR`). `--random` asks for some entries
    /// instead, and reads no more than those.
    #[command(
        after_help = "Example:\n  ledger-verify audit https://ledger.example.com --log-key vkey.txt --token-file anna.token"
    )]
    Audit(crate::audit::AuditArguments),
    /// Follow logs round by round: does each only grow, is its index right, are its promises kept, and what becomes of your jobs?
    ///
    /// Prints one JSON object a line for each alarm and each round. Status 0: nothing was found; 1: an alarm is open; 2: something was
    /// not seen; 64: it cannot start.
    #[command(after_help = "Example:\n  ledger-verify monitor --config monitor.toml --once")]
    Monitor(crate::monitor::MonitorArguments),
}

#[cfg(test)]
mod tests {
    use super::FileArguments;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_help_of_every_command_ends_with_an_example_that_parses_and_explains_every_option() {
        let whole = FileArguments::command();
        for command in whole.get_subcommands() {
            let name = command.get_name();
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = help.strip_prefix("Example:\n  ").unwrap_or_default();
            let start = format!("ledger-verify {name} ");
            assert!(example.starts_with(&start), "{name}: {help}");
            let parsed = FileArguments::try_parse_from(example.split_whitespace());
            assert!(parsed.is_ok(), "{example}: {parsed:?}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {}", argument.get_id());
            }
        }
    }
}
