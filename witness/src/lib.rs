//! A witness of transparency logs (C2SP tlog-witness): it cosigns a checkpoint only if it continues the last one that it
//! cosigned of the same log, so that a log cannot show two histories without one of them lacking its cosignature.
//!
//! * [`request`]: what a log sends, from bytes to a type. Pure.
//! * [`logs`]: which logs are witnessed, and whether a request is signed by its log. Pure.
//! * [`decision`]: from the last cosigned checkpoint and a request to an answer. Pure.
//! * [`store`]: the last cosigned checkpoint of each log, on disk. A step reads, decides and writes in one transaction.
//! * [`fork`]: what proves that a log shows two histories, as files.
//! * [`service`]: all of them together: nothing is answered that was not durable before.
//! * [`http`]: `POST /add-checkpoint` and `GET /<origin hash>/checkpoint`.
//!
//! An answer may hold several cosignatures, and a stored checkpoint does; today there is one, by an Ed25519 key.

pub mod checkpoint;
pub mod decision;
pub mod fork;
pub mod http;
pub mod logs;
pub mod request;
pub mod service;
pub mod store;
