//! The HTTP surface through its router, without a socket; one module a resource.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod assessments;
mod auth;
mod batch;
mod codes;
mod cursors;
mod documents;
mod entries;
mod erasures;
mod events;
mod evidence;
mod failures;
mod freeze;
mod health;
mod jobs;
mod leaks;
mod lists;
mod log;
mod negotiation;
mod openapi;
mod packs;
mod pages;
mod policies;
mod policy_bans;
mod positions;
mod proved_lists;
mod proved_ranges;
mod proxies;
mod sessions;
mod shares;
mod spellings;
mod subjects;
mod support;
mod tiles;
mod tokens;
mod verify;
mod verify_foreign;
mod verify_kinds;
mod verify_packs;
mod witnessed;
