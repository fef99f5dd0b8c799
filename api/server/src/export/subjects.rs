//! The entries of a time window that have some subjects, with the proofs of the log's index that there are no others
//! (`schemas/export-manifest.md`).

use super::ExportError;
use super::pieces::{AnswerPiece, ExportedSubject, PeriodSpan, ShownIndex};
use super::window::{WindowTimes, line_at, write, write_lines};
use crate::args::ExportArgs;
use crate::issuer::{sign, stated};
use ledger::signer::EvidenceKey;
use ledger_client::log::Client;
use serde_json::{Value, json};
use std::path::Path;
use verifier::check::export::{LINES_MAX, MANIFEST_TYPE, PROOFS_MAX, proof_name};
use verifier::hash::{Hex, sha256};
use verifier::note::VerifierKey;
use verifier::subject::Field;
use verifier::text::shown;

/// What was written about a subject.
struct WrittenAnswer {
    /// Its member in the manifest.
    member: Value,
    /// The entries in the window, ascending.
    entries: Vec<u64>,
}

/// Writes the files of an export; none of them may be there already.
pub(super) fn export(
    client: &Client,
    args: &ExportArgs,
    times: WindowTimes,
    operator: &EvidenceKey,
) -> Result<(), ExportError> {
    let agent = args.agent.as_deref().map(|value| (Field::Agent, value));
    let policy = args.policy.as_deref().map(|value| (Field::Policy, value));
    let subjects = agent.into_iter().chain(policy);
    let subjects: Vec<_> = subjects
        .map(|(field, value)| ExportedSubject { field, value })
        .collect();
    let log = client.log()?;
    let key = VerifierKey::parse(&log.vkey).map_err(|_| ExportError::Answer("no verifier key"))?;
    let genesis = client.get_text("/v1/entries/0")?;
    let index = ShownIndex {
        client,
        genesis: genesis.as_bytes(),
        key: &key,
        entries_max: args.entries_per_proof.get(),
    };
    let first = subjects
        .first()
        .ok_or(ExportError::Answer("nothing was asked for"))?;
    let span = index.span(*first, times)?;

    let mut members = Vec::new();
    let mut entries: Option<Vec<u64>> = None;
    for (number, subject) in (1_usize..).zip(subjects) {
        let written = write_answer(&index, (number, subject), (span, times), &args.out)?;
        members.push(written.member);
        let mut found = written.entries;
        if let Some(common) = entries {
            found.retain(|index| common.binary_search(index).is_ok());
        }
        entries = Some(found);
    }
    let entries = entries.unwrap_or_default();
    let as_of = span.as_of;
    let lines = entries.iter().map(|index| line_at(client, *index, as_of));
    let hashes = write_lines(&args.out, lines)?;
    write(&args.out.join("entries.sha256"), hashes.as_bytes())?;
    write(&args.out.join("genesis.json"), genesis.as_bytes())?;
    let members = json!({
        "event_version": "2",
        "from_ms": times.from,
        "to_ms": times.to,
        "as_of": as_of,
        "lines_sha256": Hex(&sha256(hashes.as_bytes())).to_string(),
        "subjects": members,
    });
    let manifest = sign(operator, &log.origin, MANIFEST_TYPE, stated(members))?;
    write(&args.out.join("manifest.json"), manifest.as_bytes())?;
    println!(
        "{}: {} entries, all that the log's index has as of size {as_of}",
        shown::line(&args.out.display().to_string()),
        entries.len()
    );
    Ok(())
}

/// Writes the proofs about a subject. Of each only its hash and the places of its entries are kept.
fn write_answer(
    index: &ShownIndex<'_>,
    (number, subject): (usize, ExportedSubject<'_>),
    (span, times): (PeriodSpan, WindowTimes),
    out: &Path,
) -> Result<WrittenAnswer, ExportError> {
    let mut hashes = Vec::new();
    let mut entries = Vec::new();
    index.each_piece(subject, span, |AnswerPiece { file, answer, .. }| {
        if hashes.len() >= PROOFS_MAX {
            return Err(ExportError::TooLong("proofs of one subject", PROOFS_MAX));
        }
        hashes.push(Hex(&sha256(&file)).to_string());
        write(&out.join(proof_name(number, hashes.len())), &file)?;
        let in_window = answer.entries.into_iter();
        let in_window = in_window.filter(|(_, entry)| times.contains(entry.logged_at.value()));
        entries.extend(in_window.map(|(index, _)| index.value()));
        if entries.len() > LINES_MAX {
            return Err(ExportError::TooLong("entries of one subject", LINES_MAX));
        }
        Ok(())
    })?;
    Ok(WrittenAnswer {
        member: json!({
            "field": subject.field.as_str(),
            "value": subject.value,
            "proofs_sha256": hashes,
        }),
        entries,
    })
}
