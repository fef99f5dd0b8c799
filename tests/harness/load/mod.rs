//! What the bench and its load generator agree on: the work that one gives the other, and the documents that are sent.

pub mod gateways;
pub mod jobs;
pub mod mission;
pub mod receipts;
pub mod traffic;
