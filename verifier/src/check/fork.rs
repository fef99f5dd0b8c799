//! Two checkpoints that somebody holds against a log, in one file.

use super::consistency::open;
use super::{Details, Finding, Report};
use crate::checkpoint::TreeHead;
use crate::fork::ForkFile;
use crate::note::VerifierKey;

/// Checks whether the two checkpoints in a file ([`ForkFile`]) prove that the log shows two histories.
///
/// FAIL, `LOG_FORKED`: both are signed by the log, of one size and with different roots. That proves it to anybody. INCOMPLETE,
/// `CONSISTENCY_NOT_SHOWN`: their sizes differ, so that both can be of one history, and only a proof could show that they are. PASS:
/// they are of one tree. Where the log's key did not sign one of them the file is not genuine, and accuses nobody.
pub fn check_fork(file: &[u8], key: &VerifierKey) -> Report {
    check_fork_of(file, [key, key])
}

/// The same for two checkpoints that are to be signed by different keys of the log.
pub fn check_fork_of(file: &[u8], keys: [&VerifierKey; 2]) -> Report {
    let mut details = Details::default();
    let [_, key] = keys;
    details.set_log(key);
    let heads = match heads(file, keys, &mut details) {
        Ok(heads) => heads,
        Err(finding) => return finding.into_report(details),
    };
    let [first, second] = heads;
    details.checked("signatures");
    if first == second {
        return Report::pass("both checkpoints are of one tree: there is no fork", details);
    }
    if first.size == second.size {
        let message = format!(
            "the log signed two trees of size {}, one with the root {} and one with the root {}: it shows two histories",
            first.size, first.root, second.root
        );
        return Finding::fail("LOG_FORKED", message).into_report_of_genuine(details);
    }
    details.not_checked("consistency");
    let (smaller, larger) = (first.size.min(second.size), first.size.max(second.size));
    let message = format!(
        "the log signed trees of the sizes {smaller} and {larger}, and this file does not show that the larger one grew out of the smaller one. \
         Ask the log for /v1/proofs/consistency?first={smaller}&second={larger} and check its answer with \"ledger-verify consistency\", \
         or for /v1/checkpoints?size={smaller}: with another root than here, the two of this size prove a fork"
    );
    Finding::incomplete("CONSISTENCY_NOT_SHOWN", message).into_report_of_genuine(details)
}

fn heads(file: &[u8], keys: [&VerifierKey; 2], details: &mut Details) -> Result<[TreeHead; 2], Finding> {
    let file = ForkFile::parse(file)
        .map_err(|error| Finding::fail("FORK_FILE_MALFORMED", format!("the file is refused: {error}")))?;
    let mut head = |which: &str, note: &str, key: &VerifierKey| -> Result<TreeHead, Finding> {
        let head = open(note.as_bytes(), which, key)?.head().clone();
        details.set(&format!("{which}_size"), head.size.value());
        details.set(&format!("{which}_root_hash"), head.root.to_string());
        Ok(head)
    };
    let [first, second] = keys;
    Ok([
        head("first", file.first(), first)?,
        head("second", file.second(), second)?,
    ])
}
