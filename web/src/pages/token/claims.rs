//! What a browser can prove of a token: that it was never revoked, or which entries revoke it and what names it after that.

use ledger_query::QueryEngine;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::Field;

use super::life::TokenLifeView;
use crate::error::PageError;
use crate::model::claims::{PageClaims, ProvableClaim};

/// Entries that are counted for the page.
const COUNTED_MAX: usize = 1_000;

pub(super) fn of(
    claims: PageClaims,
    engine: &QueryEngine,
    token: &str,
    life: &TokenLifeView,
) -> Result<PageClaims, PageError> {
    let as_of = claims.as_of();
    let revoked = ProvableClaim::of(Field::Token, token, &[Kind::TokenRevoked]);
    let last = life
        .revocations
        .last()
        .map(|revocation| LeafIndex::new(revocation.entry.index));
    let revoked = match last.and_then(LeafIndex::next) {
        _ if life.cut => revoked,
        // Those that are shown are the first ones.
        Some(next) if life.revocations_more > 0 => revoked.listed((LeafIndex::ZERO, next)),
        _ => revoked,
    };
    let mut claims = claims.with(revoked);
    if let Some(first) = life.revoked_at.first() {
        claims = claims.with(ProvableClaim::of(Field::Token, token, &Kind::USES).after(first.index));
    }
    let claims = claims.with(ProvableClaim::of(Field::Token, token, &[]));
    let named = engine.subject(Field::Token, token, None, as_of, false, COUNTED_MAX)?;
    Ok(match named.next {
        None => claims.counting(named.items.len()),
        Some(_) => claims,
    })
}
