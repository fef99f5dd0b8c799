//! Claims about rates: step 17 (`schemas/clawsig.md` §5.5). The agent's own word, checked for contradictions only.

use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value};
use evidence::rfc3339;

/// Checks every claim, in order. `run_id` is that of the chain, where there is one.
pub(super) fn check(payload: &Object, run_id: Option<&str>) -> Result<(), ClawsigFailure> {
    payload
        .items("rate_limit_claims")
        .iter()
        .filter_map(Value::as_object)
        .enumerate()
        .try_for_each(|(position, claim)| check_claim(claim, position, run_id))
}

fn check_claim(claim: &Object, position: usize, run_id: Option<&str>) -> Result<(), ClawsigFailure> {
    let failure = |reason, what: &str| {
        let message = format!("rate-limit claim {position} {what}");
        Err(ClawsigFailure::fail(reason, message))
    };
    let (Some(start), Some(end)) = (time(claim, "window_start"), time(claim, "window_end")) else {
        return failure(
            Reason::RateLimitClaimInconsistent,
            "has a window without times to compare",
        );
    };
    if start > end {
        return failure(
            Reason::RateLimitWindowInvalid,
            "has a window that ends before it starts",
        );
    }
    for (max, observed) in [
        ("max_requests", "observed_requests"),
        ("max_tokens_input", "observed_tokens_input"),
        ("max_tokens_output", "observed_tokens_output"),
    ] {
        match (count(claim, max), count(claim, observed)) {
            (Some(max), Some(observed)) if observed > max => {
                return failure(Reason::RateLimitExceeded, "was exceeded by what was observed");
            }
            (Some(_), None) | (None, Some(_)) => {
                return failure(
                    Reason::RateLimitClaimInconsistent,
                    "has a limit without an observation, or the other way round",
                );
            }
            _ => {}
        }
    }
    let claimed = claim.text("run_id");
    if run_id.is_some() && claimed.is_some() && claimed != run_id {
        return failure(
            Reason::RateLimitClaimInconsistent,
            "is of another run than the chain",
        );
    }
    Ok(())
}

fn time(claim: &Object, name: &str) -> Option<tlog::index::TimestampMs> {
    rfc3339::parse(claim.text(name)?)
}

fn count(claim: &Object, name: &str) -> Option<f64> {
    claim.get(name)?.as_f64()
}
