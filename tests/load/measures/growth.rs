//! What is left of each rate at the largest size, of what it was at the smallest.

use crate::plan::Plan;
use crate::report;
use crate::world::at;

/// The rates that are to stay.
const RATES: [&str; 6] = [
    "http_batches_of_256",
    "http_singles",
    "http_one_by_one",
    "appended_in_process",
    "inclusion_proof_in_process",
    "http_offered_10000_a_second",
];

pub(crate) fn report(plan: &Plan) {
    let (Some(first), Some(last)) = (plan.sizes.first(), plan.sizes.last()) else {
        return;
    };
    for rate in RATES {
        let at_size = |size: u64| report::value_of(&format!("{rate}{}", at(size)));
        if let (Some(before), Some(after)) = (at_size(*first), at_size(*last)) {
            let name = format!("{rate}_of_that_at_the_first_size{}", at(*last));
            report::figure_against(&name, after / before, "ratio", report::Bound::AtLeast(0.85));
        }
    }
}
