//! `audit --random`: draws entries, asks the server for their rows, and writes what proves that one is left out.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use verifier::check::sample::{
    DrawnEntry, SAMPLE_FAULTS_MAX, SampleAudit, SampleFault, SampleQuestion, SampleSeed, UnlinkedHead,
};
use verifier::check::{Details, Finding, LogKeyring, Report};
use verifier::checkpoint::Checkpoint;
use verifier::index::{LeafIndex, TreeSize};
use verifier::note::VerifierKey;
use verifier::quorum::QuorumPolicy;
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_BYTES_MAX};

use crate::audit::{finding, of_start, progress_bar};
use crate::files::{FileError, read_file};
use crate::key::held;
use crate::source::{ENTRY_ANSWER_BYTES_MAX, LogSource as _, ServerUrl, SourceError};

/// An audit path or a consistency proof: at most 128 hashes in JSON, and a checkpoint.
const HASHES_BYTES_MAX: usize = 256 * 1024;

/// The file with two checkpoints that contradict each other.
const FORK_FILE: &str = "history.fork";

/// How entries are drawn.
#[derive(Debug, Args)]
pub(crate) struct SampleArguments {
    /// Draw K entries at random, and ask the server's index for their rows, instead of reading the whole log. An index that leaves out
    /// a fraction f of all entries survives this with a probability of (1 - f)^K at most.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) random: Option<u32>,
    /// Draw the same entries again: the seed that a report of `--random` names. Without it the operating system gives one.
    #[arg(long, value_name = "HEX", value_parser = seed, requires = "random")]
    seed: Option<SampleSeed>,
    /// File with an earlier checkpoint of this log, which you kept: with `--random`, the log must have grown from it.
    #[arg(long, value_name = "FILE", requires = "random")]
    since: Option<PathBuf>,
    /// Directory into which the files are written that prove a fault of the operator, for `ledger-verify omission` and
    /// `ledger-verify fork`. It is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "random")]
    out: PathBuf,
}

fn seed(text: &str) -> Result<SampleSeed, String> {
    SampleSeed::parse_hex(text).ok_or_else(|| "64 lower-case hex digits".to_owned())
}

/// Audits random entries of the server's log.
pub(crate) fn run(
    server: &ServerUrl,
    (keyring, policy): (&LogKeyring, Option<&QuorumPolicy>),
    genesis: Option<&[u8]>,
    wanted: u32,
    arguments: &SampleArguments,
) -> Result<Report, FileError> {
    // What proves a fault must have its place before the fault is found.
    std::fs::create_dir_all(&arguments.out).map_err(|source| FileError::Unwritable {
        path: arguments.out.clone(),
        source,
    })?;
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => random_seed()?,
    };
    let audit = server
        .checkpoint()
        .map_err(|error| finding(&error))
        .and_then(|note| {
            let chosen = keyring.choose(&note);
            match SampleAudit::new(&note, &chosen.key) {
                Ok(audit) => Ok((note, chosen, audit)),
                Err(finding) => Err(of_start(finding, &chosen.key)),
            }
        });
    let (note, chosen, audit) = match audit {
        Ok(started) => started,
        Err(finding) => return Ok(finding.into_report(Details::default())),
    };
    let since = arguments
        .since
        .as_deref()
        .map(|path| kept(path, &chosen.key))
        .transpose()?;
    let mut monitor = Monitor {
        server,
        audit,
        out: &arguments.out,
        faults: 0,
    };
    let ended = monitor.run(genesis, since.as_deref(), seed, wanted);
    let mut report = match ended {
        Ok(()) => monitor.audit.finish(),
        Err(finding) => monitor.audit.break_off(finding),
    };
    report.details.set("seed", seed.to_string());
    let report = chosen.hold(report);
    Ok(held(report, &chosen.key, policy, |gate, report| {
        gate.hold(report, &note)
    }))
}

/// The checkpoint that the caller kept. Nothing is wrong with the log where the file is none of it.
fn kept(path: &Path, key: &VerifierKey) -> Result<Vec<u8>, FileError> {
    let note = read_file(path)?;
    match Checkpoint::open(&note, key) {
        Ok(_) => Ok(note),
        Err(error) => Err(FileError::Source(format!(
            "--since: {} is no checkpoint of this log: {error}",
            path.display()
        ))),
    }
}

fn random_seed() -> Result<SampleSeed, FileError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| FileError::Source(format!("the operating system gives no randomness: {error}")))?;
    Ok(SampleSeed::from_bytes(bytes))
}

/// An audit, and the server that it asks.
struct Monitor<'a> {
    server: &'a ServerUrl,
    audit: SampleAudit,
    out: &'a Path,
    /// Faults with files.
    faults: u64,
}

impl Monitor<'_> {
    fn run(
        &mut self,
        genesis: Option<&[u8]>,
        since: Option<&[u8]>,
        seed: SampleSeed,
        wanted: u32,
    ) -> Result<(), Finding> {
        if let Some(note) = since {
            let unlinked = self.audit.take_kept_checkpoint(note)?;
            self.link(unlinked)?;
        }
        let (entry, inclusion) = self.entry(LeafIndex::ZERO)?;
        let question = self.audit.take_genesis(&entry, &inclusion, genesis)?;
        let file = self.first_answer(&question)?;
        let (covered, unlinked) = self.audit.take_covered(&question, &file)?;
        self.link(unlinked)?;
        let drawn = seed.draw(wanted, covered);
        let progress = progress_bar(u64::try_from(drawn.len()).unwrap_or(u64::MAX));
        for index in drawn {
            let (entry, inclusion) = self.entry(index)?;
            let drawn = self.audit.take_entry(index, &entry, &inclusion)?;
            for asked in drawn.questions() {
                self.ask(&drawn, asked, covered)?;
            }
            self.audit.finish_entry(&drawn);
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// An entry, and its audit path in the audited tree. Both are implied by the signed checkpoint.
    fn entry(&self, index: LeafIndex) -> Result<(Vec<u8>, Vec<u8>), Finding> {
        let size = self.audit.head().size;
        let read = |path: &str, max| self.server.answer(path, max).map_err(|error| finding(&error));
        let entry = read(&format!("/v1/entries/{index}"), ENTRY_ANSWER_BYTES_MAX)?;
        let path = format!("/v1/proofs/inclusion?index={index}&size={size}");
        Ok((entry, read(&path, HASHES_BYTES_MAX)?))
    }

    /// The answer as of all entries that the index covers.
    fn first_answer(&self, question: &IndexQuestion) -> Result<Vec<u8>, Finding> {
        let address = question.address().unwrap_or_default();
        self.server
            .answer(&address, SUBJECT_PROOF_BYTES_MAX)
            .map_err(|error| match error {
                SourceError::Refused { .. } | SourceError::Missing(_) => Finding::incomplete(
                    "INDEX_NOT_SHOWN",
                    format!("the log shows no index, so that nothing can be asked of it: {error}"),
                ),
                error => finding(&error),
            })
    }

    /// Asks one question, and holds the entry against its answer.
    fn ask(&mut self, drawn: &DrawnEntry, asked: &SampleQuestion, covered: TreeSize) -> Result<(), Finding> {
        let Some(address) = asked.question.address() else {
            self.audit.take_unasked();
            return Ok(());
        };
        let (since, to) = (asked.range.begin(), asked.range.end());
        let address = format!("{address}as_of={covered}&since={since}&to={to}");
        let file = match self.server.answer(&address, SUBJECT_PROOF_BYTES_MAX) {
            Ok(file) => file,
            Err(error @ SourceError::Missing(_)) => {
                return Err(Finding::incomplete("RESOURCE_UNREADABLE", error.to_string()));
            }
            Err(error) => return Err(finding(&error)),
        };
        let (fault, unlinked) = self.audit.take_answer(drawn, asked, &file)?;
        if let Some(fault) = fault {
            let files = self.write(&fault);
            self.audit.take_fault(&fault, &files);
        }
        self.link(unlinked)
    }

    /// Has the log show that another head is of one history with the audited one.
    fn link(&mut self, unlinked: Option<UnlinkedHead>) -> Result<(), Finding> {
        let Some(unlinked) = unlinked else {
            return Ok(());
        };
        let (first, second) = unlinked.sizes();
        let path = format!("/v1/proofs/consistency?first={first}&second={second}");
        // Between heads of one size no server has a say.
        let proof = if first == second {
            Vec::new()
        } else {
            let proof = self.server.answer(&path, HASHES_BYTES_MAX);
            proof.map_err(|error| finding(&error))?
        };
        let linked = self.audit.take_consistency(&unlinked, &proof);
        linked.map_err(|finding| {
            let file = self.write_fork_file(&unlinked);
            let message = format!("{}; {file}", finding.message);
            Finding { message, ..finding }
        })
    }

    /// Writes two checkpoints that contradict each other, or were not shown to be of one history. Says in words where they are.
    fn write_fork_file(&self, unlinked: &UnlinkedHead) -> String {
        let path = self.out.join(FORK_FILE);
        let shown = path.display();
        match write_new(&path, self.audit.fork_with(unlinked).encode().as_bytes()) {
            Ok(()) => format!("both checkpoints are in {shown}, for \"ledger-verify fork\""),
            Err(error) => format!("{shown} with both checkpoints could not be written: {error}"),
        }
    }

    /// Writes the files of a fault; their names, or why there are none. What was found is reported all the same.
    fn write(&mut self, fault: &SampleFault) -> Vec<String> {
        self.faults = self.faults.saturating_add(1);
        if self.faults > SAMPLE_FAULTS_MAX {
            return Vec::new();
        }
        let stem = match fault.entry {
            Some(index) => format!("fault-{}-entry-{index}", self.faults),
            None => format!("fault-{}", self.faults),
        };
        let written = fault.files.iter().map(|file| {
            let path = self.out.join(format!("{stem}.{}", file.extension));
            match write_new(&path, &file.bytes) {
                Ok(()) => path.display().to_string(),
                Err(error) => format!("{} could not be written: {error}", path.display()),
            }
        });
        written.collect()
    }
}

/// A proof that somebody has is never written over.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    File::create_new(path)?.write_all(bytes)
}
