//! A monitor of logs: it looks at each of them again and again, keeps what it saw, and says what contradicts that.
//!
//! * [`config`]: which logs, and what of them is watched.
//! * [`server`]: what the caller has to be able to ask a log.
//! * [`round`]: one look at a log. What is right is decided by `verifier`, which is pure; a round fetches, compares with the state, and
//!   gives the state that follows.
//! * [`alarm`]: what is raised, and how long it lasts.
//! * [`state`]: what is kept between rounds, in files that a crash leaves whole.
//! * [`outputs`]: JSON lines, a webhook, metrics.
//! * [`follow`]: rounds, one after the other, a thread a log.
//!
//! **Why a crash at any point is safe.** A round changes nothing but files that no state names yet. Its state is written with one rename;
//! before that the next process starts from the state before, and finds the same again. Messages to the webhook are in the state before
//! the first attempt, and leave it after the last, so that each is delivered at least once. Lines are printed before the state is
//! written, so that they, too, are there at least once.
//!
//! **What a log sends is hostile.** Every answer has a largest size and every round a deadline. Nothing enters the state but what a
//! signed head leads to, and no head is taken that has fewer entries than the one in the state.

pub mod alarm;
pub mod config;
pub mod follow;
pub mod outputs;
pub mod round;
pub mod server;
pub mod state;
mod watch;
