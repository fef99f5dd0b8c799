//! What each reason code means to whoever gets it. One table: the API takes its titles from it, the pages show it.

use super::Code;

/// What a code means, who has to act, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guide {
    /// The code in a few words.
    pub title: &'static str,
    /// What was found.
    pub meaning: &'static str,
    /// Whose mistake it is.
    pub at_fault: &'static str,
    /// What helps.
    pub remedy: &'static str,
}

const CALLER: &str = "The caller: the request is not one that this server takes.";
const SIGNER: &str =
    "The signer, or whatever stands between the signer and the log: the document is not what was signed.";
const AUTHOR: &str = "The author of the document: what it says is not allowed in a document of its type.";
const OPERATOR: &str = "Nobody by mistake: the log's operator decides who may sign what.";
const SERVER: &str = "This server, or its operator.";
const NOBODY: &str = "Nobody.";

impl Code {
    /// The guide to this code; there is one to every code of this version.
    pub fn guide(self) -> Option<&'static Guide> {
        let found = GUIDES.iter().find(|(code, _)| *code == self);
        found.map(|(_, guide)| guide)
    }
}

const fn guide(
    title: &'static str,
    meaning: &'static str,
    at_fault: &'static str,
    remedy: &'static str,
) -> Guide {
    Guide {
        title,
        meaning,
        at_fault,
        remedy,
    }
}

/// In the order in which the codes are declared.
static GUIDES: &[(Code, Guide)] = &[
    (
        Code::MalformedJson,
        guide(
            "not a JSON document",
            "The body is not one JSON text in UTF-8, or did not arrive whole.",
            CALLER,
            "Send the document byte for byte as its signer wrote it, and check the declared content encoding.",
        ),
    ),
    (
        Code::DuplicateKey,
        guide(
            "a member name occurs twice",
            "An object has two members of one name: readers would disagree on what it says.",
            AUTHOR,
            "Write each member once, and sign again.",
        ),
    ),
    (
        Code::LoneSurrogate,
        guide(
            "half a surrogate pair",
            "A text escapes half of a character that needs two escapes.",
            AUTHOR,
            "Write whole characters, and sign again.",
        ),
    ),
    (
        Code::NumberOutOfRange,
        guide(
            "a number that a double does not hold exactly",
            "A number is too large, or is an integer beyond 2^53-1: two readers would hash different values.",
            AUTHOR,
            "Write large numbers as texts, and sign again.",
        ),
    ),
    (
        Code::NestingTooDeep,
        guide(
            "nested too deep",
            "The document has more than 64 levels.",
            AUTHOR,
            "Flatten it, and sign again.",
        ),
    ),
    (
        Code::BodyTooLarge,
        guide(
            "too large",
            "The body, what it unpacks to, or the number of its lines exceeds the limit that the detail names. Nothing of it was logged.",
            CALLER,
            "Split a batch. Log a large artifact by its hash, without its content.",
        ),
    ),
    (
        Code::BodyTooSlow,
        guide(
            "the body came too slowly",
            "The body came more slowly than the server waits for: the detail says how much has to come in which time.",
            CALLER,
            "Send it again over a better connection, in smaller parts, or as gzip.",
        ),
    ),
    (
        Code::HostInvalid,
        guide(
            "not one Host",
            "A request names one host, in its Host header: this one names none, several, or another than its first line.",
            CALLER,
            "Send exactly one Host header. If a proxy is in between, let it send its own and drop the caller's.",
        ),
    ),
    (
        Code::UnsupportedMediaType,
        guide(
            "another content type",
            "The body has a content type or a content encoding that is not read here.",
            CALLER,
            "Send a content type that the detail names, without content encoding or as gzip.",
        ),
    ),
    (
        Code::UnknownEnvelopeType,
        guide(
            "no such envelope type",
            "envelope_type is none that this log takes.",
            AUTHOR,
            "Compare it with schemas/signing.md. A document of another kind can be logged inside an evidence_artifact.",
        ),
    ),
    (
        Code::SchemaInvalid,
        guide(
            "the document is not of its schema",
            "A member is missing, superfluous, or of another form: the pointer says which.",
            "Under /context the submitter, who wrote that context; anywhere else the author of the document.",
            "Compare the member with the schema of its type under schemas/. A context is put right and sent again; a document has to be signed again.",
        ),
    ),
    (
        Code::InvalidBase64url,
        guide(
            "not canonical base64url",
            "A hash or signature is not unpadded base64url of its length.",
            AUTHOR,
            "Encode the bytes as base64url without padding.",
        ),
    ),
    (
        Code::HashMismatch,
        guide(
            "a stated hash is another",
            "A stated hash is not the hash of what it is about: the document was changed or re-ordered after signing, or hashed by another rule.",
            SIGNER,
            "Send the bytes as they were signed. A proxy that formats JSON again breaks hashes that depend on the order of members.",
        ),
    ),
    (
        Code::SignatureInvalid,
        guide(
            "the signature does not verify",
            "The signature is not one by the signer's key over this document.",
            SIGNER,
            "Send the bytes as they were signed, and check that signer_did is the key that signed.",
        ),
    ),
    (
        Code::WrongLog,
        guide(
            "signed for another log",
            "log_origin names another log: what was signed for one log is not taken by another.",
            CALLER,
            "Send it to the log that it names, or sign it for this one: /v1/log tells its origin.",
        ),
    ),
    (
        Code::TokenLeaked,
        guide(
            "a bearer token in the clear",
            "The address or the document holds what looks like a compact token. Whoever has a token can use it; it was neither logged nor kept.",
            CALLER,
            "Revoke the token, and name it by the SHA-256 of its text from now on.",
        ),
    ),
    (
        Code::InvalidId,
        guide(
            "not an identifier",
            "An id is empty, too long, or holds characters that nobody sees.",
            AUTHOR,
            "Choose an id of visible characters, and sign again.",
        ),
    ),
    (
        Code::SubjectsTooMany,
        guide(
            "too many subjects",
            "The document names more than 32 ids by which it would be found.",
            AUTHOR,
            "Split it.",
        ),
    ),
    (
        Code::EntryTooLarge,
        guide(
            "the entry would be too large",
            "The entry of this document would exceed 4 KiB.",
            AUTHOR,
            "Use shorter or fewer ids.",
        ),
    ),
    (
        Code::TokenScopeHashMismatch,
        guide(
            "the scope hash is another",
            "token_scope_hash_b64u is not the hash of the claims beside it.",
            AUTHOR,
            "Compute it from the claims as schemas/subjects.md says, or leave it out.",
        ),
    ),
    (
        Code::ExpNotAfterIat,
        guide(
            "a token that is never valid",
            "exp of the token is not after its iat.",
            AUTHOR,
            "Check both claims of the token; they are seconds since 1970.",
        ),
    ),
    (
        Code::IssuedAtAhead,
        guide(
            "issued in the future",
            "iat lies ahead of the log's clock by more than the skew.",
            AUTHOR,
            "Check the clock of the token service, and that the time is in seconds.",
        ),
    ),
    (
        Code::SecondsExpected,
        guide(
            "milliseconds instead of seconds",
            "A time in seconds since 1970 lies after the year 9999, as one in milliseconds does.",
            AUTHOR,
            "Divide it by 1000, and sign the document again.",
        ),
    ),
    (
        Code::RevokedAtAhead,
        guide(
            "revoked in the future",
            "revoked_at lies ahead of the log's clock by more than the skew.",
            AUTHOR,
            "Check the signer's clock, and that the time is in seconds.",
        ),
    ),
    (
        Code::ClockNotInDoubt,
        guide(
            "the clock is not in doubt",
            "A confirmation of the clock came while the log trusts its clock, so that there was nothing to confirm.",
            OPERATOR,
            "Nothing has to be done.",
        ),
    ),
    (
        Code::ClockDiffers,
        guide(
            "the server's clock shows another time",
            "The operator confirmed a time that is not the one that the server's clock shows.",
            OPERATOR,
            "Set the server's clock right, and confirm the time that it shows then.",
        ),
    ),
    (
        Code::ConfirmationStale,
        guide(
            "the confirmation is for another size of the log",
            "The confirmation was signed for a log of another size: it may have been kept, or be meant for an older state.",
            OPERATOR,
            "Sign a new confirmation for the log as it is now.",
        ),
    ),
    (
        Code::ArtifactHashMismatch,
        guide(
            "the artifact's hash or size is another",
            "sha256 or size of an artifact is not that of its content.",
            AUTHOR,
            "Hash the content that is sent, and sign again.",
        ),
    ),
    (
        Code::KindNotEnabled,
        guide(
            "this version does not take this kind",
            "The type is specified, and this version of the log does not take it yet.",
            NOBODY,
            "Keep the document, and send it to a version that takes it.",
        ),
    ),
    (
        Code::ErasureNotAllowed,
        guide(
            "evidence of this kind is not erased",
            "The order names evidence that says who may do what, which always stays.",
            OPERATOR,
            "docs/erasure.md lists what can be erased.",
        ),
    ),
    (
        Code::EvidenceHeld,
        guide(
            "under a legal hold",
            "What the order names is held: nothing of it is erased while the hold stands.",
            NOBODY,
            "Release the hold first, if you may.",
        ),
    ),
    (
        Code::EvidenceErased,
        guide(
            "erased by an order in the log",
            "What was asked for was erased. Its entry and its proofs stay.",
            NOBODY,
            "The detail names the entry of the order, which says who ordered it and why.",
        ),
    ),
    (
        Code::ClosureTooLarge,
        guide(
            "more evidence than is assessed here",
            "The job has more evidence than one verdict may be made from. Nothing was judged.",
            NOBODY,
            "List its entries page by page.",
        ),
    ),
    (
        Code::NotFound,
        guide(
            "not found",
            "There is no such address here, or this log holds no such thing, or not yet.",
            CALLER,
            "Ids are compared byte for byte and percent-encoded in addresses. If this log gave you a receipt for it, keep that: with it, an entry that is gone can be shown.",
        ),
    ),
    (
        Code::WitnessNotConfigured,
        guide(
            "no witness is configured",
            "The request waits for a witness, and this log has none.",
            CALLER,
            "Use wait=integrated.",
        ),
    ),
    (
        Code::SignerNotTrusted,
        guide(
            "the signer is not registered here",
            "No registration in the log covers this signer at this time.",
            OPERATOR,
            "Have the signer registered (ledgerd issuer register), then send the document again.",
        ),
    ),
    (
        Code::SignerRetired,
        guide(
            "the signer was retired",
            "The log says that this key is not to be trusted any more. The refusal was logged.",
            OPERATOR,
            "Sign with the key that followed it.",
        ),
    ),
    (
        Code::RoleMismatch,
        guide(
            "the signer has another role",
            "The signer is registered, but not for documents of this type, or another signer is named in it.",
            OPERATOR,
            "schemas/payloads.md says who signs what.",
        ),
    ),
    (
        Code::Unauthenticated,
        guide(
            "no valid token",
            "The request carries no bearer token of the needed role.",
            CALLER,
            "Send the token that the operator configured for you, in the Authorization header.",
        ),
    ),
    (
        Code::TooManyRequests,
        guide(
            "too many requests",
            "Too many requests of yours are under way.",
            CALLER,
            "Wait as long as Retry-After says, and send fewer at once.",
        ),
    ),
    (
        Code::Unavailable,
        guide(
            "try again later",
            "The server takes no more now, or the log does not take entries. What was not acknowledged may be sent again: nothing is logged twice.",
            SERVER,
            "Wait as long as Retry-After says, and repeat the request.",
        ),
    ),
    (
        Code::Internal,
        guide(
            "our fault",
            "The server failed. This says nothing about the evidence.",
            SERVER,
            "Repeat the request. The operator finds the cause in the server's log.",
        ),
    ),
    (
        Code::InvalidParameter,
        guide(
            "a parameter of another form",
            "A part of the address or a header is not of the form that it has here: the detail names it.",
            CALLER,
            "Compare the request with /openapi.json.",
        ),
    ),
    (
        Code::PositionAhead,
        guide(
            "beyond the end of this log",
            "The request names a position, size or cursor that this log has not reached. A log only grows: if this log told you that position, it was rolled back to an older state or replaced, and what you hold may be the proof.",
            "The caller, if the position is a mistake or of another log; else the log's operator.",
            "Keep your checkpoint, receipts and entries. Fetch /log/checkpoint: a signed checkpoint of yours with a larger size, or with another root at the same size, shows the rollback. ledger-verify audit compares the log with its own checkpoint, and a tlog-proof that you hold is checked offline with ledger-verify proof.",
        ),
    ),
    (
        Code::MethodNotAllowed,
        guide(
            "no such method here",
            "The resource is there, the method is not.",
            CALLER,
            "Use a method that the Allow header lists.",
        ),
    ),
    (
        Code::NotAcceptable,
        guide(
            "no form that you accept",
            "The Accept header allows none of the forms that there are.",
            CALLER,
            "Accept one of the forms that the detail lists.",
        ),
    ),
];
