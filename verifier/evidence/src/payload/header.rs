//! What every payload of our own carries: its version, and the log that it was written for.

use crate::fault::Fault;

use super::fields::Fields;
use super::forms;

/// Reads `event_version` and `log_origin`. Whether the origin is this log's is decided later.
pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<String, Fault> {
    fields.required("event_version", forms::constant("1"))?;
    fields.required("log_origin", forms::id)
}

/// The same for the one payload that may leave the origin out: a token issuer signs before it
/// knows which log takes the issuance.
pub(crate) fn read_optional_origin(fields: &mut Fields<'_, '_>) -> Result<Option<String>, Fault> {
    fields.required("event_version", forms::constant("1"))?;
    fields.optional("log_origin", forms::id)
}
