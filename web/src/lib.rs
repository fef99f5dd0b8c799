//! The Trust Pulse pages.
