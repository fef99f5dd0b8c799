//! Members of the job's policies that nothing judges, with what a host states about them.

use verifier::assess::UnjudgedMember;
use verifier::code::guide_to;
use verifier::json::to_jcs;

use crate::text::{GroupedNumber, segment, shortened};

/// Characters of a JSON pointer.
const POINTER_CHARACTERS_MAX: usize = 100;

/// A member of a policy that nothing judges.
pub(super) struct UnjudgedRow {
    pub(super) href: String,
    pub(super) pointer: String,
    pub(super) code: &'static str,
    /// What the code means, where the guide to codes has it.
    pub(super) meaning: &'static str,
    pub(super) stated: Option<StatedRow>,
}

/// What an enforcement point states about it, as the policy wants it.
pub(super) struct StatedRow {
    pub(super) value: String,
    pub(super) signer: String,
    pub(super) index: GroupedNumber,
}

impl UnjudgedRow {
    pub(super) fn of(unjudged: &UnjudgedMember) -> Self {
        Self {
            href: format!("/policies/{}", segment(&unjudged.policy_hash_b64u)),
            pointer: shortened(&unjudged.pointer, POINTER_CHARACTERS_MAX),
            code: unjudged.code,
            meaning: guide_to(unjudged.code).map_or("", |guide| guide.meaning),
            stated: stated(unjudged),
        }
    }
}

fn stated(unjudged: &UnjudgedMember) -> Option<StatedRow> {
    Some(StatedRow {
        value: to_jcs(unjudged.value.as_ref()?),
        signer: unjudged.stated_by.clone()?,
        index: unjudged.entry?.into(),
    })
}
