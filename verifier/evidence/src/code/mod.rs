//! The stable reason codes of refusals, and what to do about each. HTTP status codes are the API's business.

mod found;
mod guide;

pub use found::{bundle_reasons, groups, guide_to};
pub use guide::Guide;

crate::texts!(
/// A stable reason code. Codes are added, never renamed; an unknown one is a failure.
#[non_exhaustive]
Code {
    /// Not JSON, or not UTF-8.
    MalformedJson => "MALFORMED_JSON",
    /// A member name occurs twice in one object.
    DuplicateKey => "DUPLICATE_KEY",
    /// A `\u` escape of half a surrogate pair.
    LoneSurrogate => "LONE_SURROGATE",
    /// An integer beyond ±(2^53−1), or a number that overflows a double.
    NumberOutOfRange => "NUMBER_OUT_OF_RANGE",
    /// Deeper than 64.
    NestingTooDeep => "NESTING_TOO_DEEP",
    /// Larger than its limit.
    BodyTooLarge => "BODY_TOO_LARGE",
    /// A request's body came more slowly than the server waits for.
    BodyTooSlow => "BODY_TOO_SLOW",
    /// Not exactly one Host header, or one that contradicts the request line.
    HostInvalid => "HOST_INVALID",
    /// A content type that is not read here.
    UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
    /// No such envelope type.
    UnknownEnvelopeType => "UNKNOWN_ENVELOPE_TYPE",
    /// A member is missing, superfluous, or of another form.
    SchemaInvalid => "SCHEMA_INVALID",
    /// Not canonical unpadded base64url of the right length.
    InvalidBase64url => "INVALID_BASE64URL",
    /// A stated hash is not the hash of what it states.
    HashMismatch => "HASH_MISMATCH",
    /// The signature does not verify under the signer's key.
    SignatureInvalid => "SIGNATURE_INVALID",
    /// `log_origin` names another log.
    WrongLog => "WRONG_LOG",
    /// A compact JWS where none may be: tokens are bearer secrets.
    TokenLeaked => "TOKEN_LEAKED",
    /// An id that is empty, too long, `.` or `..`, or has characters that nobody sees.
    InvalidId => "INVALID_ID",
    /// More than 32 subjects.
    SubjectsTooMany => "SUBJECTS_TOO_MANY",
    /// The entry would exceed 4 KiB.
    EntryTooLarge => "ENTRY_TOO_LARGE",
    /// The token's scope hash is not the hash of its claims.
    TokenScopeHashMismatch => "TOKEN_SCOPE_HASH_MISMATCH",
    /// A token that ends before it begins.
    ExpNotAfterIat => "EXP_NOT_AFTER_IAT",
    /// `iat` lies ahead of the time of logging.
    IssuedAtAhead => "ISSUED_AT_AHEAD",
    /// A time in seconds that lies after the year 9999: milliseconds.
    SecondsExpected => "SECONDS_EXPECTED",
    /// `revoked_at` lies ahead of the time of logging.
    RevokedAtAhead => "REVOKED_AT_AHEAD",
    /// The clock agrees with the log: there is nothing to confirm.
    ClockNotInDoubt => "CLOCK_NOT_IN_DOUBT",
    /// The time that the operator confirms is not the server's.
    ClockDiffers => "CLOCK_DIFFERS",
    /// The confirmation is for another size of the log.
    ConfirmationStale => "CONFIRMATION_STALE",
    /// A change of the log's keys that its keys in force do not allow.
    KeyChangeRefused => "KEY_CHANGE_REFUSED",
    /// A change of the log's keys to one that the server does not have.
    KeyNotHeld => "KEY_NOT_HELD",
    /// The operator froze the log at a size that it does not have.
    AtSizeAhead => "AT_SIZE_AHEAD",
    /// An artifact's sha256 or size is not that of its content.
    ArtifactHashMismatch => "ARTIFACT_HASH_MISMATCH",
    /// What the order names is of a kind whose evidence stays.
    ErasureNotAllowed => "ERASURE_NOT_ALLOWED",
    /// What the order names is under a legal hold.
    EvidenceHeld => "EVIDENCE_HELD",
    /// What the document speaks of was erased by an order in the log.
    EvidenceErased => "EVIDENCE_ERASED",
    /// A job has more evidence than one assessment may hold.
    ClosureTooLarge => "CLOSURE_TOO_LARGE",
    /// No such thing in this log.
    NotFound => "NOT_FOUND",
    /// No witness is configured.
    WitnessNotConfigured => "WITNESS_NOT_CONFIGURED",
    /// Not enough witnesses cosigned the entry in time.
    NotWitnessed => "NOT_WITNESSED",
    /// The log takes no entries, since its witnesses are behind.
    QuorumTooOld => "QUORUM_TOO_OLD",
    /// The log has ended.
    LogFrozen => "LOG_FROZEN",
    /// The signer has no registration that covers this entry.
    SignerNotTrusted => "SIGNER_NOT_TRUSTED",
    /// The signer was retired.
    SignerRetired => "SIGNER_RETIRED",
    /// The signer is registered, but not for this kind.
    RoleMismatch => "ROLE_MISMATCH",
    /// No or unknown bearer token.
    Unauthenticated => "UNAUTHENTICATED",
    /// Who asks is known, and may not do this.
    Forbidden => "FORBIDDEN",
    /// Try later: too many requests.
    TooManyRequests => "TOO_MANY_REQUESTS",
    /// Too many tokens that are nobody's came from one address.
    UnknownTokens => "UNKNOWN_TOKENS",
    /// Try later: the log does not take entries now.
    Unavailable => "UNAVAILABLE",
    /// Our fault.
    Internal => "INTERNAL",
    /// A query or path parameter of another form.
    InvalidParameter => "INVALID_PARAMETER",
    /// A position, size or cursor beyond the log's end.
    PositionAhead => "POSITION_AHEAD",
    /// The log's index does not reach so far, or not yet.
    IndexBehind => "INDEX_BEHIND",
    /// An answer has more entries than one proof of it may hold.
    AnswerTooLong => "ANSWER_TOO_LONG",
    /// The resource is there, the method is not.
    MethodNotAllowed => "METHOD_NOT_ALLOWED",
    /// None of the forms that there are is one that the caller accepts.
    NotAcceptable => "NOT_ACCEPTABLE",
});

/// The texts that say which codes a verdict, an alarm or a decision can have.
const NORMATIVE: [&str; 2] = [
    include_str!("../../../../schemas/assessment.md"),
    include_str!("../../../../docs/policies.md"),
];

/// Whether a verdict, an alarm or a decision can have a code: whether the normative texts name it. Checks and rules bring their
/// codes from many places, and their texts are the one list of all.
pub fn is_named(code: &str) -> bool {
    let is_of_word =
        |character: char| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_';
    let mut words = NORMATIVE
        .iter()
        .flat_map(|text| text.split(|character| !is_of_word(character)));
    words.any(|word| word == code)
}
