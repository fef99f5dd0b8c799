//! What each reason code of a refusal means to its reader. One table: the API takes its titles from it, the pages show it.

use super::Code;

/// What a code means, why it comes up, and what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guide {
    /// The code in a few words.
    pub title: &'static str,
    /// What the code says that was found, in a sentence.
    pub meaning: &'static str,
    /// The usual cause: of a refusal, whose mistake it is.
    pub cause: &'static str,
    /// What helps.
    pub remedy: &'static str,
}

const CALLER: &str = "The caller made a mistake in the request.";
const SIGNER: &str =
    "The signer signed something else, or a program between signer and log changed the document.";
const AUTHOR: &str =
    "The author of the document wrote something that is not allowed in this type of document.";
const OPERATOR: &str =
    "The log's operator decides who may sign what, and has not allowed this signer to sign this.";
const SERVER: &str = "This server or its operator.";
const NOBODY: &str = "Nobody made a mistake.";

impl Code {
    /// The guide to this code; there is one to every code of this version.
    pub fn guide(self) -> Option<&'static Guide> {
        let found = GUIDES.iter().find(|(code, _)| *code == self);
        found.map(|(_, guide)| guide)
    }
}

pub(super) const fn guide(
    title: &'static str,
    meaning: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Guide {
    Guide {
        title,
        meaning,
        cause,
        remedy,
    }
}

const fn refusal(
    code: Code,
    title: &'static str,
    meaning: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> (Code, Guide) {
    (code, guide(title, meaning, cause, remedy))
}

/// In the order in which the codes are declared.
static GUIDES: &[(Code, Guide)] = &[
    refusal(
        Code::MalformedJson,
        "not a JSON document",
        "The body is not a single JSON text in UTF-8, or it was cut off.",
        CALLER,
        "Send the document byte for byte as its signer wrote it, and check the content encoding.",
    ),
    refusal(
        Code::DuplicateKey,
        "a member name occurs twice",
        "An object has two members of the same name. Two readers could read two different values.",
        AUTHOR,
        "Write each member once, and sign again.",
    ),
    refusal(
        Code::LoneSurrogate,
        "incomplete character",
        "A text contains half of a character that needs two `\\u` escapes.",
        AUTHOR,
        "Write whole characters, and sign again.",
    ),
    refusal(
        Code::NumberOutOfRange,
        "number out of range",
        "A number is too large, or is an integer beyond 2^53-1. Two readers could read two different values and compute two different hashes.",
        AUTHOR,
        "Write large numbers as texts, and sign again.",
    ),
    refusal(
        Code::NestingTooDeep,
        "nested too deeply",
        "The document has more than 64 levels of objects and arrays.",
        AUTHOR,
        "Flatten it, and sign again.",
    ),
    refusal(
        Code::BodyTooLarge,
        "too large",
        "The body, its unpacked size or its number of lines exceeds the limit that the detail names. Nothing of it was logged.",
        CALLER,
        "Split a batch. Log a large artifact by its hash, without its content.",
    ),
    refusal(
        Code::BodyTooSlow,
        "request body too slow",
        "The body arrived more slowly than the server allows. The detail says how much has to arrive in what time.",
        CALLER,
        "Send it again over a better connection, in smaller parts, or as gzip.",
    ),
    refusal(
        Code::HostInvalid,
        "invalid Host header",
        "A request must have exactly one Host header. This one has none, several, or one that contradicts the request line.",
        CALLER,
        "Send exactly one Host header. If there is a proxy in between, let it send its own and drop the caller's.",
    ),
    refusal(
        Code::UnsupportedMediaType,
        "unsupported content type",
        "The server does not accept the content type or content encoding of the body.",
        CALLER,
        "Send one of the content types that the detail names, for example `application/json`, either uncompressed or as gzip.",
    ),
    refusal(
        Code::UnknownEnvelopeType,
        "unknown envelope type",
        "This log does not accept the document's `envelope_type`.",
        AUTHOR,
        "Compare it with schemas/signing.md. A document of another kind can be logged inside an evidence_artifact.",
    ),
    refusal(
        Code::SchemaInvalid,
        "document does not match its schema",
        "A member is missing, unknown or has an invalid value. The pointer says which.",
        "Under /context, the submitter who wrote that context; anywhere else, the author of the document.",
        "Compare the member with the schema of its type under schemas/. A corrected context can simply be sent again; a corrected document has to be signed again.",
    ),
    refusal(
        Code::InvalidBase64url,
        "invalid base64url",
        "A hash or signature is not base64url without padding, or has the wrong length.",
        AUTHOR,
        "Encode the bytes as base64url without padding.",
    ),
    refusal(
        Code::HashMismatch,
        "hash mismatch",
        "A hash in the document does not match what it is the hash of. The document was changed or reordered after signing, or was hashed in another way.",
        SIGNER,
        "Send the bytes exactly as they were signed. A proxy that reformats JSON breaks hashes that depend on the order of members.",
    ),
    refusal(
        Code::SignatureInvalid,
        "invalid signature",
        "The signature does not fit this document and the signer's key.",
        SIGNER,
        "Send the bytes exactly as they were signed, and check that signer_did is the key that signed.",
    ),
    refusal(
        Code::WrongLog,
        "signed for another log",
        "`log_origin` names another log. A document that was signed for one log is not accepted by another.",
        CALLER,
        "Send it to the log that it names, or sign it for this one. /v1/log shows this log's origin.",
    ),
    refusal(
        Code::TokenLeaked,
        "a token in clear",
        "The address or the document contains what looks like a token. Anyone who has a token can use it. It was neither logged nor kept.",
        CALLER,
        "Revoke the token. From now on, refer to tokens by the SHA-256 of their text.",
    ),
    refusal(
        Code::InvalidId,
        "invalid id",
        "An id is empty, too long, or contains invisible characters.",
        AUTHOR,
        "Choose an id of visible characters, and sign again.",
    ),
    refusal(
        Code::SubjectsTooMany,
        "too many subjects",
        "The document names more than 32 ids (jobs, runs, tokens and others) by which it could be found.",
        AUTHOR,
        "Split the document.",
    ),
    refusal(
        Code::EntryTooLarge,
        "entry too large",
        "The entry of this document would exceed 4 KiB.",
        AUTHOR,
        "Use shorter or fewer ids.",
    ),
    refusal(
        Code::TokenScopeHashMismatch,
        "scope hash mismatch",
        "token_scope_hash_b64u is not the hash of the claims in the same document.",
        AUTHOR,
        "Compute it from the claims as schemas/subjects.md says, or leave it out.",
    ),
    refusal(
        Code::ExpNotAfterIat,
        "token ends before it begins",
        "The token's `exp` is not later than its `iat`.",
        AUTHOR,
        "Check both claims. They are seconds since 1970.",
    ),
    refusal(
        Code::IssuedAtAhead,
        "issued in the future",
        "`iat` is later than the log's clock by more than the tolerance between clocks.",
        AUTHOR,
        "Check the clock of the token service, and that the time is in seconds.",
    ),
    refusal(
        Code::SecondsExpected,
        "milliseconds instead of seconds",
        "A time that should be in seconds since 1970 lies after the year 9999, so it is probably in milliseconds.",
        AUTHOR,
        "Divide it by 1000, and sign the document again.",
    ),
    refusal(
        Code::RevokedAtAhead,
        "revoked in the future",
        "`revoked_at` is later than the log's clock by more than the tolerance between clocks.",
        AUTHOR,
        "Check the signer's clock, and that the time is in seconds.",
    ),
    refusal(
        Code::ClockNotInDoubt,
        "clock not in doubt",
        "The operator confirmed the clock while the log trusted it, so there was nothing to confirm.",
        OPERATOR,
        "Nothing has to be done.",
    ),
    refusal(
        Code::ClockDiffers,
        "server's clock differs",
        "The operator confirmed a time that differs from the server's clock.",
        OPERATOR,
        "Set the server's clock, and then confirm the time that it shows.",
    ),
    refusal(
        Code::ConfirmationStale,
        "confirmation out of date",
        "The confirmation was signed for another size of the log. It may be an old one.",
        OPERATOR,
        "Sign a new confirmation for the log's current size.",
    ),
    refusal(
        Code::KeyChangeRefused,
        "key change not allowed",
        "The log's keys do not change in this way at this place of the log, for the reason that the answer names.",
        OPERATOR,
        "`ledgerd key list` shows the keys in force. Make the change again for them.",
    ),
    refusal(
        Code::KeyNotHeld,
        "server does not have the key",
        "The server has no private key for the key that is to sign the log's heads, so that it could not go on.",
        OPERATOR,
        "Put the key file into the directory `keys` of the log, readable by the server, and send the change again.",
    ),
    refusal(
        Code::AtSizeAhead,
        "frozen at a size that the log does not have",
        "The operator wants to end the log, and the log that the operator saw was larger than this one.",
        "This server has an older copy of the log, or the operator signed a size by mistake.",
        "Compare the newest checkpoint that you have with /log/checkpoint. If that is in order, sign again with the size that the log has.",
    ),
    refusal(
        Code::ArtifactHashMismatch,
        "artifact does not match its hash or size",
        "The artifact's `sha256` or `size` does not match its content.",
        AUTHOR,
        "Hash the content that you send, and sign again.",
    ),
    refusal(
        Code::ErasureNotAllowed,
        "evidence of this kind cannot be erased",
        "The order names evidence that shows who was allowed to do what. Such evidence always stays.",
        OPERATOR,
        "docs/erasure.md lists what can be erased.",
    ),
    refusal(
        Code::EvidenceHeld,
        "under a legal hold",
        "The evidence that the order names is under a legal hold. Nothing of it is erased until the hold is released.",
        NOBODY,
        "Release the hold first, if you are allowed to.",
    ),
    refusal(
        Code::EvidenceErased,
        "evidence erased",
        "The evidence was erased by an order in the log. Its entry and its proofs stay.",
        NOBODY,
        "Look at the entry of the order. It says who ordered the erasure and why.",
    ),
    refusal(
        Code::ClosureTooLarge,
        "too much evidence for one verdict",
        "The job has more evidence than one verdict can take into account. Nothing was judged.",
        NOBODY,
        "List its entries page by page.",
    ),
    refusal(
        Code::NotFound,
        "not found",
        "There is no such address, or the log does not hold what you asked for, or not yet.",
        CALLER,
        "Check the spelling: ids are compared byte for byte, and percent-encoded in addresses. If this log gave you a receipt for it, keep the receipt. It proves that the entry existed.",
    ),
    refusal(
        Code::WitnessNotConfigured,
        "no witness configured",
        "The request asks to wait for a witness, and this log has none.",
        CALLER,
        "Use wait=integrated.",
    ),
    refusal(
        Code::NotWitnessed,
        "not cosigned in time",
        "The document is in the log, under a checkpoint that the log signed. Not enough witnesses have cosigned a checkpoint that covers it.",
        "A witness is slow or cannot be reached.",
        "Send the same document again with wait=witnessed to go on waiting, or use wait=integrated. Nothing is lost.",
    ),
    refusal(
        Code::QuorumTooOld,
        "witnesses behind",
        "This log takes no new documents while its witnesses do not cosign its checkpoints: its operator has set witness.mode to fail_closed.",
        "Witnesses cannot be reached or refuse to sign, and too few of them are left.",
        "Send the document again later. It was not logged. If this lasts, tell the log's operator.",
    ),
    refusal(
        Code::LogFrozen,
        "log closed",
        "The log's operator has closed this log for good. It takes no new documents. What it has can still be read and verified.",
        NOBODY,
        "Do not send the document here again. The detail names the log that continues this one, if the operator stated one. A document that names this log in `log_origin` has to be signed again for that log.",
    ),
    refusal(
        Code::SignerNotTrusted,
        "signer not registered",
        "The log has no registration that covers this signer at this time.",
        OPERATOR,
        "Have the signer registered (ledgerd issuer register), then send the document again.",
    ),
    refusal(
        Code::SignerRetired,
        "signer retired",
        "The operator retired this key, so it is not trusted any more. The refusal was logged.",
        OPERATOR,
        "Sign with the new key.",
    ),
    refusal(
        Code::RoleMismatch,
        "signer may not sign this",
        "The signer is registered, but not for documents of this type, or the document names another signer.",
        OPERATOR,
        "See schemas/payloads.md for who signs what, and register the signer with the role that it needs.",
    ),
    refusal(
        Code::Unauthenticated,
        "not signed in",
        "The request carries no bearer token, or one that this server does not know.",
        CALLER,
        "Send the token that the operator gave you, in the Authorization header.",
    ),
    refusal(
        Code::Forbidden,
        "not allowed for you",
        "The server knows who asks, and this request goes beyond what they may do: a session in a browser only reads, a share link shows one job, and a form has to come from this site.",
        CALLER,
        "Read what you may read. To submit, send your own bearer token; for another job, ask for a link to it; where a form was refused, load its page again and send it from there.",
    ),
    refusal(
        Code::TooManyRequests,
        "too many requests",
        "You have too many requests in progress.",
        CALLER,
        "Wait as long as the Retry-After header says, and send fewer requests at once.",
    ),
    refusal(
        Code::UnknownTokens,
        "too many unknown tokens",
        "Too many requests from your address came with a token that nobody has.",
        CALLER,
        "Correct the token: a valid one is accepted at any time. The same token is refused again, however long you wait.",
    ),
    refusal(
        Code::Unavailable,
        "try again later",
        "The server is busy, or the log does not accept entries at the moment. Anything that was not acknowledged can be sent again; nothing is logged twice.",
        SERVER,
        "Wait as long as the Retry-After header says, and repeat the request.",
    ),
    refusal(
        Code::Internal,
        "internal error",
        "The server failed. This says nothing about the evidence.",
        SERVER,
        "Repeat the request. If it fails again, the operator finds the cause in the server's log.",
    ),
    refusal(
        Code::InvalidParameter,
        "invalid parameter",
        "A part of the address or a header is not valid. The detail names it.",
        CALLER,
        "Compare the request with /openapi.json.",
    ),
    refusal(
        Code::PositionAhead,
        "beyond the end of this log",
        "The request names a position, size or cursor that this log has not reached. A log only grows. If this log gave you that position, it was rolled back to an older state or replaced, and you may hold the proof.",
        "The caller, if the position is a mistake or belongs to another log; otherwise the log's operator.",
        "Keep your checkpoint, receipts and entries. Fetch /log/checkpoint. If you hold a signed checkpoint of a larger size, or of the same size with another root, you can show the rollback. A tlog-proof that you hold can be checked offline with `ledger-verify proof`.",
    ),
    refusal(
        Code::IndexBehind,
        "the index does not reach so far",
        "The log has these entries, but the index that it signs does not cover them, or not yet. An index.root is to follow the newest entry within a second; `ledger-verify audit` counts where one did not. It does not cover itself: a log to which nothing is sent covers no more until another entry comes. Some logs have no index.",
        "Nobody, for a second, or where only the newest index.root is not covered. Otherwise the log's operator.",
        "Ask without `as_of` and `since`: the answer is then as of the largest size that the index covers. If you need what came after that, ask again in a second; with `since`, once the log has a new entry.",
    ),
    refusal(
        Code::AnswerTooLong,
        "too many entries for one proof",
        "The answer has more entries than one file with its proof holds. It can be proved in pieces.",
        NOBODY,
        "Ask at the `address` that `next_range` names, then for what comes after its `to`, until the pieces reach the size that you asked about. Together they prove the whole answer.",
    ),
    refusal(
        Code::MethodNotAllowed,
        "method not allowed",
        "The address exists, but not for this HTTP method.",
        CALLER,
        "Use one of the methods in the Allow header.",
    ),
    refusal(
        Code::NotAcceptable,
        "no acceptable content type",
        "The Accept header allows none of the content types that this address can send.",
        CALLER,
        "Accept one of the content types that the detail lists.",
    ),
];
