//! Has the log's checkpoints cosigned: the log's side of C2SP tlog-witness.
//!
//! * [`policy`]: who is asked.
//! * [`request`]: the body of `add-checkpoint`.
//! * [`answer`]: what a witness said, as far as it holds.
//! * [`push`]: one checkpoint and one witness.
//! * [`pusher`]: all of them, for as long as the log is open.
//!
//! A witness is trusted for nothing. What it answers is bounded, read strictly, and kept only where it verifies under that
//! witness's own key over exactly the checkpoint that was sent. What is kept, and whether it is enough, is `ledger`'s.

pub mod answer;
mod log_access;
pub mod policy;
pub mod push;
pub mod pusher;
pub mod request;
pub mod timing;
mod worker;
