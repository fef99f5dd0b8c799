//! The authenticated index of a small log, and answers from it, with whatever a test makes of them.

use std::collections::BTreeSet;

use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::plan::ProofPlan;
use verifier::runs::{AskedRows, IndexRow, MemoryRun, RunList, RunRange, prove_each};
use verifier::subject_index::{IndexProof, IndexQuestion, SubjectProof, index_root_entry, rows_of};

use crate::log::TestLog;

/// The runs over rows, each from the end of the one before up to one of `ends`.
pub fn run_list(rows: &[IndexRow], ends: &[u64]) -> RunList {
    built_runs(rows, ends).0
}

fn built_runs(rows: &[IndexRow], ends: &[u64]) -> (RunList, Vec<MemoryRun>) {
    let mut begin = 0;
    let built = ends.iter().map(|&end| {
        let range = RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap();
        begin = end;
        let inside = rows.iter().copied().filter(|row| range.contains(row.index()));
        MemoryRun::build(range, inside).unwrap()
    });
    let (described, runs) = built.unzip();
    (RunList::new(described).unwrap(), runs)
}

/// The index that an index.root signs.
pub struct SignedIndex {
    /// Of the index.root.
    pub root: LeafIndex,
    /// What it names.
    pub list: RunList,
    /// The runs of the list.
    pub runs: Vec<MemoryRun>,
    /// The rows in them, sorted.
    pub rows: Vec<IndexRow>,
}

/// A subject-proof before it is put together, for a test to meddle with.
pub struct AnswerParts {
    /// What is asked.
    pub question: IndexQuestion,
    /// The entries below as-of to which the answer is restricted, if it is.
    pub range: Option<RunRange>,
    /// The size as of which it is asked.
    pub as_of: u64,
    /// The size of the checkpoint.
    pub size: u64,
    /// The index.root that answers.
    pub root: LeafIndex,
    /// One for each run.
    pub run_proofs: Vec<Vec<u8>>,
    /// The entries that go into the file.
    pub entries: BTreeSet<u64>,
}

impl SignedIndex {
    /// The index that an index.root of a log signs, which these rows give.
    pub fn of(root: LeafIndex, list: RunList, rows: Vec<IndexRow>) -> Self {
        let ends: Vec<u64> = list.runs().iter().map(|run| run.range.end().value()).collect();
        let (built, runs) = built_runs(&rows, &ends);
        assert_eq!(built, list, "the log signed the runs that its entries give");
        Self {
            root,
            list,
            runs,
            rows,
        }
    }

    /// What this index answers as of a size, under a log's salt.
    pub fn answer(&self, log: &TestLog, question: &IndexQuestion, as_of: u64) -> AnswerParts {
        self.answer_of(log, None, question, as_of)
    }

    /// The same with an answer that is restricted to a range.
    pub fn answer_in(
        &self,
        log: &TestLog,
        range: RunRange,
        question: &IndexQuestion,
        as_of: u64,
    ) -> AnswerParts {
        self.answer_of(log, Some(range), question, as_of)
    }

    fn answer_of(
        &self,
        log: &TestLog,
        range: Option<RunRange>,
        question: &IndexQuestion,
        as_of: u64,
    ) -> AnswerParts {
        let lookup = question.lookup(&log.identity.salt).unwrap();
        let keys = [(lookup.key(), lookup.codes())];
        let asked = match range {
            Some(range) => AskedRows::in_range(keys, range),
            None => AskedRows::new(keys, TreeSize::new(as_of)),
        };
        let rows = self.rows.iter().filter(|row| asked.contains(row));
        let found = rows.map(|row| row.index().value());
        AnswerParts {
            question: question.clone(),
            range,
            as_of,
            size: self.root.value() + 1,
            root: self.root,
            run_proofs: prove_each(&self.list, &self.runs, &asked).unwrap(),
            entries: found.chain([0, as_of - 1, self.root.value()]).collect(),
        }
    }
}

impl TestLog {
    /// Logs an index.root with runs over these rows that end there.
    pub fn sign_index(&mut self, rows: Vec<IndexRow>, ends: &[u64]) -> SignedIndex {
        let (list, runs) = built_runs(&rows, ends);
        let root = self.index_root(&list);
        let root = LeafIndex::new(self.push(&root));
        SignedIndex {
            root,
            list,
            runs,
            rows,
        }
    }

    /// The file that an answer becomes.
    pub fn answer_file(&self, answer: &AnswerParts) -> Vec<u8> {
        let size = answer.size;
        let indices: Vec<LeafIndex> = answer.entries.iter().copied().map(LeafIndex::new).collect();
        let plan = ProofPlan::multi(&indices, TreeSize::new(size)).unwrap();
        let checkpoint = self.checkpoint(size);
        let entries = indices.iter().map(|index| {
            let place = usize::try_from(index.value()).unwrap();
            (*index, self.entries[place].as_slice())
        });
        let file = SubjectProof {
            checkpoint: &checkpoint,
            as_of: TreeSize::new(answer.as_of),
            question: answer.question.clone(),
            range: answer.range,
            index_proof: IndexProof::new(answer.root, &answer.run_proofs).unwrap(),
            entries: entries.collect(),
            hashes: self.assemble(&plan),
        };
        file.encode().unwrap()
    }

    /// The rows of all entries, sorted.
    pub fn rows(&self) -> Vec<IndexRow> {
        let entries = (0..).map(LeafIndex::new).zip(&self.entries);
        let mut rows: Vec<IndexRow> = entries
            .flat_map(|(index, entry)| {
                rows_of(index, &Entry::decode(entry).unwrap(), &self.identity.salt).unwrap()
            })
            .collect();
        rows.sort_unstable();
        rows
    }

    /// The entry that signs a list of runs.
    pub fn index_root(&self, list: &RunList) -> Entry {
        index_root_entry(self.identity.key.name(), self.now(), list)
    }

    /// Logs the right index.root with runs that end there; its index.
    pub fn push_index_root(&mut self, ends: &[u64]) -> u64 {
        let root = self.index_root(&run_list(&self.rows(), ends));
        self.push(&root)
    }
}
