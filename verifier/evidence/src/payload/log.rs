//! `log_genesis`, `log_settings`, `log_clock` and `log_frozen`: what the log says about itself.
//!
//! Everything that affects admission or a verdict is stated here, signed, and never in a
//! configuration file only: an auditor years later has the log and nothing else.

use crate::did::DidKey;
use crate::fault::Fault;
use crate::json::{Object, Value};
use crate::subject::IndexSalt;
use tlog::checkpoint::is_valid_origin;
use tlog::index::TreeSize;
use tlog::key_history::KeyHistory;
use tlog::note::VerifierKey;

use super::fields::{PayloadFields, members};
use super::forms;
use super::issuers::did_key;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most keys that sign checkpoints of one log at its start.
const VKEYS_MAX: usize = 8;
/// Largest tolerance between clocks: one hour.
const CLOCK_SKEW_S_MAX: u64 = 3600;
/// Longest time after which evidence still counts as logged in time: 30 days.
const LATE_LIMIT_S_MAX: u64 = 30 * 24 * 3600;
/// How long an approval holds that states no end, where the log's settings do not say: one day.
const APPROVAL_LIFETIME_S: u64 = 24 * 3600;
/// Longest such time: 366 days.
const APPROVAL_LIFETIME_S_MAX: u64 = 366 * 24 * 3600;
/// Version of the entry format that this code reads and writes.
const ENTRY_FORMAT: u64 = 1;
/// Version of the subject hash and of `schemas/subjects.md`.
const SUBJECT_FORMAT: u64 = 1;

/// Entry 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogGenesis {
    /// The log's name, for ever.
    pub origin: String,
    /// The keys that sign its checkpoints; their name is the origin.
    pub log_vkeys: Vec<VerifierKey>,
    /// Who registers issuers; the signer of this document.
    pub operator: DidKey,
    /// Salt of the subject hashes.
    pub index_salt: IndexSalt,
    /// The settings at the start.
    pub settings: Settings,
}

impl LogGenesis {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (genesis, log_origin) = PayloadFields::own(object, at, |fields| {
            let vkey = forms::parsed("a verifier key", |text| VerifierKey::parse(text).ok());
            let genesis = Self {
                origin: fields.required("origin", forms::id)?,
                log_vkeys: fields.required("log_vkeys", forms::set(1..=VKEYS_MAX, vkey))?,
                operator: fields.required("operator_did", did_key)?,
                index_salt: fields
                    .required("index_salt", forms::b64u_hash(tlog::base64::decode_url_array))
                    .map(IndexSalt::from_bytes)?,
                settings: fields.required("settings", Settings::read)?,
            };
            fields.required("format_versions", format_versions)?;
            Ok(genesis)
        })?;
        if genesis.origin != log_origin {
            return Err(at
                .member("origin")
                .invalid(format!("{log_origin:?}"), format!("{:?}", genesis.origin)));
        }
        for (index, key) in genesis.log_vkeys.iter().enumerate() {
            if key.name() != genesis.origin {
                let keys = at.member("log_vkeys");
                return Err(keys
                    .item(index)
                    .invalid("a key named like the origin", key.name()));
            }
        }
        Ok((genesis, log_origin))
    }

    /// The keys that sign the log's heads from entry 0 on; `None` where it names none, which no decoded genesis does.
    pub fn key_history(&self) -> Option<KeyHistory> {
        KeyHistory::of_genesis(&self.origin, &self.log_vkeys)
    }

    /// The payload that [`decode`](Self::decode) reads back.
    pub fn to_payload(&self) -> serde_json::Value {
        let vkeys: Vec<String> = self.log_vkeys.iter().map(ToString::to_string).collect();
        serde_json::json!({
            "event_version": "1",
            "log_origin": self.origin,
            "origin": self.origin,
            "log_vkeys": vkeys,
            "operator_did": self.operator.as_str(),
            "index_salt": tlog::base64::encode_url(self.index_salt.as_bytes()),
            "format_versions": { "entry": ENTRY_FORMAT, "subject": SUBJECT_FORMAT },
            "settings": self.settings,
        })
    }
}

fn format_versions(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    PayloadFields::of(value, at, |fields| {
        fields.required("entry", forms::uint(ENTRY_FORMAT..=ENTRY_FORMAT))?;
        fields.required("subject", forms::uint(SUBJECT_FORMAT..=SUBJECT_FORMAT))?;
        Ok(())
    })
}

/// Everything that affects admission or a verdict. Members are declared in the order of their names, as assessments write
/// them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Settings {
    /// Whether agents without a registration may log (default true).
    pub accept_unregistered_agents: bool,
    /// How long an approval holds that states no time to live, s (default 86,400).
    pub approval_lifetime_s: u64,
    /// Tolerance between the clocks of signers and log, s (default 30).
    pub clock_skew_s: u64,
    /// How late a token's issuance may be logged, s (default 600).
    pub late_limit_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accept_unregistered_agents: true,
            clock_skew_s: 30,
            late_limit_s: 600,
            approval_lifetime_s: APPROVAL_LIFETIME_S,
        }
    }
}

impl Settings {
    /// Genesis states every setting: none is implied by the version of a program. `approval_lifetime_s`, which came
    /// later than the others, is 86,400 where a genesis does not state it, in every version.
    fn read(value: &Value, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::of(value, at, |fields| {
            Ok(Self {
                accept_unregistered_agents: fields.required("accept_unregistered_agents", forms::boolean)?,
                clock_skew_s: fields.required("clock_skew_s", forms::uint(0..=CLOCK_SKEW_S_MAX))?,
                late_limit_s: fields.required("late_limit_s", forms::uint(0..=LATE_LIMIT_S_MAX))?,
                approval_lifetime_s: fields
                    .optional("approval_lifetime_s", forms::uint(0..=APPROVAL_LIFETIME_S_MAX))?
                    .unwrap_or(APPROVAL_LIFETIME_S),
            })
        })
    }
}

members!(/// `log_settings`: the settings that change from its entry on, at least one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
SettingsChange of fields {
    /// New value.
    accept_unregistered_agents: Option<bool> = fields.optional("accept_unregistered_agents", forms::boolean)?,
    /// New value, s.
    clock_skew_s: Option<u64> = fields.optional("clock_skew_s", forms::uint(0..=CLOCK_SKEW_S_MAX))?,
    /// New value, s.
    late_limit_s: Option<u64> = fields.optional("late_limit_s", forms::uint(0..=LATE_LIMIT_S_MAX))?,
    /// New value, s.
    approval_lifetime_s: Option<u64> =
        fields.optional("approval_lifetime_s", forms::uint(0..=APPROVAL_LIFETIME_S_MAX))?,
});

impl SettingsChange {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (change, log_origin) = PayloadFields::own(object, at, Self::read)?;
        if change == Self::default() {
            return Err(at.invalid("at least one setting", "none"));
        }
        Ok((change, log_origin))
    }

    /// The settings after the change.
    pub fn apply(&self, to: Settings) -> Settings {
        Settings {
            accept_unregistered_agents: self
                .accept_unregistered_agents
                .unwrap_or(to.accept_unregistered_agents),
            clock_skew_s: self.clock_skew_s.unwrap_or(to.clock_skew_s),
            late_limit_s: self.late_limit_s.unwrap_or(to.late_limit_s),
            approval_lifetime_s: self.approval_lifetime_s.unwrap_or(to.approval_lifetime_s),
        }
    }
}

members!(/// `log_clock`: the operator says that the log's clock is right although the log contradicts it, for one log position.
#[derive(Clone, PartialEq, Eq, Debug)]
ClockConfirmation of fields {
    /// The size of the log that it is for. An older confirmation can therefore not be sent again.
    tree_size: TreeSize = fields.required("tree_size", forms::count).map(TreeSize::new)?,
    /// The time now, by a clock that the operator trusts.
    clock: Timestamp = fields.required("clock", forms::timestamp)?,
    /// The operator's account of what happened to the clock.
    reason: String = fields.required("reason", forms::short_text)?,
});

members!(/// `log_frozen`: the operator ends the log. Behind its entry comes the index.root that covers it, and nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
LogFreeze of fields {
    /// The size of the log that the operator saw. The entry's index is not less: a log that is smaller was set back.
    at_size: TreeSize = fields.required("at_size", forms::count).map(TreeSize::new)?,
    /// The operator's reason; it stays in the log for ever.
    reason: String = fields.required("reason", forms::short_text)?,
    /// The origin of the log that continues this one.
    successor: Option<String> = fields.optional("successor", origin)?,
});

impl LogFreeze {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (freeze, log_origin) = PayloadFields::own(object, at, Self::read)?;
        if freeze.successor.as_ref() == Some(&log_origin) {
            let expected = "the origin of another log";
            return Err(at
                .member("successor")
                .invalid(expected, format!("{log_origin:?}, which is this one")));
        }
        Ok((freeze, log_origin))
    }
}

/// An id that may be the first line of a checkpoint.
fn origin(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let text = forms::id(value, at)?;
    if is_valid_origin(&text) {
        Ok(text)
    } else {
        Err(at.invalid("an origin, without spaces and plus signs", format!("{text:?}")))
    }
}
