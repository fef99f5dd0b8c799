//! Entries: what is read is written as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::entry::Entry;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entry) = Entry::decode(bytes) else { return };
    assert_eq!(entry.encode().expect("an entry that was read"), bytes);
});
