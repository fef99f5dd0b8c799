//! Times in the reader's own zone, next to UTC.

use crate::desk::BrowserDesk;
use crate::needs_browser;
use serde_json::json;

/// What stands after the first time of the page's foot.
const AGO: &str = "document.querySelector('footer time + .ago').innerText";

#[test]
fn a_time_stands_in_utc_and_in_the_readers_own_zone_with_how_long_ago_it_was() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    // Half an hour off every whole zone: no reading of UTC looks like it.
    let zone = json!({"timezoneId": "Asia/Kolkata"});
    desk.browser.devtools("Emulation.setTimezoneOverride", &zone);
    desk.open("/jobs/demo-revoked-midway");
    desk.browser.wait_for(&format!("{AGO}.includes('your time')"));
    let shown = desk.browser.value(
        "[...document.querySelectorAll('time[datetime]')].map((time) => [time.dateTime, time.nextElementSibling.innerText])",
    );
    let shown = shown.as_array().unwrap();
    assert!(shown.len() > 10, "{shown:?}");
    for pair in shown {
        let (utc, said) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        let minutes = |text: &str| -> u32 {
            let mut parts = text.split(':');
            let mut number = || parts.next().unwrap().parse::<u32>().unwrap();
            number() * 60 + number()
        };
        let clock = said
            .split(" your time")
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap();
        assert_eq!(
            minutes(clock),
            (minutes(&utc[11..16]) + 330) % 1_440,
            "{utc}: {said}"
        );
        assert!(said.contains(" ago · ") || said.starts_with("in "), "{said}");
    }
}

#[test]
fn without_scripts_a_time_stands_in_utc_with_how_long_ago_it_was() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.browser.allow_scripts(false);
    desk.open("/jobs/demo-revoked-midway");
    let said = desk.text_of("footer time + .ago");
    assert!(
        said.ends_with(" ago") && !desk.text().contains("your time"),
        "{said}"
    );
    assert!(desk.text_of("footer time").ends_with(" UTC"));
}
