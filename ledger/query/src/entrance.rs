//! What the pages of the way in show: signing in, share links, and why somebody sees nothing. The API decides it, and the
//! pages put it into words.

use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The sign-in page.
#[derive(Clone, Debug)]
pub struct SignInPage {
    /// The page that it leads to, a path on this site.
    pub next: String,
    /// What is to be said first, if anything.
    pub notice: Option<EntranceNotice>,
    /// Whether signing in is of any use here: not where everybody may read.
    pub is_needed: bool,
}

/// What the sign-in page says first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntranceNotice {
    /// The browser's session has ended.
    Ended,
    /// The token is nobody's.
    Unknown,
    /// Too many attempts failed; the next one counts after this time.
    Wait(Duration),
    /// The form was sent by another site, or by a page of an earlier session.
    NotFromHere,
    /// The page came over plain HTTP, over which browsers keep no session. There is no form.
    Plain,
}

/// Why there is a page without what was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageRefusal {
    /// A share link that this server never made, or forgot since it ended long ago.
    UnknownLink,
    /// A share link that expired.
    ExpiredLink {
        /// When, in milliseconds since the Unix epoch.
        at: u64,
    },
    /// A share link that was revoked.
    RevokedLink,
    /// A share link whose maker is named in the configuration no more.
    MakerRemoved,
    /// A form of an earlier session.
    NotTheForm,
    /// A guest asks for something else than the jobs of the links.
    OtherJob {
        /// Ids of the jobs that the guest's links show.
        jobs: Vec<String>,
    },
}

/// A share link, without what opens it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LinkView)]
pub struct SharedLink {
    /// Its name, to revoke it by.
    pub id: String,
    /// The job that it shows.
    pub job_id: String,
    /// Who made it.
    pub made_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub made_at: u64,
    /// When it expires, in milliseconds since the Unix epoch.
    pub until: u64,
    /// `open`, `expired`, `revoked`, or `maker_removed` where the configuration names its maker no more.
    pub state: &'static str,
    /// Who revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked_by: Option<String>,
    /// Whether it can be revoked: also where its maker was removed, who may come back.
    #[serde(skip)]
    pub is_open: bool,
}

/// A share link that was just made.
#[derive(Clone, Debug)]
pub struct MadeLinkView {
    /// The job that it shows.
    pub job_id: String,
    /// The path that opens the link. Anyone who has it sees the job.
    pub path: String,
    /// The whole address, as far as the server knows by which name it is reached.
    pub address: String,
    /// When it expires, in milliseconds since the Unix epoch.
    pub until: u64,
}

/// The page of share links.
#[derive(Clone, Debug)]
pub struct SharesPage {
    /// What stands in the field for the job.
    pub job: String,
    /// The link that was just made.
    pub made: Option<MadeLinkView>,
    /// Why none was made.
    pub problem: Option<String>,
    /// All links, the newest first.
    pub links: Vec<SharedLink>,
    /// The longest that a link may hold, in days.
    pub days_max: u64,
    /// Whether links are of any use here: not where everybody may read.
    pub is_needed: bool,
}
