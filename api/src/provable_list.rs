//! Lists of the entries that name a subject, whose pages carry their proof on request.

use crate::error::ApiError;
use crate::page::{EntryPage, Include, ListWindow, next_cursor, views};
use crate::proved::{covering, list_proof};
use crate::state::ApiState;
use ledger_query::QueryEngine;
use serde::Deserialize;
use utoipa::IntoParams;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

/// The parameters of a list of entries that can be proved.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProvableListQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
    /// `evidence`: carry the documents, too. The page may then end early.
    #[param(inline)]
    include: Option<Include>,
    /// `true`: carry the proof that the page leaves nothing out, as the log signed it in its index. The list is then pinned to a
    /// size that the index covers, which is waited for as long as a second.
    #[serde(default)]
    #[param(required = false)]
    proof: bool,
}

impl ProvableListQuery {
    /// Waits until the index covers the size of the list, and pins a list that has none to all that is covered. Does nothing where
    /// no proof is wanted.
    async fn pin(&mut self, state: &ApiState) -> Result<(), ApiError> {
        if !self.proof {
            return Ok(());
        }
        let is_pinned = self.cursor.is_some() || self.as_of.is_some();
        let window = self.window(state.engine().published().head.tree.size)?;
        let as_of = covering(state, is_pinned.then_some(window.as_of), TreeSize::new(1)).await?;
        self.as_of = Some(as_of.value());
        Ok(())
    }

    fn window(&self, published: TreeSize) -> Result<ListWindow, ApiError> {
        ListWindow::new(published, self.cursor.as_deref(), self.limit, self.as_of)
    }
}

/// The page of the entries that name a subject, in their own words or in a context, with its proof where one is wanted; `missing`
/// where none does.
pub(crate) async fn naming(
    state: &ApiState,
    field: Field,
    value: String,
    mut query: ProvableListQuery,
    missing: ApiError,
) -> Result<EntryPage, ApiError> {
    query.pin(state).await?;
    let question = move |engine: &QueryEngine| -> Result<EntryPage, ApiError> {
        let window = query.window(engine.published().head.tree.size)?;
        let page = engine.subject(field, &value, window.from, window.as_of, false, window.limit)?;
        if page.items.is_empty() && window.is_first() {
            return Err(missing);
        }
        let (entries, next) = views(engine, &page, query.include.is_some())?;
        let proof = if query.proof {
            let asked = IndexQuestion::Subject {
                field: field.into(),
                value,
                kinds: Vec::new(),
            };
            let listed: Vec<LeafIndex> = entries.iter().map(|entry| entry.index).collect();
            let scope = (window.as_of, window.range(next)?);
            Some(list_proof(engine, asked, scope, Some(&listed))?)
        } else {
            None
        };
        Ok(EntryPage {
            entries,
            next_cursor: next_cursor(window.as_of, next),
            as_of_tree_size: window.as_of,
            proof,
        })
    };
    state.read(question).await
}
