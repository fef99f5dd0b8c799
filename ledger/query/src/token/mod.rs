//! Tokens: who issued and revoked them, the jobs that they lead to, and what those did with them.

mod jobs;
mod life;
mod usage;
mod walk;

pub use jobs::TokenJobs;
pub use life::{TokenEntry, TokenIssuance, TokenLife, TokenRevocation};
pub use usage::{JobOfToken, TOKEN_JOBS_MAX, TokenUsage, UnboundUse, UseByJob};
pub use walk::{JobUses, TokenWalk, WalkStep};
