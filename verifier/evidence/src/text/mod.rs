//! Text as people see and spell it: characters that nobody sees, how a text that holds them is shown, hashes in other
//! spellings; numbers and lists in sentences; words of commands.

pub mod hash;
pub mod invisible;
pub mod lookalike;
pub mod misplaced;
pub mod plain;
pub mod shell;
pub mod shown;
