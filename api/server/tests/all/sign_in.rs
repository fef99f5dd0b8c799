//! Signing in to a server off loopback, as a browser without scripts does it.

use crate::people::{FORM, GuardedSite, HTML, READER, SUBMITTER};
use crate::process::{Server, ledgerd};
use std::fs;
use ureq::Agent;
use verifier::digest::TokenHash;
use verifier::hash::sha256;

#[test]
fn a_reader_signs_in_reads_and_signs_out_without_scripts() {
    let site = GuardedSite::start();
    let led = site.get("/log", "");
    assert_eq!((led.status, led.location.as_str()), (303, "/sign-in?next=%2Flog"));
    let form = site.get(&led.location, "");
    assert_eq!((form.status, form.field("next").as_str()), (200, "/log"));
    assert!(
        form.text
            .contains("<form class=\"panel verify-form\" method=\"post\" action=\"/sign-in\">")
    );
    assert!(!form.text.contains("Signed in as"));
    let refused = site.post("/sign-in", FORM, "", "token=wrong&next=%2Flog");
    assert_eq!(refused.status, 401);
    assert!(
        refused.text.contains("That token is not known here"),
        "{}",
        refused.text
    );
    let cookie = site.sign_in(READER);
    for path in [
        "/",
        "/log",
        "/jobs",
        "/entries/0",
        "/verify",
        "/jobs/nobody",
        "/nothing",
        "/problems",
    ] {
        let page = site.get(path, &cookie);
        assert!(
            page.text.contains("Signed in as <b><bdi>auditor</bdi></b>"),
            "{path}: {}",
            page.text
        );
        assert_eq!(page.text.matches("action=\"/sign-out\"").count(), 1, "{path}");
        assert_eq!(page.caching, "private, no-store", "{path}");
    }
    let csrf = site.get("/log", &cookie).field("csrf");
    let out = site.post("/sign-out", FORM, &cookie, &format!("csrf={csrf}"));
    assert_eq!((out.status, out.location.as_str()), (303, "/sign-in"));
    assert_eq!(site.get("/log", &cookie).status, 303);
    assert_eq!(site.get("/sign-in", "").status, 200);
    site.server.stop();
}

#[test]
fn a_file_is_verified_in_a_session_only_by_the_form_of_that_session() {
    const BOUNDARY: &str = "multipart/form-data; boundary=x";
    let site = GuardedSite::start();
    let cookie = site.sign_in(READER);
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let csrf = site.get("/verify", &cookie).field("csrf");
    let thing = part("text", "{\"a\":1}");
    for fields in [
        thing.clone(),
        part("csrf", "wrong") + &thing,
        thing.clone() + &part("csrf", &csrf),
    ] {
        let refused = site.post("/verify", BOUNDARY, &cookie, &format!("{fields}--x--\r\n"));
        assert_eq!(refused.status, 403, "{fields}");
        assert!(refused.text.contains("Nothing was verified"), "{}", refused.text);
    }
    let verified = site.post(
        "/verify",
        BOUNDARY,
        &cookie,
        &format!("{}{thing}--x--\r\n", part("csrf", &csrf)),
    );
    assert_eq!(verified.status, 200, "{}", verified.text);
    let nobody = site.post("/verify", BOUNDARY, "", &format!("{thing}--x--\r\n"));
    assert_eq!(
        (nobody.status, nobody.location.as_str()),
        (303, "/sign-in?next=%2Fverify")
    );
}

#[test]
fn neither_tokens_nor_cookies_stand_in_the_servers_log_or_in_an_address() {
    let site = GuardedSite::start();
    let cookie = site.sign_in(READER);
    let id = cookie.strip_prefix("__Host-session=").unwrap();
    let other = site.sign_in(SUBMITTER);
    site.post("/sign-in", FORM, "", "token=a-wrong-token-0123456789&next=%2Flog");
    let page = site.get("/log", &cookie);
    let csrf = page.field("csrf");
    site.post("/sign-out", FORM, &cookie, &format!("csrf={csrf}"));
    assert!(!page.text.contains(id), "a page repeats the cookie");
    let GuardedSite {
        server,
        diagnostics,
        place: _place,
        ..
    } = site;
    server.stop();
    let said = fs::read_to_string(diagnostics).unwrap();
    for (what, text) in [
        ("signing in", "signed in"),
        ("whose session it is", "auditor"),
        ("signing out", "signed out"),
        ("a failure", "a sign-in failed"),
        ("from where it came", "127.0.0.1"),
    ] {
        assert!(said.contains(text), "not logged: {what}\n{said}");
    }
    let hash = TokenHash::from_bytes(sha256(READER.as_bytes())).to_string();
    for secret in [READER, SUBMITTER, "a-wrong-token", id, &other, &csrf, &hash] {
        assert!(!said.contains(secret), "logged: {secret}");
    }
}

#[test]
fn a_token_in_an_address_signs_nobody_in() {
    let site = GuardedSite::start();
    for path in [
        format!("/sign-in?token={READER}"),
        format!("/?token={READER}"),
        format!("/log?access_token={READER}"),
    ] {
        let answer = site.get(&path, "");
        assert_eq!(answer.set_cookie, "", "{path}");
        assert!(matches!(answer.status, 200 | 303), "{path}: {}", answer.status);
    }
    let jws = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    let leaked = site.get(&format!("/search?q={jws}"), "");
    assert_eq!((leaked.status, leaked.location.as_str()), (422, ""));
    assert!(!leaked.text.contains(jws));
}

#[test]
fn a_restart_without_a_token_ends_the_sessions_that_it_opened() {
    let site = GuardedSite::start();
    let cookie = site.sign_in(READER);
    let GuardedSite { server, place, .. } = site;
    server.stop();
    let other = format!(
        "[[readers]]\nname = \"other\"\ntoken_sha256 = \"{}\"\n",
        "0".repeat(64)
    );
    let mut command = ledgerd();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log());
    command.arg("--config").arg(place.write("other.toml", &other));
    let server = Server::from_command(&mut command);
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let page = agent
        .get(format!("{}/log", server.url()))
        .header("accept", HTML)
        .header("cookie", cookie);
    assert_eq!(page.call().unwrap().status().as_u16(), 303);
}

#[test]
fn a_server_in_the_clear_off_loopback_warns_when_it_starts() {
    const WARNING: &str = "plain HTTP on the network";
    let site = GuardedSite::start();
    site.server.wait_for_line(&format!("  WARNING: {WARNING}"));
    let said = fs::read_to_string(&site.diagnostics).unwrap();
    let line = said.lines().find(|line| line.contains(WARNING)).unwrap();
    assert!(
        line.contains("WARN") && line.contains("docs/opening.md"),
        "{line}"
    );
    site.server.stop();
}

#[test]
fn whoever_comes_to_a_proxy_in_the_clear_is_told_and_sends_no_token() {
    let site = GuardedSite::behind(&["127.0.0.1"]);
    let ask = |proto: &str| {
        let agent: Agent = Agent::config_builder().max_redirects(0).build().into();
        let request = agent
            .get(format!("{}/sign-in", site.url))
            .header("host", "ledger.example");
        let request = request.header("x-forwarded-proto", proto).header("accept", HTML);
        request.call().unwrap().body_mut().read_to_string().unwrap()
    };
    let plain = ask("http");
    assert!(plain.contains("You cannot sign in over plain HTTP"), "{plain}");
    assert!(!plain.contains("name=\"token\""), "{plain}");
    assert!(ask("https").contains("name=\"token\""));
    site.server.stop();
}
