//! The bytes that cosigners sign (C2SP tlog-cosignature).

use crate::checkpoint::TreeHead;

/// "subtree/v1", a newline and a zero byte.
const SUBTREE_LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// The message of an Ed25519 cosignature (type 0x04) over a checkpoint's text, final newline included:
///
/// ```text
/// cosignature/v1
/// time 1679315147
/// example.com/log42
/// 8
/// XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
/// ```
pub fn cosignature_message(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// The message of an ML-DSA-44 cosignature (type 0x06) over a checkpoint, the subtree of all its entries:
///
/// ```text
/// "subtree/v1\n\0" || u8 length || cosigner || u64be time || u8 length || origin || u64be 0 || u64be size || root
/// ```
///
/// `None` where cosigner or origin is empty or longer than 255 bytes, which one byte cannot count.
pub fn subtree_message(cosigner: &str, time_s: u64, origin: &str, head: &TreeHead) -> Option<Vec<u8>> {
    let start = 0_u64;
    let mut message = SUBTREE_LABEL.to_vec();
    push_counted(&mut message, cosigner)?;
    message.extend(time_s.to_be_bytes());
    push_counted(&mut message, origin)?;
    message.extend(start.to_be_bytes());
    message.extend(head.size.value().to_be_bytes());
    message.extend(head.root.as_bytes());
    Some(message)
}

/// Appends `opaque<1..2^8-1>` (RFC 8446 §3.4): the length in one byte, then the bytes.
fn push_counted(message: &mut Vec<u8>, text: &str) -> Option<()> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length > 0)?;
    message.push(length);
    message.extend(text.as_bytes());
    Some(())
}
