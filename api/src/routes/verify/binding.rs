//! What this log holds of the things that a document is connected with, as JSON.

use ledger_query::verify;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::index::LeafIndex;

/// Of a receipt, or of a document that is a proof bundle or contains some.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Binding {
    Receipt(BindingOfReceipt),
    Bundles(BindingOfBundles),
}

/// Whether a bundle of this log shows the event that a receipt is bound to.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct BindingOfReceipt {
    /// Position of the newest bundle of the run with this event in its chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    bundle: Option<LeafIndex>,
    /// Hash of the event, as the receipt states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_hash_b64u: Option<String>,
    /// The run that the receipt names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    run_id: Option<String>,
    /// `bound` where a bundle of this log has the event; `none` where the receipt names no event of a run; `no_bundle` where
    /// this log has no bundle of the run; `not_in_bundle` where none of them has the event; `not_looked_up` where the run has
    /// more bundles than are read for one request.
    status: &'static str,
}

/// Which proof bundles in a document, and which gateway receipts in those, this log holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BindingOfBundles {
    /// The bundles. Left out where the document is the one bundle, whose place is `log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bundles: Option<Vec<BundleOfDocument>>,
    /// The receipts that this log holds.
    logged: Vec<LoggedReceipt>,
    /// How many receipts were looked up: a request has a limit.
    looked_up: usize,
    /// Those of them that this log does not hold.
    not_logged: Vec<ReceiptOfBundle>,
    /// How many gateway receipts the bundles have.
    receipts: usize,
    /// The receipts whose hash or signature does not hold.
    refused: Vec<ReceiptOfBundle>,
}

/// A bundle in a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BundleOfDocument {
    /// Which one, counted from 0.
    bundle: usize,
    /// Position of its entry in the log; null where this log does not hold it.
    #[schema(value_type = Option<u64>)]
    index: Option<LeafIndex>,
}

/// A receipt in a bundle that this log holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedReceipt {
    /// Its bundle, counted from 0.
    bundle: usize,
    /// Position of its entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Which receipt of the bundle, counted from 0.
    position: usize,
}

/// A receipt in a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptOfBundle {
    /// Its bundle, counted from 0.
    bundle: usize,
    /// Which receipt of the bundle, counted from 0.
    position: usize,
}

impl From<verify::DocumentBinding> for Binding {
    fn from(binding: verify::DocumentBinding) -> Self {
        match binding {
            verify::DocumentBinding::Receipt(receipt) => Self::Receipt(receipt.into()),
            verify::DocumentBinding::Bundles(bundles) => Self::Bundles(bundles.into()),
        }
    }
}

impl From<verify::ReceiptBinding> for BindingOfReceipt {
    fn from(receipt: verify::ReceiptBinding) -> Self {
        let verify::ReceiptBinding::Event {
            run_id,
            event_hash,
            bundle,
        } = receipt
        else {
            return Self {
                status: "none",
                ..Self::default()
            };
        };
        Self {
            bundle: bundle.ok(),
            event_hash_b64u: Some(event_hash),
            run_id: Some(run_id),
            status: match bundle {
                Ok(_) => "bound",
                Err(verify::NoBundle::NotLookedUp) => "not_looked_up",
                Err(verify::NoBundle::NoBundle) => "no_bundle",
                Err(verify::NoBundle::NotInBundle) => "not_in_bundle",
            },
        }
    }
}

impl From<verify::BundleBinding> for BindingOfBundles {
    fn from(found: verify::BundleBinding) -> Self {
        let receipts = |list: Vec<verify::ReceiptPosition>| {
            let list = list.into_iter();
            list.map(|verify::ReceiptPosition { bundle, position }| ReceiptOfBundle { bundle, position })
                .collect()
        };
        let logged = found.logged.into_iter().map(|(at, index)| LoggedReceipt {
            bundle: at.bundle,
            index,
            position: at.position,
        });
        let bundles = |list: Vec<Option<LeafIndex>>| {
            let list = list.into_iter().enumerate();
            list.map(|(bundle, index)| BundleOfDocument { bundle, index })
                .collect()
        };
        Self {
            bundles: found.bundles.map(bundles),
            logged: logged.collect(),
            looked_up: found.looked_up,
            not_logged: receipts(found.not_logged),
            receipts: found.receipts,
            refused: receipts(found.refused),
        }
    }
}
