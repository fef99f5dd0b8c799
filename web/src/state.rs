//! What the handlers share.

use std::sync::Arc;

use ledger_query::QueryEngine;
use ledger_query::share::Pools;
use tokio::sync::watch;

/// The log, and what may be asked of it at once; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) engine: QueryEngine,
    pub(crate) pools: Arc<Pools>,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Pages {
    /// Resolves when the server stops.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // A dropped sender means that nobody will ever say so.
        if stopping.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
