//! Who looks at the pages, where they signed in: the chrome of every page says so.
//!
//! The server of the pages knows it, and puts a [`Visitor`] into the request; it stays with the request's task and
//! with the thread that makes the page, so that no page has to hand it on, and none can forget it.

use crate::text::{LineText, segment};
use askama::filters::Escaper;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use ledger_query::parameter::whole_number;
use ledger_query::verdict::CollectError;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use verifier::index::LeafIndex;

tokio::task_local! {
    static VISITOR: Option<Visitor>;
    /// Why a link of the page that is being made could not be looked up.
    static FAULT: RefCell<Option<CollectError>>;
}

/// See [`Visitor::is_shown`].
pub type EntryVisibility = dyn Fn(LeafIndex, bool) -> Result<bool, CollectError> + Send + Sync;

/// Somebody who signed in.
#[derive(Clone)]
pub struct Visitor {
    /// The name that the configuration has for them; of a guest, the jobs that their links show.
    pub name: String,
    /// Whether they see the jobs of share links alone.
    pub is_guest: bool,
    /// The jobs that a guest sees.
    pub jobs: Vec<String>,
    /// Whether a guest may open an entry: by itself, or, with `true`, its page. A log that cannot be read is no answer.
    pub is_shown: Arc<EntryVisibility>,
    /// What forms repeat, so that no other site can send them.
    pub csrf: String,
    /// Whether a form repeats it.
    pub is_repeated: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Whether they are still signed in: a long answer ends with the session.
    pub is_signed_in: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Visitor {
    /// Who looks at the page that is being made; `None` where nobody signed in.
    pub(crate) fn current() -> Option<Self> {
        VISITOR.try_with(Clone::clone).ok().flatten()
    }

    /// Makes a page for that visitor on another thread.
    pub(crate) fn while_working<T>(visitor: Option<Self>, work: impl FnOnce() -> T) -> T {
        VISITOR.sync_scope(visitor, || FAULT.sync_scope(RefCell::default(), work))
    }

    /// Whether the visitor is still signed in.
    pub(crate) fn is_here(&self) -> bool {
        (self.is_signed_in)()
    }

    /// Whether a form repeats the token of the visitor's session.
    pub(crate) fn sent(&self, csrf: &[u8]) -> bool {
        std::str::from_utf8(csrf).is_ok_and(|csrf| (self.is_repeated)(csrf))
    }
}

/// What nobody needs a token for, and the parts of a page.
const FOR_EVERYBODY: [&str; 8] = [
    "#",
    "?",
    "/help",
    "/problems",
    "/checks",
    "/api",
    "/openapi.json",
    "/assets/",
];
/// Where the pages of entries are.
const ENTRY_PAGES: &str = "/entries/";
/// Where entries and jobs are.
const ENTRIES: [&str; 2] = [ENTRY_PAGES, "/v1/entries/"];
const JOBS: [&str; 2] = ["/jobs/", "/v1/jobs/"];

impl Visitor {
    /// Whether the visitor may open an address. Guests see one job; the API decides, and refuses every other address.
    fn may_open(&self, address: &str) -> Result<bool, CollectError> {
        if !self.is_guest || FOR_EVERYBODY.iter().any(|begin| address.starts_with(begin)) {
            return Ok(true);
        }
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let below = |folder: &str| path.strip_prefix(folder)?.split('/').next();
        if let Some(job) = JOBS.iter().find_map(|folder| below(folder)) {
            return Ok(self.jobs.iter().any(|own| segment(own) == job));
        }
        let index = ENTRIES.iter().find_map(|folder| below(folder));
        let index = index.and_then(whole_number).map(LeafIndex::new);
        match index {
            Some(index) => (self.is_shown)(index, path.starts_with(ENTRY_PAGES)),
            None => Ok(false),
        }
    }
}

/// Why the page that could not be filled in has no answer for one of its links; `None` where it is not for that.
pub(crate) fn fault_of_link() -> Option<CollectError> {
    FAULT.try_with(RefCell::take).ok().flatten()
}

/// Writes the `href` of a link, and nothing where the visitor may not open it: without one it is a text. The page fails
/// where that cannot be looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VisitorLink;

impl Escaper for VisitorLink {
    fn write_escaped_str<W: fmt::Write>(&self, mut to: W, address: &str) -> fmt::Result {
        let may_open = Visitor::current().map_or(Ok(true), |visitor| visitor.may_open(address));
        let may_open = may_open.map_err(|error| {
            // Outside of a page's own thread nobody asks for the cause; the page fails all the same.
            let _ = FAULT.try_with(|fault| fault.replace(Some(error)));
            fmt::Error
        })?;
        if may_open {
            to.write_str(" href=\"")?;
            LineText.write_escaped_str(&mut to, address)?;
            to.write_str("\"")?;
        }
        Ok(())
    }
}

/// Middleware: keeps the visitor while the request is answered.
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>().cloned();
    VISITOR.scope(visitor, next.run(request)).await
}
