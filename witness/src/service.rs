//! One witness: its key, the logs that it knows, what it remembers, and its clock.

use std::sync::Arc;

use ledger::clock::Clock;
use ledger::signer::{MlDsaKey, WitnessKey};
use tokio::sync::watch;
use verifier::cosignature::CosignerKey;
use verifier::fork::ForkFile;

use crate::checkpoint::{OriginHash, WitnessedCheckpoint};
use crate::decision::{Refusal, decide};
use crate::fork::ForkFolder;
use crate::logs::{SignedRequest, TrustedLogs};
use crate::request::AddCheckpoint;
use crate::store::{StoreError, WitnessStore};

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// The request is not one to cosign.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The witness does not know what it remembers. It has stopped.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has stopped before.
    #[error("the witness has stopped")]
    Stopped,
}

/// A second key that is not of this witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the second key is of {found:?}, and the witness is {name:?}")]
pub struct OtherName {
    /// The witness's name.
    pub name: String,
    /// The key's.
    pub found: String,
}

/// A running witness.
#[derive(Debug)]
pub struct Witness {
    key: WitnessKey,
    /// Of ML-DSA-44, under the same name.
    second_key: Option<MlDsaKey>,
    logs: TrustedLogs,
    store: WitnessStore,
    forks: ForkFolder,
    clock: Arc<dyn Clock>,
    /// Why it has stopped; `None` as long as it runs.
    stopped: watch::Sender<Option<String>>,
}

impl Witness {
    /// Puts the parts together. The store must have been opened with the same key.
    pub fn new(
        key: WitnessKey,
        logs: TrustedLogs,
        (store, forks): (WitnessStore, ForkFolder),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (stopped, _) = watch::channel(None);
        Self {
            key,
            second_key: None,
            logs,
            store,
            forks,
            clock,
            stopped,
        }
    }

    /// The same witness with a second key, whose line each cosigned checkpoint gets, too.
    ///
    /// # Errors
    /// [`OtherName`] where the key is of another witness: the person who brought it is at fault.
    pub fn with_second_key(self, key: MlDsaKey) -> Result<Self, OtherName> {
        let (name, found) = (self.key.cosigner_key().name(), key.cosigner_key().name());
        if name != found {
            return Err(OtherName {
                name: name.to_owned(),
                found: found.to_owned(),
            });
        }
        Ok(Self {
            second_key: Some(key),
            ..self
        })
    }

    /// The key to hand to logs and their clients.
    pub fn cosigner_key(&self) -> &CosignerKey {
        self.key.cosigner_key()
    }

    /// The second key to hand to them.
    pub fn second_key(&self) -> Option<&CosignerKey> {
        self.second_key.as_ref().map(MlDsaKey::cosigner_key)
    }

    /// The logs that are witnessed.
    pub fn logs(&self) -> &TrustedLogs {
        &self.logs
    }

    /// Answers the body of `add-checkpoint` with cosignature lines. Durable on return; blocks on the disk.
    ///
    /// # Errors
    /// [`WitnessError::Refused`] where the request is not one to cosign; [`WitnessError::Store`] where the memory failed,
    /// after which [`stopped`](Self::stopped) answers and every other request is [`WitnessError::Stopped`].
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<String, WitnessError> {
        if self.stopped.borrow().is_some() {
            return Err(WitnessError::Stopped);
        }
        let request = AddCheckpoint::parse(body).map_err(Refusal::from)?;
        let origin_hash = OriginHash::of(request.checkpoint.origin());
        let request = self.logs.authenticate(request)?;
        let mut fork = None;
        let stepped = self.store.step(origin_hash, |latest| {
            let decided = self.cosign(latest, &request);
            if let (Some(latest), Err(Refusal::RootDiffers { .. })) = (latest, &decided) {
                fork = Some(ForkFile::new(latest.note(), request.note()));
            }
            decided
        });
        if let Some(fork) = fork {
            self.keep(origin_hash, &fork);
        }
        let cosigned = stepped.inspect_err(|error| self.stop(error.to_string()))??;
        tracing::info!(
            origin = cosigned.checkpoint().origin(),
            tree.size = cosigned.checkpoint().head().size.value(),
            "cosigned"
        );
        Ok(cosigned.cosignature_lines())
    }

    /// The note of the last cosigned checkpoint of a log, with the lines of the log and of this witness; `None` if there
    /// is none.
    ///
    /// # Errors
    /// [`StoreError`] where the memory failed, after which [`stopped`](Self::stopped) answers.
    pub fn latest_note(&self, origin_hash: OriginHash) -> Result<Option<String>, StoreError> {
        let latest = self.store.latest(origin_hash);
        let latest = latest.inspect_err(|error| self.stop(error.to_string()))?;
        Ok(latest.as_ref().map(WitnessedCheckpoint::note))
    }

    /// Waits until the memory fails or a request panics, and says why. What is on disk is not known then, and only a new start finds out.
    pub async fn stopped(&self) -> String {
        let mut reasons = self.stopped.subscribe();
        let reason = reasons.wait_for(Option::is_some).await;
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }

    /// Called within the transaction that writes what it returns, so that time and state are those of one moment.
    fn cosign(
        &self,
        latest: Option<&WitnessedCheckpoint>,
        request: &SignedRequest,
    ) -> Result<WitnessedCheckpoint, Refusal> {
        let now_s = self.clock.now().value() / 1_000;
        decide(latest, request, now_s)?;
        let text = request.checkpoint.text();
        // A time that no cosignature has is a clock that is wrong.
        let line = self.key.cosign(text, now_s);
        let mut lines = vec![line.map_err(|_| Refusal::ClockBehind { now_s, last_s: 0 })?];
        // Of a checkpoint with extension lines there is no such line: its message would not hold them.
        lines.extend(self.second_key.as_ref().and_then(|key| key.sign(text, now_s)));
        let log_lines = request.log_lines.clone();
        Ok(WitnessedCheckpoint::new(
            request.checkpoint.clone(),
            log_lines,
            lines,
            now_s,
        ))
    }

    /// Nothing depends on the files but what people can prove, so that the witness goes on without them.
    fn keep(&self, origin_hash: OriginHash, fork: &ForkFile) {
        match self.forks.keep(origin_hash, fork) {
            Ok(path) => {
                let path = path.display();
                tracing::error!(%path, "the log signed two trees of one size: this file proves it");
            }
            Err(error) => tracing::error!(%error, "what proves the log's fork could not be kept"),
        }
    }

    /// Signs nothing from now on.
    pub(crate) fn stop(&self, reason: String) {
        self.stopped.send_replace(Some(reason));
    }
}
