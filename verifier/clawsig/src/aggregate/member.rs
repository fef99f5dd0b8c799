//! One member of an aggregate: a proof bundle, or an export bundle around one.

use evidence::json::{Object, Value};
use evidence::report::Details;
use evidence::rfc3339;
use tlog::index::TimestampMs;

use crate::bundle::{BundleFacts, ProofTier};
use crate::nested::NestedBundle;
use crate::{ClawsigFailure, ClawsigOptions, Reason, export, nested};

/// A member in which nothing was found wrong.
pub(super) struct AggregateMember<'a> {
    /// What its proof bundle says.
    pub(super) facts: BundleFacts,
    /// Its proof tier, by who vouches for it.
    pub(super) tier: ProofTier,
    /// What is missing in it.
    pub(super) missing: Option<ClawsigFailure>,
    /// The one run of its chain.
    pub(super) run_id: &'a str,
    /// The proof bundle's payload.
    pub(super) payload: &'a Object,
    /// `expires_at` of the member itself.
    pub(super) expires_at: Option<TimestampMs>,
}

/// Which of the two a member is.
fn is_export(member: &Value) -> bool {
    let member = member.as_object();
    member.is_some_and(|member| member.get("envelope_type").is_none())
}

/// Holds a member against the schema of what it is.
pub(super) fn check_form(member: &Value) -> Result<(), ClawsigFailure> {
    if is_export(member) {
        export::check_form(member)
    } else {
        nested::check_form(member)
    }
}

impl<'a> AggregateMember<'a> {
    /// Verifies a member on its own, without a manifest of its run: an aggregate has no place for one.
    ///
    /// # Errors
    /// `INCONSISTENT_RUN_ID` where it does not have exactly one run, `AGGREGATE_MEMBER_INVALID` for all else.
    pub(super) fn verify(member: &'a Value, options: &ClawsigOptions<'_>) -> Result<Self, ClawsigFailure> {
        let envelope = if is_export(member) {
            export::proof_bundle(member).unwrap_or(&Value::Null)
        } else {
            member
        };
        let payload = nested::payload(envelope)
            .ok_or_else(|| ClawsigFailure::fail(Reason::AggregateBundleInvalid, "no proof bundle"))?;
        let run_id = run_of(payload)?;
        let expires_at = member
            .as_object()
            .and_then(|member| member.text("expires_at"))
            .map(|text| {
                let message = "expires_at is no time to compare with";
                rfc3339::parse(text)
                    .ok_or_else(|| ClawsigFailure::fail(Reason::AggregateBundleInvalid, message))
            })
            .transpose()?;
        let verified = if is_export(member) {
            export::verify(member, options, &mut Details::default())
        } else {
            nested::verify(member, options)
        };
        let invalid = |failure: ClawsigFailure| ClawsigFailure {
            reason: Reason::AggregateMemberInvalid,
            message: format!("{}: {}", failure.reason, failure.message),
            ..failure
        };
        let NestedBundle {
            facts,
            tiers,
            missing,
        } = verified.map_err(invalid)?;
        Ok(Self {
            facts,
            tier: tiers.proof,
            missing: missing.map(invalid),
            run_id,
            payload,
            expires_at,
        })
    }
}

/// The one run of a bundle's event chain.
fn run_of(payload: &Object) -> Result<&str, ClawsigFailure> {
    let events = payload.items("event_chain");
    let mut runs = events.iter().map(|event| event.as_object()?.text("run_id"));
    let first = runs.next().flatten();
    match first.filter(|first| !first.is_empty()) {
        Some(first) if runs.all(|run| run == Some(first)) => Ok(first),
        _ => Err(ClawsigFailure::fail(
            Reason::InconsistentRunId,
            "the event chain does not name exactly one run",
        )),
    }
}
