//! Changing packs, with a checksum that fits.

use serde_cbor::Value;
use verifier::check::PackCheck;
use verifier::entry::Entry;
use verifier::kind::Kind;

use kit::pack::check;
pub(crate) use kit::pack::sample::resealed;

/// The reason code of a pack that does not hold.
pub(crate) fn code_of(pack: &[u8]) -> &'static str {
    let PackCheck { report, assessment } = check(pack);
    assert_eq!(assessment, None, "{}: {}", report.reason_code, report.message);
    report.reason_code
}

/// Members of the body.
pub(crate) mod member {
    pub(crate) const VERSION: usize = 0;
    pub(crate) const VKEY: usize = 1;
    pub(crate) const JOB: usize = 2;
    pub(crate) const AS_OF: usize = 3;
    pub(crate) const CHECKPOINT: usize = 4;
    pub(crate) const COSIGNERS: usize = 5;
    pub(crate) const PROOF: usize = 6;
    pub(crate) const INDEX_PROOF: usize = 7;
    pub(crate) const RECORDS: usize = 8;
    pub(crate) const ANSWERS: usize = 9;
    pub(crate) const ASSESSMENT: usize = 10;
}

/// The same pack with one member changed, and the checksum made to fit.
pub(crate) fn changed(pack: &[u8], member: usize, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let Value::Array(mut file) = serde_cbor::from_slice(pack).unwrap() else {
        panic!("not an array")
    };
    change(&mut array(&mut file[0])[member]);
    resealed(serde_cbor::to_vec(&Value::Array(file)).unwrap())
}

pub(crate) fn array(value: &mut Value) -> &mut Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("not an array: {other:?}"),
    }
}

/// The record of an entry, among the records of a pack.
pub(crate) fn record_of(records: &mut Value, index: u64) -> &mut Vec<Value> {
    let found = array(records)
        .iter_mut()
        .find(|record| matches!(record, Value::Array(members) if members[0] == Value::Integer(index.into())));
    array(found.unwrap())
}

/// The kinds of the records of a pack, by index.
pub(crate) fn kinds(pack: &[u8]) -> Vec<(u64, Kind)> {
    let mut kinds = Vec::new();
    changed(pack, member::RECORDS, |records| {
        for record in array(records) {
            let [Value::Integer(index), Value::Bytes(entry), ..] = &array(record)[..] else {
                panic!("not a record")
            };
            kinds.push((u64::try_from(*index).unwrap(), Entry::decode(entry).unwrap().kind));
        }
    });
    kinds
}
