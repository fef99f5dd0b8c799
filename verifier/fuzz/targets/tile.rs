//! Tiles, bundles of entries and the paths under which they are served.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::tile::{TilePath, decode_bundle, decode_tile};

fuzz_target!(|bytes: &[u8]| {
    if let Some(hashes) = decode_tile(bytes) {
        assert_eq!(hashes.len() * 32, bytes.len());
    }
    if let Some(entries) = decode_bundle(bytes) {
        let lengths: usize = entries.iter().map(|entry| entry.len() + 2).sum();
        assert_eq!(lengths, bytes.len());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = TilePath::parse(text);
    }
});
