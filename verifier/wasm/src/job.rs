//! A pack: that of a job page with what the page shows of it, or one that the visitor brought.

use crate::shown::ShownJob;
use crate::{Difference, PageCheck, key};
use verifier::check::{Details, FilePurpose, PackCheck, ReportAnswers, check_pack, something_else};

/// Checks the pack of a job under the kept key and compares the assessment with the page.
pub fn check_job(pack: &[u8], vkey: &str, shown: &ShownJob) -> PageCheck {
    check(pack, vkey, |assessment| shown.differences(assessment))
}

/// Checks a file that the visitor brought and takes for a pack. No page speaks of it, so nothing is compared.
pub fn check_brought_pack(file: &[u8], vkey: &str) -> PageCheck {
    check(file, vkey, |_| Vec::new())
}

/// Witnesses are listed as the pack proves them; no quorum is asked, since a page has no policy of its visitor's.
fn check(pack: &[u8], vkey: &str, compare: impl FnOnce(&str) -> Vec<Difference>) -> PageCheck {
    let key = match key(vkey) {
        Ok(key) => key,
        Err(finding) => {
            // Nothing is wrong with the pack: there is no key to hold it against.
            let report = finding.into_report_with(ReportAnswers::UNKNOWN, Details::default());
            return PageCheck::new("pack", report, false, Vec::new());
        }
    };
    if let Some(report) = something_else(FilePurpose::Pack, pack) {
        return PageCheck::new("pack", report, false, Vec::new());
    }
    let PackCheck { report, assessment } = check_pack(pack, &key, None);
    let differences = assessment.as_deref().map_or_else(Vec::new, compare);
    PageCheck::new("pack", report, assessment.is_some(), differences)
}
