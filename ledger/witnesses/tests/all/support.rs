//! A log with witnesses around it.

use std::fmt::Write as _;
use std::time::Duration;

use kit::cosigners::cosigner;
use kit::test_ledger::{TestLedger, accepted};
use kit::witness_server::{GoodWitness, WitnessServer};
use ledger::cosigning::{QuorumRule, WitnessState};
use ledger::handle::Ledger;
use ledger::reader::Reader;
use ledger::signer::CheckpointSigner as _;
use ledger_client::transport::TransportLimits;
use ledger_witnesses::policy::WitnessPolicy;
use ledger_witnesses::pusher::Pusher;
use ledger_witnesses::timing::PushTiming;
use verifier::note::{UnverifiedNote, VerifierKey};

/// When every log of these tests is, in seconds since the Unix epoch.
pub(crate) const NOW_S: u64 = 1_770_854_400;
/// How long a test waits for what has to come, before it fails.
const AT_MOST: Duration = Duration::from_secs(30);

/// Quick enough that tests take no time; nothing is refreshed by itself.
pub(crate) fn timing() -> PushTiming {
    PushTiming {
        between: Duration::from_millis(10),
        patience: Duration::from_millis(100),
        refresh: Duration::from_secs(3_600),
        retry_max: Duration::from_millis(20),
        request: TransportLimits::WITNESS,
    }
}

pub(crate) fn log_key() -> VerifierKey {
    TestLedger::key().verifier_key().clone()
}

/// A witness with the keys of some seeds that does what it should.
pub(crate) fn good(seeds: &[u8]) -> WitnessServer {
    let mut witness = GoodWitness::new(log_key(), seeds, NOW_S);
    WitnessServer::start(move |body| witness.answer(body))
}

/// A policy of witnesses, each with its seeds, whose quorum is any `threshold` of their keys.
pub(crate) fn policy(threshold: usize, witnesses: &[(&WitnessServer, &[u8])]) -> WitnessPolicy {
    let (mut lines, mut names) = (String::new(), String::new());
    for (server, seeds) in witnesses {
        for seed in *seeds {
            writeln!(lines, "witness k{seed} {} {}", cosigner(*seed), server.url()).unwrap();
            write!(names, " k{seed}").unwrap();
        }
    }
    let policy = format!("{lines}group enough {threshold}{names}\nquorum enough\n");
    WitnessPolicy::parse(policy.as_bytes(), &log_key()).unwrap()
}

/// A log, and what asks its witnesses.
pub(crate) struct Watched {
    pub(crate) log: TestLedger,
    pub(crate) ledger: Ledger,
    pub(crate) pusher: Pusher,
    receipts: u64,
}

impl Watched {
    /// Of seven entries.
    pub(crate) async fn start(policy: &WitnessPolicy) -> Self {
        Self::start_with(policy, 0).await
    }

    /// The same with so many receipts.
    pub(crate) async fn start_with(policy: &WitnessPolicy, receipts: u64) -> Self {
        let (log, ledger) = TestLedger::registered().await;
        for number in 0..receipts {
            accepted(&ledger, "gateway", log.receipt(number)).await;
        }
        Self::on(log, ledger, policy, receipts)
    }

    /// Of a log that is open and has so many receipts.
    pub(crate) fn on(log: TestLedger, ledger: Ledger, policy: &WitnessPolicy, receipts: u64) -> Self {
        let pusher = Pusher::start(ledger.reader(), policy, QuorumRule::FailOpen, timing()).unwrap();
        Self {
            log,
            ledger,
            pusher,
            receipts,
        }
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.ledger.reader()
    }

    pub(crate) fn size(&self) -> u64 {
        self.reader().published().head.tree.size.value()
    }

    /// Logs one more receipt; the size of the log with it.
    pub(crate) async fn grow(&mut self) -> u64 {
        accepted(&self.ledger, "gateway", self.log.receipt(self.receipts)).await;
        self.receipts += 1;
        self.size()
    }

    /// Size of the newest head with a quorum; 0 before the first.
    pub(crate) fn quorum(&self) -> u64 {
        let cosigning = self.reader().cosigning().unwrap();
        cosigning.quorum().map_or(0, |head| head.size.value())
    }

    /// Waits for the quorum of a size.
    pub(crate) async fn until_quorum(&self, size: u64) {
        until("the quorum", || self.quorum() == size).await;
    }

    /// Which of some seeds have a line under the newest checkpoint that holds, and how many lines it has in all.
    pub(crate) fn cosigned_by(&self, seeds: &[u8]) -> (Vec<u8>, usize) {
        let note = UnverifiedNote::parse(self.reader().published().checkpoint.as_bytes()).unwrap();
        let holding = seeds.iter().copied();
        let holding = holding.filter(|seed| cosigner(*seed).open(&note).is_ok());
        (holding.collect(), note.lines().len())
    }

    /// What the witness of a seed did last.
    pub(crate) fn state(&self, seed: u8) -> Option<WitnessState> {
        let states = self.reader().cosigning().unwrap().witnesses();
        states
            .into_iter()
            .find(|state| state.witness.key == cosigner(seed))
    }

    pub(crate) async fn end(self) {
        self.pusher.stop().await;
        self.ledger.shutdown().await;
    }
}

/// Waits for something that has to come.
pub(crate) async fn until(what: &str, has_come: impl Fn() -> bool) {
    let waited = tokio::time::timeout(AT_MOST, async {
        while !has_come() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what} did not come");
}
