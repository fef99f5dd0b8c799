//! Messages to a webhook, signed as Standard Webhooks says (<https://www.standardwebhooks.com>): `webhook-id`, `webhook-timestamp` and
//! `webhook-signature: v1,` with the base64 of HMAC-SHA256 over `id.timestamp.body`.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use ledger_client::repeat::{DeliveryFailure, deliver};
use ledger_client::transport::{Transport, TransportLimits};
use sha2::Sha256;
use verifier::base64::{decode_standard, encode_standard};
use zeroize::Zeroizing;

use crate::config::WebhookConfig;
use crate::state::PendingMessage;

/// How a secret begins.
const SECRET_START: &str = "whsec_";
/// Bytes that a secret may have, as Standard Webhooks says.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Of an answer, which nobody reads.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Why messages cannot be signed: the person who wrote the file is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The file.
    #[error("cannot read the webhook's secret {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What it holds. The secret itself is in no message.
    #[error("{} holds no secret: expected whsec_ and the base64 of 24 to 64 bytes", path.display())]
    NoSecret {
        /// Which file.
        path: PathBuf,
    },
}

/// What messages are signed with.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

impl WebhookSecret {
    /// Reads `whsec_…`.
    pub fn parse(text: &str) -> Option<Self> {
        let key = decode_standard(text.trim().strip_prefix(SECRET_START)?)?;
        SECRET_BYTES
            .contains(&key.len())
            .then(|| Self(Zeroizing::new(key)))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn read(path: &Path) -> Result<Self, WebhookError> {
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let text = text.map_err(|source| WebhookError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).ok_or_else(|| WebhookError::NoSecret {
            path: path.to_owned(),
        })
    }
}

/// The value of `webhook-signature`; `None` never, as HMAC takes keys of any length.
pub fn sign(secret: &WebhookSecret, id: &str, timestamp_s: u64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).ok()?;
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    Some(format!("v1,{}", encode_standard(&mac.finalize().into_bytes())))
}

/// A receiver of messages.
#[derive(Debug)]
pub struct Webhook {
    url: String,
    secret: WebhookSecret,
    transport: Transport,
}

impl Webhook {
    /// As it is configured.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn new(config: &WebhookConfig) -> Result<Self, WebhookError> {
        Ok(Self {
            url: config.url.clone(),
            secret: WebhookSecret::read(&config.secret_file)?,
            transport: Transport::new(None, TransportLimits::WEBHOOK),
        })
    }

    /// Hands over one message; it is the receiver's once this succeeds. The receiver may get it again, with the same id.
    ///
    /// # Errors
    /// [`DeliveryFailure`], after some attempts.
    pub fn deliver(&self, message: &PendingMessage) -> Result<(), DeliveryFailure> {
        deliver(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let timestamp = now.as_secs();
            let signature = sign(&self.secret, &message.id, timestamp, &message.body).unwrap_or_default();
            let timestamp = timestamp.to_string();
            let headers = [
                ("webhook-id", message.id.as_str()),
                ("webhook-timestamp", timestamp.as_str()),
                ("webhook-signature", signature.as_str()),
            ];
            let body = message.body.as_bytes();
            let answer = self
                .transport
                .post_json_with(&self.url, &headers, body, ANSWER_BYTES_MAX)?;
            Ok(answer.status)
        })
    }
}
