//! Files that are no JSON of ours, by how they begin.

use crate::compact_jws::contains_compact_jws;
use tlog::note::UnverifiedNote;

use tlog::encoding::encoding_fault;

/// How files of other programs begin, and what they are called. The first that fits counts.
const STARTS: &[(&[u8], &str)] = &[
    (PROOF_START, "a tlog-proof, which is checked with the log's key"),
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x7fELF", "a program"),
    (b"\0OpenTimestamps", "an OpenTimestamps proof"),
    (b"-----BEGIN PGP", "an OpenPGP message, signature or key"),
    (b"-----BEGIN CERTIFICATE-", "an X.509 certificate"),
    (b"-----BEGIN SSH SIGNATURE", "an SSH signature"),
    (b"-----BEGIN PKCS7", "a CMS (PKCS #7) message"),
    (b"-----BEGIN CMS", "a CMS (PKCS #7) message"),
    (b"-----BEGIN ", "a PEM file"),
    (b"untrusted comment:", "a signature or key of minisign or signify"),
    (b"<", "XML or HTML"),
    // CBOR tags of RFC 9052 and RFC 8392; an untagged COSE_Sign1 is an array of four that starts with a byte string.
    (b"\xd2", "a COSE_Sign1 message, such as a SCITT statement"),
    (b"\x84\x40", "a COSE_Sign1 message, such as a SCITT statement"),
    (b"\xd8\x62", "a COSE_Sign message"),
    (b"\xd1", "a COSE_Mac0 message"),
    (b"\xd8\x61", "a COSE_Mac message"),
    (b"\xd0", "a COSE_Encrypt0 message"),
    (b"\xd8\x60", "a COSE_Encrypt message"),
    (b"\xd8\x3d", "a CBOR Web Token"),
    (b"\x30\x80", DER),
    (b"\x30\x81", DER),
    (b"\x30\x82", DER),
    (b"\x30\x83", DER),
];

const DER: &str = "DER, such as an X.509 certificate, a CMS signature or a time stamp";
const COSE_SIGN1: &str = "a COSE_Sign1 message, such as a SCITT statement";
/// A gateway puts its receipt into a stream after the model's last event.
const STREAMED_RECEIPT: &[u8] = b":clawproxy_receipt_envelope_b64u=";
/// Bytes among which a NUL tells a binary file from a text.
const LOOKED_AT: usize = 512;

/// Whether bytes begin as a pack does: an array of two, the first of which is an array.
pub fn begins_as_pack(bytes: &[u8]) -> bool {
    matches!(bytes, [0x82, 0x80..=0x9f, ..])
}

/// Whether bytes begin as a subject-proof does: an array of seven or eight, the version that has so many members, and a text.
pub fn begins_as_subject_proof(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x87, 0x01, 0x60..=0x7b, ..] | [0x88, 0x02, 0x60..=0x7b, ..]
    )
}

/// What a tlog-proof begins with.
const PROOF_START: &[u8] = b"c2sp.org/tlog-proof@";

/// Whether bytes begin as a tlog-proof does.
pub fn begins_as_proof(bytes: &[u8]) -> bool {
    bytes.starts_with(PROOF_START)
}

/// What some bytes are that are neither JSON nor a pack; `None` where nobody can say.
///
/// A text that begins as JSON does is never named: what is wrong with it is a fault of the JSON.
pub fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    if encoding_fault(bytes).is_some() {
        return None;
    }
    if let Some(name) = of_start(bytes) {
        return Some(name);
    }
    if begins_as_pack(bytes) {
        return None;
    }
    let text = bytes.trim_ascii();
    match text.first() {
        Some(b'{' | b'[' | b'"') => return None,
        Some(0x80..) if std::str::from_utf8(bytes).is_err() => return Some("CBOR or another binary file"),
        _ => {}
    }
    if bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0) {
        return Some("a binary file");
    }
    of_text(bytes, text)
}

/// What some bytes are whose first bytes are those of one format alone.
pub fn of_start(bytes: &[u8]) -> Option<&'static str> {
    // An array of four whose first item is a byte string of 1 to 255 bytes: the protected header.
    if let [0x84, 0x41..=0x58, ..] = bytes {
        return Some(COSE_SIGN1);
    }
    let found = STARTS.iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, name)| *name)
}

fn of_text(bytes: &[u8], trimmed: &[u8]) -> Option<&'static str> {
    if trimmed
        .windows(STREAMED_RECEIPT.len())
        .any(|part| part == STREAMED_RECEIPT)
    {
        return Some(
            "a streamed answer with a receipt in it: the document is the base64url after clawproxy_receipt_envelope_b64u=",
        );
    }
    if UnverifiedNote::parse(bytes).is_ok() {
        return Some("a signed note, such as the checkpoint of a log");
    }
    let is_one_word = !trimmed.iter().any(u8::is_ascii_whitespace);
    let text = std::str::from_utf8(trimmed).ok()?;
    (is_one_word && contains_compact_jws(text))
        .then_some("a compact JWS: where it is a token it is a secret, which belongs in no log")
}
