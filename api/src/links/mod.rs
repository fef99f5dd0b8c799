//! Share links: one job, to read, for somebody without a token, until a time.
//!
//! A link is `/s/<token>`, 256 random bits that its maker sends to somebody. A person who opens it gets a guest's
//! session at once and is redirected to the job's page, so that the token stands in the address for one request, in
//! no referrer, and in no log of this server. Each request of a guest asks again whether the link still holds: one
//! that expired, was revoked, or whose maker is named in the configuration no more, shows nothing from then on.

mod file;
mod store;

pub use file::{LinkFile, NoFile, UnreadableLinks};
pub use store::{LinkId, LinkLimits, ShareLinks};

pub(crate) use store::{LinkError, LinkState, ShareLink};
