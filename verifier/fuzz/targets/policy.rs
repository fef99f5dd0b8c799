//! Policies: read, asked about an action, compared with themselves.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::json::{Value, parse};
use verifier::wpc::{NoParents, Policy, PolicyAction, diff};

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Object(document)) = parse(bytes) else {
        return;
    };
    let policy = Policy::normalize(&document);
    let _ = policy.evaluate(&PolicyAction::tool("shell"), &NoParents);
    let _ = (policy.unreadable_at(), policy.requirements(), policy.gates());
    assert!(
        diff(&document, &document).changes.is_empty(),
        "a policy differs from itself"
    );
});
