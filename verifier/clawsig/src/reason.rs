//! Reason codes: clawsig's registry (`schemas/clawsig.md` §5.7), and ours.

use evidence::code::Code;
use evidence::fault::Fault;
use evidence::report::Status;
use evidence::texts;

use super::ClawsigFailure;

texts!(
/// Why a verification ended as it did. Codes are added, never renamed; an unknown one is a failure.
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
    /// Registered; no check here gives it.
    UnknownSchemaId => "UNKNOWN_SCHEMA_ID",
    /// Registered; no check here gives it.
    UnknownSchemaVersion => "UNKNOWN_SCHEMA_VERSION",
    /// Registered; no check here gives it.
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
    /// Registered; no check here gives it.
    HashChainBreak => "HASH_CHAIN_BREAK",
    /// The summary of an aggregate does not add up to its members.
    FleetSummaryMismatch => "FLEET_SUMMARY_MISMATCH",
    /// Registered; no check here gives it.
    Invalid => "INVALID",
    /// Registered; no check here gives it.
    InvalidDid => "INVALID_DID",
    /// Not a DID of a supported form, or not the one that had to sign.
    InvalidDidFormat => "INVALID_DID_FORMAT",
    /// Registered; no check here gives it.
    InvalidJson => "INVALID_JSON",
    /// Registered; no check here gives it.
    InvalidRoot => "INVALID_ROOT",
    /// The members of an aggregate are not in the order of their hashes.
    UnsortedMemberArray => "UNSORTED_MEMBER_ARRAY",
    /// The envelope, or what it holds, is not of its basic form.
    MalformedEnvelope => "MALFORMED_ENVELOPE",
    /// A part that belongs there is missing: an entry of a manifest, a receipt, an attestation of the runner.
    MissingRequiredField => "MISSING_REQUIRED_FIELD",
    /// Registered; no check here gives it.
    MissingEventField => "MISSING_EVENT_FIELD",
    /// Registered; no check here gives it.
    MissingNonce => "MISSING_NONCE",
    /// Registered; no check here gives it.
    CanonicalizationError => "CANONICALIZATION_ERROR",
    /// Registered; no check here gives it.
    DependencyMissing => "DEPENDENCY_MISSING",
    /// No allowlist was given where one decides.
    DependencyNotConfigured => "DEPENDENCY_NOT_CONFIGURED",
    /// Registered; no check here gives it.
    ProofBundleInvalid => "PROOF_BUNDLE_INVALID",
    /// A receipt in a bundle names another agent than the bundle.
    ProofBundleAgentMismatch => "PROOF_BUNDLE_AGENT_MISMATCH",
    /// Registered; no check here gives it.
    ProofBundleAgentRotated => "PROOF_BUNDLE_AGENT_ROTATED",
    /// Registered; no check here gives it.
    MissingProofBundle => "MISSING_PROOF_BUNDLE",
    /// The event chain of an aggregate's member does not have exactly one run.
    InconsistentRunId => "INCONSISTENT_RUN_ID",
    /// Registered; no check here gives it.
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
    /// Registered; no check here gives it.
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
    /// Registered; no check here gives it.
    CausalPolicyProfileInvalid => "CAUSAL_POLICY_PROFILE_INVALID",
    /// Registered; no check here gives it.
    CausalPolicyProfileDowngrade => "CAUSAL_POLICY_PROFILE_DOWNGRADE",
    /// Registered; no check here gives it.
    CoverageClddDiscrepancyEnforced => "COVERAGE_CLDD_DISCREPANCY_ENFORCED",
    /// The manifest that the bundle refers to was not supplied.
    UrmMissing => "URM_MISSING",
    /// The manifest speaks of another run than the bundle.
    UrmMismatch => "URM_MISMATCH",
    /// Registered; no check here gives it.
    SideEffectUnknownClass => "SIDE_EFFECT_UNKNOWN_CLASS",
    /// Registered; no check here gives it.
    SideEffectAgentMismatch => "SIDE_EFFECT_AGENT_MISMATCH",
    /// Registered; no check here gives it.
    HumanApprovalUnknownType => "HUMAN_APPROVAL_UNKNOWN_TYPE",
    /// Registered; no check here gives it.
    HumanApprovalAgentMismatch => "HUMAN_APPROVAL_AGENT_MISMATCH",
    /// Registered; no check here gives it.
    HumanApprovalExpired => "HUMAN_APPROVAL_EXPIRED",
    /// The signed message is not `commit:` and 7 to 64 hex digits.
    CommitMessageInvalid => "COMMIT_MESSAGE_INVALID",
    /// Registered; no check here gives it.
    CommitNotFound => "COMMIT_NOT_FOUND",
    /// Registered; no check here gives it.
    ModelIdentityHashMismatch => "MODEL_IDENTITY_HASH_MISMATCH",
    /// Registered; no check here gives it.
    ModelIdentityVerifyFailed => "MODEL_IDENTITY_VERIFY_FAILED",
    /// Registered; no check here gives it.
    ModelIdentityMissingDefaulted => "MODEL_IDENTITY_MISSING_DEFAULTED",
    /// Registered; no check here gives it.
    ModelIdentityOpaque => "MODEL_IDENTITY_OPAQUE",
    /// Registered; no check here gives it.
    ModelIdentityHeterogeneous => "MODEL_IDENTITY_HETEROGENEOUS",
    /// Registered; no check here gives it.
    ExecutionAttestationInvalid => "EXECUTION_ATTESTATION_INVALID",
    /// Registered; no check here gives it.
    ExecutionAttestationAgentMismatch => "EXECUTION_ATTESTATION_AGENT_MISMATCH",
    /// Registered; no check here gives it.
    ExecutionAttestationBundleHashMismatch => "EXECUTION_ATTESTATION_BUNDLE_HASH_MISMATCH",
    /// Registered; no check here gives it.
    ExecutionAttestationVerified => "EXECUTION_ATTESTATION_VERIFIED",
    /// Registered; no check here gives it.
    DidRotationCertInvalid => "DID_ROTATION_CERT_INVALID",
    /// Registered; no check here gives it.
    DidRotationCertsAmbiguous => "DID_ROTATION_CERTS_AMBIGUOUS",
    /// A log proof does not lead to its root.
    InclusionProofInvalid => "INCLUSION_PROOF_INVALID",
    /// A statement calls its own signer's key revoked.
    Revoked => "REVOKED",
    /// A statement in the metadata contradicts the bundle or itself.
    EvidenceMismatch => "EVIDENCE_MISMATCH",
    /// The report on system prompts contradicts the bundle.
    PromptCommitmentMismatch => "PROMPT_COMMITMENT_MISMATCH",
    /// Registered; no check here gives it.
    ControlChainNotFound => "CONTROL_CHAIN_NOT_FOUND",
    /// Registered; no check here gives it.
    ControlChainContextMismatch => "CONTROL_CHAIN_CONTEXT_MISMATCH",
    /// Registered; no check here gives it.
    TokenControlScopeHashMismatch => "TOKEN_CONTROL_SCOPE_HASH_MISMATCH",
    /// Registered; no check here gives it.
    TokenControlAudienceMismatch => "TOKEN_CONTROL_AUDIENCE_MISMATCH",
    /// Registered; no check here gives it.
    TokenControlScopeMissing => "TOKEN_CONTROL_SCOPE_MISSING",
    /// Registered; no check here gives it.
    TokenControlTransitionForbidden => "TOKEN_CONTROL_TRANSITION_FORBIDDEN",
    /// Registered; no check here gives it.
    TokenControlChainMissing => "TOKEN_CONTROL_CHAIN_MISSING",
    /// Registered; no check here gives it.
    TokenControlSubjectMismatch => "TOKEN_CONTROL_SUBJECT_MISMATCH",
    /// Registered; no check here gives it.
    TokenControlKeyUnknown => "TOKEN_CONTROL_KEY_UNKNOWN",
    /// Registered; no check here gives it.
    TokenControlKeyExpired => "TOKEN_CONTROL_KEY_EXPIRED",
    /// Registered; no check here gives it.
    TokenControlTransparencyStale => "TOKEN_CONTROL_TRANSPARENCY_STALE",
    /// Registered; no check here gives it.
    TokenControlTransparencyKidUnknown => "TOKEN_CONTROL_TRANSPARENCY_KID_UNKNOWN",
    /// Registered; no check here gives it.
    TokenControlTransparencyKidExpired => "TOKEN_CONTROL_TRANSPARENCY_KID_EXPIRED",
    /// Registered; no check here gives it.
    ConfigError => "CONFIG_ERROR",
    /// Registered; no check here gives it.
    SigningNotConfigured => "SIGNING_NOT_CONFIGURED",
    /// Registered; no check here gives it.
    IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
    /// Registered; no check here gives it.
    IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
    /// Registered; no check here gives it.
    IdempotencyFingerprintMismatch => "IDEMPOTENCY_FINGERPRINT_MISMATCH",
    /// Registered; no check here gives it.
    ReplayReceiptIdReused => "REPLAY_RECEIPT_ID_REUSED",
    /// Registered; no check here gives it.
    ReplayRunIdReused => "REPLAY_RUN_ID_REUSED",
    /// Registered; no check here gives it.
    ReplayProtectionFailed => "REPLAY_PROTECTION_FAILED",
    /// Registered; no check here gives it.
    PolicyViolation => "POLICY_VIOLATION",
    /// Registered; no check here gives it.
    PolicyNoncompliant => "POLICY_NONCOMPLIANT",
    /// Registered; no check here gives it.
    PolicyMissing => "POLICY_MISSING",
    /// Registered; no check here gives it.
    ScopeNotAllowed => "SCOPE_NOT_ALLOWED",
    /// Registered; no check here gives it.
    SensitiveScopeNotAllowed => "SENSITIVE_SCOPE_NOT_ALLOWED",
    /// Registered; no check here gives it.
    DelegationSpendCapExceeded => "DELEGATION_SPEND_CAP_EXCEEDED",
    /// Registered; no check here gives it.
    DelegationRevoked => "DELEGATION_REVOKED",
    /// Registered; no check here gives it.
    DelegationExpired => "DELEGATION_EXPIRED",
    /// Registered; no check here gives it.
    DelegationPolicyMismatch => "DELEGATION_POLICY_MISMATCH",
    /// Registered; no check here gives it.
    TokenExpired => "TOKEN_EXPIRED",
    /// Registered; no check here gives it.
    TokenRevoked => "TOKEN_REVOKED",
    /// Registered; no check here gives it.
    TokenMalformed => "TOKEN_MALFORMED",
    /// Registered; no check here gives it.
    TokenSignatureInvalid => "TOKEN_SIGNATURE_INVALID",
    /// Registered; no check here gives it.
    TokenScopeHashMismatch => "TOKEN_SCOPE_HASH_MISMATCH",
    /// Registered; no check here gives it.
    TokenUnknownKid => "TOKEN_UNKNOWN_KID",
    /// Registered; no check here gives it.
    TokenKidExpired => "TOKEN_KID_EXPIRED",
    /// Registered; no check here gives it.
    TokenInsufficientScope => "TOKEN_INSUFFICIENT_SCOPE",
    /// Registered; no check here gives it.
    Unauthorized => "UNAUTHORIZED",
    /// Registered; no check here gives it.
    Forbidden => "FORBIDDEN",
    /// Registered; no check here gives it.
    InternalError => "INTERNAL_ERROR",
    /// Registered; no check here gives it.
    CryptoError => "CRYPTO_ERROR",
    /// Registered; no check here gives it.
    ParseError => "PARSE_ERROR",
    /// Registered; no check here gives it.
    UsageError => "USAGE_ERROR",
    /// Registered; no check here gives it.
    InvalidLeafHash => "INVALID_LEAF_HASH",
    /// Registered; no check here gives it.
    InvalidReceiptHash => "INVALID_RECEIPT_HASH",
    /// Registered; no check here gives it.
    LeafAlreadyExists => "LEAF_ALREADY_EXISTS",
    /// Registered; no check here gives it.
    LeafNotFound => "LEAF_NOT_FOUND",
    /// Registered; no check here gives it.
    InclusionProofError => "INCLUSION_PROOF_ERROR",
    /// Registered; no check here gives it.
    InvalidLogId => "INVALID_LOG_ID",
    /// Registered; no check here gives it.
    WpcNotFound => "WPC_NOT_FOUND",
    /// Registered; no check here gives it.
    WpcRegistryError => "WPC_REGISTRY_ERROR",
    /// Registered; no check here gives it.
    WpcRegistryBadJson => "WPC_REGISTRY_BAD_JSON",
    /// Registered; no check here gives it.
    WpcRegistryBadResponse => "WPC_REGISTRY_BAD_RESPONSE",
    /// Registered; no check here gives it.
    WpcEnvelopeInvalid => "WPC_ENVELOPE_INVALID",
    /// Registered; no check here gives it.
    WpcRegistryFetchFailed => "WPC_REGISTRY_FETCH_FAILED",
    /// Registered; no check here gives it.
    WpcRegistryBaseUrlInvalid => "WPC_REGISTRY_BASE_URL_INVALID",
    /// Registered; no check here gives it.
    WpcRegistryBaseUrlInsecure => "WPC_REGISTRY_BASE_URL_INSECURE",
    /// Registered; no check here gives it.
    WpcHashMismatch => "WPC_HASH_MISMATCH",
    /// Registered; no check here gives it.
    WpcHashInvalid => "WPC_HASH_INVALID",
    /// Registered; no check here gives it.
    WpcSignerNotAllowed => "WPC_SIGNER_NOT_ALLOWED",
    /// Registered; no check here gives it.
    WpcSignerDidUnsupported => "WPC_SIGNER_DID_UNSUPPORTED",
    /// Registered; no check here gives it.
    WpcSignatureInvalid => "WPC_SIGNATURE_INVALID",
    /// Registered; no check here gives it.
    TokenUnsupportedAlg => "TOKEN_UNSUPPORTED_ALG",
    /// Registered; no check here gives it.
    TokenInvalidClaims => "TOKEN_INVALID_CLAIMS",
    /// Registered; no check here gives it.
    TokenBadAudience => "TOKEN_BAD_AUDIENCE",
    /// Registered; no check here gives it.
    TokenUnknownVersion => "TOKEN_UNKNOWN_VERSION",
    /// Registered; no check here gives it.
    TokenScopeHashRequired => "TOKEN_SCOPE_HASH_REQUIRED",
    /// Registered; no check here gives it.
    TokenScopeHashInvalid => "TOKEN_SCOPE_HASH_INVALID",
    /// Registered; no check here gives it.
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
