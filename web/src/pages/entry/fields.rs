//! The members of an entry that the page does not show apart.

use verifier::digest::ArtifactHash;
use verifier::kind::Kind;

use crate::model::KnownRecord;
use crate::text::{counted, grouped};

/// One field of the entry and its value.
pub(super) struct FieldRow {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Whether it is there to be copied: a hash or an id.
    pub(super) is_id: bool,
    /// Which fact the value is, for the browser's own check.
    pub(super) shows: Option<&'static str>,
}

/// In the order of their numbers.
pub(super) fn of(known: &KnownRecord) -> Vec<FieldRow> {
    let entry = &known.record.entry;
    let mut fields = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value {
            let is_id = matches!(
                name,
                "Evidence digest" | "Hash of the index" | "Raw digest" | "Signer"
            );
            let shows = match name {
                "Kind" => Some("kind"),
                "Evidence digest" => Some("evidence_digest"),
                "Signer" => Some("signer"),
                _ => None,
            };
            fields.push(FieldRow {
                name,
                value,
                is_id,
                shows,
            });
        }
    };
    let digest_name = match entry.kind {
        Kind::IndexRoot => "Hash of the index",
        _ => "Evidence digest",
    };
    add("Kind", Some(entry.kind.to_string()));
    add(
        digest_name,
        Some(entry.evidence_digest.to_string()).filter(|_| entry.kind != Kind::Refused),
    );
    add("Raw digest", entry.raw_digest.map(|digest| digest.to_string()));
    add("Signer", Some(entry.signer.clone()));
    add("Logged at", Some(format!("{} ms since 1970", entry.logged_at)));
    add(
        "Submitter",
        entry.submitter.as_ref().map(|name| name.as_str().to_owned()),
    );
    let stream = entry.stream.as_ref().map(|position| {
        let stream = ArtifactHash::from_bytes(position.stream);
        let last = if position.last { ", last" } else { "" };
        format!("{stream}, number {}{last}", grouped(position.number))
    });
    add("Stream", stream);
    add(
        "Covers",
        entry
            .covered
            .map(|size| counted(size.value(), "entry", "entries")),
    );
    add("Refused because", entry.refused.clone());
    let length = u64::try_from(known.record.bytes.len()).unwrap_or(u64::MAX);
    add("Length", Some(counted(length, "byte of CBOR", "bytes of CBOR")));
    fields
}
