//! What every page shares: navigation above, the tree head that it speaks of below.

use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use verifier::index::TreeSize;

use crate::model::claims::{PageClaims, ProofReach};
use crate::model::witnessing::Witnessing;
use crate::text::{Time, grouped, segment};
use crate::visitor::Visitor;

/// The part of the site that a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    /// Home, entries, tokens, errors.
    None,
    /// `/jobs`.
    Jobs,
    /// `/policies`.
    Policies,
    /// `/alarms`.
    Alarms,
    /// `/log`.
    Log,
    /// `/verify`.
    Verify,
}

/// One link of the navigation.
pub(crate) struct NavLink {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) current: bool,
}

/// The head under which a page was made.
pub(crate) struct Footer {
    pub(crate) origin: String,
    pub(crate) size: String,
    /// The same without groups of digits.
    pub(crate) tree_size: u64,
    pub(crate) root: String,
    pub(crate) time: Time,
}

/// What every page shares: style, scripts, navigation, the visitor and the footer.
pub(crate) struct Chrome {
    pub(crate) assets: crate::assets::Hrefs,
    /// The first page.
    pub(crate) home: &'static str,
    pub(crate) nav: Vec<NavLink>,
    /// Of this release.
    pub(crate) version: &'static str,
    /// Absent where nobody signed in.
    pub(crate) visitor: Option<Visitor>,
    /// Absent on error pages, which must not depend on the log.
    pub(crate) footer: Option<Footer>,
    pub(crate) witnessing: Witnessing,
    /// The published size.
    published: TreeSize,
    /// How many entries the log's index covers; 0 where it keeps none.
    covered: TreeSize,
}

impl Chrome {
    /// Whether the page is for a guest, who sees one job: no link leads elsewhere, and no script follows the log.
    pub(crate) fn is_guest(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.is_guest)
    }

    /// Whether the visitor is signed in, and no guest.
    pub(crate) fn may_read(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| !visitor.is_guest)
    }

    /// The claims of a page about a size, which a browser can check as far as the index goes.
    pub(crate) fn claims(&self, as_of: TreeSize) -> PageClaims {
        let reach = if self.is_guest() {
            ProofReach::Guest
        } else if self.covered == TreeSize::new(0) {
            ProofReach::NoIndex
        } else if as_of > self.covered {
            ProofReach::Behind(grouped(self.covered.value()))
        } else {
            ProofReach::Covered
        };
        PageClaims::new(reach, as_of, self.newest())
    }

    /// The size that a page speaks of without one in its address: behind what is covered there may be nothing but the index.root itself.
    fn newest(&self) -> TreeSize {
        if self.covered.next_index().size_with() == Some(self.published) {
            self.covered
        } else {
            self.published
        }
    }

    /// The address at which the visitor can make a share link to a job, if they may.
    pub(crate) fn share_href(&self, job: &str) -> Option<String> {
        self.may_read().then(|| format!("/shares?job={}", segment(job)))
    }

    /// Without a tree head.
    pub(crate) fn bare(section: Section) -> Self {
        let link = |href, label, of| NavLink {
            href,
            label,
            current: section == of,
        };
        Self {
            assets: crate::assets::hrefs(),
            home: "/",
            nav: vec![
                link("/jobs", "Jobs", Section::Jobs),
                link("/policies", "Policies", Section::Policies),
                link("/alarms", "Alarms", Section::Alarms),
                link("/log", "Log", Section::Log),
                link("/verify", "Verify", Section::Verify),
            ],
            version: env!("CARGO_PKG_VERSION"),
            visitor: Visitor::current(),
            footer: None,
            witnessing: Witnessing::unknown(),
            published: TreeSize::new(0),
            covered: TreeSize::new(0),
        }
    }

    /// With the head that was published when the page was made.
    pub(crate) fn new(section: Section, engine: &QueryEngine, published: &PublishedHead) -> Self {
        let head = &published.head;
        let footer = Footer {
            origin: engine.origin().to_owned(),
            size: grouped(head.tree.size.value()),
            tree_size: head.tree.size.value(),
            root: head.tree.root.to_string(),
            time: Time::new(head.time),
        };
        Self {
            footer: Some(footer),
            witnessing: Witnessing::of(engine),
            published: head.tree.size,
            covered: engine.index_covered(),
            ..Self::bare(section)
        }
    }
}
