//! Whether a submitter's word about a signer's evidence counts as the signer's.

use super::{Issuer, Issuers, SignedEntry};
use crate::context::SubmitterName;

/// Why it does not count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NotLinked {
    /// The signer is registered, and no registration that was in force then names the submitter.
    OtherSubmitter,
    /// The entry names no submitter.
    NoSubmitter,
    /// The signer was not registered before.
    SignerNotRegistered,
    /// The signer was retired before.
    SignerRetired,
    /// A retirement makes the signer's entries from here on count as unsigned.
    SignerDistrusted,
}

impl Issuers {
    /// Whether the submitter of an entry speaks for its signer: a registration before the entry, in force when that
    /// was logged, names it, and the signer was neither retired before nor distrusted from there on.
    ///
    /// # Errors
    /// Why the submitter does not speak for the signer.
    pub fn linked(&self, entry: SignedEntry<'_>, submitter: Option<&SubmitterName>) -> Result<(), NotLinked> {
        Issuer::linked(self.find(entry.signer), entry, submitter)
    }

    /// The same for a refused document: it may be one that was refused because its signer was retired.
    ///
    /// # Errors
    /// As [`linked`](Self::linked), without [`NotLinked::SignerRetired`].
    pub fn linked_refusal(
        &self,
        entry: SignedEntry<'_>,
        submitter: Option<&SubmitterName>,
    ) -> Result<(), NotLinked> {
        link(self.find(entry.signer), entry, submitter, false)
    }
}

impl Issuer {
    /// [`Issuers::linked`], of one signer; `None` for one that is not registered.
    ///
    /// # Errors
    /// Why the submitter does not speak for the signer.
    pub fn linked(
        issuer: Option<&Self>,
        entry: SignedEntry<'_>,
        submitter: Option<&SubmitterName>,
    ) -> Result<(), NotLinked> {
        link(issuer, entry, submitter, true)
    }
}

fn link(
    issuer: Option<&Issuer>,
    entry: SignedEntry<'_>,
    submitter: Option<&SubmitterName>,
    retirement_ends_it: bool,
) -> Result<(), NotLinked> {
    let submitter = submitter.ok_or(NotLinked::NoSubmitter)?;
    let issuer = issuer.ok_or(NotLinked::SignerNotRegistered)?;
    let mut retirements = issuer.retirements.iter();
    if retirement_ends_it && retirements.clone().any(|(at, _, _)| *at < entry.index) {
        return Err(NotLinked::SignerRetired);
    }
    if retirements.any(|(_, _, from)| from.is_some_and(|from| from <= entry.index)) {
        return Err(NotLinked::SignerDistrusted);
    }
    let mut before = issuer
        .registrations
        .iter()
        .filter(|registration| registration.index < entry.index)
        .peekable();
    if before.peek().is_none() {
        return Err(NotLinked::SignerNotRegistered);
    }
    let named = before.any(|registration| {
        registration.covers(entry.logged_at) && registration.submitters.contains(submitter)
    });
    if named {
        Ok(())
    } else {
        Err(NotLinked::OtherSubmitter)
    }
}
