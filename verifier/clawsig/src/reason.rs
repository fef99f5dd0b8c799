//! Reason codes: clawsig's registry (clawsig-formats §5.7), and ours.

use crate::check::Status;
use crate::code::Code;
use crate::fault::Fault;
use crate::kind::texts;

use super::Failure;

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
    /// `unknown schema id`, as the registry defines it.
    UnknownSchemaId => "UNKNOWN_SCHEMA_ID",
    /// `unknown schema version`, as the registry defines it.
    UnknownSchemaVersion => "UNKNOWN_SCHEMA_VERSION",
    /// `deprecated schema`, as the registry defines it.
    DeprecatedSchema => "DEPRECATED_SCHEMA",
    /// `unknown version`, as the registry defines it.
    UnknownVersion => "UNKNOWN_VERSION",
    /// `unknown type`, as the registry defines it.
    UnknownType => "UNKNOWN_TYPE",
    /// `unknown algo`, as the registry defines it.
    UnknownAlgo => "UNKNOWN_ALGO",
    /// `unknown algorithm`, as the registry defines it.
    UnknownAlgorithm => "UNKNOWN_ALGORITHM",
    /// `unknown envelope type`, as the registry defines it.
    UnknownEnvelopeType => "UNKNOWN_ENVELOPE_TYPE",
    /// `unknown envelope version`, as the registry defines it.
    UnknownEnvelopeVersion => "UNKNOWN_ENVELOPE_VERSION",
    /// `unknown hash algorithm`, as the registry defines it.
    UnknownHashAlgorithm => "UNKNOWN_HASH_ALGORITHM",
    /// `disclosure algorithm unknown`, as the registry defines it.
    DisclosureAlgorithmUnknown => "DISCLOSURE_ALGORITHM_UNKNOWN",
    /// `disclosure root mismatch`, as the registry defines it.
    DisclosureRootMismatch => "DISCLOSURE_ROOT_MISMATCH",
    /// `disclosure type mismatch`, as the registry defines it.
    DisclosureTypeMismatch => "DISCLOSURE_TYPE_MISMATCH",
    /// A stated hash is not the hash of what it states.
    HashMismatch => "HASH_MISMATCH",
    /// `hash chain break`, as the registry defines it.
    HashChainBreak => "HASH_CHAIN_BREAK",
    /// `fleet summary mismatch`, as the registry defines it.
    FleetSummaryMismatch => "FLEET_SUMMARY_MISMATCH",
    /// `invalid`, as the registry defines it.
    Invalid => "INVALID",
    /// `invalid did`, as the registry defines it.
    InvalidDid => "INVALID_DID",
    /// Not a DID of a supported form, or not the one that had to sign.
    InvalidDidFormat => "INVALID_DID_FORMAT",
    /// `invalid json`, as the registry defines it.
    InvalidJson => "INVALID_JSON",
    /// `invalid root`, as the registry defines it.
    InvalidRoot => "INVALID_ROOT",
    /// `unsorted member array`, as the registry defines it.
    UnsortedMemberArray => "UNSORTED_MEMBER_ARRAY",
    /// The envelope, or what it holds, is not of its basic form.
    MalformedEnvelope => "MALFORMED_ENVELOPE",
    /// `missing required field`, as the registry defines it.
    MissingRequiredField => "MISSING_REQUIRED_FIELD",
    /// `missing event field`, as the registry defines it.
    MissingEventField => "MISSING_EVENT_FIELD",
    /// `missing nonce`, as the registry defines it.
    MissingNonce => "MISSING_NONCE",
    /// `canonicalization error`, as the registry defines it.
    CanonicalizationError => "CANONICALIZATION_ERROR",
    /// `dependency missing`, as the registry defines it.
    DependencyMissing => "DEPENDENCY_MISSING",
    /// No allowlist was given where one decides.
    DependencyNotConfigured => "DEPENDENCY_NOT_CONFIGURED",
    /// `proof bundle invalid`, as the registry defines it.
    ProofBundleInvalid => "PROOF_BUNDLE_INVALID",
    /// `proof bundle agent mismatch`, as the registry defines it.
    ProofBundleAgentMismatch => "PROOF_BUNDLE_AGENT_MISMATCH",
    /// `proof bundle agent rotated`, as the registry defines it.
    ProofBundleAgentRotated => "PROOF_BUNDLE_AGENT_ROTATED",
    /// `missing proof bundle`, as the registry defines it.
    MissingProofBundle => "MISSING_PROOF_BUNDLE",
    /// `inconsistent run id`, as the registry defines it.
    InconsistentRunId => "INCONSISTENT_RUN_ID",
    /// `empty chain`, as the registry defines it.
    EmptyChain => "EMPTY_CHAIN",
    /// `identity conflict`, as the registry defines it.
    IdentityConflict => "IDENTITY_CONFLICT",
    /// The signer is not in the allowlist.
    ClaimNotFound => "CLAIM_NOT_FOUND",
    /// `aggregate bundle invalid`, as the registry defines it.
    AggregateBundleInvalid => "AGGREGATE_BUNDLE_INVALID",
    /// `aggregate signer mismatch`, as the registry defines it.
    AggregateSignerMismatch => "AGGREGATE_SIGNER_MISMATCH",
    /// `aggregate member invalid`, as the registry defines it.
    AggregateMemberInvalid => "AGGREGATE_MEMBER_INVALID",
    /// `aggregate duplicate member`, as the registry defines it.
    AggregateDuplicateMember => "AGGREGATE_DUPLICATE_MEMBER",
    /// `aggregate duplicate bundle id`, as the registry defines it.
    AggregateDuplicateBundleId => "AGGREGATE_DUPLICATE_BUNDLE_ID",
    /// `aggregate duplicate run id`, as the registry defines it.
    AggregateDuplicateRunId => "AGGREGATE_DUPLICATE_RUN_ID",
    /// `aggregate ttl exceeds member`, as the registry defines it.
    AggregateTtlExceedsMember => "AGGREGATE_TTL_EXCEEDS_MEMBER",
    /// `causal aggregate member conflict`, as the registry defines it.
    CausalAggregateMemberConflict => "CAUSAL_AGGREGATE_MEMBER_CONFLICT",
    /// `causal aggregate receipt replay`, as the registry defines it.
    CausalAggregateReceiptReplay => "CAUSAL_AGGREGATE_RECEIPT_REPLAY",
    /// A receipt is bound to another run or event.
    ReceiptBindingMismatch => "RECEIPT_BINDING_MISMATCH",
    /// A gateway receipt of the bundle does not verify.
    ReceiptVerificationFailed => "RECEIPT_VERIFICATION_FAILED",
    /// `rate limit window invalid`, as the registry defines it.
    RateLimitWindowInvalid => "RATE_LIMIT_WINDOW_INVALID",
    /// `rate limit claim inconsistent`, as the registry defines it.
    RateLimitClaimInconsistent => "RATE_LIMIT_CLAIM_INCONSISTENT",
    /// `rate limit exceeded`, as the registry defines it.
    RateLimitExceeded => "RATE_LIMIT_EXCEEDED",
    /// The time of verification is after `expires_at`.
    ExpiredTtl => "EXPIRED_TTL",
    /// `expired`, as the registry defines it.
    Expired => "EXPIRED",
    /// `causal clock contradiction`, as the registry defines it.
    CausalClockContradiction => "CAUSAL_CLOCK_CONTRADICTION",
    /// A time lies ahead of the time of verification.
    FutureTimestampPoisoning => "FUTURE_TIMESTAMP_POISONING",
    /// `causal reference dangling`, as the registry defines it.
    CausalReferenceDangling => "CAUSAL_REFERENCE_DANGLING",
    /// `causal cycle detected`, as the registry defines it.
    CausalCycleDetected => "CAUSAL_CYCLE_DETECTED",
    /// `causal phase invalid`, as the registry defines it.
    CausalPhaseInvalid => "CAUSAL_PHASE_INVALID",
    /// `causal phase transition invalid`, as the registry defines it.
    CausalPhaseTransitionInvalid => "CAUSAL_PHASE_TRANSITION_INVALID",
    /// `causal confidence out of range`, as the registry defines it.
    CausalConfidenceOutOfRange => "CAUSAL_CONFIDENCE_OUT_OF_RANGE",
    /// `causal confidence evidence inconsistent`, as the registry defines it.
    CausalConfidenceEvidenceInconsistent => "CAUSAL_CONFIDENCE_EVIDENCE_INCONSISTENT",
    /// `causal binding field conflict`, as the registry defines it.
    CausalBindingFieldConflict => "CAUSAL_BINDING_FIELD_CONFLICT",
    /// `causal binding normalization failed`, as the registry defines it.
    CausalBindingNormalizationFailed => "CAUSAL_BINDING_NORMALIZATION_FAILED",
    /// `causal receipt replay detected`, as the registry defines it.
    CausalReceiptReplayDetected => "CAUSAL_RECEIPT_REPLAY_DETECTED",
    /// `causal span reuse conflict`, as the registry defines it.
    CausalSpanReuseConflict => "CAUSAL_SPAN_REUSE_CONFLICT",
    /// `causal graph disconnected`, as the registry defines it.
    CausalGraphDisconnected => "CAUSAL_GRAPH_DISCONNECTED",
    /// `causal side effect orphaned`, as the registry defines it.
    CausalSideEffectOrphaned => "CAUSAL_SIDE_EFFECT_ORPHANED",
    /// `causal human approval orphaned`, as the registry defines it.
    CausalHumanApprovalOrphaned => "CAUSAL_HUMAN_APPROVAL_ORPHANED",
    /// `causal policy profile invalid`, as the registry defines it.
    CausalPolicyProfileInvalid => "CAUSAL_POLICY_PROFILE_INVALID",
    /// `causal policy profile downgrade`, as the registry defines it.
    CausalPolicyProfileDowngrade => "CAUSAL_POLICY_PROFILE_DOWNGRADE",
    /// `coverage cldd discrepancy enforced`, as the registry defines it.
    CoverageClddDiscrepancyEnforced => "COVERAGE_CLDD_DISCREPANCY_ENFORCED",
    /// The manifest that the bundle refers to was not supplied.
    UrmMissing => "URM_MISSING",
    /// The manifest speaks of another run than the bundle.
    UrmMismatch => "URM_MISMATCH",
    /// `side effect unknown class`, as the registry defines it.
    SideEffectUnknownClass => "SIDE_EFFECT_UNKNOWN_CLASS",
    /// `side effect agent mismatch`, as the registry defines it.
    SideEffectAgentMismatch => "SIDE_EFFECT_AGENT_MISMATCH",
    /// `human approval unknown type`, as the registry defines it.
    HumanApprovalUnknownType => "HUMAN_APPROVAL_UNKNOWN_TYPE",
    /// `human approval agent mismatch`, as the registry defines it.
    HumanApprovalAgentMismatch => "HUMAN_APPROVAL_AGENT_MISMATCH",
    /// `human approval expired`, as the registry defines it.
    HumanApprovalExpired => "HUMAN_APPROVAL_EXPIRED",
    /// `commit message invalid`, as the registry defines it.
    CommitMessageInvalid => "COMMIT_MESSAGE_INVALID",
    /// `commit not found`, as the registry defines it.
    CommitNotFound => "COMMIT_NOT_FOUND",
    /// `model identity hash mismatch`, as the registry defines it.
    ModelIdentityHashMismatch => "MODEL_IDENTITY_HASH_MISMATCH",
    /// `model identity verify failed`, as the registry defines it.
    ModelIdentityVerifyFailed => "MODEL_IDENTITY_VERIFY_FAILED",
    /// `model identity missing defaulted`, as the registry defines it.
    ModelIdentityMissingDefaulted => "MODEL_IDENTITY_MISSING_DEFAULTED",
    /// `model identity opaque`, as the registry defines it.
    ModelIdentityOpaque => "MODEL_IDENTITY_OPAQUE",
    /// `model identity heterogeneous`, as the registry defines it.
    ModelIdentityHeterogeneous => "MODEL_IDENTITY_HETEROGENEOUS",
    /// `execution attestation invalid`, as the registry defines it.
    ExecutionAttestationInvalid => "EXECUTION_ATTESTATION_INVALID",
    /// `execution attestation agent mismatch`, as the registry defines it.
    ExecutionAttestationAgentMismatch => "EXECUTION_ATTESTATION_AGENT_MISMATCH",
    /// `execution attestation bundle hash mismatch`, as the registry defines it.
    ExecutionAttestationBundleHashMismatch => "EXECUTION_ATTESTATION_BUNDLE_HASH_MISMATCH",
    /// `execution attestation verified`, as the registry defines it.
    ExecutionAttestationVerified => "EXECUTION_ATTESTATION_VERIFIED",
    /// `did rotation cert invalid`, as the registry defines it.
    DidRotationCertInvalid => "DID_ROTATION_CERT_INVALID",
    /// `did rotation certs ambiguous`, as the registry defines it.
    DidRotationCertsAmbiguous => "DID_ROTATION_CERTS_AMBIGUOUS",
    /// `inclusion proof invalid`, as the registry defines it.
    InclusionProofInvalid => "INCLUSION_PROOF_INVALID",
    /// `revoked`, as the registry defines it.
    Revoked => "REVOKED",
    /// `evidence mismatch`, as the registry defines it.
    EvidenceMismatch => "EVIDENCE_MISMATCH",
    /// `prompt commitment mismatch`, as the registry defines it.
    PromptCommitmentMismatch => "PROMPT_COMMITMENT_MISMATCH",
    /// `control chain not found`, as the registry defines it.
    ControlChainNotFound => "CONTROL_CHAIN_NOT_FOUND",
    /// `control chain context mismatch`, as the registry defines it.
    ControlChainContextMismatch => "CONTROL_CHAIN_CONTEXT_MISMATCH",
    /// `token control scope hash mismatch`, as the registry defines it.
    TokenControlScopeHashMismatch => "TOKEN_CONTROL_SCOPE_HASH_MISMATCH",
    /// `token control audience mismatch`, as the registry defines it.
    TokenControlAudienceMismatch => "TOKEN_CONTROL_AUDIENCE_MISMATCH",
    /// `token control scope missing`, as the registry defines it.
    TokenControlScopeMissing => "TOKEN_CONTROL_SCOPE_MISSING",
    /// `token control transition forbidden`, as the registry defines it.
    TokenControlTransitionForbidden => "TOKEN_CONTROL_TRANSITION_FORBIDDEN",
    /// `token control chain missing`, as the registry defines it.
    TokenControlChainMissing => "TOKEN_CONTROL_CHAIN_MISSING",
    /// `token control subject mismatch`, as the registry defines it.
    TokenControlSubjectMismatch => "TOKEN_CONTROL_SUBJECT_MISMATCH",
    /// `token control key unknown`, as the registry defines it.
    TokenControlKeyUnknown => "TOKEN_CONTROL_KEY_UNKNOWN",
    /// `token control key expired`, as the registry defines it.
    TokenControlKeyExpired => "TOKEN_CONTROL_KEY_EXPIRED",
    /// `token control transparency stale`, as the registry defines it.
    TokenControlTransparencyStale => "TOKEN_CONTROL_TRANSPARENCY_STALE",
    /// `token control transparency kid unknown`, as the registry defines it.
    TokenControlTransparencyKidUnknown => "TOKEN_CONTROL_TRANSPARENCY_KID_UNKNOWN",
    /// `token control transparency kid expired`, as the registry defines it.
    TokenControlTransparencyKidExpired => "TOKEN_CONTROL_TRANSPARENCY_KID_EXPIRED",
    /// `config error`, as the registry defines it.
    ConfigError => "CONFIG_ERROR",
    /// `signing not configured`, as the registry defines it.
    SigningNotConfigured => "SIGNING_NOT_CONFIGURED",
    /// `idempotency conflict`, as the registry defines it.
    IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
    /// `idempotency key reused`, as the registry defines it.
    IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
    /// `idempotency fingerprint mismatch`, as the registry defines it.
    IdempotencyFingerprintMismatch => "IDEMPOTENCY_FINGERPRINT_MISMATCH",
    /// `replay receipt id reused`, as the registry defines it.
    ReplayReceiptIdReused => "REPLAY_RECEIPT_ID_REUSED",
    /// `replay run id reused`, as the registry defines it.
    ReplayRunIdReused => "REPLAY_RUN_ID_REUSED",
    /// `replay protection failed`, as the registry defines it.
    ReplayProtectionFailed => "REPLAY_PROTECTION_FAILED",
    /// `policy violation`, as the registry defines it.
    PolicyViolation => "POLICY_VIOLATION",
    /// `policy noncompliant`, as the registry defines it.
    PolicyNoncompliant => "POLICY_NONCOMPLIANT",
    /// `policy missing`, as the registry defines it.
    PolicyMissing => "POLICY_MISSING",
    /// `scope not allowed`, as the registry defines it.
    ScopeNotAllowed => "SCOPE_NOT_ALLOWED",
    /// `sensitive scope not allowed`, as the registry defines it.
    SensitiveScopeNotAllowed => "SENSITIVE_SCOPE_NOT_ALLOWED",
    /// `delegation spend cap exceeded`, as the registry defines it.
    DelegationSpendCapExceeded => "DELEGATION_SPEND_CAP_EXCEEDED",
    /// `delegation revoked`, as the registry defines it.
    DelegationRevoked => "DELEGATION_REVOKED",
    /// `delegation expired`, as the registry defines it.
    DelegationExpired => "DELEGATION_EXPIRED",
    /// `delegation policy mismatch`, as the registry defines it.
    DelegationPolicyMismatch => "DELEGATION_POLICY_MISMATCH",
    /// `token expired`, as the registry defines it.
    TokenExpired => "TOKEN_EXPIRED",
    /// `token revoked`, as the registry defines it.
    TokenRevoked => "TOKEN_REVOKED",
    /// `token malformed`, as the registry defines it.
    TokenMalformed => "TOKEN_MALFORMED",
    /// `token signature invalid`, as the registry defines it.
    TokenSignatureInvalid => "TOKEN_SIGNATURE_INVALID",
    /// `token scope hash mismatch`, as the registry defines it.
    TokenScopeHashMismatch => "TOKEN_SCOPE_HASH_MISMATCH",
    /// `token unknown kid`, as the registry defines it.
    TokenUnknownKid => "TOKEN_UNKNOWN_KID",
    /// `token kid expired`, as the registry defines it.
    TokenKidExpired => "TOKEN_KID_EXPIRED",
    /// `token insufficient scope`, as the registry defines it.
    TokenInsufficientScope => "TOKEN_INSUFFICIENT_SCOPE",
    /// `unauthorized`, as the registry defines it.
    Unauthorized => "UNAUTHORIZED",
    /// `forbidden`, as the registry defines it.
    Forbidden => "FORBIDDEN",
    /// `internal error`, as the registry defines it.
    InternalError => "INTERNAL_ERROR",
    /// `crypto error`, as the registry defines it.
    CryptoError => "CRYPTO_ERROR",
    /// `parse error`, as the registry defines it.
    ParseError => "PARSE_ERROR",
    /// `usage error`, as the registry defines it.
    UsageError => "USAGE_ERROR",
    /// `invalid leaf hash`, as the registry defines it.
    InvalidLeafHash => "INVALID_LEAF_HASH",
    /// `invalid receipt hash`, as the registry defines it.
    InvalidReceiptHash => "INVALID_RECEIPT_HASH",
    /// `leaf already exists`, as the registry defines it.
    LeafAlreadyExists => "LEAF_ALREADY_EXISTS",
    /// `leaf not found`, as the registry defines it.
    LeafNotFound => "LEAF_NOT_FOUND",
    /// `inclusion proof error`, as the registry defines it.
    InclusionProofError => "INCLUSION_PROOF_ERROR",
    /// `invalid log id`, as the registry defines it.
    InvalidLogId => "INVALID_LOG_ID",
    /// `wpc not found`, as the registry defines it.
    WpcNotFound => "WPC_NOT_FOUND",
    /// `wpc registry error`, as the registry defines it.
    WpcRegistryError => "WPC_REGISTRY_ERROR",
    /// `wpc registry bad json`, as the registry defines it.
    WpcRegistryBadJson => "WPC_REGISTRY_BAD_JSON",
    /// `wpc registry bad response`, as the registry defines it.
    WpcRegistryBadResponse => "WPC_REGISTRY_BAD_RESPONSE",
    /// `wpc envelope invalid`, as the registry defines it.
    WpcEnvelopeInvalid => "WPC_ENVELOPE_INVALID",
    /// `wpc registry fetch failed`, as the registry defines it.
    WpcRegistryFetchFailed => "WPC_REGISTRY_FETCH_FAILED",
    /// `wpc registry base url invalid`, as the registry defines it.
    WpcRegistryBaseUrlInvalid => "WPC_REGISTRY_BASE_URL_INVALID",
    /// `wpc registry base url insecure`, as the registry defines it.
    WpcRegistryBaseUrlInsecure => "WPC_REGISTRY_BASE_URL_INSECURE",
    /// `wpc hash mismatch`, as the registry defines it.
    WpcHashMismatch => "WPC_HASH_MISMATCH",
    /// `wpc hash invalid`, as the registry defines it.
    WpcHashInvalid => "WPC_HASH_INVALID",
    /// `wpc signer not allowed`, as the registry defines it.
    WpcSignerNotAllowed => "WPC_SIGNER_NOT_ALLOWED",
    /// `wpc signer did unsupported`, as the registry defines it.
    WpcSignerDidUnsupported => "WPC_SIGNER_DID_UNSUPPORTED",
    /// `wpc signature invalid`, as the registry defines it.
    WpcSignatureInvalid => "WPC_SIGNATURE_INVALID",
    /// `token unsupported alg`, as the registry defines it.
    TokenUnsupportedAlg => "TOKEN_UNSUPPORTED_ALG",
    /// `token invalid claims`, as the registry defines it.
    TokenInvalidClaims => "TOKEN_INVALID_CLAIMS",
    /// `token bad audience`, as the registry defines it.
    TokenBadAudience => "TOKEN_BAD_AUDIENCE",
    /// `token unknown version`, as the registry defines it.
    TokenUnknownVersion => "TOKEN_UNKNOWN_VERSION",
    /// `token scope hash required`, as the registry defines it.
    TokenScopeHashRequired => "TOKEN_SCOPE_HASH_REQUIRED",
    /// `token scope hash invalid`, as the registry defines it.
    TokenScopeHashInvalid => "TOKEN_SCOPE_HASH_INVALID",
    /// `token verification key missing`, as the registry defines it.
    TokenVerificationKeyMissing => "TOKEN_VERIFICATION_KEY_MISSING",
    /// Ours: a payload without envelope: nobody signed it.
    EnvelopeRequired => "ENVELOPE_REQUIRED",
    /// Ours: a gateway receipt that names no event: it could belong to any bundle.
    ReceiptUnbound => "RECEIPT_UNBOUND",
    /// Ours: one statement stands in the bundle more than once.
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
    /// The reason that a fault of the strict parser or of a payload decoder stands for.
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

impl Failure {
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

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::of_fault(fault.code.into(), &fault)
    }
}
