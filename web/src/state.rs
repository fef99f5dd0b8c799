//! What the handlers share.

use std::sync::Arc;

use ledger::reader::Reader;
use ledger::share::Pools;

/// The log, and what may be asked of it at once; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) reader: Reader,
    pub(crate) pools: Arc<Pools>,
}
