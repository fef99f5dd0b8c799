//! The verifier for browsers is embedded where `make wasm` has put it. Without it the pages say that
//! nothing was checked in the browser, and everything else stays as it is.

use std::path::Path;

/// Both are made together; one alone is a build that was broken off.
const VERIFIER: [&str; 2] = ["assets/verifier.wasm", "assets/verifier.wasm.gz"];

fn main() {
    // The folder, not the file: a missing file would make every build start here again.
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rustc-check-cfg=cfg(verifier_wasm)");
    if VERIFIER.iter().all(|file| Path::new(file).exists()) {
        println!("cargo::rustc-cfg=verifier_wasm");
    }
}
