//! A server whose checkpoints others cosign, and what it says of a policy that it cannot follow.

use crate::process::{LogDirectory, Server, ledgerd, stderr};
use kit::cosigners::{FIRST_ML_DSA, cosigner};
use kit::witness_server::{GoodWitness, WitnessServer};
use ledger::signer::{CheckpointSigner as _, LogKey};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use verifier::note::UnverifiedNote;

/// One witness with an Ed25519 key, one with ML-DSA-44.
const WITNESSES: [u8; 2] = [21, FIRST_ML_DSA];
/// How long a test waits for what has to come, before it fails.
const AT_MOST: Duration = Duration::from_secs(60);

fn command(place: &LogDirectory, policy: &Path) -> Command {
    let mut command = ledgerd();
    command.env("LEDGERD_WITNESS__POLICY_FILE", policy);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log());
    command
}

/// Which witnesses cosigned the newest checkpoint.
fn cosigned_by(server: &Server) -> Vec<u8> {
    let note = UnverifiedNote::parse(&server.get_bytes("/log/checkpoint")).unwrap();
    let seeds = WITNESSES.into_iter();
    seeds.filter(|seed| cosigner(*seed).open(&note).is_ok()).collect()
}

fn metrics(server: &Server) -> String {
    String::from_utf8(server.get_bytes("/metrics")).unwrap()
}

/// Waits for something that has to come.
fn until(what: &str, has_come: impl Fn() -> bool) {
    let began = Instant::now();
    while !has_come() {
        assert!(began.elapsed() < AT_MOST, "{what} did not come");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_served_log_shows_its_cosignatures_and_keeps_them_when_it_is_started_again() {
    let place = LogDirectory::with_log();
    let key = LogKey::read(&place.log().join("log.key")).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let servers = WITNESSES.map(|seed| {
        let mut witness = GoodWitness::new(key.verifier_key().clone(), &[seed], now.as_secs());
        WitnessServer::start(move |body| witness.answer(body))
    });
    let lines = WITNESSES.iter().zip(&servers);
    let lines = lines.map(|(seed, server)| format!("witness w{seed} {} {}\n", cosigner(*seed), server.url()));
    let lines: String = lines.collect();
    let policy = place.write(
        "policy",
        &format!("{lines}group both all w21 w128\nquorum both\n"),
    );

    let server = Server::from_command(&mut command(&place, &policy));
    until("the cosignatures", || cosigned_by(&server) == WITNESSES);
    let lag = |seed: u8| format!("evidence_ledger_witness_lag_entries{{witness=\"w{seed}\"}} 0\n");
    until("the metrics", || {
        let metrics = metrics(&server);
        let quorum = "evidence_ledger_witness_quorum_size_entries 1\n";
        metrics.contains(quorum) && WITNESSES.iter().all(|seed| metrics.contains(&lag(*seed)))
    });
    server.stop();

    // Nobody answers any more: what was cosigned stays, and the log is served.
    drop(servers);
    let server = Server::from_command(&mut command(&place, &policy));
    assert_eq!(cosigned_by(&server), WITNESSES);
    until("the errors", || {
        let failed = "code=\"WITNESS_UNREACHABLE\"} 1\n";
        metrics(&server).matches(failed).count() == WITNESSES.len()
    });
    server.stop();
}

/// What `serve` says about a policy file that it does not start with.
fn refusal(policy: &str) -> String {
    let place = LogDirectory::with_log();
    let file = place.write("policy", policy);
    let output = command(&place, &file).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{policy}");
    stderr(&output)
}

#[test]
fn a_policy_that_cannot_be_followed_is_refused_with_file_line_and_reason() {
    let key = cosigner(21);
    let said = refusal(&format!("# ours\nwitness a {key}\nquorum a\n"));
    assert!(
        said.contains("witness.policy_file") && said.contains("/policy"),
        "{said}"
    );
    assert!(
        said.contains("line 2 of the policy: a witness without a URL"),
        "{said}"
    );
    let said = refusal(&format!(
        "witness a {key} https://a.example\ngroup g 2 a\nquorum g\n"
    ));
    assert!(said.contains("line 2 of the policy: a threshold"), "{said}");
    let said = refusal(&"#".repeat(2 << 20));
    assert!(said.contains("longer than 1 MiB"), "{said}");
}

#[test]
fn a_policy_file_that_is_not_there_is_named() {
    let place = LogDirectory::with_log();
    let output = command(&place, &place.path("nowhere")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("witness.policy_file cannot be read") && said.contains("nowhere"),
        "{said}"
    );
}

#[test]
fn a_rule_that_cannot_be_followed_is_refused_at_the_start() {
    let place = LogDirectory::with_log();
    let said = |settings: &[(&str, &str)]| {
        let mut command = ledgerd();
        command.envs(settings.iter().copied());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(place.log());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{settings:?}");
        stderr(&output)
    };
    let closed = ("LEDGERD_WITNESS__MODE", "fail_closed");
    let nobody = said(&[closed]);
    assert!(
        nobody.contains("witness.mode is fail_closed, and witness.policy_file names no witnesses"),
        "{nobody}"
    );
    let early = said(&[("LEDGERD_WITNESS__QUORUM_AGE_MAX_S", "119")]);
    assert!(
        early.contains("witness.quorum_age_max_s is 119: expected 120 to 86400"),
        "{early}"
    );
    let word = said(&[("LEDGERD_WITNESS__MODE", "closed")]);
    assert!(
        word.contains("fail_open") && word.contains("fail_closed"),
        "{word}"
    );
}
