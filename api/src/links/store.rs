//! The links that there are, in memory and in a file.

use ledger::clock::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use verifier::base64::encode_url;
use verifier::digest::TokenHash;
use verifier::hash::sha256;
use verifier::index::TimestampMs;

use super::file::{self, LinkFile, NoFile, UnreadableLinks};

/// How long a link that ended is still listed, and told apart from one that never was: 30 days.
const REMEMBERED_MS: u64 = 30 * 86_400_000;
const ID_DIGITS: usize = 16;

/// A link's public name: 16 hex digits. It opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct LinkId(String);

impl LinkId {
    /// `text`, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == ID_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A share link. Times are milliseconds since the Unix epoch, by the server's clock.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareLink {
    pub(crate) id: LinkId,
    token_sha256: String,
    pub(crate) job_id: String,
    pub(crate) made_by: String,
    pub(crate) made_at: u64,
    pub(crate) until: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked: Option<LinkRevocation>,
}

/// Who ended a link, and when.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRevocation {
    pub(crate) by: String,
    pub(crate) at: u64,
}

/// Whether a link shows its job, and if not, why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LinkState {
    Open,
    Expired,
    Revoked,
    /// The configuration names its maker no more.
    MakerRemoved,
}

impl LinkState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::MakerRemoved => "maker_removed",
        }
    }
}

impl ShareLink {
    /// A link lives as long as its maker is named in the configuration, whatever tokens they have: a new token for the
    /// same person ends nothing. `is_known` says whether a name is there.
    pub(crate) fn state(&self, now: TimestampMs, is_known: impl Fn(&str) -> bool) -> LinkState {
        match &self.revoked {
            Some(_) => LinkState::Revoked,
            None if now.value() >= self.until => LinkState::Expired,
            None if !is_known(&self.made_by) => LinkState::MakerRemoved,
            None => LinkState::Open,
        }
    }

    /// Whether it is neither revoked nor expired. It counts as one of those that there may be: its maker may come back.
    fn holds(&self, now: TimestampMs) -> bool {
        self.revoked.is_none() && now.value() < self.until
    }

    /// When it stopped to show its job, or will.
    fn ended_at(&self) -> u64 {
        let revoked = self.revoked.as_ref().map_or(u64::MAX, |revoked| revoked.at);
        self.until.min(revoked)
    }
}

/// What bounds links.
#[derive(Clone, Copy, Debug)]
pub struct LinkLimits {
    /// Links that are open at once.
    pub open_max: usize,
    /// Longest time for which a link may be made.
    pub lifetime_max: Duration,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            open_max: 1_000,
            lifetime_max: Duration::from_secs(90 * 86_400),
        }
    }
}

/// Why a link was not made or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("there are {max} open share links, which is as many as there may be: revoke one first")]
    Full { max: usize },
    #[error("a share link is for at most {max_s} seconds, and for at least one")]
    Lifetime { max_s: u64 },
    #[error("the share links could not be kept: {0}")]
    Kept(#[from] io::Error),
    #[error("the operating system gives no randomness: {0}")]
    Random(getrandom::Error),
}

/// All share links that are remembered, in memory and in a file.
#[derive(Debug)]
pub struct ShareLinks {
    limits: LinkLimits,
    clock: Arc<dyn Clock>,
    file: Box<dyn LinkFile>,
    all: Mutex<BTreeMap<LinkId, ShareLink>>,
}

impl Default for ShareLinks {
    fn default() -> Self {
        Self {
            limits: LinkLimits::default(),
            clock: Arc::new(SystemClock::new()),
            file: Box::new(NoFile),
            all: Mutex::default(),
        }
    }
}

impl ShareLinks {
    /// The links of a file that was read before; none where there was no file.
    ///
    /// # Errors
    /// [`UnreadableLinks`].
    pub fn open(
        limits: LinkLimits,
        clock: Arc<dyn Clock>,
        content: Option<&[u8]>,
        file: Box<dyn LinkFile>,
    ) -> Result<Self, UnreadableLinks> {
        let links = content.map(file::read).transpose()?.unwrap_or_default();
        let links = links.into_iter().map(|link| (link.id.clone(), link)).collect();
        Ok(Self {
            limits,
            clock,
            file,
            all: Mutex::new(links),
        })
    }

    /// Makes a link and the token that opens it, which is kept nowhere. Blocks until the link is durable.
    pub(crate) fn make(
        &self,
        job_id: &str,
        by: &str,
        lifetime: Duration,
    ) -> Result<(ShareLink, String), LinkError> {
        let max_s = self.limits.lifetime_max.as_secs();
        if lifetime.as_secs() == 0 || lifetime.as_secs() > max_s {
            return Err(LinkError::Lifetime { max_s });
        }
        let token = encode_url(&random::<32>()?);
        let made_at = self.clock.now().value();
        let link = ShareLink {
            id: LinkId(format!("{:016x}", u64::from_be_bytes(random()?))),
            token_sha256: hash(&token),
            job_id: job_id.to_owned(),
            made_by: by.to_owned(),
            made_at,
            until: made_at.saturating_add(lifetime.as_secs().saturating_mul(1_000)),
            revoked: None,
        };
        let mut links = self.links();
        let now = self.clock.now();
        let open = links.values().filter(|link| link.holds(now));
        if open.count() >= self.limits.open_max {
            return Err(LinkError::Full {
                max: self.limits.open_max,
            });
        }
        let mut next = links.clone();
        next.insert(link.id.clone(), link.clone());
        self.keep(&mut next)?;
        *links = next;
        Ok((link, token))
    }

    /// Ends a link at once, and answers it; `None` where there is none. Blocks until that is durable.
    pub(crate) fn revoke(&self, id: &LinkId, by: &str) -> Result<Option<ShareLink>, LinkError> {
        let at = self.clock.now().value();
        let mut links = self.links();
        let mut next = links.clone();
        let Some(link) = next.get_mut(id) else {
            return Ok(None);
        };
        if link.revoked.is_none() {
            let by = by.to_owned();
            link.revoked = Some(LinkRevocation { by, at });
        }
        let link = link.clone();
        self.keep(&mut next)?;
        *links = next;
        Ok(Some(link))
    }

    /// The link that a token opens, if there is or lately was one.
    pub(crate) fn opened_by(&self, token: &str) -> Option<ShareLink> {
        let hash = hash(token);
        let links = self.links();
        links.values().find(|link| link.token_sha256 == hash).cloned()
    }

    pub(crate) fn get(&self, id: &LinkId) -> Option<ShareLink> {
        self.links().get(id).cloned()
    }

    /// All of them, the newest first.
    pub(crate) fn list(&self) -> Vec<ShareLink> {
        let mut all: Vec<ShareLink> = self.links().values().cloned().collect();
        all.sort_by(|left, right| {
            right
                .made_at
                .cmp(&left.made_at)
                .then_with(|| left.id.cmp(&right.id))
        });
        all
    }

    pub(crate) fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    /// The longest lifetime of a link.
    pub(crate) const fn lifetime_max(&self) -> Duration {
        self.limits.lifetime_max
    }

    /// Writes the file, after those that ended long ago, or of which there are too many, were forgotten.
    fn keep(&self, links: &mut BTreeMap<LinkId, ShareLink>) -> io::Result<()> {
        let now = self.clock.now();
        links.retain(|_, link| now.value() < link.ended_at().saturating_add(REMEMBERED_MS));
        let mut by_end: Vec<(u64, LinkId)> = links
            .values()
            .filter(|link| !link.holds(now))
            .map(|link| (link.ended_at(), link.id.clone()))
            .collect();
        by_end.sort_unstable();
        let surplus = by_end.len().saturating_sub(self.limits.open_max);
        for (_, id) in by_end.into_iter().take(surplus) {
            links.remove(&id);
        }
        self.file
            .replace(&file::write(links.values().cloned().collect())?)
    }

    fn links(&self) -> MutexGuard<'_, BTreeMap<LinkId, ShareLink>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> String {
    TokenHash::from_bytes(sha256(token.as_bytes())).to_string()
}

fn random<const N: usize>() -> Result<[u8; N], LinkError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(LinkError::Random)?;
    Ok(bytes)
}
