//! The checked-in description is the one that the handlers give.

use std::path::Path;

/// Set to write the file instead of comparing with it.
const UPDATE: &str = "UPDATE_OPENAPI";

#[test]
fn the_checked_in_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/openapi.json");
    let generated = api::openapi::document().unwrap();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap();
    assert!(
        checked_in == generated,
        "schemas/openapi.json is stale: run the test with {UPDATE}=1"
    );
}
