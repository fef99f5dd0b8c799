//! Which alarms are told, and when they are over.

use monitor::alarm::{Alarm, AlarmLife, take};
use verifier::index::TimestampMs;

use crate::world::codes;

const NOW: TimestampMs = TimestampMs::new(5);

fn alarm(about: &str, life: AlarmLife, sentence: &str) -> Alarm {
    Alarm::new("CODE", about, life, sentence)
}

#[test]
fn an_alarm_is_told_once_and_again_when_it_says_something_else() {
    let mut open = Vec::new();
    let found = |sentence| vec![alarm("head", AlarmLife::WhileFound, sentence)];
    assert_eq!(take(&mut open, found("one"), |_| true, NOW).raised.len(), 1);
    assert_eq!(take(&mut open, found("one"), |_| true, NOW).raised.len(), 0);
    let later = TimestampMs::new(9);
    let changed = take(&mut open, found("two"), |_| true, later).raised;
    assert_eq!((changed.len(), changed[0].first_seen_ms), (1, NOW));
}

#[test]
fn what_is_found_is_over_once_a_round_looks_and_does_not_find_it() {
    let mut open = Vec::new();
    take(
        &mut open,
        vec![alarm("head", AlarmLife::WhileFound, "s")],
        |_| true,
        NOW,
    );
    assert_eq!(
        take(&mut open, Vec::new(), |about| about == "index", NOW)
            .over
            .len(),
        0
    );
    assert_eq!(codes(&open), ["CODE"]);
    assert_eq!(
        take(&mut open, Vec::new(), |about| about == "head", NOW)
            .over
            .len(),
        1
    );
    assert_eq!(codes(&open), [""; 0]);
}

#[test]
fn what_is_proved_stays_and_what_happened_is_gone_with_the_next_round() {
    let mut open = Vec::new();
    let found = vec![
        alarm("head", AlarmLife::Forever, "proved"),
        alarm("job", AlarmLife::Once, "happened"),
    ];
    take(&mut open, found, |_| true, NOW);
    let changes = take(&mut open, Vec::new(), |_| true, NOW);
    assert_eq!((changes.over.len(), open.len()), (0, 1));
    assert_eq!(open[0].sentence, "proved");
}
