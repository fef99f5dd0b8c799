//! Guests: people who opened share links, and see the jobs of those links alone.

mod admission;
mod view;

pub(crate) use admission::{admit, newest, open_links, state_of};
pub use view::GuestView;
