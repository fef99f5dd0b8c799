//! Who is asked, by a C2SP tlog-policy whose witness lines have URLs.
//!
//! ```text
//! witness  w1  witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU  https://witness.example/log
//! witness  w2  …
//! group    any-two  2  w1 w2 w3
//! quorum   any-two
//! ```
//!
//! Two lines with one URL are one witness with two keys, such as Ed25519 and ML-DSA-44: it is asked once.

use ledger_client::Uri;
use verifier::cosignature::CosignerKey;
use verifier::note::VerifierKey;
use verifier::quorum::{PolicyError, PolicyWitness, QuorumPolicy};

/// Most witness lines: with 32 cosignatures of ML-DSA-44, each 3.3 kB, a checkpoint is a note that every reader takes.
const WITNESSES_MAX: usize = 32;
/// What is asked of a witness (C2SP tlog-witness), behind its URL.
const ADD_CHECKPOINT: &str = "add-checkpoint";

/// One witness.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// The name in its keys.
    pub name: String,
    /// Where checkpoints are sent.
    pub url: String,
    /// The keys that its cosignatures verify under.
    pub keys: Vec<CosignerKey>,
}

/// The witnesses of a log, and whose cosignatures are enough.
#[derive(Clone, Debug)]
pub struct WitnessPolicy {
    quorum: QuorumPolicy,
    witnesses: Vec<Witness>,
}

impl WitnessPolicy {
    /// Reads a policy file for the log with this key.
    ///
    /// # Errors
    /// [`PolicyError`] with the line and what is wrong with it, as [`QuorumPolicy::parse`] has them, and for what only a log
    /// needs: a URL of each witness, a name of each that is not the log's, and a place for this log among the logs.
    pub fn parse(bytes: &[u8], log: &VerifierKey) -> Result<Self, PolicyError> {
        let quorum = QuorumPolicy::parse(bytes)?;
        let whole = |reason| PolicyError { line: 0, reason };
        if !quorum.allows_log(log) {
            return Err(whole("its logs do not include this one"));
        }
        if quorum.witnesses().is_empty() {
            return Err(whole("no witness"));
        }
        if quorum.witnesses().len() > WITNESSES_MAX {
            return Err(whole("more than 32 witnesses"));
        }
        if quorum.count(|_| false).needed == 0 {
            return Err(whole("a quorum that needs no witness"));
        }
        let mut witnesses = Vec::new();
        for line in quorum.witnesses() {
            let added = add(&mut witnesses, line, log).and_then(|()| one_organization(&quorum, line));
            added.map_err(|reason| PolicyError {
                line: line.line,
                reason,
            })?;
        }
        Ok(Self { quorum, witnesses })
    }

    /// Whose cosignatures are enough.
    pub fn quorum(&self) -> &QuorumPolicy {
        &self.quorum
    }

    /// Who is asked, each once, in the order of the file.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }
}

/// Adds a line as a witness, or as a further key of one.
fn add(witnesses: &mut Vec<Witness>, line: &PolicyWitness, log: &VerifierKey) -> Result<(), &'static str> {
    let name = line.key.name();
    if name == log.name() {
        return Err("a witness with the name of this log");
    }
    let url = line.url.as_deref().ok_or("a witness without a URL")?;
    let url = format!("{}/{ADD_CHECKPOINT}", checked(url)?.trim_end_matches('/'));
    let same_url = witnesses.iter().position(|known| known.url == url);
    let same_name = witnesses.iter().position(|known| known.name == name);
    if same_url != same_name {
        return Err("a witness's name with two URLs, or a URL with two names");
    }
    match same_url.and_then(|position| witnesses.get_mut(position)) {
        Some(known) => known.keys.push(line.key.clone()),
        None => witnesses.push(Witness {
            name: name.to_owned(),
            url,
            keys: vec![line.key.clone()],
        }),
    }
    Ok(())
}

/// All keys of one witness count once: without a label that says so, two of them would be two organizations.
fn one_organization(quorum: &QuorumPolicy, line: &PolicyWitness) -> Result<(), &'static str> {
    let mut others = quorum.witnesses().iter();
    let is_counted_twice = others.any(|other| {
        other.key != line.key
            && other.key.name() == line.key.name()
            && (other.organization.is_none() || other.organization != line.organization)
    });
    if is_counted_twice {
        return Err("two keys of one witness, and no #organization that makes them one");
    }
    Ok(())
}

/// A URL that a path can be put behind, and that no password is in.
fn checked(url: &str) -> Result<&str, &'static str> {
    let parsed: Uri = url.parse().map_err(|_| "not a URL")?;
    let authority = parsed.authority().ok_or("a URL without a host")?;
    if !matches!(parsed.scheme_str(), Some("http" | "https")) {
        return Err("a URL that begins with neither https:// nor http://");
    }
    if authority.as_str().contains('@') || parsed.query().is_some() || url.contains('#') {
        return Err("a URL with a user, a query or a fragment");
    }
    Ok(url)
}
