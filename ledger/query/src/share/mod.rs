//! What callers may take of the server at once: memory, threads, open answers.
//!
//! Each kind of work draws on a pool of its own, so that one kind cannot stop another, and of each pool one
//! [`Caller`] gets half at most, so that one caller cannot stop another. Where a pool has nothing left, the answer is
//! "come back", at once.

mod caller;
mod gate;
mod pool;

use std::sync::Arc;

pub use caller::Caller;
pub use gate::{WorkError, WorkGate, WorkPermit};
pub use pool::{Pool, PoolFull, PoolNumbers, PoolShare};

/// How large each pool is; `docs/configuration.md` has the arithmetic.
#[derive(Clone, Debug)]
pub struct PoolLimits {
    /// Bytes of submissions held in memory at once.
    pub submission_bytes: usize,
    /// Bytes of other bodies, such as things to verify, held in memory at once.
    pub question_bytes: usize,
    /// Bytes of packs held in memory at once, from when they are made until they are sent.
    pub pack_bytes: usize,
    /// Event streams and long polls open at once.
    pub streams: usize,
    /// Reads that occupy a thread at once.
    pub reads: usize,
    /// The same, of what everybody may read: the checkpoint and hash tiles.
    pub public_reads: usize,
    /// Pages that are made at once.
    pub pages: usize,
    /// Jobs that are assessed at once: each may hold a job's whole evidence.
    pub assessments: usize,
    /// Things that are verified at once.
    pub verifications: usize,
    /// Works that wait for their turn, of each kind that takes a thread.
    pub waiting: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            submission_bytes: 256 << 20,
            question_bytes: 128 << 20,
            pack_bytes: 512 << 20,
            streams: 256,
            reads: 16,
            public_reads: 4,
            pages: 4,
            assessments: 2,
            verifications: 2,
            waiting: 1_024,
        }
    }
}

/// All pools of a server.
#[derive(Debug)]
pub struct Pools {
    /// Bytes of submissions.
    pub submission_bytes: Arc<Pool>,
    /// Bytes of other bodies.
    pub question_bytes: Arc<Pool>,
    /// Bytes of packs.
    pub pack_bytes: Arc<Pool>,
    /// Event streams and long polls.
    pub streams: Arc<Pool>,
    /// Reads.
    pub reads: Arc<WorkGate>,
    /// Reads of what everybody may read.
    pub public_reads: Arc<WorkGate>,
    /// Pages.
    pub pages: Arc<WorkGate>,
    /// Assessments of jobs, for the API and for pages.
    pub assessments: Arc<WorkGate>,
    /// Verifications of what somebody brings, for the API and for the page.
    pub verifications: Arc<WorkGate>,
}

impl Default for Pools {
    fn default() -> Self {
        Self::new(&PoolLimits::default())
    }
}

impl Pools {
    /// Empty ones.
    pub fn new(limits: &PoolLimits) -> Self {
        let pool = |name, capacity: usize| Pool::new(name, capacity, capacity.div_ceil(2));
        let gate = |name, concurrent| WorkGate::new(name, concurrent, limits.waiting);
        Self {
            submission_bytes: pool("bytes of submissions", limits.submission_bytes),
            question_bytes: pool("bytes to verify", limits.question_bytes),
            pack_bytes: pool("bytes of packs", limits.pack_bytes),
            streams: pool("event streams", limits.streams),
            reads: gate("reads", limits.reads),
            public_reads: gate("public reads", limits.public_reads),
            pages: gate("pages", limits.pages),
            assessments: gate("assessments", limits.assessments),
            verifications: gate("verifications", limits.verifications),
        }
    }

    /// How full each pool is.
    pub fn numbers(&self) -> Vec<PoolNumbers> {
        let pools = [
            &self.submission_bytes,
            &self.question_bytes,
            &self.pack_bytes,
            &self.streams,
        ];
        let pools = pools.into_iter().map(|pool| pool.numbers());
        pools.chain(self.gates().map(|gate| gate.numbers())).collect()
    }

    /// The gates among them.
    pub fn gates(&self) -> impl Iterator<Item = &Arc<WorkGate>> {
        [
            &self.reads,
            &self.public_reads,
            &self.pages,
            &self.assessments,
            &self.verifications,
        ]
        .into_iter()
    }
}
