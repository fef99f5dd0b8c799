//! Lies in packs, which are brought to the command line and to a server that does not lie.

use crate::log::{JOB, RealLog, StolenLog};
use crate::table::{Outcome, is_caught};
use kit::pack::PackRequest;
use kit::shown::ShownAnswers;

/// Where the job's pack is asked for.
const ADDRESS: &str = "/v1/jobs/job-1/pack";

/// A pack under the checkpoint that ends with an index.root.
fn pack_of(stolen: &StolenLog, root: u64, kept_back: &[u64]) -> Vec<u8> {
    stolen.log.pack(PackRequest {
        job: JOB,
        as_of: root,
        size: root + 1,
        cosigners: &[],
        kept_back,
    })
}

/// What the command says of the pack of a server that lies in it, and what an honest server says of it.
fn checked(log: &RealLog, pack: Vec<u8>) -> [(&'static str, Outcome); 2] {
    let liar = log.lie(&ShownAnswers::from([(ADDRESS.to_owned(), pack)]));
    let shown = liar.client.get(ADDRESS).unwrap().body;
    let file = log.file("job.evidence", &shown);
    [
        ("pack", log.verify(&["pack", &file])),
        ("POST /v1/verify", log.brought(&shown)),
    ]
}

#[test]
fn an_entry_is_kept_back_from_a_pack() {
    let log = RealLog::new();
    let stolen = log.stolen();
    let honest = pack_of(&stolen, stolen.root, &[]);
    let [(_, by_command), _] = checked(&log, honest);
    assert!(by_command.is_genuine(), "a whole pack is genuine: {by_command}");
    let kept_back = stolen.entries_of_job()[1];
    let seen = checked(&log, pack_of(&stolen, stolen.root, &[kept_back]));
    is_caught("takes an entry out of a pack", &seen);
}

#[test]
fn a_pack_holds_an_entry_that_its_index_does_not_have() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let hidden = stolen.entries_of_job()[1];
    let root = stolen.hide(hidden);
    let seen = checked(&log, pack_of(&stolen, root, &[]));
    is_caught(
        "gives a pack with an entry that its signed index leaves out",
        &seen,
    );
}

#[test]
fn an_entry_is_hidden_from_pack_and_index() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let hidden = stolen.entries_of_job()[1];
    let root = stolen.hide(hidden);
    let [(_, by_command), _] = checked(&log, pack_of(&stolen, root, &[hidden]));
    assert!(
        by_command.is_genuine(),
        "the pack shows what the log signed: {by_command}"
    );
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    is_caught(
        "hides an entry from the pack and from the signed index",
        &[("omission", log.omission(hidden, &answer))],
    );
}
