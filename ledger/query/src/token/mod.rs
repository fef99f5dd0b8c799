//! Tokens: the jobs that they lead to, and what those did with them.

mod jobs;
mod walk;

pub use jobs::TokenJobs;
pub use walk::{JobUses, Met, TokenWalk};
