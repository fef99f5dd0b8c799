//! Reason codes: clawsig's registry (`schemas/clawsig.md` §5.7), and ours.

use evidence::code::Code;
use evidence::fault::Fault;
use evidence::report::Status;
use evidence::texts;

use super::ClawsigFailure;

texts!(
/// Why a verification ended as it did. Codes are added, never renamed; an unknown one is a failure.
///
/// A code without a comment is registered, and no check here gives it.
#[expect(missing_docs, reason = "registered codes that no check here gives")]
Reason {
    /// It holds.
    Ok => "OK",
    /// It holds; the reference's word in places.
    Valid => "VALID",
    /// A conformance vector gave what it should.
    Pass => "PASS",
    /// An Ed25519 signature does not verify.
    SignatureInvalid => "SIGNATURE_INVALID",
    /// A co-signature does not verify.
    CoSignatureInvalid => "CO_SIGNATURE_INVALID",
    /// A member is missing, superfluous or of another form.
    SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
    UnknownSchemaId => "UNKNOWN_SCHEMA_ID",
    UnknownSchemaVersion => "UNKNOWN_SCHEMA_VERSION",
    DeprecatedSchema => "DEPRECATED_SCHEMA",
    /// A version of Protocol M, or of a raw receipt in a bundle, that is not known.
    UnknownVersion => "UNKNOWN_VERSION",
    /// A `type` of Protocol M that is not known.
    UnknownType => "UNKNOWN_TYPE",
    /// An `algo` of Protocol M that is not `ed25519`.
    UnknownAlgo => "UNKNOWN_ALGO",
    /// The envelope's `algorithm` is not `Ed25519`.
    UnknownAlgorithm => "UNKNOWN_ALGORITHM",
    /// The envelope's type is not known, or not the one that belongs there.
    UnknownEnvelopeType => "UNKNOWN_ENVELOPE_TYPE",
    /// The envelope's version is not known.
    UnknownEnvelopeVersion => "UNKNOWN_ENVELOPE_VERSION",
    /// The hash algorithm is not known, or cannot be computed.
    UnknownHashAlgorithm => "UNKNOWN_HASH_ALGORITHM",
    /// A tool receipt discloses by an algorithm that is not known.
    DisclosureAlgorithmUnknown => "DISCLOSURE_ALGORITHM_UNKNOWN",
    /// The leaves of a disclosure do not lead to the hash in the tool receipt.
    DisclosureRootMismatch => "DISCLOSURE_ROOT_MISMATCH",
    /// A disclosed value is not of its stated type.
    DisclosureTypeMismatch => "DISCLOSURE_TYPE_MISMATCH",
    /// A stated hash is not the hash of what it states.
    HashMismatch => "HASH_MISMATCH",
    HashChainBreak => "HASH_CHAIN_BREAK",
    /// The summary of an aggregate does not add up to its members.
    FleetSummaryMismatch => "FLEET_SUMMARY_MISMATCH",
    Invalid => "INVALID",
    InvalidDid => "INVALID_DID",
    /// Not a DID of a supported form, or not the one that had to sign.
    InvalidDidFormat => "INVALID_DID_FORMAT",
    InvalidJson => "INVALID_JSON",
    InvalidRoot => "INVALID_ROOT",
    /// The members of an aggregate are not in the order of their hashes.
    UnsortedMemberArray => "UNSORTED_MEMBER_ARRAY",
    /// The envelope, or what it holds, is not of its basic form.
    MalformedEnvelope => "MALFORMED_ENVELOPE",
    /// A part that belongs there is missing: an entry of a manifest, a receipt, an attestation of the runner.
    MissingRequiredField => "MISSING_REQUIRED_FIELD",
    MissingEventField => "MISSING_EVENT_FIELD",
    MissingNonce => "MISSING_NONCE",
    CanonicalizationError => "CANONICALIZATION_ERROR",
    DependencyMissing => "DEPENDENCY_MISSING",
    /// No allowlist was given where one decides.
    DependencyNotConfigured => "DEPENDENCY_NOT_CONFIGURED",
    ProofBundleInvalid => "PROOF_BUNDLE_INVALID",
    /// A receipt in a bundle names another agent than the bundle.
    ProofBundleAgentMismatch => "PROOF_BUNDLE_AGENT_MISMATCH",
    ProofBundleAgentRotated => "PROOF_BUNDLE_AGENT_ROTATED",
    MissingProofBundle => "MISSING_PROOF_BUNDLE",
    /// The event chain of an aggregate's member does not have exactly one run.
    InconsistentRunId => "INCONSISTENT_RUN_ID",
    EmptyChain => "EMPTY_CHAIN",
    /// The issuer of an aggregate is the agent of a member.
    IdentityConflict => "IDENTITY_CONFLICT",
    /// The signer is not in the allowlist.
    ClaimNotFound => "CLAIM_NOT_FOUND",
    /// An aggregate's manifest repeats a path or has another content type, or a member is no bundle.
    AggregateBundleInvalid => "AGGREGATE_BUNDLE_INVALID",
    /// An aggregate is signed by another than its `issuer_did`.
    AggregateSignerMismatch => "AGGREGATE_SIGNER_MISMATCH",
    /// A member of an aggregate does not verify.
    AggregateMemberInvalid => "AGGREGATE_MEMBER_INVALID",
    /// A member is in the aggregate twice.
    AggregateDuplicateMember => "AGGREGATE_DUPLICATE_MEMBER",
    /// Two members of an aggregate have the same bundle id.
    AggregateDuplicateBundleId => "AGGREGATE_DUPLICATE_BUNDLE_ID",
    /// Two members of an aggregate have the same run id.
    AggregateDuplicateRunId => "AGGREGATE_DUPLICATE_RUN_ID",
    /// The aggregate ends after a member does.
    AggregateTtlExceedsMember => "AGGREGATE_TTL_EXCEEDS_MEMBER",
    /// Members of an aggregate say different things about one span.
    CausalAggregateMemberConflict => "CAUSAL_AGGREGATE_MEMBER_CONFLICT",
    /// Members of an aggregate show one receipt id with different payloads.
    CausalAggregateReceiptReplay => "CAUSAL_AGGREGATE_RECEIPT_REPLAY",
    /// A receipt is bound to another run or event.
    ReceiptBindingMismatch => "RECEIPT_BINDING_MISMATCH",
    /// A gateway receipt of the bundle does not verify.
    ReceiptVerificationFailed => "RECEIPT_VERIFICATION_FAILED",
    /// The window of a rate-limit claim ends before it starts.
    RateLimitWindowInvalid => "RATE_LIMIT_WINDOW_INVALID",
    /// A rate-limit claim contradicts itself, another claim or the event chain.
    RateLimitClaimInconsistent => "RATE_LIMIT_CLAIM_INCONSISTENT",
    /// More was observed than a rate-limit claim allows.
    RateLimitExceeded => "RATE_LIMIT_EXCEEDED",
    /// The time of verification is after `expires_at`.
    ExpiredTtl => "EXPIRED_TTL",
    Expired => "EXPIRED",
    /// Two times contradict each other, such as a receipt stamped before the one that it follows from.
    CausalClockContradiction => "CAUSAL_CLOCK_CONTRADICTION",
    /// A time lies ahead of the time of verification.
    FutureTimestampPoisoning => "FUTURE_TIMESTAMP_POISONING",
    /// A receipt names a span that no receipt has.
    CausalReferenceDangling => "CAUSAL_REFERENCE_DANGLING",
    /// A span is its own ancestor.
    CausalCycleDetected => "CAUSAL_CYCLE_DETECTED",
    /// The phase of a binding is not one of the seven.
    CausalPhaseInvalid => "CAUSAL_PHASE_INVALID",
    /// A phase may not follow the phase of its parent.
    CausalPhaseTransitionInvalid => "CAUSAL_PHASE_TRANSITION_INVALID",
    /// The confidence of a binding is not from 0 to 1.
    CausalConfidenceOutOfRange => "CAUSAL_CONFIDENCE_OUT_OF_RANGE",
    /// A receipt claims more confidence than its links show.
    CausalConfidenceEvidenceInconsistent => "CAUSAL_CONFIDENCE_EVIDENCE_INCONSISTENT",
    /// A binding gives one member two values, in its two spellings.
    CausalBindingFieldConflict => "CAUSAL_BINDING_FIELD_CONFLICT",
    /// A span or the confidence of a binding is empty or of another type.
    CausalBindingNormalizationFailed => "CAUSAL_BINDING_NORMALIZATION_FAILED",
    /// Two receipts of a bundle have one receipt id and different payloads.
    CausalReceiptReplayDetected => "CAUSAL_RECEIPT_REPLAY_DETECTED",
    /// Two receipts have one span and say different things about it.
    CausalSpanReuseConflict => "CAUSAL_SPAN_REUSE_CONFLICT",
    /// The graph of spans has no root, or is in several pieces.
    CausalGraphDisconnected => "CAUSAL_GRAPH_DISCONNECTED",
    /// A side effect names no span of a gateway receipt.
    CausalSideEffectOrphaned => "CAUSAL_SIDE_EFFECT_ORPHANED",
    /// An approval names no span of a gateway receipt.
    CausalHumanApprovalOrphaned => "CAUSAL_HUMAN_APPROVAL_ORPHANED",
    CausalPolicyProfileInvalid => "CAUSAL_POLICY_PROFILE_INVALID",
    CausalPolicyProfileDowngrade => "CAUSAL_POLICY_PROFILE_DOWNGRADE",
    CoverageClddDiscrepancyEnforced => "COVERAGE_CLDD_DISCREPANCY_ENFORCED",
    /// The manifest that the bundle refers to was not supplied.
    UrmMissing => "URM_MISSING",
    /// The manifest speaks of another run than the bundle.
    UrmMismatch => "URM_MISMATCH",
    SideEffectUnknownClass => "SIDE_EFFECT_UNKNOWN_CLASS",
    SideEffectAgentMismatch => "SIDE_EFFECT_AGENT_MISMATCH",
    HumanApprovalUnknownType => "HUMAN_APPROVAL_UNKNOWN_TYPE",
    HumanApprovalAgentMismatch => "HUMAN_APPROVAL_AGENT_MISMATCH",
    HumanApprovalExpired => "HUMAN_APPROVAL_EXPIRED",
    /// The signed message is not `commit:` and 7 to 64 hex digits.
    CommitMessageInvalid => "COMMIT_MESSAGE_INVALID",
    CommitNotFound => "COMMIT_NOT_FOUND",
    ModelIdentityHashMismatch => "MODEL_IDENTITY_HASH_MISMATCH",
    ModelIdentityVerifyFailed => "MODEL_IDENTITY_VERIFY_FAILED",
    ModelIdentityMissingDefaulted => "MODEL_IDENTITY_MISSING_DEFAULTED",
    ModelIdentityOpaque => "MODEL_IDENTITY_OPAQUE",
    ModelIdentityHeterogeneous => "MODEL_IDENTITY_HETEROGENEOUS",
    ExecutionAttestationInvalid => "EXECUTION_ATTESTATION_INVALID",
    ExecutionAttestationAgentMismatch => "EXECUTION_ATTESTATION_AGENT_MISMATCH",
    ExecutionAttestationBundleHashMismatch => "EXECUTION_ATTESTATION_BUNDLE_HASH_MISMATCH",
    ExecutionAttestationVerified => "EXECUTION_ATTESTATION_VERIFIED",
    DidRotationCertInvalid => "DID_ROTATION_CERT_INVALID",
    DidRotationCertsAmbiguous => "DID_ROTATION_CERTS_AMBIGUOUS",
    /// A log proof does not lead to its root.
    InclusionProofInvalid => "INCLUSION_PROOF_INVALID",
    /// A statement calls its own signer's key revoked.
    Revoked => "REVOKED",
    /// A statement in the metadata contradicts the bundle or itself.
    EvidenceMismatch => "EVIDENCE_MISMATCH",
    /// The report on system prompts contradicts the bundle.
    PromptCommitmentMismatch => "PROMPT_COMMITMENT_MISMATCH",
    ControlChainNotFound => "CONTROL_CHAIN_NOT_FOUND",
    ControlChainContextMismatch => "CONTROL_CHAIN_CONTEXT_MISMATCH",
    TokenControlScopeHashMismatch => "TOKEN_CONTROL_SCOPE_HASH_MISMATCH",
    TokenControlAudienceMismatch => "TOKEN_CONTROL_AUDIENCE_MISMATCH",
    TokenControlScopeMissing => "TOKEN_CONTROL_SCOPE_MISSING",
    TokenControlTransitionForbidden => "TOKEN_CONTROL_TRANSITION_FORBIDDEN",
    TokenControlChainMissing => "TOKEN_CONTROL_CHAIN_MISSING",
    TokenControlSubjectMismatch => "TOKEN_CONTROL_SUBJECT_MISMATCH",
    TokenControlKeyUnknown => "TOKEN_CONTROL_KEY_UNKNOWN",
    TokenControlKeyExpired => "TOKEN_CONTROL_KEY_EXPIRED",
    TokenControlTransparencyStale => "TOKEN_CONTROL_TRANSPARENCY_STALE",
    TokenControlTransparencyKidUnknown => "TOKEN_CONTROL_TRANSPARENCY_KID_UNKNOWN",
    TokenControlTransparencyKidExpired => "TOKEN_CONTROL_TRANSPARENCY_KID_EXPIRED",
    ConfigError => "CONFIG_ERROR",
    SigningNotConfigured => "SIGNING_NOT_CONFIGURED",
    IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
    IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
    IdempotencyFingerprintMismatch => "IDEMPOTENCY_FINGERPRINT_MISMATCH",
    ReplayReceiptIdReused => "REPLAY_RECEIPT_ID_REUSED",
    ReplayRunIdReused => "REPLAY_RUN_ID_REUSED",
    ReplayProtectionFailed => "REPLAY_PROTECTION_FAILED",
    PolicyViolation => "POLICY_VIOLATION",
    PolicyNoncompliant => "POLICY_NONCOMPLIANT",
    PolicyMissing => "POLICY_MISSING",
    ScopeNotAllowed => "SCOPE_NOT_ALLOWED",
    SensitiveScopeNotAllowed => "SENSITIVE_SCOPE_NOT_ALLOWED",
    DelegationSpendCapExceeded => "DELEGATION_SPEND_CAP_EXCEEDED",
    DelegationRevoked => "DELEGATION_REVOKED",
    DelegationExpired => "DELEGATION_EXPIRED",
    DelegationPolicyMismatch => "DELEGATION_POLICY_MISMATCH",
    TokenExpired => "TOKEN_EXPIRED",
    TokenRevoked => "TOKEN_REVOKED",
    TokenMalformed => "TOKEN_MALFORMED",
    TokenSignatureInvalid => "TOKEN_SIGNATURE_INVALID",
    TokenScopeHashMismatch => "TOKEN_SCOPE_HASH_MISMATCH",
    TokenUnknownKid => "TOKEN_UNKNOWN_KID",
    TokenKidExpired => "TOKEN_KID_EXPIRED",
    TokenInsufficientScope => "TOKEN_INSUFFICIENT_SCOPE",
    Unauthorized => "UNAUTHORIZED",
    Forbidden => "FORBIDDEN",
    InternalError => "INTERNAL_ERROR",
    CryptoError => "CRYPTO_ERROR",
    ParseError => "PARSE_ERROR",
    UsageError => "USAGE_ERROR",
    InvalidLeafHash => "INVALID_LEAF_HASH",
    InvalidReceiptHash => "INVALID_RECEIPT_HASH",
    LeafAlreadyExists => "LEAF_ALREADY_EXISTS",
    LeafNotFound => "LEAF_NOT_FOUND",
    InclusionProofError => "INCLUSION_PROOF_ERROR",
    InvalidLogId => "INVALID_LOG_ID",
    WpcNotFound => "WPC_NOT_FOUND",
    WpcRegistryError => "WPC_REGISTRY_ERROR",
    WpcRegistryBadJson => "WPC_REGISTRY_BAD_JSON",
    WpcRegistryBadResponse => "WPC_REGISTRY_BAD_RESPONSE",
    WpcEnvelopeInvalid => "WPC_ENVELOPE_INVALID",
    WpcRegistryFetchFailed => "WPC_REGISTRY_FETCH_FAILED",
    WpcRegistryBaseUrlInvalid => "WPC_REGISTRY_BASE_URL_INVALID",
    WpcRegistryBaseUrlInsecure => "WPC_REGISTRY_BASE_URL_INSECURE",
    WpcHashMismatch => "WPC_HASH_MISMATCH",
    WpcHashInvalid => "WPC_HASH_INVALID",
    WpcSignerNotAllowed => "WPC_SIGNER_NOT_ALLOWED",
    WpcSignerDidUnsupported => "WPC_SIGNER_DID_UNSUPPORTED",
    WpcSignatureInvalid => "WPC_SIGNATURE_INVALID",
    TokenUnsupportedAlg => "TOKEN_UNSUPPORTED_ALG",
    TokenInvalidClaims => "TOKEN_INVALID_CLAIMS",
    TokenBadAudience => "TOKEN_BAD_AUDIENCE",
    TokenUnknownVersion => "TOKEN_UNKNOWN_VERSION",
    TokenScopeHashRequired => "TOKEN_SCOPE_HASH_REQUIRED",
    TokenScopeHashInvalid => "TOKEN_SCOPE_HASH_INVALID",
    TokenVerificationKeyMissing => "TOKEN_VERIFICATION_KEY_MISSING",
    /// Ours: a payload without envelope: nobody signed it.
    EnvelopeRequired => "ENVELOPE_REQUIRED",
    /// Ours: a gateway receipt that names no event: it could belong to any bundle.
    ReceiptUnbound => "RECEIPT_UNBOUND",
    /// Ours: one statement is in the bundle more than once.
    ReceiptRepeated => "RECEIPT_REPEATED",
    /// Ours: a hash depends on the ICU order of characters beyond printable ASCII.
    CollationUnsupported => "COLLATION_UNSUPPORTED",
    /// Ours: something is claimed that this version has no rule to verify.
    EvidenceNotVerified => "EVIDENCE_NOT_VERIFIED",
    /// Ours: a log root by a key that nobody named as that log's.
    LogKeyNotTrusted => "LOG_KEY_NOT_TRUSTED",
    /// Ours: a log proof of another leaf than the document that carries it.
    LogLeafMismatch => "LOG_LEAF_MISMATCH",
    /// Ours: a log proof that holds for more than one position or size.
    LogProofAmbiguous => "LOG_PROOF_AMBIGUOUS",
    /// Ours: no kind of document that is verified here.
    UnknownKind => "UNKNOWN_KIND",
    /// Ours: not JSON, or not UTF-8.
    MalformedJson => "MALFORMED_JSON",
    /// Ours: a member name occurs twice in one object.
    DuplicateKey => "DUPLICATE_KEY",
    /// Ours: half a surrogate pair.
    LoneSurrogate => "LONE_SURROGATE",
    /// Ours: a number that two readers may read as two numbers.
    NumberOutOfRange => "NUMBER_OUT_OF_RANGE",
    /// Ours: deeper than 64.
    NestingTooDeep => "NESTING_TOO_DEEP",
    /// Ours: larger than a document may be.
    BodyTooLarge => "BODY_TOO_LARGE",
    /// Ours: not the one canonical base64url text of its bytes.
    InvalidBase64url => "INVALID_BASE64URL",
    /// Ours: an id that is empty, too long, or has characters that nobody sees.
    InvalidId => "INVALID_ID",
    /// Ours: a compact JWS, which is a bearer secret.
    TokenLeaked => "TOKEN_LEAKED",
});

impl From<Code> for Reason {
    /// The reason that a fault of the strict parser or of a payload decoder becomes.
    fn from(code: Code) -> Self {
        match code {
            Code::MalformedJson => Self::MalformedJson,
            Code::DuplicateKey => Self::DuplicateKey,
            Code::LoneSurrogate => Self::LoneSurrogate,
            Code::NumberOutOfRange => Self::NumberOutOfRange,
            Code::NestingTooDeep => Self::NestingTooDeep,
            Code::BodyTooLarge => Self::BodyTooLarge,
            Code::UnknownEnvelopeType => Self::UnknownEnvelopeType,
            Code::InvalidBase64url => Self::InvalidBase64url,
            Code::InvalidId => Self::InvalidId,
            Code::HashMismatch => Self::HashMismatch,
            Code::SignatureInvalid => Self::SignatureInvalid,
            Code::TokenLeaked => Self::TokenLeaked,
            _ => Self::SchemaValidationFailed,
        }
    }
}

impl ClawsigFailure {
    /// Something is wrong.
    pub fn fail(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            reason,
            message: message.into(),
        }
    }

    /// Nothing was found wrong, but something from outside is missing.
    pub fn incomplete(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            status: Status::Incomplete,
            reason,
            message: message.into(),
        }
    }

    /// Nothing that is verified here.
    pub(crate) fn unknown(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            status: Status::Unknown,
            reason,
            message: message.into(),
        }
    }

    /// The same under another reason.
    #[must_use]
    pub(crate) fn under(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }

    /// A fault, under a reason that is not the one of its code.
    pub(crate) fn of_fault(reason: Reason, fault: &Fault) -> Self {
        let Fault {
            pointer,
            expected,
            found,
            ..
        } = fault;
        Self::fail(
            reason,
            format!("at {pointer:?}: expected {expected}, found {found}"),
        )
    }
}

impl From<Fault> for ClawsigFailure {
    fn from(fault: Fault) -> Self {
        Self::of_fault(fault.code.into(), &fault)
    }
}

/// Keeps the first thing that is missing; what is wrong ends the verification.
pub(crate) fn keep_missing(
    missing: &mut Option<ClawsigFailure>,
    result: Result<(), ClawsigFailure>,
) -> Result<(), ClawsigFailure> {
    match result {
        Err(failure) if failure.status == Status::Incomplete => {
            missing.get_or_insert(failure);
            Ok(())
        }
        other => other,
    }
}
