//! `/v1/issuers`: who may sign what, as the log says.

use crate::error::ApiError;
use crate::extract::Params;
use crate::page::{ListWindow, next_cursor};
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::issuers::IssuerFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::context::SubmitterName;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::issuers::Issuer;
use verifier::kind::Role;

/// The parameters of the list of issuers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IssuersQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
}

/// One registration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationView {
    /// Position of the registration's entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Name of the signer.
    name: String,
    /// What the signer may do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// From when on, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    not_before: TimestampMs,
    /// Until when, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    not_after: Option<TimestampMs>,
    /// For a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    gateway_id: Option<String>,
    /// Submitters whose context counts as this signer's.
    #[schema(value_type = Vec<String>)]
    submitters: Vec<SubmitterName>,
}

/// One retirement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetirementView {
    /// Position of the retirement's entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// The operator's reason for the retirement.
    reason: String,
    /// Entries of the signer from there on count as unsigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    distrust_from_index: Option<LeafIndex>,
}

/// All that the log says about one signer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IssuerView {
    /// The DID.
    did: String,
    /// In log order.
    registrations: Vec<RegistrationView>,
    /// In log order.
    retirements: Vec<RetirementView>,
}

/// A page of signers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IssuerPage {
    /// By first registration.
    issuers: Vec<IssuerView>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Every registered signer, by first registration.
#[utoipa::path(get, path = "/v1/issuers", operation_id = "listIssuers", tag = "issuers", params(IssuersQuery), responses((status = 200, body = IssuerPage)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<IssuersQuery>,
) -> Result<Json<IssuerPage>, ApiError> {
    let engine = state.engine();
    let published = engine.published().head.tree.size;
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    let found = engine.issuer_list(IssuerFilter::default(), (window.from, window.as_of), window.limit);
    Ok(Json(IssuerPage {
        issuers: found.issuers.into_iter().map(IssuerView::from).collect(),
        next_cursor: next_cursor(window.as_of, found.next),
        as_of_tree_size: window.as_of,
    }))
}

impl From<Issuer> for IssuerView {
    fn from(issuer: Issuer) -> Self {
        let registrations = issuer.registrations.into_iter();
        let retirements = issuer.retirements.into_iter();
        Self {
            did: issuer.did,
            registrations: registrations
                .map(|one| RegistrationView {
                    index: one.index,
                    name: one.name,
                    roles: one.roles,
                    not_before: one.not_before,
                    not_after: one.not_after,
                    gateway_id: one.gateway_id,
                    submitters: one.submitters,
                })
                .collect(),
            retirements: retirements
                .map(|(index, reason, distrust_from_index)| RetirementView {
                    index,
                    reason,
                    distrust_from_index,
                })
                .collect(),
        }
    }
}
