//! Who cosigns the log: see [`crate::cosigning`].

use serde::Deserialize;
use std::path::PathBuf;

/// The witnesses; without a policy file nobody is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WitnessConfig {
    /// C2SP tlog-policy with a URL of each witness.
    pub(crate) policy_file: Option<PathBuf>,
}
