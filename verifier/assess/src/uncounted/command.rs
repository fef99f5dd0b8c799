//! The command that links a submitter to a signer that is registered.
//!
//! There is none that registers a signer: evidence must not talk an operator into trusting the key that signed it.
//!
//! Everything in it was checked for its form: a name that is more than plain characters is left to the reader, so that no
//! document writes a part of a command.

use super::{RegistrationInForce, SignerStatus};
use evidence::context::SubmitterName;
use evidence::rfc3339;

/// Between two options: the command goes on in the next line.
const NEXT_LINE: &str = " \\\n    ";
/// Longest name that a command repeats.
const PLAIN_CHARS_MAX: usize = 64;

/// `ledgerd issuer register …` with everything that a registration in force says, and a submitter. The new registration
/// gives the signer nothing else that it does not have, and ends when the other one does. `None` where the signer's DID is
/// no key, or that end cannot be written.
pub(super) fn link(
    signer: &SignerStatus,
    registered: &RegistrationInForce,
    submitter: &SubmitterName,
) -> Option<String> {
    let did = signer.key()?;
    let mut words =
        vec!["ledgerd issuer register --url \"$URL\" --operator-key \"$OPERATOR_KEY\"".to_owned()];
    words.push(format!("--did {did}"));
    let roles = registered.roles.iter();
    words.extend(roles.map(|role| format!("--role {}", role.as_str())));
    let name = plain(&registered.name).unwrap_or_else(|| "\"$NAME\"".to_owned());
    words.push(format!("--name {name}"));
    if let Some(gateway_id) = registered.gateway_id.as_deref() {
        let gateway_id = plain(gateway_id).unwrap_or_else(|| "\"$GATEWAY_ID\"".to_owned());
        words.push(format!("--gateway-id {gateway_id}"));
    }
    if let Some(not_after) = registered.not_after {
        words.push(format!("--not-after {}", rfc3339::format(not_after)?));
    }
    words.push(format!("--submitter {}", submitter.as_str()));
    Some(words.join(NEXT_LINE))
}

/// A name as one word of a POSIX shell, where it is of characters that every shell and every reader takes for themselves.
fn plain(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" ._-:/@".contains(&byte);
    let fits = (1..=PLAIN_CHARS_MAX).contains(&name.len()) && !name.starts_with('-');
    (fits && name.bytes().all(allowed)).then(|| {
        if name.contains(' ') {
            format!("'{name}'")
        } else {
            name.to_owned()
        }
    })
}
