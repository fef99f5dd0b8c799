//! One reader for hashes of 32 bytes in whatever spelling people and tools give them.
//!
//! A member of a document and an address of ours have one spelling each. What is spelled otherwise is the same hash
//! all the same: a lookup finds it, or says which spelling it was given and what it wants, and never "no such thing".

use core::fmt;

use tlog::base64;

/// The two spellings that this log writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HashForm {
    /// 64 lower-case hex digits: digests of documents, tokens and files.
    Hex,
    /// 43 characters of base64url: hashes within clawsig documents and of policies.
    Base64url,
}

impl fmt::Display for HashForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hex => "64 lower-case hex digits",
            Self::Base64url => "43 characters of canonical base64url",
        })
    }
}

/// What other tools write before a hash.
const PREFIXES: [&str; 8] = [
    "sha256:", "sha256-", "sha256=", "sha-256:", "sha-256=", "b64u:", "hex:", "0x",
];

/// A hash that was read, and how it was spelled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpelledHash {
    bytes: [u8; 32],
    spelling: String,
}

impl SpelledHash {
    /// Reads hex in any case and base64 of either alphabet, padded or not, after any of the usual prefixes, with or
    /// without white space around; anything else is `None`.
    pub fn read(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let (prefix, body) = without_prefix(trimmed);
        let (bytes, alphabet) = digits(body)?;
        let mut spelling = alphabet.to_owned();
        if let Some(prefix) = prefix {
            spelling = format!("{spelling} after {prefix}");
        }
        if trimmed.len() != text.len() {
            spelling = format!("{spelling} with white space around");
        }
        Some(Self { bytes, spelling })
    }

    /// The 32 bytes of the hash.
    pub const fn bytes(&self) -> [u8; 32] {
        self.bytes
    }

    /// The hash as this log writes it in a form.
    pub fn to(&self, form: HashForm) -> String {
        match form {
            HashForm::Hex => crate::digest::EvidenceDigest::from_bytes(self.bytes).to_string(),
            HashForm::Base64url => base64::encode_url(&self.bytes),
        }
    }

    /// The form wanted, in words, with what to write instead of a text in another spelling.
    pub fn wanted(form: HashForm, text: &str) -> String {
        match Self::read(text) {
            Some(found) => format!(
                "{form}; this is the hash {} as {}",
                found.to(form),
                found.spelling
            ),
            None => form.to_string(),
        }
    }

    /// A text without what other tools write before a hash: what may be the beginning of one.
    pub fn begun(text: &str) -> &str {
        without_prefix(text.trim()).1
    }

    /// Whether a text is 64 hex digits.
    pub fn is_hex(text: &str) -> bool {
        text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

fn without_prefix(text: &str) -> (Option<&'static str>, &str) {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let prefix = PREFIXES.into_iter().find(|prefix| lower.starts_with(prefix));
    let body = text.get(prefix.map_or(0, str::len)..);
    (prefix, body.unwrap_or_default())
}

/// The bytes, and what the digits are.
fn digits(body: &str) -> Option<([u8; 32], &'static str)> {
    if SpelledHash::is_hex(body) {
        let bytes = tlog::hash::decode_hex(&body.to_ascii_lowercase())?;
        let lower = !body.bytes().any(|byte| byte.is_ascii_uppercase());
        return Some((
            bytes,
            if lower {
                "hex digits"
            } else {
                "upper-case hex digits"
            },
        ));
    }
    let unpadded = body.strip_suffix('=').unwrap_or(body);
    let url: String = unpadded
        .chars()
        .map(|character| match character {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let alphabet = match (unpadded.len() == body.len(), url == unpadded) {
        (true, true) => "base64url",
        (false, true) => "padded base64url",
        (true, false) => "base64 of the standard alphabet",
        (false, false) => "padded base64 of the standard alphabet",
    };
    Some((base64::decode_url_array(&url)?, alphabet))
}
