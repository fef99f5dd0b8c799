//! When an alarm was raised: with the entry by which the log first showed the whole of it.
//!
//! The entries of an alarm are of two sorts: uses of the job, and what they are held against, such as a revocation, a
//! denial or a policy. It takes one of each, whichever came later: a token that was revoked in March and is used today
//! raises its alarm today, and so does a use of March whose revocation is logged today. So the time follows from the
//! entries alone, and a projection that is built anew gives the same one.

use std::collections::BTreeMap;

use verifier::index::{LeafIndex, TimestampMs};

/// Alarms about two uses that do not go together: the second one raises them.
const OF_TWO: [&str; 5] = [
    "CONFLICTING_STATEMENTS",
    "STREAM_REPEATED",
    "APPROVAL_REUSED",
    "POLICY_NOT_SINGLE",
    "TOKEN_NOT_FRESH",
];

/// What an alarm goes back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct AlarmOrigin {
    /// The entry that raised it.
    pub(super) by: LeafIndex,
    /// When the first use among its entries was made, as its signer says.
    pub(super) offence_at: Option<TimestampMs>,
}

/// Of the alarm `code` over `entries`, ascending, in a job with these uses and the times that they were signed for.
/// `None` without entries.
pub(super) fn raised(
    code: &str,
    entries: &[LeafIndex],
    uses: &BTreeMap<LeafIndex, TimestampMs>,
) -> Option<AlarmOrigin> {
    let is_use = |index: &&LeafIndex| uses.contains_key(*index);
    let first_use = entries.iter().find(is_use);
    let first_other = entries.iter().find(|index| !is_use(index));
    let by = match (first_use, first_other) {
        (Some(of_job), Some(other)) => of_job.max(other),
        (only, other) => {
            let second = OF_TWO.contains(&code).then(|| entries.get(1)).flatten();
            second.or(only).or(other)?
        }
    };
    Some(AlarmOrigin {
        by: *by,
        offence_at: first_use.and_then(|index| uses.get(index)).copied(),
    })
}

#[cfg(test)]
mod tests {
    use super::raised;
    use std::collections::BTreeMap;
    use verifier::index::{LeafIndex, TimestampMs};

    /// The entry that raises an alarm over `entries`, of which `uses` are the job's.
    fn by(code: &str, entries: &[u64], uses: &[u64]) -> Option<u64> {
        let entries: Vec<LeafIndex> = entries.iter().copied().map(LeafIndex::new).collect();
        let uses: BTreeMap<LeafIndex, TimestampMs> = uses
            .iter()
            .map(|index| (LeafIndex::new(*index), TimestampMs::new(*index)))
            .collect();
        raised(code, &entries, &uses).map(|raised| raised.by.value())
    }

    #[test]
    fn an_alarm_is_raised_when_both_sides_of_it_are_logged() {
        for (entries, uses, expected) in [
            // The token was revoked at entry 5, and used at 40 and 41.
            (vec![5, 40, 41], vec![40, 41], 40),
            // Used at 5, and the revocation, which was in force before, logged at 40 and again at 50.
            (vec![5, 40, 50], vec![5], 40),
            (vec![7], vec![7], 7),
            (vec![7, 9], vec![], 7),
        ] {
            assert_eq!(by("REVOKED_BEFORE_USE", &entries, &uses), Some(expected));
        }
        assert_eq!(by("REVOKED_BEFORE_USE", &[], &[1]), None);
    }

    #[test]
    fn of_two_that_do_not_go_together_the_second_raises_it() {
        assert_eq!(by("CONFLICTING_STATEMENTS", &[3, 8, 9], &[3, 8, 9]), Some(8));
        assert_eq!(by("CONFLICTING_STATEMENTS", &[3], &[3]), Some(3));
    }
}
