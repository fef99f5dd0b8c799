//! What bounds sessions and share links: see [`api::session::SessionLimits`] and [`api::links::LinkLimits`].

use super::limits::size;
use super::numbers::numbers;
use api::links::LinkLimits;
use api::session::SessionLimits;
use std::time::Duration;

/// A day, and thirty of them.
const DAY_S: u64 = 86_400;
const MONTH_S: u64 = 30 * DAY_S;

numbers! {
    /// When sessions end, and how many there may be.
    SessionsConfig in "sessions";
    idle_s: 1_800, 60, MONTH_S;
    absolute_s: 43_200, 60, MONTH_S;
    per_person_max: 16, 1, 1_000;
    per_link_max: 100, 1, 10_000;
    all_max: 4_096, 1, 100_000;
    failures_per_peer_max: 10, 1, 1_000_000;
    failure_window_s: 300, 1, DAY_S;
}

impl SessionsConfig {
    pub(crate) fn to_api(&self) -> SessionLimits {
        SessionLimits {
            idle: Duration::from_secs(self.idle_s),
            absolute: Duration::from_secs(self.absolute_s),
            per_person_max: size(self.per_person_max),
            per_link_max: size(self.per_link_max),
            all_max: size(self.all_max),
            failures_max: u32::try_from(self.failures_per_peer_max).unwrap_or(u32::MAX),
            failure_window: Duration::from_secs(self.failure_window_s),
        }
    }
}

numbers! {
    /// How many links there may be, and for how long.
    SharesConfig in "shares";
    open_max: 1_000, 1, 10_000;
    lifetime_max_s: 7_776_000, 60, 31_622_400;
}

impl SharesConfig {
    pub(crate) fn to_api(&self) -> LinkLimits {
        LinkLimits {
            open_max: size(self.open_max),
            lifetime_max: Duration::from_secs(self.lifetime_max_s),
        }
    }
}
