//! Answers that a file proves (`schemas/index.md` §4, steps 1 to 9).

use std::collections::BTreeSet;

use tlog::index::{LeafIndex, TreeSize};
use tlog::runs::{AskedRows, IndexRow, ProvedRows, ROWS_OF_ENTRY_MAX, RunList, RunRange, verify_runs};

use super::{IndexError, IndexLookup, IndexProof, IndexQuestion, RECORDS_MAX, rows_of, run_list_of};
use crate::entry::Entry;
use crate::kind::Kind;
use crate::subject::IndexSalt;
use crate::text::shown::brief;

/// Questions of one file, as in packs.
const QUESTIONS_MAX: usize = 1 << 20;

/// The records of a file and what is known of its log. The caller has verified the checkpoint of `size`, that the records are
/// in its tree, and log.genesis, which names origin and salt.
#[derive(Clone, Copy, Debug)]
pub struct RecordsOfFile<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The log's salt.
    pub salt: &'a IndexSalt,
    /// Size of the verified checkpoint.
    pub size: TreeSize,
    /// The size as of which is asked.
    pub as_of: TreeSize,
    /// All entries of the file, ascending by index, none twice.
    pub records: &'a [(LeafIndex, Entry)],
}

/// Answers that were proved: what the index.root says, and what no record of the file contradicts.
///
/// This does not prove that the index is right. An entry that the index leaves out, and the file does not hold, is not noticed;
/// only computing the index again from all entries shows it.
#[derive(Clone, Debug)]
pub struct ProvedAnswers<'a> {
    file: RecordsOfFile<'a>,
    lookups: Vec<IndexLookup>,
    found: ProvedRows,
    covered: TreeSize,
}

impl<'a> RecordsOfFile<'a> {
    /// Checks the proof of the answers to all questions of the file.
    ///
    /// # Errors
    /// [`IndexError`]: the one who made the file is at fault where the code is `INDEX_PROOF_INVALID`, the log's operator where
    /// it is `INDEX_FALSE` or `INDEX_OMITS`.
    pub fn prove(
        self,
        questions: &[IndexQuestion],
        proof: &IndexProof<'_>,
    ) -> Result<ProvedAnswers<'a>, IndexError> {
        self.prove_in(None, questions, proof)
    }

    /// The same where the answers are restricted to a range of entries: records outside of it take no part, like those from as-of on.
    /// The caller has seen that the range ends at as-of or before.
    ///
    /// # Errors
    /// As [`prove`](Self::prove).
    pub fn prove_in(
        self,
        range: Option<RunRange>,
        questions: &[IndexQuestion],
        proof: &IndexProof<'_>,
    ) -> Result<ProvedAnswers<'a>, IndexError> {
        at_most("questions", QUESTIONS_MAX, questions.len())?;
        at_most("records", RECORDS_MAX, self.records.len())?;
        if !self.records.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(IndexError::Form("records that ascend by index"));
        }
        let lookups = questions
            .iter()
            .map(|question| question.lookup(self.salt))
            .collect::<Result<Vec<_>, _>>()?;
        none_twice(questions)?;
        let list = self.list(proof.index_root)?;
        let keys = lookups.iter().map(|lookup| (lookup.key(), lookup.codes()));
        let asked = match range {
            Some(range) => AskedRows::in_range(keys, range),
            None => AskedRows::new(keys, self.as_of),
        };
        // Every row has to be one of a record.
        let rows_max = self.records.len().saturating_mul(ROWS_OF_ENTRY_MAX.into());
        let found = verify_runs(&list, asked, &proof.run_proofs(), rows_max)?;
        self.compare(&found)?;
        Ok(ProvedAnswers {
            file: self,
            lookups,
            found,
            covered: list.covered(),
        })
    }

    fn record(&self, index: LeafIndex) -> Option<&'a Entry> {
        let place = self.records.binary_search_by_key(&index, |(index, _)| *index);
        let (_, entry) = place.ok().and_then(|place| self.records.get(place))?;
        Some(entry)
    }

    /// The runs of the index.root at an index, which is the last entry of the checkpoint's tree.
    fn list(&self, index: LeafIndex) -> Result<RunList, IndexError> {
        let entry = self.record(index).ok_or(IndexError::IndexRootMissing { index })?;
        let no_index_root = IndexError::NoIndexRoot {
            index,
            found: entry.kind,
        };
        let (Kind::IndexRoot, Some(covered), Some(_)) = (entry.kind, entry.covered, &entry.index_runs) else {
            return Err(no_index_root);
        };
        if entry.signer != self.origin {
            return Err(IndexError::Origin {
                expected: self.origin.to_owned(),
                found: brief(&entry.signer),
            });
        }
        if index.size_with() != Some(self.size) {
            return Err(IndexError::NotLast {
                index,
                size: self.size,
            });
        }
        if self.as_of.value() < 1 || self.as_of > covered {
            return Err(IndexError::AsOf {
                covered,
                found: self.as_of,
            });
        }
        if covered.value() > index.value() {
            return Err(IndexError::Covered {
                index,
                found: covered,
            });
        }
        run_list_of(entry)?.ok_or(no_index_root)
    }

    /// Compares the rows that were found with those of the records below as-of. A file that is not whole accuses nobody, so that
    /// records that are missing are found first.
    fn compare(&self, found: &ProvedRows) -> Result<(), IndexError> {
        let is_missing = |row: &&IndexRow| self.record(row.index()).is_none();
        if let Some(row) = found.rows().iter().find(is_missing) {
            return Err(IndexError::RecordMissing { row: *row });
        }
        let mut of_records: Vec<IndexRow> = Vec::new();
        let below = self
            .records
            .iter()
            .take_while(|(index, _)| self.as_of.contains(*index));
        for (index, entry) in below {
            // Below as-of, and so below 2^56.
            let rows = rows_of(*index, entry, self.salt).unwrap_or_default();
            of_records.extend(rows.into_iter().filter(|row| found.asked().contains(row)));
        }
        of_records.sort_unstable();
        let is_in = |rows: &[IndexRow], row| rows.binary_search(row).is_ok();
        if let Some(row) = found.rows().iter().find(|row| !is_in(&of_records, row)) {
            return Err(IndexError::False { row: *row });
        }
        match of_records.iter().find(|row| !is_in(found.rows(), row)) {
            Some(row) => Err(IndexError::Omits { row: *row }),
            None => Ok(()),
        }
    }
}

impl ProvedAnswers<'_> {
    /// The answer to the question at a place: all entries below as-of, or of the range, that it asks for, ascending. `None` where there is no such
    /// question.
    pub fn answer(&self, question: usize) -> Option<Vec<LeafIndex>> {
        let lookup = self.lookups.get(question)?;
        let rows = self.found.rows();
        let begin = rows.partition_point(|row| row.key() < lookup.key());
        let end = rows.partition_point(|row| row.key() <= lookup.key());
        let mut indices: Vec<LeafIndex> = Vec::new();
        let mut rest = rows.get(begin..end).unwrap_or_default();
        // Codes that other questions ask of the key are stepped over, however many rows they have.
        while let Some(first) = rest.first() {
            let (of_code, behind) = rest.split_at(rest.partition_point(|row| row.code() <= first.code()));
            if lookup.codes().contains(first.code()) {
                indices.extend(of_code.iter().map(IndexRow::index));
            }
            rest = behind;
        }
        indices.retain(|index| self.file.record(*index).is_some_and(|entry| lookup.fits(entry)));
        indices.sort_unstable();
        Some(indices)
    }

    /// The entries that the proof needs in the file: those of all answers, and those that only share 16 bytes of a hash with them.
    pub fn needed(&self) -> BTreeSet<LeafIndex> {
        self.found.rows().iter().map(IndexRow::index).collect()
    }

    /// How many entries the index covers.
    pub fn covered(&self) -> TreeSize {
        self.covered
    }
}

/// A question that is repeated would have its answer repeated, at the cost of a few bytes of the file.
fn none_twice(questions: &[IndexQuestion]) -> Result<(), IndexError> {
    let mut sorted: Vec<&IndexQuestion> = questions.iter().collect();
    sorted.sort_unstable();
    if sorted.is_sorted_by(|one, next| one < next) {
        Ok(())
    } else {
        Err(IndexError::QuestionTwice)
    }
}

fn at_most(what: &'static str, max: usize, found: usize) -> Result<(), IndexError> {
    if found > max {
        Err(IndexError::TooMany { what, max, found })
    } else {
        Ok(())
    }
}
