//! `evidence_artifact`: a file that belongs to a job or run, by hash, and small ones by content.

use crate::caller_text::CallerText;
use crate::code::Code;
use crate::digest::ArtifactHash;
use crate::fault::Fault;
use crate::json::Object;
use tlog::hash::sha256;

use super::fields::{PayloadFields, members};
use super::forms;
use crate::json::pointer::Pointer;

/// Largest content in the document itself: with base64 it leaves room for the rest below 1 MiB.
pub const CONTENT_BYTES_MAX: usize = 512 * 1024;
/// Longest URI (characters).
const URI_CHARS_MAX: usize = 2048;
/// Longest media type (characters).
const MEDIA_TYPE_CHARS_MAX: usize = 255;

crate::texts!(/// What a file is.
ArtifactLabel {
    /// Audit of the running sandbox.
    RuntimeAudit => "runtime_audit",
    /// Configuration of the sandbox.
    SandboxConfig => "sandbox_config",
    /// Policy of a tool.
    ToolPolicy => "tool_policy",
    /// Configuration of the job.
    JobConfig => "job_config",
    /// Change ticket.
    ChangeTicket => "change_ticket",
    /// Audit log of the vendor whose system was touched.
    VendorAuditLog => "vendor_audit_log",
    /// What the agent was given to do.
    TaskPack => "task_pack",
    /// Universal run manifest, to which a bundle refers by hash.
    Urm => "urm",
    /// Rotation of a secret.
    SecretRotation => "secret_rotation",
    /// State before.
    StateBefore => "state_before",
    /// State after.
    StateAfter => "state_after",
    /// How long evidence is kept.
    RetentionPolicy => "retention_policy",
    /// Anything else.
    Other => "other",
});

members!(/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
Artifact of fields {
    /// What kind of file it is, such as `change_ticket`.
    label: ArtifactLabel =
        fields.required("label", forms::parsed("an artifact label", ArtifactLabel::parse))?,
    /// SHA-256 of its bytes.
    sha256: ArtifactHash = fields.required("sha256", forms::hex_hash(ArtifactHash::parse_hex))?,
    /// Its length in bytes.
    size: u64 = fields.required("size", forms::count)?,
    /// Its media type, as stated.
    media_type: String = fields.required("media_type", forms::parsed("a media type", media_type))?,
    /// Name of the file.
    name: String = fields.required("name", forms::id)?,
    /// The job that it belongs to.
    job_id: Option<String> = fields.optional("job_id", forms::id)?,
    /// The run that it belongs to.
    run_id: Option<CallerText> = fields.optional("run_id", forms::caller_text)?,
    /// Where it is said to be; shown as text, never fetched.
    uri: Option<String> = fields.optional("uri", forms::text(1..=URI_CHARS_MAX))?,
    /// Its bytes, where the document holds them; they have the hash and the length stated.
    content: Option<Vec<u8>> = fields.optional("content_b64", forms::base64_bytes(CONTENT_BYTES_MAX))?,
});

impl Artifact {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (artifact, log_origin) = PayloadFields::own(object, at, Self::read)?;
        artifact.check_content(at)?;
        Ok((artifact, log_origin))
    }

    fn check_content(&self, at: &Pointer<'_>) -> Result<(), Fault> {
        let Some(content) = &self.content else {
            return Ok(());
        };
        if u64::try_from(content.len()) != Ok(self.size) {
            let found = self.size.to_string();
            return Err(at.member("size").fault(
                Code::ArtifactHashMismatch,
                content.len().to_string(),
                found,
            ));
        }
        let hash = ArtifactHash::from_bytes(sha256(content));
        if hash != self.sha256 {
            let found = self.sha256.to_string();
            return Err(at
                .member("sha256")
                .fault(Code::ArtifactHashMismatch, hash.to_string(), found));
        }
        Ok(())
    }
}

/// `type/subtype` (RFC 6838 §4.2), with parameters of printable ASCII after a semicolon.
fn media_type(text: &str) -> Option<String> {
    let name = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let (kind, subtype) = essence.split_once('/')?;
    let sound = text.len() <= MEDIA_TYPE_CHARS_MAX
        && name(kind)
        && name(subtype)
        && parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    sound.then(|| text.to_owned())
}
