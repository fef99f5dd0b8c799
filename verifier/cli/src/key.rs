//! The key that a command checks against.

use clap::Args;

/// The key that everything is checked against.
#[derive(Debug, Args)]
pub(crate) struct KeyArgument {
    /// The log's public key, as text (`<origin>+<id>+<base64>`) or in a file. Take it from the log's operator, not from the
    /// place where you got what you check.
    #[arg(long, value_name = "VKEY")]
    pub(crate) log_key: String,
}
