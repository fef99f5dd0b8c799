//! Members of the job's policies that nothing judges, with what a host states about them.

use super::judged::Unjudged;
use crate::text::{grouped, segment, shortened};

/// Characters of a JSON pointer.
const POINTER_CHARACTERS_MAX: usize = 100;

/// A member of a policy that nothing judges.
pub(super) struct UnjudgedRow {
    pub(super) href: String,
    pub(super) pointer: String,
    pub(super) code: String,
    pub(super) stated: Option<StatedRow>,
}

/// What an enforcement point states about it, as the policy wants it.
pub(super) struct StatedRow {
    pub(super) value: String,
    pub(super) signer: String,
    pub(super) index: u64,
    pub(super) number: String,
}

impl UnjudgedRow {
    pub(super) fn of(unjudged: &Unjudged) -> Self {
        Self {
            href: format!("/policies/{}", segment(&unjudged.policy_hash_b64u)),
            pointer: shortened(&unjudged.pointer, POINTER_CHARACTERS_MAX),
            code: unjudged.code.clone(),
            stated: stated(unjudged),
        }
    }
}

fn stated(unjudged: &Unjudged) -> Option<StatedRow> {
    let index = unjudged.entry?;
    Some(StatedRow {
        value: unjudged.value.as_ref()?.to_string(),
        signer: unjudged.stated_by.clone()?,
        index,
        number: grouped(index),
    })
}
