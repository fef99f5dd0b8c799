//! What pages say of the log's witnesses: who they are, and how far their cosignatures reach. It is this server's word, which verified
//! each cosignature. A browser verifies them itself where its visitor has pinned a policy.

use std::collections::BTreeSet;

use ledger::cosigning::{Cosigning, QuorumHead, WitnessState};
use ledger_query::QueryEngine;
use verifier::index::TreeSize;
use verifier::note::UnverifiedNote;
use verifier::quorum::QuorumUnit;

use crate::text::{GroupedNumber, Time, counted, epoch_seconds};

/// The witnesses of a log, or that there are none.
pub(crate) struct Witnessing(Option<KnownWitnesses>);

/// What is known of the witnesses that this server asks.
pub(crate) struct KnownWitnesses {
    /// How many there are, each with all of its keys.
    pub(crate) total: usize,
    /// How many of them cosigned the newest size that has enough cosignatures, or a later one; any size, before there is such a one.
    pub(crate) signed: usize,
    /// The newest size that has enough cosignatures, and when that was last seen.
    pub(crate) quorum: Option<(GroupedNumber, Time)>,
    /// How many cosignatures are enough.
    pub(crate) needed: String,
    pub(crate) rows: Vec<WitnessRow>,
}

/// One key of the policy.
pub(crate) struct WitnessRow {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) organization: Option<String>,
    /// The largest size that it cosigned, and the time of its newest cosignature by its own clock.
    pub(crate) newest: Option<(GroupedNumber, Time)>,
    /// Whether it was asked since the start.
    pub(crate) is_asked: bool,
    /// The code with which the last request failed.
    pub(crate) last_error: Option<&'static str>,
}

/// Who cosigned one checkpoint, and when by their clock.
pub(crate) struct CosignerRow {
    /// What the policy calls it.
    pub(crate) name: String,
    /// As its line has them.
    pub(crate) key_name: String,
    pub(crate) key_id: u32,
    pub(crate) organization: Option<String>,
    pub(crate) time: Time,
}

impl Witnessing {
    /// Of a page that does not depend on the log.
    pub(crate) const fn unknown() -> Self {
        Self(None)
    }

    /// As this server knows them now.
    pub(crate) fn of(engine: &QueryEngine) -> Self {
        Self(engine.cosigning().map(|cosigning| KnownWitnesses::of(&cosigning)))
    }

    /// The witnesses, where there are any.
    pub(crate) fn known(&self) -> Option<&KnownWitnesses> {
        self.0.as_ref()
    }

    /// A few words for the notes of every page.
    pub(crate) fn note(&self) -> String {
        match self.known().map(|known| (known.total, &known.quorum)) {
            None => "no witness configured".to_owned(),
            Some((total, None)) => {
                format!(
                    "{}; too few have signed so far",
                    counted(total, "witness", "witnesses")
                )
            }
            Some((_, Some((size, time)))) => format!(
                "cosigned by enough witnesses up to size {}, {} UTC, says this server",
                size.grouped(),
                time.minute()
            ),
        }
    }
}

impl KnownWitnesses {
    fn of(cosigning: &Cosigning) -> Self {
        let states = cosigning.witnesses();
        let quorum = cosigning.quorum();
        let reached = quorum.map_or(TreeSize::new(0), |head| head.size);
        let has_signed = |state: &&WitnessState| state.newest.is_some_and(|newest| newest.size >= reached);
        let names = |states: &mut dyn Iterator<Item = &WitnessState>| {
            let names: BTreeSet<String> = states.map(|state| state.witness.key.name().to_owned()).collect();
            names.len()
        };
        let count = cosigning.policy().count(|_| false);
        Self {
            total: names(&mut states.iter()),
            signed: names(&mut states.iter().filter(has_signed)),
            quorum: quorum.map(|QuorumHead { size, at }| (size.into(), Time::new(at))),
            needed: match count.unit {
                QuorumUnit::Organization => counted(count.needed, "organization", "organizations"),
                QuorumUnit::Member => counted(count.needed, "member of its group", "members of its group"),
            },
            rows: states.into_iter().map(WitnessRow::of).collect(),
        }
    }
}

impl WitnessRow {
    fn of(state: WitnessState) -> Self {
        Self {
            key: state.witness.key.label(),
            name: state.witness.name,
            organization: state.witness.organization,
            newest: state
                .newest
                .map(|newest| (newest.size.into(), epoch_seconds(newest.time_s))),
            is_asked: state.is_asked,
            last_error: state.last_error,
        }
    }
}

/// Who cosigned the checkpoint in a note, of the witnesses that this server asks.
pub(crate) fn cosigners(engine: &QueryEngine, checkpoint: &str) -> Vec<CosignerRow> {
    let Some(cosigning) = engine.cosigning() else {
        return Vec::new();
    };
    let Ok(note) = UnverifiedNote::parse(checkpoint.as_bytes()) else {
        return Vec::new();
    };
    let witnesses = cosigning.policy().witnesses().iter();
    let signed = witnesses.filter_map(|witness| Some((witness, witness.key.open(&note).ok()?)));
    let rows = signed.map(|(witness, cosignature)| CosignerRow {
        name: witness.name.clone(),
        key_name: witness.key.name().to_owned(),
        key_id: witness.key.id(),
        organization: witness.organization.clone(),
        time: epoch_seconds(cosignature.time_s()),
    });
    rows.collect()
}
