//! The lookups behind a search: exact ones, each bounded, as many as the form of the id allows.

use ledger::reader::Reader;
use verifier::digest::{EvidenceDigest, PolicyHash, RawDigest, ScopeHash, StatementDigest};
use verifier::evidence::Evidence;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Role;
use verifier::payload::Payload;
use verifier::subject::Field;

use super::{Group, Link};
use crate::error::PageError;
use crate::model::Known;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::text::{counted, grouped, segment};

/// Entries looked at for one kind of id.
const ENTRIES_MAX: usize = 20;

/// What was found, and as what it was looked up.
#[derive(Default)]
pub(super) struct Found {
    pub(super) groups: Vec<Group>,
    pub(super) searched: Vec<&'static str>,
}

/// Entries that name the id, newest first, and whether there are more.
struct Named {
    indices: Vec<LeafIndex>,
    more: bool,
}

struct Search<'a> {
    reader: &'a Reader,
    wanted: &'a str,
    size: TreeSize,
    found: Found,
}

/// Everything that the log has under this id below `size`.
pub(super) fn all(reader: &Reader, wanted: &str, size: TreeSize) -> Result<Found, PageError> {
    let mut search = Search {
        reader,
        wanted,
        size,
        found: Found::default(),
    };
    search.entry();
    search.subject_pages()?;
    search.digests()?;
    search.tokens()?;
    search.policy_id()?;
    search.signers()?;
    search.entries_of()?;
    Ok(search.found)
}

impl Search<'_> {
    fn named(&self, field: Field) -> Result<Named, PageError> {
        let page = self
            .reader
            .subject(field, self.wanted, None, self.size, true, ENTRIES_MAX)?;
        Ok(Named {
            more: page.next.is_some(),
            indices: page.items,
        })
    }

    fn links(&mut self, title: &'static str, links: Vec<Link>, cut: bool) {
        self.found.searched.push(title);
        if !links.is_empty() {
            self.found.groups.push(Group {
                title,
                links,
                rows: Vec::new(),
                cut,
            });
        }
    }

    fn rows(&mut self, title: &'static str, indices: &[LeafIndex], cut: bool) -> Result<(), PageError> {
        self.found.searched.push(title);
        if !indices.is_empty() {
            let known = Known::read_all(self.reader, indices)?;
            self.found.groups.push(Group {
                title,
                links: Vec::new(),
                rows: EntryRow::all(&known, &Signers::new(self.reader)),
                cut,
            });
        }
        Ok(())
    }

    /// A position, with or without the commas that our pages write.
    fn entry(&mut self) {
        let Ok(number) = self.wanted.replace(',', "").parse::<u64>() else {
            return;
        };
        if number.to_string() != self.wanted && grouped(number) != self.wanted {
            return;
        }
        let index = LeafIndex::new(number);
        let link = self.size.contains(index).then(|| Link {
            href: format!("/entries/{number}"),
            text: format!("Entry {}", grouped(number)),
            detail: "by its position in the log".to_owned(),
        });
        self.links("Entry", link.into_iter().collect(), false);
    }

    /// Ids that are pages of their own, whatever their form.
    fn subject_pages(&mut self) -> Result<(), PageError> {
        for (title, field, section) in [("Job", Field::Job, "jobs"), ("Run", Field::Run, "runs")] {
            let named = self.named(field)?;
            let link = (!named.indices.is_empty()).then(|| self.page(section, &named));
            self.links(title, link.into_iter().collect(), false);
        }
        Ok(())
    }

    /// Our page about the id itself.
    fn page(&self, section: &str, named: &Named) -> Link {
        let count = u64::try_from(named.indices.len()).unwrap_or(u64::MAX);
        let more = if named.more { "more than " } else { "" };
        Link {
            href: format!("/{section}/{}", segment(self.wanted)),
            text: self.wanted.to_owned(),
            detail: format!("named by {more}{}", counted(count, "entry", "entries")),
        }
    }

    fn digests(&mut self) -> Result<(), PageError> {
        let (reader, wanted) = (self.reader, self.wanted);
        if let Some(digest) = EvidenceDigest::parse_hex(wanted) {
            let entries = reader.by_evidence(&digest)?;
            let link = (!entries.is_empty()).then(|| Link {
                href: format!("/e/{wanted}"),
                text: wanted.to_owned(),
                detail: counted(
                    u64::try_from(entries.len()).unwrap_or(u64::MAX),
                    "entry",
                    "entries",
                ),
            });
            self.links("Evidence digest", link.into_iter().collect(), false);
            let artifact = self.named(Field::Artifact)?;
            let link = (!artifact.indices.is_empty()).then(|| self.page("artifacts", &artifact));
            self.links("Artifact", link.into_iter().collect(), false);
        }
        let by_raw = RawDigest::parse_hex(wanted).map(|digest| reader.by_raw(&digest));
        let by_statement = StatementDigest::parse_hex(wanted).map(|digest| reader.by_statement(&digest));
        let by_leaf = LeafHash::parse_hex(wanted).map(|hash| reader.by_leaf(&hash));
        let one = [
            ("Raw digest", by_raw),
            ("Statement digest", by_statement),
            ("Leaf hash", by_leaf),
        ];
        for (title, found) in one {
            if let Some(found) = found {
                let index: Vec<LeafIndex> = found?.into_iter().collect();
                self.rows(title, &index, false)?;
            }
        }
        if PolicyHash::parse(wanted).is_some() {
            let policy = self.named(Field::Policy)?;
            let link = (!policy.indices.is_empty()).then(|| self.page("policies", &policy));
            self.links("Policy hash", link.into_iter().collect(), false);
        }
        if ScopeHash::parse(wanted).is_some() {
            let scope = self.named(Field::Scope)?;
            self.rows("Scope hash", &scope.indices, scope.more)?;
        }
        Ok(())
    }

    /// By the token's hash, or by its `jti`.
    fn tokens(&mut self) -> Result<(), PageError> {
        if EvidenceDigest::parse_hex(self.wanted).is_some() {
            let token = self.named(Field::Token)?;
            let link = (!token.indices.is_empty()).then(|| self.page("tokens", &token));
            self.links("Token hash", link.into_iter().collect(), false);
        }
        let named = self.named(Field::Jti)?;
        let mut hashes: Vec<String> = Known::read_all(self.reader, &named.indices)?
            .iter()
            .filter_map(|known| match known.evidence.as_ref()?.payload() {
                Payload::TokenIssued(issued) => Some(issued.token_hash.to_string()),
                Payload::TokenRevoked(revoked) => Some(revoked.token_hash.to_string()),
                _ => None,
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        let link = |hash: String| Link {
            href: format!("/tokens/{hash}"),
            text: hash,
            detail: "the token with this jti".to_owned(),
        };
        self.links(
            "Token by its jti",
            hashes.into_iter().map(link).collect(),
            named.more,
        );
        Ok(())
    }

    /// Every version that was published under the id.
    fn policy_id(&mut self) -> Result<(), PageError> {
        let named = self.named(Field::PolicyId)?;
        let mut links: Vec<Link> = Vec::new();
        for known in Known::read_all(self.reader, &named.indices)? {
            let Some(Payload::PolicyPublished(published)) = known.evidence.as_ref().map(Evidence::payload)
            else {
                continue;
            };
            let href = format!("/policies/{}", published.policy_hash);
            if links.iter().all(|link| link.href != href) {
                links.push(Link {
                    href,
                    text: published.policy_hash.to_string(),
                    detail: format!("published in entry {}", grouped(known.record.index.value())),
                });
            }
        }
        self.links("Policy id", links, named.more);
        Ok(())
    }

    /// Agents, gateways and other signers by DID; registered ones also by name or gateway id.
    fn signers(&mut self) -> Result<(), PageError> {
        let mut agents = Vec::new();
        let mut gateways = Vec::new();
        let mut others = Vec::new();
        let agent = self.named(Field::Agent)?;
        if !agent.indices.is_empty() {
            agents.push(self.page("agents", &agent));
        }
        for issuer in self.reader.issuers() {
            let mut registered = issuer.registrations.iter().filter(|registration| {
                issuer.did == self.wanted
                    || registration.name == self.wanted
                    || registration.gateway_id.as_deref() == Some(self.wanted)
            });
            let Some(registration) = registered.next_back() else {
                continue;
            };
            let roles = crate::model::detail::roles(&registration.roles);
            let link = |section: &str| Link {
                href: format!("/{section}/{}", segment(&issuer.did)),
                text: issuer.did.clone(),
                detail: format!("{}, registered as {roles}", registration.name),
            };
            let has = |role| registration.roles.contains(&role);
            if has(Role::Gateway) {
                gateways.push(link("gateways"));
            }
            if has(Role::Agent) && agents.iter().all(|known: &Link| known.text != issuer.did) {
                agents.push(link("agents"));
            }
            if registration
                .roles
                .iter()
                .any(|role| !matches!(role, Role::Agent | Role::Gateway))
            {
                others.push(Link {
                    href: format!("/issuers?did={}", segment(&issuer.did)),
                    ..link("issuers")
                });
            }
        }
        for (title, mut links) in [("Agent", agents), ("Gateway", gateways), ("Issuer", others)] {
            let cut = links.len() > ENTRIES_MAX;
            links.truncate(ENTRIES_MAX);
            self.links(title, links, cut);
        }
        Ok(())
    }

    /// Ids of single documents: their entries are their pages.
    fn entries_of(&mut self) -> Result<(), PageError> {
        let fields = [
            ("Receipt", Field::Receipt),
            ("Approval", Field::Approval),
            ("Bundle", Field::Bundle),
            ("Nonce", Field::Nonce),
        ];
        for (title, field) in fields {
            let named = self.named(field)?;
            self.rows(title, &named.indices, named.more)?;
        }
        Ok(())
    }
}
