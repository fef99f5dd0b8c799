//! What jobs name, in order of spelling, so that the beginning of a name finds it.
//!
//! A key is the kind, the name in small letters, a zero, the name as it is, a zero, and the job. Small letters only
//! bring near what is spelled nearly so: each name found is one that some evidence holds, letter for letter, and no
//! lookup of an id goes through here.

use verifier::subject::SubjectHash;

use super::keys::NAME;
use super::record::{JobRecord, own_name};
use super::{Projection, ProjectionError};
use ledger::store::derived::KeyRange;

/// Longest name that is found by its beginning, in bytes. What callers choose may be longer.
const NAME_BYTES_MAX: usize = 512;

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameKind {
    /// A job.
    Job,
    /// An agent, by DID.
    Agent,
    /// A policy, by hash.
    Policy,
    /// A token, by hash.
    Token,
    /// A tool.
    Tool,
    /// A model, as `provider/model`; found by its own name, too.
    Model,
    /// Who asked for a job, or approved or refused an action.
    Person,
    /// A code of a verdict or an alarm.
    Code,
}

impl NameKind {
    const fn tag(self) -> u8 {
        match self {
            Self::Job => 0,
            Self::Agent => 1,
            Self::Policy => 2,
            Self::Token => 3,
            Self::Tool => 4,
            Self::Model => 5,
            Self::Person => 6,
            Self::Code => 7,
        }
    }
}

/// Names that begin alike.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NamePage {
    /// In order of their small letters.
    pub names: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

impl Projection {
    /// The first names of a kind that begin with a text, in whatever case; at most `limit`, each with one read.
    ///
    /// # Errors
    /// As [`by`](Self::by).
    pub fn names(&self, kind: NameKind, beginning: &str, limit: usize) -> Result<NamePage, ProjectionError> {
        let prefix = [&[NAME, kind.tag()], beginning.to_lowercase().as_bytes()].concat();
        // No UTF-8 text holds this byte.
        let to = [prefix.as_slice(), &[u8::MAX]].concat();
        let mut from = prefix;
        let mut page = NamePage::default();
        loop {
            let range = KeyRange {
                from: &from,
                to: &to,
                descending: false,
                limit: 1,
            };
            let store = self.inner.table.store();
            let found = store.list(range).map_err(|error| self.note(error))?;
            let Some((key, _)) = found.first() else {
                return Ok(page);
            };
            if page.names.len() >= limit {
                page.more = true;
                return Ok(page);
            }
            let (name, jobs) = split(key).ok_or_else(|| self.note(super::table::malformed()))?;
            // A model is found under two beginnings, which may be one.
            if !page.names.contains(&name) {
                page.names.push(name);
            }
            // After the keys of all its jobs.
            from = [jobs, &[0], &[u8::MAX; 33]].concat();
        }
    }
}

/// The name in a key, and the part of the key before the zero that its jobs follow.
fn split(key: &[u8]) -> Option<(String, &[u8])> {
    let (rest, _) = key.split_last_chunk::<32>()?;
    let (zero, named) = rest.split_last()?;
    let name = named.rsplit(|byte| *byte == 0).next()?;
    let name = std::str::from_utf8(name).ok()?;
    (*zero == 0).then(|| (name.to_owned(), named))
}

/// Under which keys the names of a job are found.
pub(super) fn keys_of(job: &SubjectHash, record: &JobRecord) -> Vec<Vec<u8>> {
    let summary = &record.summary;
    let codes: Vec<String> = record.codes().map(str::to_owned).collect();
    let all = |kind: NameKind, names: &[String]| -> Vec<(NameKind, String, String)> {
        let one = |name: &String| (kind, name.to_lowercase(), name.clone());
        names.iter().map(one).collect()
    };
    let own = summary
        .models
        .iter()
        .filter_map(|model| Some((NameKind::Model, own_name(model)?.to_lowercase(), model.clone())));
    all(NameKind::Job, std::slice::from_ref(&record.job_id))
        .into_iter()
        .chain(all(NameKind::Agent, &summary.agents))
        .chain(all(NameKind::Policy, &summary.policies))
        .chain(all(NameKind::Token, &summary.tokens))
        .chain(all(NameKind::Tool, &summary.tools))
        .chain(all(NameKind::Model, &summary.models))
        .chain(own)
        .chain(all(NameKind::Person, &summary.people))
        .chain(all(NameKind::Code, &codes))
        // A zero within would end the name before its end.
        .filter(|(_, _, name)| name.len() <= NAME_BYTES_MAX && !name.contains('\0'))
        .map(|(kind, small, name)| {
            let parts: [&[u8]; 6] = [
                &[NAME, kind.tag()],
                small.as_bytes(),
                &[0],
                name.as_bytes(),
                &[0],
                job.as_bytes(),
            ];
            parts.concat()
        })
        .collect()
}
