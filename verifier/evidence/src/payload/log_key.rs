//! `log_key`: the keys that sign the log's heads change.

use tlog::key_history::{KeyAction, KeyChange, LogVerifierKey};
use tlog::note::VerifierKey;

use super::fields::members;
use super::forms;

/// The members that name the two keys of a change.
pub(crate) const KEY_MEMBER: &str = "vkey";
pub(crate) const SIGNING_KEY_MEMBER: &str = "by_vkey";

members!(/// `log_key`: a key begins to sign the log's heads, or ends. Whether it may is decided by the keys in force at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
LogKeyChange of fields {
    /// Which key, what happens to it, and the key in force that counter-signed the envelope.
    change: KeyChange = KeyChange {
        action: fields.required("action", forms::parsed("\"add\" or \"retire\"", action))?,
        key: fields.required(KEY_MEMBER, forms::parsed("a verifier key", |text| LogVerifierKey::parse(text).ok()))?,
        by: fields.required(SIGNING_KEY_MEMBER, forms::parsed("an Ed25519 verifier key", signing_key))?,
    },
    /// The operator's reason.
    reason: String = fields.required("reason", forms::short_text)?,
});

/// The key whose counter-signature a `log_key` document has to have.
pub(crate) fn signing_key(text: &str) -> Option<VerifierKey> {
    VerifierKey::parse(text).ok()
}

fn action(text: &str) -> Option<KeyAction> {
    match text {
        "add" => Some(KeyAction::Add),
        "retire" => Some(KeyAction::Retire),
        _ => None,
    }
}

impl LogKeyChange {
    /// The payload that is read back as this change.
    pub fn to_payload(&self) -> serde_json::Value {
        serde_json::json!({
            "event_version": "1",
            "log_origin": self.change.by.name(),
            "action": match self.change.action {
                KeyAction::Add => "add",
                KeyAction::Retire => "retire",
            },
            KEY_MEMBER: self.change.key.to_string(),
            SIGNING_KEY_MEMBER: self.change.by.to_string(),
            "reason": self.reason,
        })
    }
}
