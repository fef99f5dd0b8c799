//! A log that names a new key: red, until the visitor brings that key from elsewhere; and even then only if the
//! tree is the one that this browser saw, grown.

use crate::needs_verifier;
use crate::page::{kept, of_log, outcome, serve, settled};
use crate::visits::{TwinLogs, grow};
use harness::client::Client;
use kit::server::{ORIGIN, Server};
use ledger::signer::{CheckpointSigner, LogKey};
use verifier::checkpoint::{Checkpoint, checkpoint_text, signed_checkpoint};

/// A proxy that makes a log name and use another key, for the same tree.
fn rekey(world: &TwinLogs, server: &Server) -> String {
    let old = Client::new(server.url()).get("/v1/log").unwrap().json().unwrap();
    let old = old["vkey"].as_str().unwrap().to_owned();
    let old_key = verifier::note::VerifierKey::parse(&old).unwrap();
    let new = LogKey::from_seed(ORIGIN, [77; 32]).unwrap();
    let vkey = new.verifier_key().to_string();
    let named = vkey.clone();
    world.proxy.switch(server.url());
    serve(&world.proxy, &of_log(server.url()), move |path, _, body| {
        if path == "/v1/log" {
            let text = String::from_utf8(std::mem::take(body)).unwrap();
            *body = text.replace(&old, &named).into_bytes();
        }
        if path == "/log/checkpoint" {
            let head = Checkpoint::open(body, &old_key).unwrap().head().clone();
            let text = checkpoint_text(ORIGIN, &head);
            let signature = new.sign(text.as_bytes());
            *body = signed_checkpoint(&text, new.verifier_key(), &signature).into_bytes();
        }
    });
    vkey
}

impl TwinLogs {
    fn pin(&self, key: &str) {
        let field = self.browser.find("main [role=alert] input");
        self.browser.clear(&field);
        self.browser.type_into(&field, key);
        self.browser
            .click(&self.browser.find("main [role=alert] form button"));
    }
}

#[test]
fn a_new_key_that_the_visitor_brings_is_pinned_if_the_tree_is_the_one_that_was_seen() {
    needs_verifier!();
    let world = TwinLogs::new();
    assert_eq!(world.visit(&world.log).0, "checked");
    let before = kept(&world.browser);
    grow(&world.log, &world.gateway, "later", 3);
    let vkey = rekey(&world, &world.log);
    let (state, text) = outcome(&world.browser, &world.proxy);
    assert_eq!(state, "failed", "{text}");
    assert!(text.contains("KEY_CHANGED"), "{text}");

    // Another key than the one that the server names, the old one among them, pins nothing.
    for other in [before["vkey"].as_str().unwrap(), "x"] {
        world.pin(other);
        let said = world
            .browser
            .value("document.querySelector('main [role=alert] output').textContent");
        assert!(said.as_str().unwrap().contains("Not the key"), "{said}");
        assert_eq!(kept(&world.browser), before);
    }

    world.pin(&vkey);
    world
        .browser
        .wait_for("document.documentElement.dataset.browserCheck === 'checked'");
    let (_, text) = settled(&world.browser);
    assert!(
        text.contains("You have pinned the log's new key") && text.contains("grew out of the one of size 5"),
        "{text}"
    );
    assert!(!text.contains("Do not rely"), "{text}");
    let after = kept(&world.browser);
    assert_eq!(after["vkey"], vkey.as_str());
    assert_eq!(after["replaced"]["vkey"], before["vkey"]);
    assert_eq!(after["replaced"]["note"], before["note"]);

    // The next visit knows the new key, and still says where it comes from.
    let (state, text) = outcome(&world.browser, &world.proxy);
    assert_eq!(state, "checked", "{text}");
    assert!(text.contains("in place of"), "{text}");
    // The old key is now the changed one.
    world.assert_red(&world.log, "KEY_CHANGED");
}

#[test]
fn a_new_key_does_not_excuse_another_tree() {
    needs_verifier!();
    let world = TwinLogs::new();
    grow(&world.log, &world.gateway, "shown", 3);
    grow(&world.twin, &world.gateway, "hidden", 5);
    assert_eq!(world.visit(&world.log).0, "checked");
    let before = kept(&world.browser);
    let vkey = rekey(&world, &world.twin);
    assert_eq!(outcome(&world.browser, &world.proxy).0, "failed");
    world.pin(&vkey);
    world.browser.wait_for(
        "document.querySelector('#browser-check-alert')?.textContent.includes('CONSISTENCY_FAILED')",
    );
    assert_eq!(kept(&world.browser), before);
}

#[test]
fn a_log_that_changes_its_key_in_its_entries_is_followed_and_a_thief_of_the_old_key_is_not() {
    needs_verifier!();
    let world = TwinLogs::new();
    assert_eq!(world.visit(&world.log).0, "checked");
    let before = kept(&world.browser);
    let old = before["vkey"].as_str().unwrap();
    world.key(&["rotate"]);
    world.key(&["retire", "--key", old]);
    let (state, text) = world.visit(&world.log);
    assert_eq!(state, "checked", "{text}");
    assert!(text.contains("The log has changed its key"), "{text}");
    let after = kept(&world.browser);
    assert_ne!(after["vkey"], before["vkey"]);
    assert_eq!(after["replaced"]["vkey"], before["vkey"]);
    assert_eq!(after["replaced"]["by"], "log");
    let (state, text) = world.visit(&world.log);
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("after the log changed its key, in place of"),
        "{text}"
    );
    // The twin goes on with the old key, which no change leads to any more.
    grow(&world.twin, &world.gateway, "stolen", 5);
    world.assert_red(&world.twin, "KEY_CHANGED");
}
