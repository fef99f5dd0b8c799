//! The entries of a time window that have some subjects, with the proofs of the log's index that there are no others
//! (`schemas/export-manifest.md`).

use super::ExportError;
use super::window::{WindowTimes, line_at, write, write_lines};
use crate::args::ExportArgs;
use crate::issuer::{sign, stated};
use ledger::signer::EvidenceKey;
use ledger_client::log::{Client, ClientError};
use serde_json::json;
use std::collections::BTreeMap;
use verifier::check::export::MANIFEST_TYPE;
use verifier::check::{SubjectExpectation, check_subject};
use verifier::entry::Entry;
use verifier::hash::{Hex, sha256};
use verifier::index::LeafIndex;
use verifier::note::VerifierKey;
use verifier::subject::Field;
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_BYTES_MAX, SubjectProof};
use verifier::text::shown;

/// A subject that all entries of the export have.
struct ExportedSubject<'a> {
    field: Field,
    value: &'a str,
}

/// An answer of the log's index.
struct SubjectAnswer {
    as_of: u64,
    file: Vec<u8>,
    entries: Vec<(LeafIndex, Entry)>,
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
    let subjects = subjects.map(|(field, value)| ExportedSubject { field, value });
    let log = client.log()?;
    let key = VerifierKey::parse(&log.vkey).map_err(|_| ExportError::Answer("no verifier key"))?;
    let genesis = client.get_text("/v1/entries/0")?;

    let mut as_of = None;
    let mut members = Vec::new();
    let mut entries: Option<BTreeMap<LeafIndex, Entry>> = None;
    for (number, subject) in (1_usize..).zip(subjects) {
        let answer = answer(client, &subject, as_of, genesis.as_bytes(), &key)?;
        as_of = Some(answer.as_of);
        write(&args.out.join(format!("subject-{number}.proof")), &answer.file)?;
        members.push(json!({
            "field": subject.field.as_str(),
            "value": subject.value,
            "proof_sha256": Hex(&sha256(&answer.file)).to_string(),
        }));
        let found: BTreeMap<LeafIndex, Entry> = answer.entries.into_iter().collect();
        entries = Some(match entries {
            Some(mut common) => {
                common.retain(|index, _| found.contains_key(index));
                common
            }
            None => found,
        });
    }
    let mut entries = entries.unwrap_or_default();
    entries.retain(|_, entry| times.contains(entry.logged_at.value()));

    let size = as_of.unwrap_or_default();
    let lines = entries.keys().map(|index| line_at(client, index.value(), size));
    let hashes = write_lines(&args.out, lines)?;
    write(&args.out.join("entries.sha256"), hashes.as_bytes())?;
    write(&args.out.join("genesis.json"), genesis.as_bytes())?;
    let members = json!({
        "event_version": "2",
        "from_ms": times.from,
        "to_ms": times.to,
        "as_of": size,
        "lines_sha256": Hex(&sha256(hashes.as_bytes())).to_string(),
        "subjects": members,
    });
    let manifest = sign(operator, &log.origin, MANIFEST_TYPE, stated(members))?;
    write(&args.out.join("manifest.json"), manifest.as_bytes())?;
    println!(
        "{}: {} entries, all that the log's index has as of size {size}",
        shown::line(&args.out.display().to_string()),
        entries.len()
    );
    Ok(())
}

/// The answer about a subject, which holds; as of all that the index covers, where no size is given.
fn answer(
    client: &Client,
    subject: &ExportedSubject<'_>,
    as_of: Option<u64>,
    genesis: &[u8],
    key: &VerifierKey,
) -> Result<SubjectAnswer, ExportError> {
    let ExportedSubject { field, value } = *subject;
    let question = IndexQuestion::Subject {
        field: field.into(),
        value: value.to_owned(),
        kinds: Vec::new(),
    };
    // A question by value always has an address.
    let mut path = question.address().unwrap_or_default();
    if let Some(as_of) = as_of {
        path = format!("{path}as_of={as_of}");
    }
    let file = client
        .get_file(&path, SUBJECT_PROOF_BYTES_MAX)
        .map_err(|error| match error {
            ClientError::Refused {
                status: 409 | 413, ..
            } => ExportError::NotProved {
                field: field.as_str(),
                source: error,
            },
            error => error.into(),
        })?;
    let proof = SubjectProof::decode(&file).map_err(|_| ExportError::Answer("no subject-proof"))?;
    let as_of = proof.as_of.value();
    let check = check_subject(&file, genesis, key, &SubjectExpectation::default());
    let answer = check
        .answer
        .ok_or(ExportError::Answer("a subject-proof that does not hold"))?;
    Ok(SubjectAnswer {
        as_of,
        file,
        entries: answer.entries,
    })
}
