//! Policies as the log has them: publications, what became of them, and the names in them that no job uses.

mod publication;
mod search;
mod usage;

pub use publication::{PolicyBan, Publication, Sought};
pub use usage::PolicyWarning;
