//! Commitments to prompts in a bundle's metadata: step 19 (`schemas/clawsig.md` §5.5).

use crate::collation::CollationKey;
use crate::reason::keep_missing;
use crate::schema::MemberForm::{
    self, Base64url, Closed, Constant, Count, DateTime, Did, List, Text, TextOf, TextUpTo,
};
use crate::schema::{self};
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value, to_js_string};
use evidence::token::js_trim;
use tlog::base64;
use tlog::hash::sha256;

use super::chain::EventChain;

/// Checks both commitments, where they are there.
pub(super) fn check(
    metadata: &Object,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let pack = metadata.get("prompt_pack");
    let mut missing = None;
    if let Some(pack) = pack {
        schema::check(&PROMPT_PACK, pack).map_err(|fault| schema::below("prompt_pack", fault))?;
        keep_missing(&mut missing, check_pack(pack))?;
    }
    if let Some(report) = metadata.get("system_prompt_report") {
        check_system_prompts(report, pack, agent_did, chain)?;
    }
    missing.map_or(Ok(()), Err)
}

fn check_system_prompts(
    report: &Value,
    pack: Option<&Value>,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    schema::check(&REPORT, report).map_err(|fault| schema::below("system_prompt_report", fault))?;
    let Some(chain) = chain else {
        let message = "a report on system prompts needs an event chain";
        return Err(ClawsigFailure::fail(Reason::MalformedEnvelope, message));
    };
    let pack = pack.and_then(Value::as_object);
    check_report(report, pack.map(|pack| text(pack, ROOT)), agent_did, chain)
}

const ROOT: &str = "prompt_root_hash_b64u";

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    js_trim(object.text_or_empty(name))
}

/// `H_js` over the ids and hashes of the entries in the order of their ids.
fn check_pack(pack: &Value) -> Result<(), ClawsigFailure> {
    let Some(pack) = pack.as_object() else {
        return Ok(());
    };
    let mut entries = Vec::new();
    for entry in pack.items("entries").iter().filter_map(Value::as_object) {
        let (id, hash) = (text(entry, "entry_id"), text(entry, "content_hash_b64u"));
        if id.is_empty() || hash.is_empty() {
            continue;
        }
        let key = CollationKey::of(id).ok_or_else(|| {
            let message =
                "the hash of the prompt pack depends on the order of characters that have none here";
            ClawsigFailure::incomplete(Reason::CollationUnsupported, message)
        })?;
        entries.push((key, id, hash));
    }
    // Stable, like the reference's: entries with one id stay in document order.
    entries.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let entries: Vec<String> = entries
        .into_iter()
        .map(|(_, id, hash)| {
            let quoted = |text: &str| to_js_string(&Value::String(text.to_owned()));
            format!(
                "{{\"entry_id\":{},\"content_hash_b64u\":{}}}",
                quoted(id),
                quoted(hash)
            )
        })
        .collect();
    let hashed = format!(
        "{{\"prompt_pack_version\":\"1\",\"entries\":[{}]}}",
        entries.join(",")
    );
    if text(pack, ROOT) == base64::encode_url(&sha256(hashed.as_bytes())) {
        return Ok(());
    }
    let message = "the prompt pack has another hash than it says";
    Err(ClawsigFailure::fail(Reason::HashMismatch, message))
}

fn check_report(
    report: &Value,
    pack_root: Option<&str>,
    agent_did: &str,
    chain: &EventChain<'_>,
) -> Result<(), ClawsigFailure> {
    let mismatch = |what: &str| {
        let message = format!("the report on system prompts {what}");
        Err(ClawsigFailure::fail(Reason::PromptCommitmentMismatch, message))
    };
    let Some(report) = report.as_object() else {
        return Ok(());
    };
    if text(report, "run_id") != chain.run_id {
        return mismatch("is of another run than the chain");
    }
    if text(report, "agent_did") != agent_did {
        return mismatch("is of another agent than the bundle");
    }
    let root = text(report, ROOT);
    if !root.is_empty() && pack_root.is_some_and(|pack_root| pack_root != root) {
        return mismatch("cites another prompt pack than the bundle's");
    }
    for call in report.items("calls").iter().filter_map(Value::as_object) {
        let event_id = text(call, "event_id");
        if event_id.is_empty() {
            continue;
        }
        let Some(event) = chain.events.get(event_id) else {
            return mismatch("cites an event that is not in the chain");
        };
        if event.kind != "llm_call" {
            return mismatch("cites an event that is no llm_call");
        }
        let event_hash = text(call, "event_hash_b64u");
        if !event_hash.is_empty() && event_hash != event.hash {
            return mismatch("cites an event under another hash than the chain's");
        }
    }
    Ok(())
}

/// A string of 1 to N characters.
macro_rules! between_1_and {
    ($max:literal) => {
        TextOf(concat!("a string of 1 to ", $max, " characters"), |text| {
            !text.is_empty() && text.chars().nth($max).is_none()
        })
    };
}

pub(crate) static PROMPT_PACK: MemberForm = Closed(
    &[
        ("prompt_pack_version", Constant("1")),
        ("hash_algorithm", Constant("SHA-256")),
        (ROOT, Base64url),
        ("entries", List(0, 256, &PROMPT_ENTRY)),
    ],
    &[("prompt_pack_id", Text(1))],
);

static PROMPT_ENTRY: MemberForm = Closed(
    &[
        ("entry_id", between_1_and!(256)),
        ("content_hash_b64u", Base64url),
    ],
    &[("content_type", TextUpTo(128)), ("size_bytes", Count)],
);

pub(crate) static REPORT: MemberForm = Closed(
    &[
        ("system_prompt_report_version", Constant("1")),
        ("report_id", Text(1)),
        ("run_id", Text(1)),
        ("agent_did", Did),
        ("issued_at", DateTime),
        ("hash_algorithm", Constant("SHA-256")),
        ("calls", List(0, 512, &CALL)),
    ],
    &[(ROOT, Base64url)],
);

static CALL: MemberForm = Closed(
    &[
        ("event_id", Text(1)),
        ("rendered_system_prompt_hash_b64u", Base64url),
    ],
    &[
        ("event_hash_b64u", Base64url),
        ("provider", between_1_and!(64)),
        ("model", between_1_and!(128)),
    ],
);
