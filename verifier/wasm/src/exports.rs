//! What the script calls. Arguments are bytes; every answer is JSON, `{"error": …}` for a call that is
//! the script's own mistake.
//!
//! The calling convention is that of Typst's plugins: the macro writes the two imports and the export of
//! each function, so that nothing unsafe stands here.

use crate::{check_answer, check_brought_pack, check_entry, check_job, check_visit};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// `shown`: JSON of [`crate::ShownJob`].
pub fn job(pack: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
    call(shown, |shown| to_json(&check_job(pack, text(vkey), &shown)))
}

/// A file that the visitor takes for a pack, by itself.
pub fn pack(file: &[u8], vkey: &[u8]) -> Vec<u8> {
    to_json(&check_brought_pack(file, text(vkey)))
}

/// `shown`: JSON of [`crate::ShownEntry`].
pub fn entry(answer: &[u8], genesis: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
    call(shown, |shown| {
        to_json(&check_entry(answer, genesis, text(vkey), &shown))
    })
}

/// `shown`: JSON of [`crate::ShownAnswer`].
pub fn subject(file: &[u8], genesis: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
    call(shown, |shown| {
        to_json(&check_answer(file, genesis, text(vkey), &shown))
    })
}

/// `question`: JSON of [`crate::VisitInput`].
pub fn visit(question: &[u8]) -> Vec<u8> {
    call(question, |question| to_json(&check_visit(&question)))
}

#[cfg(target_arch = "wasm32")]
mod abi {
    use wasm_minimal_protocol::wasm_func;

    wasm_minimal_protocol::initiate_protocol!();

    #[wasm_func]
    fn job(pack: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
        super::job(pack, vkey, shown)
    }

    #[wasm_func]
    fn pack(file: &[u8], vkey: &[u8]) -> Vec<u8> {
        super::pack(file, vkey)
    }

    #[wasm_func]
    fn entry(answer: &[u8], genesis: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
        super::entry(answer, genesis, vkey, shown)
    }

    #[wasm_func]
    fn subject(file: &[u8], genesis: &[u8], vkey: &[u8], shown: &[u8]) -> Vec<u8> {
        super::subject(file, genesis, vkey, shown)
    }

    #[wasm_func]
    fn visit(question: &[u8]) -> Vec<u8> {
        super::visit(question)
    }
}

fn call<T: for<'de> Deserialize<'de>>(argument: &[u8], then: impl FnOnce(T) -> Vec<u8>) -> Vec<u8> {
    match serde_json::from_slice(argument) {
        Ok(argument) => then(argument),
        Err(error) => to_json(&json!({"error": error.to_string()})),
    }
}

/// What is not UTF-8 is no vkey, and neither is nothing.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn to_json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}
