//! What is near a text that is no whole id: names that begin with it, in whatever case.
//!
//! None of these is an answer. Each is shown as it is spelled, as another id than what was typed where it is one, and
//! nothing leads to it but a click. Every list is bounded, and the page says what was looked at.

use ledger_query::QueryEngine;
use ledger_query::projection::{NameKind, NamePage};
use std::collections::BTreeSet;
use verifier::assess::CheckId;
use verifier::code::{Code, bundle_reasons, groups};
use verifier::index::TreeSize;
use verifier::json::Value;
use verifier::kind::{Kind, Role};
use verifier::payload::Payload;
use verifier::text::hash::SpelledHash;

use super::IdLink;
use crate::error::PageError;
use crate::model::KnownRecord;
use crate::text::{grouped, segment, shortened};

/// Names shown of one kind.
const SUGGESTED_MAX: usize = 8;
/// Publications whose policies are compared by name, newest first.
const PUBLICATIONS_MAX: usize = 100;
/// Characters of a text from which on something is suggested.
pub(super) const CHARACTERS_MIN: usize = 2;
/// Longest beginning, in bytes.
const BEGINNING_BYTES_MAX: usize = 256;

/// Names of one kind.
pub(super) struct NearNames {
    pub(super) title: &'static str,
    pub(super) links: Vec<IdLink>,
    /// Whether there are more.
    pub(super) cut: bool,
}

/// What is near, and what was looked at.
#[derive(Default)]
pub(super) struct Suggestions {
    pub(super) near: Vec<NearNames>,
    pub(super) looked: Vec<String>,
}

/// Kinds of names that jobs hold, their title, and where each leads.
const NAMES: [(NameKind, &str, &str); 8] = [
    (NameKind::Job, "Jobs", "/jobs/"),
    (NameKind::Agent, "Agents", "/agents/"),
    (
        NameKind::Tool,
        "Tools, with the jobs that used them",
        "/jobs?tool=",
    ),
    (
        NameKind::Model,
        "Models, with the jobs that called them",
        "/jobs?model=",
    ),
    (
        NameKind::Person,
        "People, with the jobs that they asked for or decided on",
        "/jobs?person=",
    ),
    (
        NameKind::Code,
        "Codes, with the jobs that have them",
        "/jobs?code=",
    ),
    (NameKind::Token, "Tokens, by hash", "/tokens/"),
    (NameKind::Policy, "Policies, by hash", "/policies/"),
];

/// How a name is like what was typed: no two spellings are one id.
fn likeness(name: &str, typed: &str) -> &'static str {
    if name == typed {
        "spelled as you typed it"
    } else if name.starts_with(typed) {
        "longer: another id than you typed"
    } else {
        "spelled differently: another id than you typed"
    }
}

/// What begins with `text` below `size`.
pub(super) fn all(engine: &QueryEngine, text: &str, size: TreeSize) -> Result<Suggestions, PageError> {
    let mut found = Suggestions::default();
    if text.chars().count() < CHARACTERS_MIN || text.len() > BEGINNING_BYTES_MAX {
        return Ok(found);
    }
    found.of_jobs(engine, text)?;
    found.signers(engine, text);
    found.policies(engine, text, size)?;
    found.codes(text);
    Ok(found)
}

impl Suggestions {
    fn add(&mut self, title: &'static str, typed: &str, page: &NamePage, href: impl Fn(&str) -> String) {
        if page.names.is_empty() {
            return;
        }
        let link = |name: &String| IdLink {
            href: href(name),
            text: shortened(name, BEGINNING_BYTES_MAX),
            detail: likeness(name, typed).to_owned(),
            own: false,
        };
        self.near.push(NearNames {
            title,
            links: page.names.iter().map(link).collect(),
            cut: page.more,
        });
    }

    /// Names that jobs hold, as far as the list of verdicts has come; without one there are none.
    fn of_jobs(&mut self, engine: &QueryEngine, text: &str) -> Result<(), PageError> {
        let Some(projection) = engine.projection() else {
            self.looked
                .push("not the names in jobs: this server keeps no list of verdicts".to_owned());
            return Ok(());
        };
        for (kind, title, href) in NAMES {
            let beginning = match kind {
                NameKind::Token | NameKind::Policy => SpelledHash::begun(text),
                _ => text,
            };
            if beginning.chars().count() >= CHARACTERS_MIN {
                let page = projection.names(kind, beginning, SUGGESTED_MAX)?;
                self.add(title, text, &page, |name| format!("{href}{}", segment(name)));
            }
        }
        self.looked.push(format!(
            "jobs, and the agents, tools, models, people, codes, tokens and policies in them, as of the first {} entries",
            grouped(projection.projected_to().value())
        ));
        Ok(())
    }

    /// Registered signers, by name, gateway id or DID.
    fn signers(&mut self, engine: &QueryEngine, text: &str) {
        let small = text.to_lowercase();
        let mut links: Vec<IdLink> = Vec::new();
        for issuer in engine.issuers() {
            let begins = |name: &str| name.to_lowercase().starts_with(&small);
            let named = issuer.registrations.iter().rev().find(|registration| {
                begins(&registration.name)
                    || registration.gateway_id.as_deref().is_some_and(begins)
                    || begins(&issuer.did)
            });
            let Some(registration) = named else { continue };
            let has = |role| registration.roles.contains(&role);
            let did = segment(&issuer.did);
            links.push(IdLink {
                href: match () {
                    () if has(Role::Gateway) => format!("/gateways/{did}"),
                    () if has(Role::Agent) => format!("/agents/{did}"),
                    () => format!("/issuers?did={did}"),
                },
                text: issuer.did.clone(),
                detail: format!(
                    "{}, registered as {}",
                    registration.name,
                    crate::model::detail::roles(&registration.roles)
                ),
                own: false,
            });
            if links.len() > SUGGESTED_MAX {
                break;
            }
        }
        let cut = links.len() > SUGGESTED_MAX;
        links.truncate(SUGGESTED_MAX);
        if !links.is_empty() {
            self.near.push(NearNames {
                title: "Registered signers",
                links,
                cut,
            });
        }
        self.looked
            .push("registered signers by name, gateway id and DID".to_owned());
    }

    /// Policies by their id or by the name in their text.
    fn policies(&mut self, engine: &QueryEngine, text: &str, size: TreeSize) -> Result<(), PageError> {
        let page = engine.by_kind(Kind::PolicyPublished, None, size, true, PUBLICATIONS_MAX)?;
        let small = text.to_lowercase();
        let mut names = BTreeSet::new();
        for known in KnownRecord::read_all(engine, &page.items)? {
            let Some(Payload::PolicyPublished(published)) = known.payload() else {
                continue;
            };
            let in_text = ["policy_name", "name"]
                .into_iter()
                .filter_map(|member| published.policy.get(member).and_then(Value::as_str));
            let mut all = in_text.chain([published.policy_id.as_str()]);
            if all.any(|name| name.to_lowercase().starts_with(&small)) {
                names.insert(published.policy_id.clone());
            }
        }
        let found = NamePage {
            more: names.len() > SUGGESTED_MAX,
            names: names.into_iter().take(SUGGESTED_MAX).collect(),
        };
        self.add("Policies, by id or name", text, &found, |id| {
            format!("/policies?policy_id={}", segment(id))
        });
        let which = match page.next {
            Some(_) => format!("the newest {PUBLICATIONS_MAX} publications"),
            None => "all publications".to_owned(),
        };
        self.looked.push(format!("policies by id and name in {which}"));
        Ok(())
    }

    /// Codes and checks that have a page, whether or not a job has them.
    fn codes(&mut self, text: &str) {
        let found = groups().flat_map(|(_, codes)| codes.iter().map(|(code, _)| *code));
        let refusals = Code::ALL.iter().map(|code| code.as_str());
        let codes = found
            .chain(bundle_reasons().map(|(code, _)| code))
            .chain(refusals);
        self.listed(
            "Codes, explained",
            "/problems/",
            text,
            &text.to_uppercase(),
            codes,
        );
        let checks = CheckId::ALL.iter().map(|id| id.as_str());
        self.listed(
            "Checks, explained",
            "/checks/",
            text,
            &text.to_lowercase(),
            checks,
        );
        self.looked.push("codes and checks".to_owned());
    }

    fn listed(
        &mut self,
        title: &'static str,
        href: &str,
        typed: &str,
        beginning: &str,
        names: impl Iterator<Item = &'static str>,
    ) {
        let names: BTreeSet<&str> = names.filter(|name| name.starts_with(beginning)).collect();
        let page = NamePage {
            more: names.len() > SUGGESTED_MAX,
            names: names.into_iter().take(SUGGESTED_MAX).map(str::to_owned).collect(),
        };
        self.add(title, typed, &page, |name| format!("{href}{name}"));
    }
}
