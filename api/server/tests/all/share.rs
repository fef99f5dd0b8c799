//! Share links: made by a command or a form, kept across restarts, and logged.

use crate::people::{FORM, GuardedSite, READER};
use crate::process::{ORIGIN, ledgerd, stderr, stdout};
use kit::documents;
use ledger::signer::EvidenceKey;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

const JOB: &str = "job/1 <b>";
const PAGE: &str = "/jobs/job%2F1%20%3Cb%3E";

impl GuardedSite {
    /// Logs two jobs of an orchestrator.
    fn with_jobs(self) -> Self {
        let operator = EvidenceKey::read(&self.place.log().join("operator.key")).unwrap();
        let orchestrator = EvidenceKey::generate().unwrap();
        let did = orchestrator.did();
        let registration = documents::registration(ORIGIN, did.as_str(), "desk", &["orchestrator"]);
        self.submit(&registration.without("submitters").sign(&operator));
        for job in [JOB, "job-2"] {
            self.submit(&documents::job_event(ORIGIN, job, "opened").sign(&orchestrator));
        }
        self
    }

    fn token_file(&self, token: &str) -> PathBuf {
        self.place.write("token", token)
    }

    fn share(&self, arguments: &[&str]) -> Output {
        let mut command = ledgerd();
        command
            .arg("share")
            .args(arguments)
            .args(["--url", &self.url, "--token-file"]);
        command.arg(self.token_file(READER)).output().unwrap()
    }

    /// Makes a link, and answers its path.
    fn link(&self, job: &str, lifetime: &str) -> String {
        let made = self.share(&["new", job, "--for", lifetime]);
        assert!(made.status.success(), "{}", stderr(&made));
        let address = stdout(&made).trim().to_owned();
        address.strip_prefix(&self.url).unwrap().to_owned()
    }

    /// The same log, served anew with another name for the reader.
    fn restarted(self, reader: &str) -> Self {
        let Self { server, place, .. } = self;
        server.stop();
        Self::start_in(place, reader)
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.diagnostics).unwrap()
    }
}

#[test]
fn a_link_that_a_command_made_shows_the_job_until_it_is_revoked() {
    let site = GuardedSite::start().with_jobs();
    let link = site.link(JOB, "7d");
    let opened = site.get(&link, "");
    assert_eq!((opened.status, opened.location.as_str()), (303, PAGE));
    let guest = opened.cookie();
    let page = site.get(PAGE, &guest);
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains("You see the job <b><bdi>job/1 &#60;b&#62;</bdi></b> by a share link"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<nav aria-label=\"Main\">") && !page.text.contains("href=\"/shares"));
    let other = site.get("/jobs/job-2", &guest);
    assert_eq!(other.status, 403);
    assert!(other.text.contains("Your share link does not show this page") && other.text.contains(PAGE));
    let listed = stdout(&site.share(&["list"]));
    let (id, rest) = listed.split_once(' ').unwrap();
    assert!(
        rest.starts_with("open until ") && rest.contains("made by auditor job job/1 <b>"),
        "{listed}"
    );
    let revoked = site.share(&["revoke", id]);
    assert_eq!(stdout(&revoked), format!("{id} revoked job job/1 <b>\n"));
    let refused = site.get(PAGE, &guest);
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("This share link was revoked"),
        "{}",
        refused.text
    );
    assert_eq!(site.get(&link, "").status, 410);
    assert!(stdout(&site.share(&["list"])).contains("revoked by auditor"));
}

#[test]
fn the_command_that_ends_a_link_is_printed_so_that_it_can_be_pasted() {
    let site = GuardedSite::start().with_jobs();
    let made = site.share(&["new", JOB]);
    let said = stderr(&made);
    let command = said.lines().last().unwrap().trim();
    let binary = env!("CARGO_BIN_EXE_ledgerd");
    let pasted = command.replacen("ledgerd", &format!("'{binary}'"), 1);
    let output = Command::new("sh").args(["-c", &pasted]).output().unwrap();
    assert!(output.status.success(), "{command}: {}", stderr(&output));
    assert!(stdout(&output).ends_with("revoked job job/1 <b>\n"));
    let link = stdout(&made).trim().replace(&site.url, "");
    assert_eq!(site.get(&link, "").status, 410);
}

#[test]
fn links_survive_a_restart_and_their_makers_right_to_read_does_not_have_to() {
    let site = GuardedSite::start().with_jobs();
    let (kept, revoked) = (site.link(JOB, "7d"), site.link("job-2", "12h"));
    let id = stdout(&site.share(&["list"]))
        .lines()
        .find(|line| line.ends_with("job-2"))
        .unwrap()[..16]
        .to_owned();
    assert!(site.share(&["revoke", &id]).status.success());
    let guest = site.get(&kept, "").cookie();
    let site = site.restarted("auditor");
    assert_eq!(site.get(PAGE, &guest).status, 303, "sessions end with the server");
    assert_eq!(site.get(&kept, "").status, 303);
    assert_eq!(site.get(&revoked, "").status, 410);
    let file = site.place.log().join("shares.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        !text.contains(kept.strip_prefix("/s/").unwrap()),
        "the token itself is kept nowhere"
    );
    let site = site.restarted("another");
    let refused = site.get(&kept, "");
    assert_eq!(refused.status, 410, "its maker may not read any more");
    assert!(
        refused
            .text
            .contains("The person who made it may not read this log any more"),
        "{}",
        refused.text
    );
    let listed = stdout(&site.share(&["list"]));
    let (of_kept, of_revoked) = (
        listed.lines().find(|line| line.ends_with(JOB)).unwrap(),
        listed.lines().find(|line| line.ends_with("job-2")).unwrap(),
    );
    assert!(
        of_kept[16..].starts_with(" ended, its maker was removed, until "),
        "{listed}"
    );
    assert!(
        of_revoked[16..].starts_with(" revoked by auditor until "),
        "{listed}"
    );
    let page = site.get("/shares", &site.sign_in(READER)).text;
    assert!(page.contains("ended: auditor may not read any more"), "{page}");
    let site = site.restarted("auditor");
    assert_eq!(
        site.get(&kept, "").status,
        303,
        "a link lives as long as its maker is configured"
    );
}

#[test]
fn a_link_goes_on_when_its_maker_gets_a_new_token() {
    let site = GuardedSite::start().with_jobs();
    let link = site.link(JOB, "7d");
    let GuardedSite { server, place, .. } = site;
    server.stop();
    let site = GuardedSite::start_with(place, "auditor", "another-token-of-the-same-reader");
    assert_eq!(site.get("/shares", "").status, 303);
    assert_eq!(site.get(&link, "").status, 303);
    let with_the_old_token = site.share(&["list"]);
    assert!(
        stderr(&with_the_old_token).contains("UNAUTHENTICATED"),
        "{}",
        stderr(&with_the_old_token)
    );
}

#[test]
fn making_using_and_revoking_a_link_are_logged_without_what_opens_it() {
    let site = GuardedSite::start().with_jobs();
    let link = site.link(JOB, "7d");
    let guest = site.get(&link, "").cookie();
    site.get(PAGE, &guest);
    let id = stdout(&site.share(&["list"]))[..16].to_owned();
    site.share(&["revoke", &id]);
    site.get(&link, "");
    let (diagnostics, token) = (site.said(), link.strip_prefix("/s/").unwrap().to_owned());
    for (event, names) in [
        ("a share link was made", ["auditor", "until"]),
        ("a share link was opened", ["127.0.0.1", "job/1 <b>"]),
        ("a share link was revoked", ["auditor", "job/1 <b>"]),
        ("a share link was opened after its end", ["127.0.0.1", &id]),
    ] {
        let said = diagnostics.lines().find(|text| text.contains(event));
        let said = said.unwrap_or_else(|| panic!("not logged: {event}"));
        assert!(said.contains(&id), "{said}");
        assert!(names.iter().all(|name| said.contains(name)), "{said}");
    }
    let cookie = guest.split_once('=').unwrap().1;
    for secret in [token.as_str(), cookie, READER] {
        assert!(!diagnostics.contains(secret), "logged: {secret}");
    }
    assert!(diagnostics.contains("http.route=/s/{token}"));
}

#[test]
fn a_reader_makes_a_link_from_the_jobs_page() {
    let site = GuardedSite::start().with_jobs();
    let reader = site.sign_in(READER);
    let page = site.get(PAGE, &reader);
    assert!(
        page.text
            .contains("href=\"/shares?job=job%2F1%20%3Cb%3E\">Share this job</a>"),
        "{}",
        page.text
    );
    let form = site.get("/shares?job=job%2F1%20%3Cb%3E", &reader);
    assert!(
        form.text.contains("name=\"job\" value=\"job/1 &#60;b&#62;\""),
        "{}",
        form.text
    );
    let csrf = form.field("csrf");
    let made = site.post(
        "/shares",
        FORM,
        &reader,
        &format!("csrf={csrf}&job=job%2F1%20%3Cb%3E&days=3"),
    );
    assert_eq!(made.status, 200, "{}", made.text);
    let path = made
        .text
        .split("id=\"made\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(site.get(path, "").location, PAGE);
    let again = site.get("/shares", &reader);
    assert!(!again.text.contains(path), "it is shown once");
    assert_eq!(again.text.matches("action=\"/shares/revoke\"").count(), 1);
    let nobody = site.post(
        "/shares",
        FORM,
        &reader,
        &format!("csrf={csrf}&job=nobody&days=3"),
    );
    assert_eq!(nobody.status, 404);
    assert!(nobody.text.contains("No link was made") && nobody.text.contains("value=\"nobody\""));
}

#[test]
fn a_file_of_links_that_cannot_be_read_is_no_file_without_links() {
    let site = GuardedSite::start();
    let GuardedSite { server, place, .. } = site;
    server.stop();
    for content in [
        "",
        "{}",
        "{\"version\": 2, \"links\": []}",
        "{\"version\": 1, \"links\": [{}]}",
    ] {
        fs::write(place.log().join("shares.json"), content).unwrap();
        let output = ledgerd()
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(place.log())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{content}");
        assert!(
            stderr(&output).contains("shares.json: the share links cannot be read"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn the_command_says_what_it_does_not_take_before_it_asks_anybody() {
    for (arguments, said) in [
        (vec!["new", "job", "--for", "soon"], "7d"),
        (vec!["new", "job", "--for", "0d"], "7d"),
        (vec!["new", "job", "--for", "99999999999999999999d"], "7d"),
        (vec!["revoke", "short"], "16 lower-case hex digits"),
    ] {
        let mut command = ledgerd();
        command
            .arg("share")
            .args(&arguments)
            .args(["--url", "http://127.0.0.1:1"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
