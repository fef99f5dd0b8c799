//! What the codes of verdicts, alarms and policy decisions mean to their reader, as [`Guide`]s.

mod authority;
mod bundle;
mod evidence;
mod receipts;
mod requirements;
mod rules;
mod uncounted;

use super::Code;
use super::guide::{Guide, guide};

const fn found(
    code: &'static str,
    title: &'static str,
    meaning: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> (&'static str, Guide) {
    (code, guide(title, meaning, cause, remedy))
}

/// Codes of verdicts, alarms and decisions by what they are about.
const GROUPS: [(&str, &[(&str, Guide)]); 6] = [
    ("Evidence and signers", evidence::GUIDES),
    ("Policies, tokens, stops and denials", authority::GUIDES),
    ("Receipts and bundles", receipts::GUIDES),
    ("Evidence that does not count", uncounted::GUIDES),
    ("Actions and approvals", rules::GUIDES),
    ("Other requirements of policies", requirements::GUIDES),
];

/// Every code of a verdict, an alarm or a policy decision that is no reason of clawsig's, in groups with a title.
pub fn groups() -> impl Iterator<Item = (&'static str, &'static [(&'static str, Guide)])> {
    GROUPS.into_iter()
}

/// The reasons of clawsig for which a proof bundle, or another of its documents, is not valid.
pub fn bundle_reasons() -> impl Iterator<Item = (&'static str, Guide)> {
    bundle::TITLES
        .iter()
        .map(|(code, title)| (*code, of_bundle(title)))
}

/// The guide to a code, whatever brought it up: a refusal, a verdict, an alarm, a policy decision or the verification
/// of a proof bundle.
pub fn guide_to(text: &str) -> Option<Guide> {
    let all = GROUPS.iter().flat_map(|(_, guides)| guides.iter());
    let found = all.into_iter().find(|(code, _)| *code == text);
    let found = found.map(|(_, guide)| *guide);
    found.or_else(|| Code::parse(text)?.guide().copied()).or_else(|| {
        bundle_reasons()
            .find(|(code, _)| *code == text)
            .map(|(_, guide)| guide)
    })
}

const fn of_bundle(title: &'static str) -> Guide {
    guide(
        title,
        "A proof bundle, or another document in clawsig's format, is not valid for this reason. The message says what exactly was found.",
        "The program that wrote the document makes a mistake, or somebody changed the document afterwards.",
        "Compare the document with clawsig's rules. Ask its author for a corrected one; a document that is not valid proves nothing.",
    )
}
