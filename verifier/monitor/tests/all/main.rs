//! Tests of the monitor through its public surface, against logs that tests make and show as they like.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod alarms;
mod config;
mod crashes;
mod heads;
mod index;
mod jobs;
mod times;
mod watched;
mod webhook;
mod world;
