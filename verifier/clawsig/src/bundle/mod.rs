//! Proof bundles (`schemas/clawsig.md` §5).
//!
//! Every check of the reference comes first and in the reference's order, so that what it refuses is refused
//! here under its code. What it lets pass and we do not comes after, under codes of ours.

mod attestation;
mod chain;
mod data_approval;
mod data_handling;
pub(super) mod forms;
mod header;
mod limits;
mod metadata;
mod normal_form;
pub(super) mod policy_binding;
pub(super) mod prompts;
mod rate_limit;
pub(super) mod receipts;
mod runner;
mod signoff;
mod signoff_forms;
mod tiers;
mod trust;
pub(super) mod urm;

use evidence::digest::{PayloadHash, StatementDigest};
use evidence::fault::shorten;
use evidence::json::{Object, Value};
use evidence::payload::{self, GatewayReceipt};
use evidence::report::Details;

use super::reason::keep_missing;
use super::receipt::check_not_ahead;
use super::tool::{self, ToolEmbedding};
use super::{ClawsigFailure, ClawsigOptions, Reason, causal};
use chain::EventChain;
use forms::gateway_receipts;
use receipts::BundleReceipts;

pub(super) use chain::hashed_events;
pub use tiers::{ModelIdentityTier, ProofTier, Tiers, TrustTier};
pub use urm::urm_hash;

/// A gateway receipt inside a bundle whose form, hash and signature hold, by any signer.
#[derive(Clone, PartialEq, Debug)]
pub struct EmbeddedReceipt {
    /// Position in the bundle's `receipts`.
    pub position: usize,
    /// SHA-256(JCS(payload)), by which the same receipt is known in the log, also where it was signed again.
    pub payload_digest: PayloadHash,
    /// DID of the signer.
    pub signer: String,
    /// The decoded payload.
    pub receipt: GatewayReceipt,
    /// Whether the signer is among [`ClawsigOptions::gateways`] and the receipt is bound to the bundle's event chain.
    pub bound: bool,
}

/// What a bundle that verifies says, for an assessment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BundleFacts {
    /// `bundle_id`.
    pub bundle_id: String,
    /// Agent and signer.
    pub agent_did: String,
    /// The run of its event chain; `None` without a chain.
    pub run_id: Option<String>,
    /// `event_hash_b64u` of each event, in chain order.
    pub event_hashes: Vec<String>,
    /// Receipts that verify, in order; equal statements once.
    pub receipts: Vec<EmbeddedReceipt>,
    /// Positions of receipts that do not verify.
    pub receipts_refused: Vec<usize>,
    /// Positions of receipts that the agent signed itself and that name no event: its own word.
    pub receipts_self_reported: Vec<usize>,
    /// Statements of embedded tool-receipt envelopes that verify.
    pub tool_receipts: Vec<StatementDigest>,
    /// `urm.resource_hash_b64u`, where the bundle has a `urm`.
    pub urm_hash: Option<String>,
    /// The bundle's own statement.
    pub statement: Option<StatementDigest>,
    /// What the bundle is worth; `None` for one that does not verify.
    pub tiers: Option<Tiers>,
    /// Attestations that count.
    pub attestations: usize,
    /// Members that only the agent vouches for, or that nothing here verifies.
    pub not_checked: Vec<&'static str>,
}

/// Holds a proof bundle in its envelope against its schema.
pub(super) fn check_form(envelope: &Value) -> Result<(), ClawsigFailure> {
    let payload = envelope.as_object().and_then(|envelope| envelope.get("payload"));
    forms::check(envelope, payload.unwrap_or(&Value::Null))
}

/// Verifies a proof bundle in its envelope, by the order of the reference's `verifyProofBundle` and its
/// strict layer (`schemas/clawsig.md` §5.5).
///
/// The facts are there as soon as hash, signature and event chain hold, also where a later check fails. FAIL
/// ranks before INCOMPLETE: where something is missing and something else is wrong, what is wrong is reported.
pub fn verify_proof_bundle(
    document: &Value,
    options: &ClawsigOptions<'_>,
) -> (Option<BundleFacts>, Result<(), ClawsigFailure>) {
    let mut facts = None;
    let result = verify(document, options, &mut facts);
    (facts, result)
}

fn verify(
    document: &Value,
    options: &ClawsigOptions<'_>,
    facts: &mut Option<BundleFacts>,
) -> Result<(), ClawsigFailure> {
    let header = header::read(document, options.at)?;
    forms::check(document, header.payload)?;
    let payload = limits::check(header.payload)?;
    let agent_did = payload.text_or_empty("agent_did");
    let statement = header.verify(agent_did)?;
    let chain = chain::verify(payload)?;

    let receipts = receipts::verify(payload, agent_did, chain.as_ref(), options);
    let facts = facts.insert(state(payload, agent_did, chain.as_ref(), &receipts));
    facts.statement = Some(statement);

    let bundle = CheckedBundle {
        payload,
        agent_did,
        chain,
        receipts,
        options,
    };
    let mut missing = None;
    bundle.check_claims(&mut missing)?;
    facts.tool_receipts = bundle.check_tools()?;
    bundle.check_graph()?;
    facts.attestations = attestation::count(payload, agent_did, options);
    facts.tiers = Some(bundle.tiers(facts.attestations));
    bundle.receipts.check_strictly(options)?;

    check_not_ahead(header.issued_at, options.at, "the bundle's issued_at")?;
    bundle.check_times()?;
    bundle.receipts.check_ours()?;
    header.check_canonical()?;
    payload::decode_as_written("proof_bundle", payload, "/payload")?;
    bundle.check_unverified(&mut missing);
    missing.map_or(Ok(()), Err)
}

/// A bundle whose hash, signature and chain hold, with the receipts that it shows.
struct CheckedBundle<'a> {
    payload: &'a Object,
    agent_did: &'a str,
    chain: Option<EventChain<'a>>,
    receipts: BundleReceipts<'a>,
    options: &'a ClawsigOptions<'a>,
}

/// Signed by others than the agent, and verified neither by the reference nor here.
const UNVERIFIED: [&str; 4] = [
    "vir_receipts",
    "web_receipts",
    "coverage_attestations",
    "binary_semantic_evidence_attestations",
];

/// The agent's own word: they raise nothing, so that nothing rests on them.
const SELF_REPORTED: [&str; 3] = [
    "side_effect_receipts",
    "human_approval_receipts",
    "delegation_receipts",
];

impl CheckedBundle<'_> {
    /// Steps 17 to 20. What only is not there is noted, and the search for what is wrong goes on.
    fn check_claims(&self, missing: &mut Option<ClawsigFailure>) -> Result<(), ClawsigFailure> {
        let chain = self.chain.as_ref();
        rate_limit::check(self.payload, chain.map(|chain| chain.run_id))?;
        if let Some(metadata) = self.payload.object("metadata") {
            let bundle_id = self.payload.text("bundle_id");
            let bundle_id = bundle_id.unwrap_or_default();
            keep_missing(
                missing,
                metadata::check(metadata, bundle_id, self.agent_did, chain),
            )?;
            keep_missing(missing, prompts::check(metadata, self.agent_did, chain))?;
        }
        if let Some(reference) = self.payload.object("urm") {
            keep_missing(
                missing,
                urm::check(reference, self.options.urm, self.agent_did, chain),
            )?;
        }
        Ok(())
    }

    /// Steps 22 and 23; the statements of tool receipts in envelopes.
    fn check_tools(&self) -> Result<Vec<StatementDigest>, ClawsigFailure> {
        let embedding = ToolEmbedding {
            agent_did: self.agent_did,
            chain: self.chain.as_ref().map(EventChain::for_tools),
            at: self.options.at,
            skew_ms: 0,
        };
        let mut statements = Vec::new();
        for entry in self.payload.items("tool_receipts") {
            statements.extend(tool::verify_embedded(entry, &embedding)?);
        }
        for entry in self.payload.items("side_effect_receipts") {
            tool::check_embedded_side_effect(entry, self.agent_did)?;
        }
        for entry in self.payload.items("human_approval_receipts") {
            tool::check_embedded_approval(entry, self.agent_did)?;
        }
        Ok(statements)
    }

    /// Steps 24 to 26.
    fn check_graph(&self) -> Result<(), ClawsigFailure> {
        let receipts: Vec<&Value> = gateway_receipts(self.payload)
            .map(|(_, receipt)| receipt)
            .collect();
        let graph = causal::check(&receipts)?;
        for (name, orphaned) in [
            ("side_effect_receipts", Reason::CausalSideEffectOrphaned),
            ("human_approval_receipts", Reason::CausalHumanApprovalOrphaned),
        ] {
            graph.check_anchored(self.payload.items(name), orphaned)?;
        }
        Ok(())
    }

    /// Step 29.
    fn tiers(&self, attestations: usize) -> Tiers {
        let bound = self.receipts.bound();
        Tiers {
            proof: match (attestations, bound) {
                (0, 0) => ProofTier::SelfReported,
                (0, _) => ProofTier::Gateway,
                _ => ProofTier::Sandbox,
            },
            trust: if self.chain.is_some() || self.receipts.all_bound() {
                TrustTier::Verified
            } else {
                TrustTier::Basic
            },
            model_identity: tiers::model_identity(self.receipts.counted()),
        }
    }

    /// No signed time lies ahead of the verification.
    fn check_times(&self) -> Result<(), ClawsigFailure> {
        let events = self.chain.iter().flat_map(|chain| chain.events.values());
        for time in events.map(|event| event.timestamp).chain(self.receipts.times()) {
            check_not_ahead(Some(time), self.options.at, "the time of an event or receipt")?;
        }
        Ok(())
    }

    fn check_unverified(&self, missing: &mut Option<ClawsigFailure>) {
        let unverified = UNVERIFIED
            .iter()
            .find(|name| !self.payload.items(name).is_empty());
        if let Some(name) = unverified {
            let message = format!("this version cannot verify the bundle's {name}");
            missing.get_or_insert(ClawsigFailure::incomplete(Reason::EvidenceNotVerified, message));
        }
    }
}

fn state(
    payload: &Object,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
    receipts: &BundleReceipts<'_>,
) -> BundleFacts {
    let text = |name: &str| payload.text_or_empty(name);
    let urm = payload.object("urm");
    let shown = |name: &&&'static str| !payload.items(name).is_empty();
    let mut facts = BundleFacts {
        bundle_id: text("bundle_id").to_owned(),
        agent_did: agent_did.to_owned(),
        run_id: chain.map(|chain| chain.run_id.to_owned()),
        event_hashes: chain
            .map(|chain| chain.hashes.iter().map(|&hash| hash.to_owned()).collect())
            .unwrap_or_default(),
        urm_hash: urm
            .and_then(|urm| urm.text("resource_hash_b64u"))
            .map(str::to_owned),
        not_checked: UNVERIFIED
            .iter()
            .chain(&SELF_REPORTED)
            .filter(shown)
            .copied()
            .collect(),
        ..BundleFacts::default()
    };
    if payload.items("tool_receipts").iter().any(tool::is_raw) {
        facts.not_checked.push("tool_receipts");
    }
    if receipts.count() < payload.items("receipts").len() {
        facts.not_checked.push("receipts without an envelope");
    }
    receipts.state(&mut facts);
    if !facts.receipts_self_reported.is_empty() {
        facts.not_checked.push("receipts that the agent signed itself");
    }
    facts
}

impl BundleFacts {
    /// Names what the bundle says and is worth.
    pub(super) fn note(&self, details: &mut Details) {
        details.set("bundle_id", shorten(&self.bundle_id));
        details.set("agent_did", shorten(&self.agent_did));
        if let Some(run_id) = &self.run_id {
            details.set("run_id", shorten(run_id));
        }
        details.set("events", self.event_hashes.len());
        details.set("receipts", self.receipts.len());
        details.set(
            "receipts_bound",
            self.receipts.iter().filter(|receipt| receipt.bound).count(),
        );
        details.set("receipts_refused", self.receipts_refused.len());
        details.set("receipts_self_reported", self.receipts_self_reported.len());
        details.set("tool_receipt_envelopes", self.tool_receipts.len());
        details.set("attestations_counted", self.attestations);
        if let Some(statement) = self.statement {
            details.set("statement", statement.to_string());
        }
        if let Some(tiers) = self.tiers {
            details.set("proof_tier", tiers.proof.as_str());
            details.set("trust_tier", tiers.trust.as_str());
            details.set("model_identity_tier", tiers.model_identity.as_str());
        }
        for name in &self.not_checked {
            details.not_checked(name);
        }
    }
}
