//! People who sign in, and guests of share links, in a real browser.

use crate::care::Inspection;
use crate::desk::BrowserDesk;
use crate::guarded::{GuardedServer, JOB, OTHER, READER, Visitor};
use crate::webdriver::Browser;
use crate::{needs_browser, needs_verifier};
use serde_json::json;

#[test]
fn a_reader_signs_in_reads_live_checks_shares_and_signs_out() {
    needs_verifier!();
    let guarded = GuardedServer::on_loopback();
    let url = guarded.server.url();
    let reader = Visitor::before(Browser::start(), url);
    let page = format!("/jobs/{JOB}");
    reader.open(&page);
    reader.arrives_at("/sign-in?next=%2Fjobs%2Fshown");
    reader.sign_in("not-the-token");
    reader.browser.wait_for("document.querySelector('[role=alert]')");
    reader.says("That token is not known here");
    reader.browser.console_errors();
    reader.sign_in(READER);
    reader.arrives_at(&page);
    reader.says("Signed in as auditor");
    // The scripts' own requests carry the session, and no script sees it.
    reader.is_checked();
    reader
        .browser
        .wait_for("document.querySelector('[data-live]').dataset.following === 'true'");
    assert_eq!(reader.browser.value("document.cookie"), "");
    assert_eq!(reader.browser.console_errors(), Vec::<String>::new());
    let link = reader.share();
    let guest = Visitor::before(Browser::start(), url);
    guest.open(&link);
    guest.arrives_at(&page);
    guest.says("You see the job shown by a share link");
    guest.is_checked();
    assert_eq!(guest.browser.console_errors(), Vec::<String>::new());
    let refused = guest.browser.run_async(
        "const done = arguments[arguments.length - 1];
         const hrefs = [...document.querySelectorAll('a[href]')].map((link) => link.href.split('#')[0]);
         Promise.all([...new Set(hrefs)].map(async (href) => [(await fetch(href)).status, href]))
           .then((answers) => done([answers.length, answers.filter(([status]) => status !== 200)]));",
    );
    assert!(
        refused[0].as_u64().unwrap() > 5 && refused[1] == json!([]),
        "{refused}"
    );
    guest.open(&format!("/jobs/{OTHER}"));
    guest.says("Your share link does not show this page");
    reader.press("main table form button");
    reader.arrives_at("/shares");
    reader.says("revoked by auditor");
    guest.open(&page);
    guest.says("This share link was revoked");
    reader.press("header form.visitor button");
    reader.arrives_at("/sign-in");
    reader.open(&page);
    reader.arrives_at("/sign-in?next=%2Fjobs%2Fshown");
    let said = guarded.said();
    assert!(
        !said.contains(READER) && !said.contains(link.trim_start_matches("/s/")),
        "{said}"
    );
}

#[test]
fn a_form_of_another_site_neither_signs_out_nor_uploads() {
    needs_browser!();
    let (guarded, elsewhere) = (GuardedServer::on_loopback(), GuardedServer::on_loopback());
    let reader = Visitor::before(Browser::start(), guarded.server.url());
    reader.open("/sign-in");
    reader.sign_in(READER);
    reader.arrives_at("/");
    // Another host, as browsers count: the same server by another name.
    let foreign = elsewhere.server.url().replace("127.0.0.1", "localhost");
    for (path, kind) in [
        ("/sign-out", "application/x-www-form-urlencoded"),
        ("/verify", "multipart/form-data"),
    ] {
        reader.browser.open(&format!("{foreign}/healthz"));
        reader.browser.run(
            "const form = document.createElement('form'); form.method = 'post'; form.action = arguments[0][0];
             form.enctype = arguments[0][1]; document.documentElement.append(form); form.submit();",
            &serde_json::json!([format!("{}{path}", guarded.server.url()), kind]),
        );
        reader
            .browser
            .wait_for("location.pathname !== '/healthz' && document.readyState === 'complete'");
        reader.open("/log");
        reader.says("Signed in as auditor");
    }
}

#[test]
fn signing_in_and_sharing_are_as_accessible_as_other_pages() {
    needs_browser!();
    let guarded = GuardedServer::on_loopback();
    let desk = BrowserDesk::of(guarded.server.url());
    let mut inspection = Inspection::new(&desk);
    desk.open("/sign-in?next=%2Flog");
    inspection.look("sign-in", 200);
    let sign_in = |token: &str| {
        let field = desk.browser.find("#token");
        desk.browser.type_into(&field, token);
        desk.press("main form button[type=submit]");
    };
    sign_in("wrong");
    desk.browser.wait_for("document.querySelector('[role=alert]')");
    inspection.look("sign-in-refused", 401);
    sign_in(READER);
    desk.arrives_at("/log");
    inspection.look("log-signed-in", 200);
    desk.open("/shares");
    inspection.look("shares-none", 200);
    desk.open(&format!("/shares?job={JOB}"));
    desk.press("main form.filters button");
    desk.browser.wait_for("document.querySelector('#made')");
    inspection.look("shares-made", 200);
    let link = desk
        .browser
        .value("document.querySelector('#made').getAttribute('href')");
    desk.open(&format!("/jobs/{JOB}"));
    inspection.look("job-signed-in", 200);
    desk.press("header form.visitor button");
    desk.arrives_at("/sign-in");
    desk.open(link.as_str().unwrap());
    inspection.look("job-shared", 200);
    desk.open("/jobs");
    inspection.look("share-other-page", 403);
    desk.open("/s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    inspection.look("share-unknown", 404);
    inspection.passes();
}

#[test]
fn signing_in_and_opening_a_link_work_without_scripts() {
    needs_browser!();
    let guarded = GuardedServer::on_loopback();
    let reader = Visitor::before(Browser::start(), guarded.server.url());
    reader.browser.allow_scripts(false);
    reader.open("/log");
    reader.arrives_at("/sign-in?next=%2Flog");
    reader.sign_in(READER);
    reader.arrives_at("/log");
    reader.open(&format!("/jobs/{JOB}"));
    let link = reader.share();
    reader.press("header form.visitor button");
    reader.arrives_at("/sign-in");
    reader.open(&link);
    reader.arrives_at(&format!("/jobs/{JOB}"));
    reader.press("header form.visitor button");
    reader.arrives_at("/sign-in");
}
