//! The rules of the house, as tests: who may depend on whom, which file may name which library, how
//! large a file may be. They read the tree, so they hold for code that no other test reaches.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod citations;
mod dependencies;
mod folders;
mod source;
mod tree;
mod words;
