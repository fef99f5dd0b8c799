//! `log_clock`: the operator says that the log's clock is right although the log contradicts it.

use crate::fault::Fault;
use crate::json::Object;
use tlog::index::TreeSize;

use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// The operator's word about the time, for one log position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClockConfirmation {
    /// The size of the log that it is for. An older confirmation can therefore not be sent again.
    pub tree_size: TreeSize,
    /// The time now, by a clock that the operator trusts.
    pub clock: Timestamp,
    /// The operator's account of what happened to the clock.
    pub reason: String,
}

impl ClockConfirmation {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let confirmation = Self {
            tree_size: fields.required("tree_size", forms::count).map(TreeSize::new)?,
            clock: fields.required("clock", forms::timestamp)?,
            reason: fields.required("reason", forms::short_text)?,
        };
        fields.finish()?;
        Ok((confirmation, log_origin))
    }
}
