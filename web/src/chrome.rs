//! What every page shares: navigation above, the tree head that it speaks of below.

use ledger::reader::{Published, Reader};

use crate::text::{Time, grouped};

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

/// See the module.
pub(crate) struct Chrome {
    pub(crate) scripts: crate::scripts::Hrefs,
    pub(crate) style_hrefs: Vec<String>,
    pub(crate) nav: Vec<NavLink>,
    /// Absent on error pages, which must not depend on the log.
    pub(crate) footer: Option<Footer>,
}

impl Chrome {
    /// Without a tree head.
    pub(crate) fn bare(section: Section) -> Self {
        let link = |href, label, of| NavLink {
            href,
            label,
            current: section == of,
        };
        Self {
            scripts: crate::scripts::hrefs(),
            style_hrefs: crate::assets::style_hrefs(),
            nav: vec![
                link("/jobs", "Jobs", Section::Jobs),
                link("/policies", "Policies", Section::Policies),
                link("/alarms", "Alarms", Section::Alarms),
                link("/log", "Log", Section::Log),
                link("/verify", "Verify", Section::Verify),
            ],
            footer: None,
        }
    }

    /// With the head that was published when the page was made.
    pub(crate) fn new(section: Section, reader: &Reader, published: &Published) -> Self {
        let head = &published.head;
        let footer = Footer {
            origin: reader.origin().to_owned(),
            size: grouped(head.tree.size.value()),
            tree_size: head.tree.size.value(),
            root: head.tree.root.to_string(),
            time: Time::new(head.time),
        };
        Self {
            footer: Some(footer),
            ..Self::bare(section)
        }
    }
}
