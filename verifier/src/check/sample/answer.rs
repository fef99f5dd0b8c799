//! The entries that were drawn, one after the other, and the answers that each of them must be in.

use super::{DrawnEntry, SampleAudit, SampleFault, SampleQuestion, UnlinkedHead};
use crate::check::omission::compare;
use crate::check::subject::{OpenedAnswer, SubjectExpectation};
use crate::check::{Details, Finding, Status, convicts_operator};
use crate::checkpoint::TreeHead;
use crate::index::LeafIndex;
use crate::subject_index::{IndexQuestion, SubjectProof};

impl SampleAudit {
    /// Takes an entry that was drawn: the server's answer for it, and for its audit path in the audited tree. Its
    /// [questions](DrawnEntry::questions) are to be asked next, and then it is [finished](Self::finish_entry).
    ///
    /// # Errors
    /// Where it does not lead to the signed root, or is of a later format.
    pub fn take_entry(
        &mut self,
        index: LeafIndex,
        entry: &[u8],
        inclusion: &[u8],
    ) -> Result<DrawnEntry, Finding> {
        let drawn = DrawnEntry::open(&self.log, index, entry, inclusion)?;
        self.summary.take_entry(&drawn);
        Ok(drawn)
    }

    /// Takes the answer to a question about an entry: what it proves against the operator, and the head that it is signed under, if
    /// that has to be linked to the audited one. The answer may be about more entries than was asked for.
    ///
    /// # Errors
    /// Where the answer does not hold, or is another one than was asked for: nobody is accused by it.
    pub fn take_answer(
        &mut self,
        drawn: &DrawnEntry,
        asked: &SampleQuestion,
        file: &[u8],
    ) -> Result<(Option<SampleFault>, Option<UnlinkedHead>), Finding> {
        let range = SubjectExpectation {
            since: Some(asked.range.begin()),
            to: Some(asked.range.end()),
            ..SubjectExpectation::default()
        };
        let answer = match self.open_answer(&asked.question, range, file) {
            Ok(answer) => answer,
            Err(finding) if convicts_operator(finding.reason_code) => {
                // The answer alone proves it, whatever entry it is held against.
                return Ok((Some(SampleFault::of_answer(drawn, finding, file)), None));
            }
            Err(finding) => return Err(finding),
        };
        let fault = match compare(&drawn.included, &answer, &mut Details::default()) {
            Ok(_) => None,
            Err(finding) if finding.status == Status::Fail => {
                Some(SampleFault::of_entry(drawn, finding, file))
            }
            Err(finding) => return Err(finding),
        };
        let unlinked = self.unlinked_of(file, &answer.head)?;
        self.summary.take_answer(answer.index_root);
        Ok((fault, unlinked))
    }

    /// Notes that the log has no address for a question.
    pub fn take_unasked(&mut self) {
        self.summary.take_unasked();
    }

    /// Notes a fault, with where the files are that prove it.
    pub fn take_fault(&mut self, fault: &SampleFault, files: &[String]) {
        self.summary.take_fault(fault, files);
    }

    /// Ends with an entry, all of whose questions were asked.
    pub fn finish_entry(&mut self, drawn: &DrawnEntry) {
        self.summary.finish_entry(drawn);
    }

    /// Opens an answer to a question as of `covered` or later, about what is wanted of the range at least.
    pub(super) fn open_answer(
        &self,
        question: &IndexQuestion,
        range: SubjectExpectation<'_>,
        file: &[u8],
    ) -> Result<OpenedAnswer, Finding> {
        let answer = OpenedAnswer::open(file, &self.genesis, &self.log.key, &mut Details::default())?;
        let question = question.to_json();
        let expected = SubjectExpectation {
            question: Some(&question),
            as_of_min: Some(self.covered),
            ..range
        };
        match expected.another_answer(&answer) {
            Some(finding) => Err(finding),
            None => Ok(answer),
        }
    }

    /// The head of a subject-proof, unless it is known to be of one history with the audited one.
    pub(super) fn unlinked_of(&self, file: &[u8], head: &TreeHead) -> Result<Option<UnlinkedHead>, Finding> {
        Ok(self.unlinked(SubjectProof::decode(file)?.checkpoint, head))
    }
}
