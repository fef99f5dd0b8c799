//! The gateway receipts of a bundle: step 21, the strict layer of the reference's command line, and what that
//! leaves open (`schemas/clawsig.md` §5.5; `docs/clawsig-differences.md`, "Bundles and gateway receipts").

use std::collections::BTreeSet;

use crate::receipt::{self, VerifiedReceipt};
use crate::{ClawsigFailure, ClawsigOptions, Reason};
use evidence::json::{Object, Value};

use super::chain::EventChain;
use super::forms::gateway_receipts;
use super::{BundleFacts, EmbeddedReceipt};

/// One receipt of the bundle and what became of it.
struct BundleReceipt<'a> {
    position: usize,
    payload: Option<&'a Object>,
    result: Result<VerifiedReceipt, ClawsigFailure>,
    /// Verified as the reference verifies, by a signer that counts.
    counted: bool,
    bound: bool,
    self_reported: bool,
}

/// Every gateway receipt of a bundle.
pub(super) struct BundleReceipts<'a> {
    items: Vec<BundleReceipt<'a>>,
}

/// Verifies each. A receipt that fails does not fail the bundle yet.
pub(super) fn verify<'a>(
    payload: &'a Object,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
    options: &ClawsigOptions<'_>,
) -> BundleReceipts<'a> {
    let items = gateway_receipts(payload).map(|(position, document)| {
        let result = receipt::verify_embedded(document);
        let verified = result.as_ref().ok();
        let allowed = verified.is_some_and(|verified| options.gateways.contains(&verified.signer));
        let payload = document
            .as_object()
            .and_then(|document| document.get("payload"))
            .and_then(Value::as_object);
        let by_agent = verified.is_some_and(|verified| verified.signer == agent_did);
        BundleReceipt {
            position,
            payload,
            self_reported: by_agent && !allowed && event_hash(payload).is_none(),
            counted: allowed && verified.is_some_and(|verified| !verified.log_proof_detached),
            bound: allowed && verified.is_some_and(|verified| is_bound(verified, chain)),
            result,
        }
    });
    BundleReceipts {
        items: items.collect(),
    }
}

fn is_bound(verified: &VerifiedReceipt, chain: Option<&EventChain<'_>>) -> bool {
    let binding = &verified.receipt.binding;
    chain.is_some_and(|chain| {
        let event_hash = binding.event_hash.as_deref();
        binding.run_id.as_deref() == Some(chain.run_id)
            && event_hash.is_some_and(|event_hash| chain.known.contains(event_hash))
    })
}

/// `binding.event_hash_b64u`, where it says something.
fn event_hash(payload: Option<&Object>) -> Option<&str> {
    let binding = payload?.object("binding")?;
    let event_hash = binding.text("event_hash_b64u")?;
    (!event_hash.is_empty()).then_some(event_hash)
}

impl BundleReceipts<'_> {
    /// How many there are, the agent's own among them.
    pub(super) fn count(&self) -> usize {
        self.items.len()
    }

    /// What a harness writes where no gateway was in use: an item that the bundle's own agent signed, that names no
    /// event, and whose signature holds. It is evidence of nothing, and no fault. An agent that was named as a gateway
    /// is held to what gateways are held to.
    fn not_self_reported(&self) -> impl Iterator<Item = &BundleReceipt<'_>> {
        self.items.iter().filter(|item| !item.self_reported)
    }

    /// Whether every one that is not the agent's own counts towards the tier.
    pub(super) fn all_bound(&self) -> bool {
        let bound = self.bound();
        bound > 0 && bound == self.not_self_reported().count()
    }

    /// How many count towards the tier.
    pub(super) fn bound(&self) -> usize {
        self.items
            .iter()
            .filter(|item| item.counted && item.bound)
            .count()
    }

    /// Payloads of those by a signer that counts.
    pub(super) fn counted(&self) -> impl Iterator<Item = &Object> {
        self.items
            .iter()
            .filter(|item| item.counted)
            .filter_map(|item| item.payload)
    }

    /// Those that verify, equal payloads once, and the positions of the others and of the agent's own.
    pub(super) fn state(&self, facts: &mut BundleFacts) {
        let mut payloads = BTreeSet::new();
        for item in &self.items {
            let Ok(verified) = &item.result else {
                facts.receipts_refused.push(item.position);
                continue;
            };
            if item.self_reported {
                facts.receipts_self_reported.push(item.position);
                continue;
            }
            if payloads.insert(verified.payload_digest) {
                facts.receipts.push(EmbeddedReceipt {
                    position: item.position,
                    payload_digest: verified.payload_digest,
                    signer: verified.signer.clone(),
                    receipt: verified.receipt.clone(),
                    bound: item.bound,
                });
            }
        }
    }

    /// The strict layer of the reference: every receipt that names an event has to count.
    pub(super) fn check_strictly(&self, options: &ClawsigOptions<'_>) -> Result<(), ClawsigFailure> {
        let claimed = self
            .items
            .iter()
            .filter(|item| event_hash(item.payload).is_some())
            .count();
        if claimed == 0 {
            return Ok(());
        }
        if options.gateways.is_empty() {
            let message = "no gateway was named whose receipts count";
            return Err(ClawsigFailure::fail(Reason::DependencyNotConfigured, message));
        }
        let bound = self.bound();
        if bound == claimed {
            return Ok(());
        }
        let counted = self.items.iter().filter(|item| item.counted).count();
        if counted == claimed {
            let message =
                format!("{bound} of {claimed} gateway receipts are bound to the bundle's event chain");
            return Err(ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message));
        }
        Err(self.refusal(counted, claimed))
    }

    fn refusal(&self, counted: usize, claimed: usize) -> ClawsigFailure {
        let refused = self.items.iter().find(|item| !item.counted);
        let why = refused.map(|item| match &item.result {
            Err(failure) => format!("; receipt {}: {}", item.position, failure.message),
            Ok(verified) if verified.log_proof_detached => {
                format!(
                    "; receipt {} carries a log proof that was put in after signing",
                    item.position
                )
            }
            Ok(_) => format!("; receipt {}: its signer is not a named gateway", item.position),
        });
        let message = format!(
            "{counted} of {claimed} gateway receipts verify under a named gateway{}",
            why.unwrap_or_default()
        );
        ClawsigFailure::fail(Reason::ReceiptVerificationFailed, message)
    }

    /// What the reference passes over: receipts that name no event, so that any bundle could show them, and
    /// one receipt shown as many.
    pub(super) fn check_ours(&self) -> Result<(), ClawsigFailure> {
        let mut statements = BTreeSet::new();
        for item in self.not_self_reported() {
            let position = item.position;
            if event_hash(item.payload).is_none() {
                let message = format!("receipt {position} is bound to no event of the bundle's chain");
                return Err(ClawsigFailure::fail(Reason::ReceiptUnbound, message));
            }
            let verified = item.result.as_ref().map_err(Clone::clone)?;
            if !statements.insert(verified.statement) {
                let message = format!("receipt {position} is an earlier one again");
                return Err(ClawsigFailure::fail(Reason::ReceiptRepeated, message));
            }
        }
        Ok(())
    }

    /// Signed times of those that verify.
    pub(super) fn times(&self) -> impl Iterator<Item = tlog::index::TimestampMs> {
        self.items
            .iter()
            .filter_map(|item| item.result.as_ref().ok())
            .map(|verified| verified.receipt.timestamp.at())
    }
}
