//! A witness in a directory of its own, behind its router.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use kit::test_ledger::ManualClock;
use ledger::signer::{CheckpointSigner, MlDsaKey, WitnessKey};
use tempfile::TempDir;
use tower::ServiceExt;
use verifier::cosignature::CosignerKey;
use verifier::note::{UnverifiedNote, VerifierKey};
use witness::checkpoint::OriginHash;
use witness::fork::ForkFolder;
use witness::http::router;
use witness::logs::TrustedLogs;
use witness::service::Witness;
use witness::store::WitnessStore;

use crate::log::{HandLog, ORIGIN};

/// SHA-256 of [`ORIGIN`] in hex, as C2SP's example of the monitoring path has it.
pub(crate) const ORIGIN_HASH: &str = "4e08c70cc7f225871fda7dc115566008e6954b26a25896be01faa45cdd0f63eb";

pub(crate) struct Asked {
    dir: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    router: Router,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

pub(crate) fn key() -> WitnessKey {
    WitnessKey::from_seed("witness.example/w1", [2; 32]).unwrap()
}

/// The second key of a witness that has one.
pub(crate) fn second_key() -> MlDsaKey {
    MlDsaKey::from_seed("witness.example/w1", [4; 32]).unwrap()
}

fn start(
    path: &std::path::Path,
    logs: &[VerifierKey],
    clock: &Arc<ManualClock>,
    second_key: Option<MlDsaKey>,
) -> Router {
    let logs = TrustedLogs::new(logs.iter().map(|key| (ORIGIN.to_owned(), key.clone()))).unwrap();
    let store = WitnessStore::open(path, key().cosigner_key()).unwrap();
    let forks = ForkFolder::new(path.parent().unwrap().to_owned());
    let witness = Witness::new(key(), logs, (store, forks), Arc::<ManualClock>::clone(clock));
    let witness = match second_key {
        Some(key) => witness.with_second_key(key).unwrap(),
        None => witness,
    };
    router(Arc::new(witness), Duration::from_secs(60))
}

impl Asked {
    /// A new witness of the log with the key of seed 1.
    pub(crate) fn new() -> Self {
        Self::of(&[HandLog::new(1, 0, 0).key.verifier_key().clone()])
    }

    pub(crate) fn of(logs: &[VerifierKey]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("witness.redb");
        WitnessStore::create(&path, key().cosigner_key()).unwrap();
        let clock = Arc::new(ManualClock::default());
        let router = start(&path, logs, &clock, None);
        Self { dir, clock, router }
    }

    /// The same after a restart, with these logs.
    pub(crate) fn restarted(self, logs: &[VerifierKey]) -> Self {
        let path = self.memory();
        drop(self.router);
        let router = start(&path, logs, &self.clock, None);
        Self { router, ..self }
    }

    /// The same after a restart with a second key.
    pub(crate) fn with_second_key(self, logs: &[VerifierKey]) -> Self {
        let path = self.memory();
        drop(self.router);
        let router = start(&path, logs, &self.clock, Some(second_key()));
        Self { router, ..self }
    }

    /// The file in which the witness keeps a fork of the log, if it does.
    pub(crate) fn fork(&self) -> Option<Vec<u8>> {
        std::fs::read(self.dir.path().join(format!("{}.fork", OriginHash::of(ORIGIN)))).ok()
    }

    pub(crate) fn memory(&self) -> PathBuf {
        self.dir.path().join("witness.redb")
    }

    /// The directory, with the witness stopped.
    pub(crate) fn stopped(self) -> TempDir {
        self.dir
    }

    pub(crate) async fn add(&self, body: impl Into<Body>) -> Answer {
        let request = Request::post("/add-checkpoint").body(body.into()).unwrap();
        answer(self.router.clone(), request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(
            self.router.clone(),
            Request::get(path).body(Body::empty()).unwrap(),
        )
        .await
    }

    /// The last cosigned checkpoint, as a monitor reads it.
    pub(crate) async fn latest(&self) -> Answer {
        self.get(&format!("/{ORIGIN_HASH}/checkpoint")).await
    }
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    Answer {
        status: response.status().as_u16(),
        content_type: content_type
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default(),
        body: String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap(),
    }
}

impl Answer {
    /// Verifies the cosignature of the answer as a log does: behind the checkpoint that it sent. The time of it.
    pub(crate) fn cosigned(&self, note: &str) -> u64 {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(
            self.body.lines().count(),
            1,
            "cosignature lines and nothing else: {}",
            self.body
        );
        let note = UnverifiedNote::parse(format!("{note}{}", self.body).as_bytes()).unwrap();
        let key = CosignerKey::parse(&key().cosigner_key().to_string()).unwrap();
        key.verify(&note).unwrap()
    }

    /// Status and body, whose words a person reads.
    pub(crate) fn refused(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(
            self.body.contains(words) && self.body.ends_with('\n'),
            "{}",
            self.body
        );
        assert_eq!(self.content_type, "text/plain; charset=utf-8");
    }

    /// That the last cosigned size is another one.
    pub(crate) fn other_size(&self, latest: u64) {
        assert_eq!(
            (self.status, self.body.as_str()),
            (409, format!("{latest}\n").as_str())
        );
        assert_eq!(self.content_type, "text/x.tlog.size");
    }
}
