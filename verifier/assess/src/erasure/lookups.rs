//! Which entries decide whether an erasure was ordered: the lookups of a closure that has erased records.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{document_subject, jobs};
use crate::Query;
use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::record::{Record, StoredBytes};
use evidence::subject::{Field, IndexSalt, Subject};

/// Orders, holds and releases.
pub const DISPOSITIONS: [Kind; 3] = [Kind::ErasureOrdered, Kind::HoldPlaced, Kind::HoldReleased];
/// What says of a document whether it may go, apart from its own entry.
const ABOUT: [Kind; 4] = [
    Kind::Context,
    Kind::ErasureOrdered,
    Kind::HoldPlaced,
    Kind::HoldReleased,
];
const ISSUERS: [Kind; 2] = [Kind::IssuerRegistered, Kind::IssuerRetired];

/// Every lookup that known records give a reason for (`schemas/assessment.md`, "an erased document"), asked before
/// or not. None where nothing was erased. Asked in rounds until nothing new follows.
pub fn lookups<'r>(records: impl Iterator<Item = &'r Record> + Clone, salt: &IndexSalt) -> Vec<Query> {
    let erased = records
        .clone()
        .filter(|record| record.evidence == StoredBytes::Erased);
    let mut documents = BTreeSet::new();
    let mut wanted = ErasureLookups::default();
    for Record { entry, .. } in erased {
        wanted.issuer(&entry.signer);
        if entry.kind == Kind::Refused {
            wanted.about(salt, entry);
            wanted.jobs(entry);
            continue;
        }
        wanted.ask(Query::Evidence(entry.evidence_digest));
        wanted.about(salt, entry);
        documents.extend(document_subject(salt, entry));
    }
    if wanted.list.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeMap<[u8; 32], Option<Subject>> = BTreeMap::new();
    for Record { entry, .. } in records {
        if DISPOSITIONS.contains(&entry.kind) || ISSUERS.contains(&entry.kind) {
            wanted.issuer(&entry.signer);
            continue;
        }
        let own = *entry.evidence_digest.as_bytes();
        let subject = if entry.kind == Kind::Context {
            document_subject(salt, entry)
        } else {
            *known.entry(own).or_insert_with(|| document_subject(salt, entry))
        };
        if subject.is_some_and(|subject| documents.contains(&subject)) {
            wanted.jobs(entry);
        }
    }
    wanted.list
}

#[derive(Default)]
struct ErasureLookups {
    list: Vec<Query>,
    known: BTreeSet<Query>,
}

impl ErasureLookups {
    fn ask(&mut self, query: Query) {
        if self.known.insert(query.clone()) {
            self.list.push(query);
        }
    }

    fn issuer(&mut self, did: &str) {
        self.ask(Query::Subject {
            field: Field::Issuer,
            value: did.to_owned(),
            kinds: ISSUERS.to_vec(),
        });
    }

    /// Contexts, orders, holds and releases on the document that an entry carries, and on the one that it is about.
    fn about(&mut self, salt: &IndexSalt, entry: &Entry) {
        let own = super::evidence_subject(salt, &entry.named_digest());
        for subject in document_subject(salt, entry).into_iter().chain([own]) {
            self.ask(Query::Hashed {
                subject,
                kinds: ABOUT.to_vec(),
            });
        }
    }

    /// Orders, holds and releases on each job that an entry names. Their names may be gone: they are asked by hash.
    fn jobs(&mut self, entry: &Entry) {
        for hash in jobs(entry.every_subject()) {
            let field = Field::Job;
            self.ask(Query::Hashed {
                subject: Subject { field, hash },
                kinds: DISPOSITIONS.to_vec(),
            });
        }
    }
}
