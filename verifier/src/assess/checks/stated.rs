//! What enforcement points state about members of policies that nothing else shows. It is told, and never a pass.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Seen};
use crate::kind::Role;
use crate::payload::{Artifact, ArtifactLabel};
use crate::wpc::NotEvaluated;

/// The first artifact of each label that an enforcement point attached to the job.
#[derive(Debug)]
pub(in crate::assess) struct Stated<'f>(BTreeMap<ArtifactLabel, Seen<'f, Artifact>>);

impl<'f> Stated<'f> {
    pub(in crate::assess) fn of(facts: &Facts<'f>) -> Self {
        let mut stated = BTreeMap::new();
        let is_enforced = |artifact: &&Seen<'f, Artifact>| {
            let (signer, index) = (artifact.signer, artifact.index);
            let role = Role::EnforcementPoint;
            facts.trust.holds_at(signer, role, index, artifact.logged_at)
        };
        for artifact in facts.artifacts.iter().filter(is_enforced) {
            stated.entry(artifact.said.label).or_insert(*artifact);
        }
        Self(stated)
    }

    /// What states a member.
    pub(in crate::assess) fn find(&self, member: &NotEvaluated) -> Option<&Seen<'f, Artifact>> {
        self.0.get(&member.stated_by()?)
    }
}
