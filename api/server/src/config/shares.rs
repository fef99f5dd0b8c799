//! What bounds share links: see [`api::links::LinkLimits`].

use super::limits::size;
use super::numbers::numbers;
use api::links::LinkLimits;
use std::time::Duration;

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
