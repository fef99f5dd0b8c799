//! The lookups behind a search: exact ones, each bounded, as many as the form of the id allows.

use ledger_query::QueryEngine;
use verifier::digest::{EvidenceDigest, RawDigest, StatementDigest};
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Role;
use verifier::payload::Payload;
use verifier::subject::Field;
use verifier::text::hash::{HashForm, SpelledHash};

use super::{HitGroup, IdLink};
use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::text::{counted, grouped, segment};

/// Entries looked at for one kind of id.
const ENTRIES_MAX: usize = 20;

/// What was found, and as what it was looked up.
#[derive(Default)]
pub(super) struct SearchHits {
    pub(super) groups: Vec<HitGroup>,
    pub(super) searched: Vec<&'static str>,
    /// The subjects under which entries were looked up, all that the log's index has rows of.
    pub(super) subjects: Vec<(Field, String)>,
    /// As what it was looked up besides: that there is none, no claim of the page says.
    pub(super) unproved: Vec<&'static str>,
}

/// Entries that name the id, newest first, and whether there are more.
struct NamingEntries {
    indices: Vec<LeafIndex>,
    more: bool,
}

struct IdSearch<'a> {
    engine: &'a QueryEngine,
    wanted: &'a str,
    /// The same as a hash, in both spellings of ours, where it is one in any.
    hash: Option<SearchHash>,
    size: TreeSize,
    found: SearchHits,
}

struct SearchHash {
    hex: String,
    base64url: String,
}

impl SearchHash {
    fn read(wanted: &str) -> Option<Self> {
        let spelled = SpelledHash::read(wanted)?;
        Some(Self {
            hex: spelled.to(HashForm::Hex),
            base64url: spelled.to(HashForm::Base64url),
        })
    }
}

/// Everything that the log has under this id below `size`.
pub(super) fn all(engine: &QueryEngine, wanted: &str, size: TreeSize) -> Result<SearchHits, PageError> {
    let mut search = IdSearch {
        engine,
        wanted,
        hash: SearchHash::read(wanted),
        size,
        found: SearchHits::default(),
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

impl IdSearch<'_> {
    fn named(&mut self, field: Field) -> Result<NamingEntries, PageError> {
        self.named_as(field, self.wanted)
    }

    fn named_as(&mut self, field: Field, value: &str) -> Result<NamingEntries, PageError> {
        if field == Field::Nonce {
            self.found.unproved.push("nonce");
        } else {
            self.found.subjects.push((field, value.to_owned()));
        }
        let page = self
            .engine
            .subject(field, value, None, self.size, true, ENTRIES_MAX)?;
        Ok(NamingEntries {
            more: page.next.is_some(),
            indices: page.items,
        })
    }

    fn links(&mut self, title: &'static str, links: Vec<IdLink>, cut: bool) {
        self.found.searched.push(title);
        if !links.is_empty() {
            self.found.groups.push(HitGroup {
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
            let known = KnownRecord::read_all(self.engine, indices)?;
            self.found.groups.push(HitGroup {
                title,
                links: Vec::new(),
                rows: EntryRow::all(&known, &SignerTable::new(self.engine)),
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
        let link = self.size.contains(index).then(|| IdLink {
            href: format!("/entries/{number}"),
            text: format!("Entry {}", grouped(number)),
            detail: "by its position in the log".to_owned(),
            own: true,
        });
        self.links("Entry", link.into_iter().collect(), false);
    }

    /// Ids that are pages of their own, whatever their form.
    fn subject_pages(&mut self) -> Result<(), PageError> {
        for (title, field, section) in [("Job", Field::Job, "jobs"), ("Run", Field::Run, "runs")] {
            let named = self.named(field)?;
            let link = (!named.indices.is_empty()).then(|| page(section, self.wanted, &named));
            self.links(title, link.into_iter().collect(), false);
        }
        Ok(())
    }

    /// Digests and hashes, each in the spelling that the log has it in.
    fn digests(&mut self) -> Result<(), PageError> {
        let Some(SearchHash { hex, base64url }) = self.hash.take() else {
            return Ok(());
        };
        self.evidence(&hex)?;
        self.hashed("Artifact", "artifacts", Field::Artifact, &hex)?;
        let engine = self.engine;
        let raw = RawDigest::parse_hex(&hex);
        if let Some(raw) = &raw {
            self.rows("Refused document", &engine.refused_by_raw(raw)?, false)?;
        }
        let by_raw = raw.map(|digest| engine.by_raw(&digest));
        let by_statement = StatementDigest::parse_hex(&hex).map(|digest| engine.by_statement(&digest));
        let by_leaf = LeafHash::parse_hex(&hex).map(|hash| engine.by_leaf(&hash));
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
        let by_hash = [
            "evidence digest",
            "raw digest, also of a refused document",
            "statement digest",
            "leaf hash",
        ];
        self.found.unproved.extend(by_hash);
        self.hashed("Policy hash", "policies", Field::Policy, &base64url)?;
        let scope = self.named_as(Field::Scope, &base64url)?;
        self.rows("Scope hash", &scope.indices, scope.more)?;
        self.hashed("Token hash", "tokens", Field::Token, &hex)
    }

    fn evidence(&mut self, hex: &str) -> Result<(), PageError> {
        let Some(digest) = EvidenceDigest::parse_hex(hex) else {
            return Ok(());
        };
        let entries = self.engine.by_evidence(&digest)?;
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let link = (!entries.is_empty()).then(|| IdLink {
            href: format!("/e/{hex}"),
            text: hex.to_owned(),
            detail: counted(count, "entry", "entries"),
            own: true,
        });
        self.links("Evidence digest", link.into_iter().collect(), false);
        Ok(())
    }

    /// The page about a hash, if an entry names it.
    fn hashed(
        &mut self,
        title: &'static str,
        section: &str,
        field: Field,
        hash: &str,
    ) -> Result<(), PageError> {
        let named = self.named_as(field, hash)?;
        let link = (!named.indices.is_empty()).then(|| page(section, hash, &named));
        self.links(title, link.into_iter().collect(), false);
        Ok(())
    }

    /// By the `jti`.
    fn tokens(&mut self) -> Result<(), PageError> {
        let named = self.named(Field::Jti)?;
        let mut hashes: Vec<String> = KnownRecord::read_all(self.engine, &named.indices)?
            .iter()
            .filter_map(|known| match known.payload()? {
                Payload::TokenIssued(issued) => Some(issued.token_hash.to_string()),
                Payload::TokenRevoked(revoked) => Some(revoked.token_hash.to_string()),
                _ => None,
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        let link = |hash: String| IdLink {
            href: format!("/tokens/{hash}"),
            text: hash,
            detail: "the token with this jti".to_owned(),
            own: false,
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
        let mut links: Vec<IdLink> = Vec::new();
        for known in KnownRecord::read_all(self.engine, &named.indices)? {
            let Some(Payload::PolicyPublished(published)) = known.payload() else {
                continue;
            };
            let href = format!("/policies/{}", published.policy_hash);
            if links.iter().all(|link| link.href != href) {
                links.push(IdLink {
                    href,
                    text: published.policy_hash.to_string(),
                    detail: format!("published in entry {}", grouped(known.record.index.value())),
                    own: false,
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
            agents.push(page("agents", self.wanted, &agent));
        }
        self.found.unproved.push("registered signer");
        for issuer in self.engine.issuers() {
            let mut registered = issuer.registrations.iter().filter(|registration| {
                issuer.did == self.wanted
                    || registration.name == self.wanted
                    || registration.gateway_id.as_deref() == Some(self.wanted)
            });
            let Some(registration) = registered.next_back() else {
                continue;
            };
            let roles = crate::model::detail::roles(&registration.roles);
            let link = |section: &str| IdLink {
                href: format!("/{section}/{}", segment(&issuer.did)),
                text: issuer.did.clone(),
                detail: format!("{}, registered as {roles}", registration.name),
                own: issuer.did == self.wanted,
            };
            let has = |role| registration.roles.contains(&role);
            if has(Role::Gateway) {
                gateways.push(link("gateways"));
            }
            if has(Role::Agent) && agents.iter().all(|known: &IdLink| known.text != issuer.did) {
                agents.push(link("agents"));
            }
            if registration
                .roles
                .iter()
                .any(|role| !matches!(role, Role::Agent | Role::Gateway))
            {
                others.push(IdLink {
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

/// Our page about an id itself.
fn page(section: &str, id: &str, named: &NamingEntries) -> IdLink {
    let count = u64::try_from(named.indices.len()).unwrap_or(u64::MAX);
    let more = if named.more { "more than " } else { "" };
    IdLink {
        href: format!("/{section}/{}", segment(id)),
        text: id.to_owned(),
        detail: format!("named by {more}{}", counted(count, "entry", "entries")),
        own: true,
    }
}
