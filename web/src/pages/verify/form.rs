//! What the form brings: files and pasted text, read whole, since each is verified whole.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use ledger_query::share::{PoolFull, PoolShare};
use ledger_query::verify::{SentForm, VERIFY_BYTES_MAX};

use crate::text::shortened;
use crate::visitor::Visitor;

/// What the form may have around the things themselves.
pub(crate) const FORM_BYTES_MAX: usize = VERIFY_BYTES_MAX + (64 << 10);
/// The field that repeats the token of the visitor's session.
const CSRF_FIELD: &str = "csrf";
/// Most fields of one form.
const FIELDS_MAX: usize = 64;
/// Characters of a file's name.
const NAME_CHARACTERS_MAX: usize = 120;

/// Why nothing was looked at: the visitor's browser or the visitor is at fault.
pub(super) struct UnreadForm {
    pub(super) status: StatusCode,
    pub(super) why: String,
}

impl UnreadForm {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }
}

impl From<MultipartError> for UnreadForm {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("At most {} MiB are looked at in one go.", VERIFY_BYTES_MAX >> 20),
            ),
            _ => Self::new(StatusCode::BAD_REQUEST, "The form did not arrive whole."),
        }
    }
}

impl From<PoolFull> for UnreadForm {
    fn from(full: PoolFull) -> Self {
        let (status, why) = match full {
            PoolFull::Pool(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Others are verifying as much as this server takes at once. Try again in a moment.",
            ),
            PoolFull::Share(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "From where you are, as much is being verified as the server takes of one caller. Try again in a moment.",
            ),
        };
        Self::new(status, why)
    }
}

/// One thing of the form.
pub(super) struct FormItem {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) form: SentForm,
}

impl FormItem {
    /// `None` for a field that was left empty.
    fn new(file_name: Option<&str>, bytes: Vec<u8>) -> Option<Self> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        let (name, bytes) = match file_name {
            Some(name) => (shortened(name, NAME_CHARACTERS_MAX), bytes),
            // A browser sends the lines of a field with CRLF, whatever was pasted. Signed notes have line feeds, and
            // within JSON it makes no difference.
            None => ("the pasted text".to_owned(), line_feeds(&bytes)),
        };
        Some(Self {
            name,
            form: SentForm::of(&bytes),
            bytes,
        })
    }
}

/// All that was brought; one thing at least.
pub(super) async fn read(mut fields: Multipart, room: &mut PoolShare) -> Result<Vec<FormItem>, UnreadForm> {
    require_token(&mut fields, room).await?;
    let mut brought = Vec::new();
    let mut count = 0_usize;
    while let Some(field) = fields.next_field().await? {
        count = count.saturating_add(1);
        if count > FIELDS_MAX {
            let why = format!("At most {FIELDS_MAX} files are looked at in one go.");
            return Err(UnreadForm::new(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        // Of a page that was loaded during a session which has ended.
        if field.name() == Some(CSRF_FIELD) {
            continue;
        }
        let file_name = field.file_name().map(str::to_owned);
        let bytes = whole(field, room).await?;
        brought.extend(FormItem::new(file_name.as_deref(), bytes));
    }
    if brought.is_empty() {
        let why = "Choose a file, or paste something, and send the form again.";
        return Err(UnreadForm::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    Ok(brought)
}

/// The first field of a visitor who signed in repeats the token of their session: nothing that another site sends is
/// looked at.
async fn require_token(fields: &mut Multipart, room: &mut PoolShare) -> Result<(), UnreadForm> {
    let Some(visitor) = Visitor::current() else {
        return Ok(());
    };
    let first = fields.next_field().await?;
    let token = match first {
        Some(field) if field.name() == Some(CSRF_FIELD) => whole(field, room).await?,
        _ => Vec::new(),
    };
    if visitor.sent(&token) {
        return Ok(());
    }
    let why = "The form is not one of your session. Load this page again and send it from here.";
    Err(UnreadForm::new(StatusCode::FORBIDDEN, why))
}

/// A field, which takes room for what has come of it.
async fn whole(mut field: Field<'_>, room: &mut PoolShare) -> Result<Vec<u8>, UnreadForm> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await? {
        room.grow(part.len())?;
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let lines = lines.iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.collect::<Vec<_>>().join(&b'\n')
}
