//! What is measured, one file an idea.

pub(crate) mod appended;
pub(crate) mod audit;
pub(crate) mod evidence;
pub(crate) mod fairness;
pub(crate) mod growing;
pub(crate) mod growth;
pub(crate) mod index_cost;
mod index_lag;
pub(crate) mod ingest;
pub(crate) mod lookups;
pub(crate) mod packs;
pub(crate) mod pages;
pub(crate) mod pure;
pub(crate) mod space;
pub(crate) mod subjects;
pub(crate) mod verdicts;
