//! A job page: its pack, and what the page shows of it.

use crate::shown::ShownJob;
use crate::{PageCheck, key};
use verifier::check::{Details, PackCheck, check_pack};

/// Checks the pack of a job under the kept key and compares the assessment with the page.
///
/// Witnesses are listed as the pack proves them; no quorum is asked, since the page has no policy of its
/// visitor's.
pub fn check_job(pack: &[u8], vkey: &str, shown: &ShownJob) -> PageCheck {
    let key = match key(vkey) {
        Ok(key) => key,
        Err(finding) => {
            return PageCheck {
                report: finding.into_report(Details::default()),
                holds: false,
                differences: Vec::new(),
            };
        }
    };
    let PackCheck { report, assessment } = check_pack(pack, &key, None);
    PageCheck {
        holds: assessment.is_some(),
        differences: assessment.map_or_else(Vec::new, |assessment| shown.differences(&assessment)),
        report,
    }
}
