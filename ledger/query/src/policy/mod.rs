//! Policies as the log has them: publications, what became of them, and the names in them that no job uses.

mod list;
mod publication;
mod search;
mod usage;

pub use list::{PolicyList, PolicyRow};
pub use publication::{PolicyBan, PolicySearchResult, Publication};
pub use usage::PolicyWarning;
