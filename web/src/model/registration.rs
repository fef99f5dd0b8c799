//! What the log says about a signer's right to sign: windows as of a tree head, and retirements. Days are counted
//! to the head's time, which anyone can check, and not to a clock's.

use verifier::context::SubmitterName;
use verifier::index::TimestampMs;
use verifier::issuers::{Issuer, Registration};

use super::detail;
use super::verdict::{VerdictState, state};
use crate::text::{GroupedNumber, Time, age, grouped, shortened};

/// A window that ends within this many milliseconds is called out: a rotation has to overlap it.
const ENDS_SOON_MS: u64 = 30 * 86_400_000;
/// Submitters named for each.
const SUBMITTERS_SHOWN: usize = 8;
/// Characters of a name or a reason.
const NAME_CHARACTERS_MAX: usize = 120;

/// One registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RegistrationRow {
    pub(crate) entry: GroupedNumber,
    pub(crate) name: String,
    pub(crate) roles: String,
    pub(crate) gateway_id: Option<String>,
    pub(crate) submitters: String,
    pub(crate) submitters_more: usize,
    pub(crate) from: Time,
    pub(crate) until: Option<Time>,
    pub(crate) state: VerdictState,
    /// `12 d 3 h left`.
    pub(crate) left: String,
}

/// One retirement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RetirementRow {
    pub(crate) entry: GroupedNumber,
    pub(crate) reason: String,
    /// Entries of the signer from there on count as unsigned.
    pub(crate) distrusted_from: Option<String>,
}

/// The registrations and retirements of a signer, in log order.
#[derive(Default)]
pub(crate) struct SignerHistory {
    /// By its newest registration.
    pub(crate) name: Option<String>,
    pub(crate) registrations: Vec<RegistrationRow>,
    /// Older registrations that are left out.
    pub(crate) registrations_more: usize,
    pub(crate) retirements: Vec<RetirementRow>,
}

impl SignerHistory {
    /// As of a time: the newest `most` registrations, which say what holds, and the first `most` retirements.
    pub(crate) fn of(issuer: &Issuer, now: TimestampMs, most: usize) -> Self {
        let retired = !issuer.retirements.is_empty();
        let more = issuer.registrations.len().saturating_sub(most);
        let newest = issuer.registrations.iter().skip(more);
        let registrations: Vec<RegistrationRow> = newest.map(|one| row(one, now, retired)).collect();
        let retirements = issuer.retirements.iter().take(most);
        Self {
            name: registrations.last().map(|last| last.name.clone()),
            registrations,
            registrations_more: more,
            retirements: retirements
                .map(|(index, reason, distrusted)| RetirementRow {
                    entry: index.into(),
                    reason: shortened(reason, NAME_CHARACTERS_MAX),
                    distrusted_from: distrusted.map(|index| grouped(index.value())),
                })
                .collect(),
        }
    }
}

fn row(registration: &Registration, now: TimestampMs, retired: bool) -> RegistrationRow {
    let (state, left) = standing(registration, now, retired);
    let names: Vec<&str> = registration
        .submitters
        .iter()
        .take(SUBMITTERS_SHOWN)
        .map(SubmitterName::as_str)
        .collect();
    RegistrationRow {
        entry: registration.index.into(),
        name: shortened(&registration.name, NAME_CHARACTERS_MAX),
        roles: detail::roles(&registration.roles),
        gateway_id: registration
            .gateway_id
            .as_deref()
            .map(|id| shortened(id, NAME_CHARACTERS_MAX)),
        submitters: names.join(", "),
        submitters_more: registration.submitters.len().saturating_sub(names.len()),
        from: Time::new(registration.not_before),
        until: registration.not_after.map(Time::new),
        state,
        left,
    }
}

/// Whether the signer may sign under it at a time, and for how much longer.
fn standing(registration: &Registration, now: TimestampMs, retired: bool) -> (VerdictState, String) {
    let between = |from: TimestampMs, to: TimestampMs| to.value().saturating_sub(from.value());
    if retired {
        return (state("✕", "retired", "is-fail"), String::new());
    }
    if now < registration.not_before {
        let wait = age(between(now, registration.not_before));
        return (state("–", "not yet", "is-none"), format!("begins in {wait}"));
    }
    match registration.not_after {
        None => (state("✓", "in force", "is-pass"), "no end stated".to_owned()),
        Some(end) if end < now => {
            let since = age(between(end, now));
            (state("–", "ended", "is-none"), format!("ended {since} before"))
        }
        Some(end) => {
            let left = between(now, end);
            let state = if left < ENDS_SOON_MS {
                state("◌", "ends soon", "is-incomplete")
            } else {
                state("✓", "in force", "is-pass")
            };
            (state, format!("{} left", age(left)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    fn standing_at(day: u64, until: Option<u64>, retired: bool) -> (&'static str, String) {
        let registration = Registration {
            index: verifier::index::LeafIndex::new(1),
            name: "clawproxy".to_owned(),
            roles: vec![verifier::kind::Role::Gateway],
            not_before: TimestampMs::new(10 * DAY),
            not_after: until.map(|day| TimestampMs::new(day * DAY)),
            gateway_id: None,
            submitters: Vec::new(),
            external_ids: Vec::new(),
        };
        let (state, left) = standing(&registration, TimestampMs::new(day * DAY), retired);
        (state.word, left)
    }

    #[test]
    fn days_are_counted_to_both_ends_of_the_window() {
        assert_eq!(
            standing_at(9, Some(100), false),
            ("not yet", "begins in 1 d 0 h".to_owned())
        );
        assert_eq!(
            standing_at(10, Some(100), false),
            ("in force", "90 d 0 h left".to_owned())
        );
        assert_eq!(
            standing_at(90, Some(100), false),
            ("ends soon", "10 d 0 h left".to_owned())
        );
        // The last moment belongs to the window.
        assert_eq!(
            standing_at(100, Some(100), false),
            ("ends soon", "0 ms left".to_owned())
        );
        assert_eq!(
            standing_at(102, Some(100), false),
            ("ended", "ended 2 d 0 h before".to_owned())
        );
        assert_eq!(
            standing_at(900, None, false),
            ("in force", "no end stated".to_owned())
        );
    }

    #[test]
    fn a_retired_signer_is_retired_whatever_its_windows_say() {
        assert_eq!(standing_at(50, None, true).0, "retired");
    }
}
