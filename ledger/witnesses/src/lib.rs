//! Has the log's checkpoints cosigned: the log's side of C2SP tlog-witness.
//!
//! * [`request`]: the body of `add-checkpoint`.
//! * [`answer`]: what a witness said, as far as it holds.
//!
//! A witness is trusted for nothing. What it answers is bounded, read strictly, and kept only where it verifies under that
//! witness's own key over exactly the checkpoint that was sent.

pub mod answer;
pub mod request;
