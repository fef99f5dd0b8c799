//! Rate-limit claims of all members together: one agent's claims about one window add up.

use std::collections::BTreeMap;

use evidence::json::{Object, Value};

use crate::{ClawsigFailure, Reason};

/// Agent, scope, scope key, start and end of the window, as texts.
type RateKey = [String; 5];

/// A limit and what was observed against it; no limit, no bound.
#[derive(Clone, Copy, Debug)]
struct RateCounter {
    max: Option<f64>,
    observed: f64,
}

/// Limits and observations of one window: requests, input tokens, output tokens.
type RateWindow = [RateCounter; 3];

const COUNTERS: [(&str, &str); 3] = [
    ("max_requests", "observed_requests"),
    ("max_tokens_input", "observed_tokens_input"),
    ("max_tokens_output", "observed_tokens_output"),
];

/// The claims of all members so far, each of which holds in its own bundle.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<RateKey, RateWindow>);

impl Rates {
    /// Adds the claims of one member.
    ///
    /// # Errors
    /// `RATE_LIMIT_CLAIM_INCONSISTENT` where two members state two limits for one window.
    pub(super) fn add(&mut self, agent_did: &str, payload: &Object) -> Result<(), ClawsigFailure> {
        let claims = payload.get("rate_limit_claims").and_then(Value::as_array);
        for claim in claims.unwrap_or_default().iter().filter_map(Value::as_object) {
            let text = |name: &str| {
                let value = claim.text(name);
                value.unwrap_or_default().to_owned()
            };
            let key = [
                agent_did.to_owned(),
                text("scope"),
                text("scope_key"),
                text("window_start"),
                text("window_end"),
            ];
            let number = |name: &str| claim.get(name).and_then(Value::as_f64);
            let window = COUNTERS.map(|(max, observed)| RateCounter {
                max: number(max),
                observed: number(observed).unwrap_or(0.0),
            });
            let Some(sum) = self.0.get_mut(&key) else {
                self.0.insert(key, window);
                continue;
            };
            for (sum, counter) in sum.iter_mut().zip(window) {
                if sum.max != counter.max {
                    return Err(ClawsigFailure::fail(
                        Reason::RateLimitClaimInconsistent,
                        "two members state two limits for one window",
                    ));
                }
                sum.observed += counter.observed;
            }
        }
        Ok(())
    }

    /// # Errors
    /// `RATE_LIMIT_EXCEEDED`.
    pub(super) fn check(&self) -> Result<(), ClawsigFailure> {
        let exceeded = |counter: &RateCounter| counter.max.is_some_and(|max| counter.observed > max);
        if self.0.values().flatten().any(exceeded) {
            return Err(ClawsigFailure::fail(
                Reason::RateLimitExceeded,
                "the members together exceed a limit",
            ));
        }
        Ok(())
    }
}
