//! Packs: bytes as they come, and the same sealed with their right checksum, without which none gets past the door.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::check::check_pack;
use verifier::hash::sha256;
use verifier_fuzz::log_key;

fuzz_target!(|bytes: &[u8]| {
    let key = log_key();
    let _ = check_pack(bytes, &key, None);
    let Some((covered, _)) = bytes.split_last_chunk::<32>() else {
        return;
    };
    let sealed = [covered, &sha256(covered)].concat();
    let _ = check_pack(&sealed, &key, None);
});
