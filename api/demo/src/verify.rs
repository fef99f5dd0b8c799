//! `ledger-verify` as an outsider runs it: on files, with the log's key, without a network.

use super::selfcheck::CheckError;
use super::{DemoError, io_error, server};
use ledger_client::log::{Client, ServerLogFacts};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use verifier::checkpoint::Checkpoint;
use verifier::index::TreeSize;
use verifier::note::VerifierKey;
use verifier::pack::PACK_BYTES_MAX;

#[derive(Deserialize)]
struct EntryJson {
    evidence_digest: String,
    kind: String,
    evidence: Option<String>,
}

/// What `GET /v1/evidence/{digest}` answers, as far as the check reads it.
#[derive(Deserialize)]
struct EvidenceJson {
    evidence: Option<String>,
}

/// The report of `ledger-verify --json`, as far as the check reads it.
#[derive(Deserialize)]
struct ReportJson {
    status: String,
}

/// `ledger-verify`, cut off from the network where the system allows it.
pub(super) struct Verify {
    binary: PathBuf,
    vkey: String,
    isolated: bool,
    scratch: PathBuf,
}

impl Verify {
    /// Finds the `ledger-verify` in the directory of this binary; files go to `scratch`.
    pub(super) fn new(facts: &ServerLogFacts, scratch: &Path) -> Result<Self, DemoError> {
        let binary = server::binaries()?.join("ledger-verify");
        fs::metadata(&binary).map_err(io_error(&binary))?;
        let unshare = Command::new("unshare").args(["-rn", "true"]).output();
        Ok(Self {
            binary,
            vkey: facts.vkey.clone(),
            isolated: unshare.is_ok_and(|output| output.status.success()),
            scratch: scratch.to_owned(),
        })
    }

    /// How the processes run, for people.
    pub(super) fn isolation(&self) -> &'static str {
        if self.isolated {
            "in processes without network"
        } else {
            "offline (unshare is not allowed here)"
        }
    }

    /// Proof and evidence of one entry.
    pub(super) fn entry(&self, client: &Client, index: u64) -> Result<(), DemoError> {
        let entry: EntryJson = client.get_json(&format!("/v1/entries/{index}"))?;
        let kind = entry.kind.clone();
        let proof = self.save("proof", &client.get_text(&format!("/v1/entries/{index}/proof"))?)?;
        let evidence = self.save("evidence.json", &evidence_of(client, entry)?)?;
        let mut command = self.command();
        command.arg("proof").arg(proof).arg("--evidence").arg(evidence);
        command.args(["--expect", &kind]);
        self.must_pass(&mut command)
    }

    /// The assessment that a job's pack gives, whatever its verdict.
    pub(super) fn pack(&self, client: &Client, job_id: &str, as_of: u64) -> Result<String, DemoError> {
        let pack = client.get_file(&format!("/v1/jobs/{job_id}/pack?as_of={as_of}"), PACK_BYTES_MAX)?;
        let path = self.scratch.join("job.evidence");
        fs::write(&path, pack).map_err(io_error(&path))?;
        let mut command = self.command();
        command
            .arg("pack")
            .arg(&path)
            .args(["--log-key", &self.vkey, "--assessment", "-"]);
        let output = command.output().map_err(io_error(&self.binary))?;
        // 0, 1 and 2 are the three verdicts; a pack that is not genuine (3) prints no assessment.
        String::from_utf8(output.stdout)
            .map(|text| text.trim_end_matches('\n').to_owned())
            .map_err(|_| DemoError::Story("ledger-verify printed no text"))
    }

    /// That the tree of the checkpoint `before` is the beginning of the newest one. Both say how large they are: the log goes on by
    /// itself, since it covers its entries by an index.root.
    pub(super) fn consistency(&self, client: &Client, before: &str) -> Result<(), DemoError> {
        let after = client.get_text("/log/checkpoint")?;
        let (first, second) = (self.tree_size(before)?, self.tree_size(&after)?);
        let old = self.save("old", before)?;
        let new = self.save("new", &after)?;
        let path = format!("/v1/proofs/consistency?first={first}&second={second}");
        let proof = self.save("consistency", &client.get_text(&path)?)?;
        let mut command = self.command();
        command.arg("consistency").args([&old, &new, &proof]);
        self.must_pass(&mut command)
    }

    fn tree_size(&self, checkpoint: &str) -> Result<TreeSize, DemoError> {
        let key =
            VerifierKey::parse(&self.vkey).map_err(|error| CheckError::Checkpoint(error.to_string()))?;
        let opened = Checkpoint::open(checkpoint.as_bytes(), &key)
            .map_err(|error| CheckError::Checkpoint(error.to_string()))?;
        Ok(opened.head().size)
    }

    fn command(&self) -> Command {
        if !self.isolated {
            return Command::new(&self.binary);
        }
        let mut command = Command::new("unshare");
        command.arg("-rn").arg(&self.binary);
        command
    }

    /// It must end well and say so: an exit code alone could be anything's.
    fn must_pass(&self, command: &mut Command) -> Result<(), DemoError> {
        command.args(["--json", "--log-key", &self.vkey]);
        let report: ReportJson = serde_json::from_slice(&must_succeed(command)?)?;
        if report.status == "PASS" {
            return Ok(());
        }
        Err(CheckError::NotPassed {
            command: format!("{command:?}"),
            status: report.status,
        }
        .into())
    }

    fn save(&self, name: &str, content: &str) -> Result<PathBuf, DemoError> {
        let path = self.scratch.join(name);
        fs::write(&path, content).map_err(io_error(&path))?;
        Ok(path)
    }
}

/// The document of an entry. An entry that adds a context to earlier evidence keeps none itself.
fn evidence_of(client: &Client, entry: EntryJson) -> Result<String, DemoError> {
    if let Some(evidence) = entry.evidence {
        return Ok(evidence);
    }
    let answer: EvidenceJson = client.get_json(&format!("/v1/evidence/{}", entry.evidence_digest))?;
    answer
        .evidence
        .ok_or_else(|| CheckError::NoEvidence(entry.evidence_digest).into())
}

/// What the command printed; an error with all of it where the exit code is not 0.
pub(super) fn must_succeed(command: &mut Command) -> Result<Vec<u8>, DemoError> {
    let program = PathBuf::from(command.get_program());
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().map_err(io_error(&program))?;
    if status.success() {
        return Ok(stdout);
    }
    let output = [stdout, stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
        .join(" ");
    let command = format!("{command:?}");
    Err(CheckError::Command {
        command,
        status: status.to_string(),
        output,
    }
    .into())
}
