//! What a submitter says about evidence: job, token, stream position.
//!
//! A receipt names no job and only a scope hash of its token, so its sender says what it
//! belongs to. Whether that counts is decided elsewhere; here it is only read.

use sha2::{Digest as _, Sha256};

use crate::code::Code;
use crate::compact_jws::contains_compact_jws;
use crate::digest::TokenHash;
use crate::fault::{Fault, pointer_to, shorten};
use crate::id::check_id;
use crate::json::{self, Object, Value};
use crate::subject::{ClearSubject, Field, IndexSalt, Subject, subject_list};

/// A place in a submitter's own counter.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize)]
pub struct StreamClaim {
    /// Stream id, the submitter's own.
    pub stream: String,
    /// 0-based.
    pub number: u64,
    /// Whether this closes the stream.
    pub last: bool,
}

/// A checked context. At least one of its parts is present.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize)]
pub struct Context {
    /// Job id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// Token hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_hash: Option<TokenHash>,
    /// Stream position.
    #[serde(flatten)]
    pub stream: Option<StreamClaim>,
}

/// Every member that a context may have.
const MEMBERS: [&str; 5] = ["job_id", "token_hash", "stream", "number", "last"];

impl Context {
    /// Reads `{job_id?, token_hash?, stream?, number?, last?}`, strictly: `number` goes with `stream`, `last`
    /// only with both and is false where absent, one part at least. `pointer` prefixes the faults'.
    ///
    /// # Errors
    /// `SCHEMA_INVALID`, `INVALID_ID` or `TOKEN_LEAKED`: the submitter who wrote the context is at fault.
    pub fn from_json(value: &Value, pointer: &str) -> Result<Self, Fault> {
        let Some(object) = value.as_object() else {
            return Err(Fault::new(
                Code::SchemaInvalid,
                pointer,
                "an object",
                value.type_name(),
            ));
        };
        if let Some((name, _)) = object
            .members()
            .iter()
            .find(|(name, _)| !MEMBERS.contains(&name.as_str()))
        {
            let expected = "job_id, token_hash, stream, number, last";
            return Err(Fault::new(
                Code::SchemaInvalid,
                pointer_to(pointer, name),
                expected,
                shorten(name),
            ));
        }
        let context = Self {
            job_id: id_member(object, "job_id", pointer)?,
            token_hash: token_hash_member(object, pointer)?,
            stream: stream_claim(object, pointer)?,
        };
        if context.job_id.is_none() && context.token_hash.is_none() && context.stream.is_none() {
            return Err(Fault::new(
                Code::SchemaInvalid,
                pointer,
                "a job_id, token_hash or stream",
                "none of them",
            ));
        }
        Ok(context)
    }

    /// JCS of the context: what is stored with the evidence, and read back by
    /// [`from_json`](Self::from_json).
    pub fn to_stored(&self) -> String {
        let mut members = Vec::new();
        if let Some(job_id) = &self.job_id {
            members.push(("job_id".to_owned(), Value::String(job_id.clone())));
        }
        if let Some(token_hash) = &self.token_hash {
            members.push(("token_hash".to_owned(), Value::String(token_hash.to_string())));
        }
        if let Some(claim) = &self.stream {
            members.push(("stream".to_owned(), Value::String(claim.stream.clone())));
            members.push(("number".to_owned(), Value::from_integer(claim.number)));
            members.push(("last".to_owned(), Value::Bool(claim.last)));
        }
        json::jcs_of_members(&members)
    }

    /// Its subjects: job and token.
    pub fn subjects(&self) -> Vec<ClearSubject> {
        let job = self.job_id.iter().map(|job_id| ClearSubject {
            field: Field::Job,
            value: job_id.clone(),
        });
        let token = self.token_hash.iter().map(|hash| ClearSubject {
            field: Field::Token,
            value: hash.to_string(),
        });
        job.chain(token).collect()
    }
}

fn text_member<'a>(object: &'a Object, name: &str, pointer: &str) -> Result<Option<&'a str>, Fault> {
    let Some(value) = object.get(name) else {
        return Ok(None);
    };
    match value.as_str() {
        Some(text) => Ok(Some(text)),
        None => Err(Fault::new(
            Code::SchemaInvalid,
            pointer_to(pointer, name),
            "a string",
            value.type_name(),
        )),
    }
}

fn id_member(object: &Object, name: &str, pointer: &str) -> Result<Option<String>, Fault> {
    let Some(text) = text_member(object, name, pointer)? else {
        return Ok(None);
    };
    let pointer = pointer_to(pointer, name);
    check_id(text, &pointer)?;
    if contains_compact_jws(text) {
        return Err(Fault::new(
            Code::TokenLeaked,
            pointer,
            "an id, not a token",
            "a compact JWS",
        ));
    }
    Ok(Some(text.to_owned()))
}

fn token_hash_member(object: &Object, pointer: &str) -> Result<Option<TokenHash>, Fault> {
    let Some(text) = text_member(object, "token_hash", pointer)? else {
        return Ok(None);
    };
    let pointer = pointer_to(pointer, "token_hash");
    if contains_compact_jws(text) {
        let expected = "the hash of a token, not the token";
        return Err(Fault::new(Code::TokenLeaked, pointer, expected, "a compact JWS"));
    }
    match TokenHash::parse_hex(text) {
        Some(hash) => Ok(Some(hash)),
        None => Err(Fault::new(
            Code::SchemaInvalid,
            pointer,
            "64 lower-case hex digits",
            shorten(text),
        )),
    }
}

fn stream_claim(object: &Object, pointer: &str) -> Result<Option<StreamClaim>, Fault> {
    let fault = |name: &str, expected: &str, found: &str| {
        Err(Fault::new(
            Code::SchemaInvalid,
            pointer_to(pointer, name),
            expected,
            found,
        ))
    };
    let (stream, number, last) = (
        id_member(object, "stream", pointer)?,
        object.get("number"),
        object.get("last"),
    );
    let (stream, number) = match (stream, number) {
        (Some(stream), Some(number)) => (stream, number),
        (None, None) if last.is_some() => return fault("last", "nothing without `stream`", "a `last`"),
        (None, None) => return Ok(None),
        (Some(_), None) => return fault("number", "a number with `stream`", "nothing"),
        (None, Some(_)) => return fault("stream", "a stream with `number`", "nothing"),
    };
    let Some(number) = number.as_u64() else {
        return fault("number", "an integer from 0 to 2^53-1", number.type_name());
    };
    let last = match last {
        None => false,
        Some(Value::Bool(last)) => *last,
        Some(other) => return fault("last", "a boolean", other.type_name()),
    };
    Ok(Some(StreamClaim { stream, number, last }))
}

/// The longest submitter name.
const SUBMITTER_BYTES_MAX: usize = 64;

/// The name of a registered submitter: `[a-z0-9._-]{1,64}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
pub struct SubmitterName(String);

impl SubmitterName {
    /// Reads a name; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let fits = (1..=SUBMITTER_BYTES_MAX).contains(&text.len());
        (fits && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hash by which an entry names a stream: SHA-256(owner 00 stream id). The owner is a
/// submitter's name, or the DID of the signer of a `submission_context`; neither holds a zero byte.
pub fn stream_hash(owner: &str, stream: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(owner.as_bytes());
    hasher.update([0]);
    hasher.update(stream.as_bytes());
    hasher.finalize().into()
}

/// Member 10 of an entry: a pure function of context and salt.
///
/// # Errors
/// As [`subject_list`]; a context never has too many: it names two at most.
pub fn context_subject_list(salt: &IndexSalt, context: &Context) -> Result<Vec<Subject>, Fault> {
    subject_list(salt, &context.subjects())
}
