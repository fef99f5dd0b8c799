//! The entries of a time window, one a line, with a manifest that the operator signs
//! (`schemas/export-manifest.md`).

use super::{ExportError, file_error};
use crate::args::ExportArgs;
use crate::issuer::{sign, stated};
use crate::wall_clock::now_ms;
use ledger::signer::EvidenceKey;
use ledger_client::log::Client;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use verifier::check::export::{ExportLine, MANIFEST_TYPE};
use verifier::context::Context;
use verifier::hash::{Hex, sha256};
use verifier::rfc3339;
use verifier::text::shown;

const PAGE_ENTRIES: u64 = 200;
/// A page of 4 MiB of evidence, escaped, and one document more.
const PAGE_BYTES_MAX: usize = 64 << 20;

#[derive(Deserialize)]
struct WindowPage {
    entries: Vec<WindowRow>,
}

#[derive(Deserialize)]
struct WindowRow {
    index: u64,
    logged_at: u64,
    entry: String,
    evidence: Option<String>,
    context: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct AuditPath {
    hashes: Vec<String>,
}

/// A window: from a time on and before another one, in milliseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct WindowTimes {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl WindowTimes {
    pub(super) fn parse(from: &str, to: &str) -> Result<Self, ExportError> {
        let time = |text: &str| rfc3339::parse(text).ok_or_else(|| ExportError::Time(text.to_owned()));
        let times = Self {
            from: time(from)?.value(),
            to: time(to)?.value(),
        };
        if times.from >= times.to {
            return Err(ExportError::NoTime {
                from: from.to_owned(),
                to: to.to_owned(),
            });
        }
        if times.from > now_ms() {
            return Err(ExportError::FutureTime(from.to_owned()));
        }
        Ok(times)
    }

    pub(super) fn contains(self, logged_at: u64) -> bool {
        (self.from..self.to).contains(&logged_at)
    }
}

/// Writes the four files of an export of all entries; none of them may be there already.
pub(super) fn export(
    client: &Client,
    args: &ExportArgs,
    times: WindowTimes,
    operator: &EvidenceKey,
) -> Result<(), ExportError> {
    let WindowTimes { from, to } = times;
    let origin = client.log()?.origin;
    let checkpoint = client.get_text("/log/checkpoint")?;
    let size = checkpoint
        .lines()
        .nth(1)
        .and_then(|line| line.parse::<u64>().ok())
        .ok_or(ExportError::Answer("the checkpoint has no size"))?;
    let first = first_since(client, from, size)?;
    let end = first_since(client, to, size)?;
    let last = end
        .checked_sub(1)
        .filter(|last| first <= *last)
        .ok_or(ExportError::EmptyWindow)?;

    let hashes = write_entries(client, &args.out, first, end)?;
    write(&args.out.join("entries.sha256"), hashes.as_bytes())?;
    write(
        &args.out.join("genesis.json"),
        client.get_text("/v1/entries/0")?.as_bytes(),
    )?;
    let path = |index: u64| -> Result<Vec<String>, ExportError> {
        let answer: AuditPath =
            client.get_json(&format!("/v1/proofs/inclusion?index={index}&size={size}"))?;
        Ok(answer.hashes)
    };
    let members = json!({
        "from_ms": from,
        "to_ms": to,
        "first_index": first,
        "last_index": last,
        "lines_sha256": Hex(&sha256(hashes.as_bytes())).to_string(),
        "checkpoint": checkpoint,
        "first_path": path(first)?,
        "last_path": path(last)?,
    });
    let manifest = sign(operator, &origin, MANIFEST_TYPE, stated(members))?;
    write(&args.out.join("manifest.json"), manifest.as_bytes())?;
    println!(
        "{}: entries {first} to {last}",
        shown::line(&args.out.display().to_string())
    );
    Ok(())
}

/// The first entry logged at `time` or later, or `size`. Times never go back, so halving finds it.
pub(super) fn first_since(client: &Client, time: u64, size: u64) -> Result<u64, ExportError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        let page: WindowPage = client.get_json(&format!("/v1/entries?from={middle}&limit=1&as_of={size}"))?;
        let entry = page
            .entries
            .first()
            .ok_or(ExportError::Answer("an entry is missing"))?;
        if entry.logged_at < time {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Writes the lines of the entries `first..end`, and gives those of their hashes.
fn write_entries(client: &Client, out: &Path, first: u64, end: u64) -> Result<String, ExportError> {
    let mut next = first;
    // A page with much evidence ends early.
    let pages = std::iter::from_fn(|| {
        let wanted = PAGE_ENTRIES.min(end.saturating_sub(next));
        let page = (wanted > 0).then(|| page_of(client, next, wanted, end))?;
        let read = page
            .as_ref()
            .map_or(wanted, |entries| u64::try_from(entries.len()).unwrap_or(wanted));
        next = next.saturating_add(read);
        Some(page)
    });
    write_lines(out, pages.flat_map(lines_of))
}

/// The line of one entry.
pub(super) fn line_at(client: &Client, index: u64, size: u64) -> Result<String, ExportError> {
    let mut lines = lines_of(page_of(client, index, 1, size)).into_iter();
    lines
        .next()
        .unwrap_or(Err(ExportError::Answer("an entry is missing")))
}

/// The entries from one on: as many as are wanted, or fewer, and at least one.
fn page_of(client: &Client, first: u64, wanted: u64, end: u64) -> Result<Vec<WindowRow>, ExportError> {
    let url = format!("/v1/entries?from={first}&limit={wanted}&as_of={end}&include=evidence");
    let page: WindowPage = serde_json::from_slice(&client.get_file(&url, PAGE_BYTES_MAX)?)?;
    if page.entries.is_empty() {
        return Err(ExportError::Answer("entries are missing"));
    }
    let mut expected = first..first.saturating_add(wanted);
    if page
        .entries
        .iter()
        .all(|entry| expected.next() == Some(entry.index))
    {
        Ok(page.entries)
    } else {
        Err(ExportError::Answer("entries out of order"))
    }
}

fn lines_of(page: Result<Vec<WindowRow>, ExportError>) -> Vec<Result<String, ExportError>> {
    match page {
        Ok(entries) => entries.iter().map(line_of).collect(),
        Err(error) => vec![Err(error)],
    }
}

/// Writes lines, and gives those of their hashes.
pub(super) fn write_lines(
    out: &Path,
    lines: impl Iterator<Item = Result<String, ExportError>>,
) -> Result<String, ExportError> {
    let path = out.join("entries.ndjson");
    let mut file = BufWriter::new(File::create_new(&path).map_err(file_error(&path))?);
    let mut hashes = String::new();
    for line in lines {
        let line = line?;
        hashes.push_str(&Hex(&sha256(line.as_bytes())).to_string());
        hashes.push('\n');
        writeln!(file, "{line}").map_err(file_error(&path))?;
    }
    file.flush().map_err(file_error(&path))?;
    Ok(hashes)
}

fn line_of(entry: &WindowRow) -> Result<String, ExportError> {
    let context = entry
        .context
        .as_deref()
        .map(|context| canonical(context.get()))
        .transpose()?;
    let line = ExportLine {
        index: entry.index,
        entry: entry.entry.as_str().into(),
        evidence: entry.evidence.as_deref().map(Into::into),
        context: context.map(Into::into),
    };
    Ok(line.to_text()?)
}

/// The context as it is stored: the server shows it with its members in another order.
fn canonical(context: &str) -> Result<String, ExportError> {
    if context == "{}" {
        return Ok(context.to_owned());
    }
    let value = verifier::json::parse(context.as_bytes())
        .map_err(|_| ExportError::Answer("a context that is not JSON"))?;
    let context =
        Context::from_json(&value, "").map_err(|_| ExportError::Answer("a context that is not valid"))?;
    Ok(context.to_stored())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let mut file = File::create_new(path).map_err(file_error(path))?;
    file.write_all(bytes).map_err(file_error(path))
}
