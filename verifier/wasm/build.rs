//! Bounds the memory of the verifier in a browser: what would need more breaks off, and the page says so.

/// 1 GiB, in pages of 64 KiB as wasm-ld wants it.
const MEMORY_BYTES_MAX: u64 = 1 << 30;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=--max-memory={MEMORY_BYTES_MAX}");
    }
}
