//! The pages in a real browser. Where the machine has none, every test says so and passes; with
//! `REQUIRE_BROWSER` set it fails instead. The same holds where the verifier for browsers was not built.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stderr
)]

mod altered;
mod bundle_journey;
mod care;
mod check;
mod claims;
mod desk;
mod driver;
mod every_page;
mod guarded;
mod helpers;
mod hindered;
mod incidents;
mod journeys;
mod keyboard;
mod local;
mod middle;
mod namespaces;
mod page;
mod proofs;
mod proxies;
mod proxy;
mod repin;
mod signed_in;
mod staged;
mod tabs;
mod times;
mod visits;
mod webdriver;
mod without_scripts;
mod witnesses;

pub(crate) const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd-under-test");

pub(crate) const LEDGER_VERIFY: &str = env!("CARGO_BIN_EXE_ledger-verify-under-test");

/// What the server embeds.
pub(crate) const VERIFIER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/assets/verifier.wasm");

/// Ends a test where there is no browser.
macro_rules! needs_browser {
    () => {
        if !crate::webdriver::is_installed() {
            eprintln!("LEFT OUT: chromium and chromedriver are not installed; nothing was tested");
            return;
        }
    };
}
pub(crate) use needs_browser;

/// Ends a test where there is no browser, or no verifier for browsers in the server.
macro_rules! needs_verifier {
    () => {
        crate::needs_browser!();
        if !std::path::Path::new(crate::VERIFIER).exists() {
            assert!(
                std::env::var_os("REQUIRE_BROWSER").is_none(),
                "no verifier, and REQUIRE_BROWSER is set"
            );
            eprintln!("LEFT OUT: the verifier for browsers was not built (make wasm); nothing was tested");
            return;
        }
    };
}
pub(crate) use needs_verifier;
