//! Receipts of witnessed web sessions (`schemas/clawsig.md` §7.2): verified as gateway receipts are, against a list
//! of witnesses of their own.

use evidence::fault::shorten;
use evidence::json::Value;
use evidence::report::Details;

use super::envelope_forms::WEB_RECEIPT_ENVELOPE;
use super::signed_envelope::{self, EnvelopeForm};
use super::{ClawsigFailure, ClawsigOptions, Reason};

const EXPECTED: EnvelopeForm = EnvelopeForm {
    envelope_type: "web_receipt",
    versions: &[("1", &WEB_RECEIPT_ENVELOPE)],
};

/// Verifies a web receipt in its envelope.
pub(super) fn verify(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let envelope = signed_envelope::read(document, &EXPECTED)?;
    envelope.note(details);
    envelope.check_signer()?;
    envelope.check_allowed(options.witnesses, "witness")?;
    envelope.check_issued_at()?;
    signed_envelope::time(envelope.payload_text("timestamp"), "timestamp")?;
    envelope.check_hash(Reason::HashMismatch)?;
    envelope.check_signature()?;
    for checked in ["schema", "signer", "payload_hash", "signature"] {
        details.checked(checked);
    }
    for name in ["receipt_id", "witness_id", "source"] {
        details.set(name, shorten(envelope.payload_text(name)));
    }
    details.set("proof_tier", "witnessed_web");
    details.not_checked("binding");
    if envelope.payload_member("transparency").is_some() {
        details.not_checked("transparency");
    }
    Ok(())
}
