//! Exports, made by one process and checked by another that has the log's key and nothing else.

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};
use harness::actors;
use kit::cast::Cast;
use kit::documents;
use kit::server::{self, ORIGIN};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Asks often enough for any machine, and not for ever.
const ASKED_MAX: usize = 10_000;

/// Registers the signers that the jobs need.
fn cast(log: &LogProcess) -> Cast {
    let cast = Cast::on_loopback(EvidenceKey::read(&log.dir.join("operator.key")).unwrap());
    let roles = ["token_issuer", "policy_publisher"];
    for document in cast.registrations(ORIGIN, &roles, &actors::now().unwrap()) {
        submit(log, &document);
    }
    cast
}

fn publish(log: &LogProcess, cast: &Cast, policy: &Value) -> String {
    let draft = documents::publication(ORIGIN, "pol", policy).at(&actors::now().unwrap());
    submit(log, &draft.sign(&cast.policy_publisher));
    documents::policy_hash(policy)
}

fn job(log: &LogProcess, cast: &Cast, job: &str, agent: &str, policy: &str) {
    let mut claims = documents::claims(agent, job, &["gateway:call"], 1_770_768_000, 4_000_000_000);
    claims["policy_hash_b64u"] = json!(policy);
    let token = documents::token_hash(job);
    let draft = documents::issuance(ORIGIN, &token, &claims, job, &format!("run-{job}"));
    submit(log, &draft.at(&actors::now().unwrap()).sign(&cast.token_issuer));
}

fn submit(log: &LogProcess, document: &str) {
    let answer = log.client.submit(document).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Exports into a directory; the files in it, by name.
pub(crate) fn export(log: &LogProcess, out: &Path, arguments: &[&str]) -> Vec<PathBuf> {
    let out_text = out.to_string_lossy();
    let mut all = vec!["export", "--url", log.server.url(), "--out", &out_text];
    all.extend(arguments);
    let output = server::run(LEDGERD, &all);
    assert!(output.status.success(), "{}", server::stderr(&output));
    let mut files: Vec<PathBuf> = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn verify(what: &str, path: &Path, vkey: &str) -> (i32, Value) {
    let path = path.to_string_lossy();
    let output = server::run(LEDGER_VERIFY, &[what, &path, "--log-key", vkey, "--json"]);
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", server::stderr(&output)));
    (output.status.code().unwrap(), report)
}

/// Until every entry stands in the list of jobs.
fn wait_for_projection(log: &LogProcess) {
    let size = log.size();
    let reached = (0..ASKED_MAX).any(|_| {
        let page = log.client.get("/v1/jobs?limit=1").unwrap().json().unwrap();
        page["projected_to"].as_u64() >= Some(size)
    });
    assert!(reached, "the projection stands still");
}

#[test]
fn packs_of_a_job_an_agent_and_a_policy_verify_and_any_changed_byte_fails() {
    let log = LogProcess::new();
    let cast = cast(&log);
    let first = publish(&log, &cast, &json!({"tools": {"allow": ["mail"]}}));
    let second = publish(&log, &cast, &json!({"tools": {"allow": ["db"]}}));
    job(&log, &cast, "a", "did:key:zAgentOne", &first);
    job(&log, &cast, "b/2", "did:key:zAgentOne", &second);
    job(&log, &cast, "c", "did:key:zAgentTwo", &second);
    wait_for_projection(&log);
    let size = log.size();
    let home = tempfile::tempdir().unwrap();
    let out = |name: &str| home.path().join(name);
    let jobs_in = |files: &[PathBuf]| -> Vec<String> {
        let mut jobs: Vec<String> = files
            .iter()
            .map(|file| {
                let (code, report) = verify("pack", file, &log.vkey());
                // Nobody called a model in these jobs.
                assert_eq!(
                    (code, report["status"].as_str()),
                    (2, Some("INCOMPLETE")),
                    "{report}"
                );
                let details = &report["details"];
                assert_eq!(details["as_of"], size);
                let job = details["job_id"].as_str().unwrap();
                let url = format!("/v1/jobs/{}/assessment?as_of={size}", job.replace('/', "%2F"));
                let online = log.client.get(&url).unwrap().json().unwrap();
                assert_eq!(details["assessment"], online);
                job.to_owned()
            })
            .collect();
        jobs.sort();
        jobs
    };
    let one = export(&log, &out("job"), &["--job", "b/2"]);
    assert_eq!(jobs_in(&one), ["b/2"]);
    let agents = export(&log, &out("agent"), &["--agent", "did:key:zAgentOne"]);
    assert_eq!(jobs_in(&agents), ["a", "b/2"]);
    let policies = export(&log, &out("policy"), &["--policy", &second]);
    assert_eq!(jobs_in(&policies), ["b/2", "c"]);

    let pack = std::fs::read(&one[0]).unwrap();
    for position in (0..pack.len()).step_by(pack.len() / 40) {
        let mut changed = pack.clone();
        changed[position] ^= 1;
        let path = out("changed.evidence");
        std::fs::write(&path, changed).unwrap();
        let (code, report) = verify("pack", &path, &log.vkey());
        assert_eq!((code, report["status"].as_str()), (3, Some("FAIL")), "{report}");
    }
}

#[test]
fn a_window_names_the_line_that_was_deleted_altered_swapped_or_added() {
    let mut log = LogProcess::new();
    log.grow_to(12);
    let home = tempfile::tempdir().unwrap();
    let window = home.path().join("window");
    let key = log.dir.join("operator.key");
    let files = export(
        &log,
        &window,
        &[
            "--from",
            "2020-01-01T00:00:00Z",
            "--to",
            "2099-01-01T00:00:00Z",
            "--operator-key",
            &key.to_string_lossy(),
        ],
    );
    assert_eq!(files.len(), 4);
    // The log goes on, and the export stays what it is.
    log.grow_to(20);
    let (code, report) = verify("export", &window, &log.vkey());
    assert_eq!(
        (code, report["reason_code"].as_str()),
        (0, Some("OK")),
        "{report}"
    );
    assert_eq!(report["details"]["entries"], 12);

    let entries = window.join("entries.ndjson");
    let text = std::fs::read_to_string(&entries).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let check = |lines: &[&str]| {
        std::fs::write(&entries, lines.join("\n") + "\n").unwrap();
        let (code, report) = verify("export", &window, &log.vkey());
        assert_eq!(code, 3, "{report}");
        (
            report["reason_code"].as_str().unwrap().to_owned(),
            report["message"].as_str().unwrap().to_owned(),
        )
    };
    let altered = lines[6].replace("claude-test", "claude-best");
    assert_ne!(altered, lines[6]);
    let mut cases: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    let mut deleted = lines.clone();
    deleted.remove(4);
    cases.push((deleted, "EXPORT_LINE_MISSING", "line 5, of entry 4,"));
    cases.push((
        lines[..11].to_vec(),
        "EXPORT_LINE_MISSING",
        "line 12, of entry 11,",
    ));
    let mut changed = lines.clone();
    changed[6] = &altered;
    cases.push((changed, "EXPORT_LINE_ALTERED", "line 7, of entry 6,"));
    let mut swapped = lines.clone();
    swapped.swap(2, 9);
    cases.push((
        swapped,
        "EXPORT_LINE_MOVED",
        "line 3, of entry 2, is line 10 in the file",
    ));
    let mut added = lines.clone();
    added.insert(5, "{\"index\":99,\"entry\":\"\"}");
    cases.push((added, "EXPORT_LINE_ADDED", "line 6 "));
    let mut repeated = lines.clone();
    repeated.push(lines[11]);
    cases.push((repeated, "EXPORT_LINE_ADDED", "line 13 "));
    for (lines, code, named) in cases {
        let (found, message) = check(&lines);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(named), "{message}");
    }

    // An attacker who alters the list of hashes, too, does not have the operator's key.
    std::fs::write(&entries, lines[..11].join("\n") + "\n").unwrap();
    let hashes = window.join("entries.sha256");
    let list = std::fs::read_to_string(&hashes).unwrap();
    let fewer: Vec<&str> = list.lines().take(11).collect();
    std::fs::write(&hashes, fewer.join("\n") + "\n").unwrap();
    let (code, report) = verify("export", &window, &log.vkey());
    assert_eq!(
        (code, report["reason_code"].as_str()),
        (3, Some("MANIFEST_INVALID")),
        "{report}"
    );
}

#[test]
fn a_window_that_another_key_signed_is_not_the_operators() {
    let log = LogProcess::new();
    let home = tempfile::tempdir().unwrap();
    let other = home.path().join("other");
    let stranger = server::init(LEDGERD, &other);
    let window = home.path().join("window");
    let out = window.to_string_lossy().into_owned();
    let key = stranger.to_string_lossy().into_owned();
    let arguments = [
        "export",
        "--url",
        log.server.url(),
        "--out",
        &out,
        "--from",
        "2020-01-01T00:00:00Z",
        "--to",
        "2099-01-01T00:00:00Z",
        "--operator-key",
        &key,
    ];
    let output = server::run(LEDGERD, &arguments);
    assert!(output.status.success());
    let (code, report) = verify("export", &window, &log.vkey());
    assert_eq!(
        (code, report["reason_code"].as_str()),
        (3, Some("MANIFEST_SIGNATURE_INVALID")),
        "{report}"
    );
}

/// The options of a window over everything.
pub(crate) const ALWAYS: [&str; 4] = ["--from", "2020-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"];

/// A log with an index and three jobs: two of one agent, two under the second policy. The second policy.
pub(crate) fn log_with_subjects() -> (LogProcess, String) {
    let log = LogProcess::new();
    let cast = cast(&log);
    let first = publish(&log, &cast, &json!({"tools": {"allow": ["mail"]}}));
    let second = publish(&log, &cast, &json!({"tools": {"allow": ["db"]}}));
    job(&log, &cast, "a", "did:key:zAgentOne", &first);
    job(&log, &cast, "b", "did:key:zAgentOne", &second);
    job(&log, &cast, "c", "did:key:zAgentTwo", &second);
    (log.indexed(), second)
}

/// Exports the entries of a window over everything that have these subjects.
pub(crate) fn export_subjects(log: &LogProcess, out: &Path, subjects: &[&str]) {
    export_period(log, out, [ALWAYS[1], ALWAYS[3]], subjects);
}

/// Exports the entries of a window that have these subjects.
pub(crate) fn export_period(log: &LogProcess, out: &Path, [from, to]: [&str; 2], subjects: &[&str]) {
    let key = log.dir.join("operator.key").to_string_lossy().into_owned();
    let fixed = ["--from", from, "--to", to, "--operator-key", &key];
    export(log, out, &[subjects, &fixed].concat());
}

#[test]
fn a_window_of_an_agent_and_a_policy_holds_the_entries_of_both_and_proves_that_there_are_no_others() {
    let (log, second) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let cases = [
        (vec!["--agent", "did:key:zAgentOne"], 2),
        // With its publication.
        (vec!["--policy", &second], 3),
        (vec!["--agent", "did:key:zAgentOne", "--policy", &second], 1),
        (vec!["--agent", "did:key:zNobody"], 0),
    ];
    for (number, (subjects, entries)) in cases.iter().enumerate() {
        let out = home.path().join(number.to_string());
        export_subjects(&log, &out, subjects);
        let (code, report) = verify("export", &out, &log.vkey());
        assert_eq!((code, &report["reason_code"]), (0, &json!("OK")), "{report}");
        let details = &report["details"];
        assert_eq!(details["entries"], *entries, "{subjects:?}");
        assert_eq!(details["basis"], "index");
        // Entries of the time to come can follow.
        assert_eq!(details["window_closed"], false);
        assert_eq!(details["subjects"].as_array().unwrap().len(), subjects.len() / 2);
    }
}

/// Gives the export other lines, and signs it as the operator does.
fn sign_lines(log: &LogProcess, out: &Path, lines: &[String]) {
    let hex = |bytes: &[u8]| verifier::hash::Hex(&verifier::hash::sha256(bytes)).to_string();
    let ended = |lines: Vec<String>| lines.into_iter().map(|line| line + "\n").collect::<String>();
    let text = ended(lines.to_vec());
    let hashes = ended(lines.iter().map(|line| hex(line.as_bytes())).collect());
    let manifest = std::fs::read(out.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut payload = manifest["payload"].clone();
    payload["lines_sha256"] = hex(hashes.as_bytes()).into();
    let operator = EvidenceKey::read(&log.dir.join("operator.key")).unwrap();
    let signed = operator
        .sign_own("export_manifest", &payload, &actors::now().unwrap())
        .unwrap();
    std::fs::write(out.join("entries.ndjson"), text).unwrap();
    std::fs::write(out.join("entries.sha256"), hashes).unwrap();
    std::fs::write(out.join("manifest.json"), signed).unwrap();
}

/// A line with its entry in front of its index.
fn in_another_order(line: &str) -> String {
    let (index, rest) = line[1..].split_once(',').unwrap();
    let (entry, rest) = rest.split_once(',').unwrap();
    format!("{{{entry},{index},{rest}")
}

#[test]
fn an_operator_who_leaves_an_entry_out_of_a_window_or_adds_one_is_found_by_the_proof() {
    let (log, _) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("window");
    export_subjects(&log, &out, &["--agent", "did:key:zAgentOne"]);
    let all = home.path().join("all");
    export_subjects(&log, &all, &[]);
    let lines = |directory: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(directory.join("entries.ndjson")).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let honest = lines(&out);
    let every = lines(&all);
    let (before, behind) = (every[0].clone(), every.last().unwrap().clone());
    let code = |lines: &[String]| {
        sign_lines(&log, &out, lines);
        let (code, report) = verify("export", &out, &log.vkey());
        (code, report["reason_code"].as_str().unwrap().to_owned())
    };
    let convicts = |code: &str| (1, code.to_owned());
    assert_eq!(code(&honest), (0, "OK".to_owned()));
    for some in [&honest[..1], &honest[1..], &[]] {
        assert_eq!(code(some), convicts("EXPORT_OMITS"));
    }
    for added in [
        [&[before][..], &honest].concat(),
        [&honest[..], std::slice::from_ref(&behind)].concat(),
    ] {
        assert_eq!(code(&added), convicts("EXPORT_ADDS"));
    }
    // The one that comes first.
    let replaced = [&honest[..1], &[behind]].concat();
    assert_eq!(code(&replaced), convicts("EXPORT_OMITS"));

    // What is no list of lines convicts nobody of leaving out or adding.
    let invalid = (3, "MANIFEST_INVALID".to_owned());
    let (first, second) = (honest[0].clone(), honest[1].clone());
    for malformed in [
        vec![first.clone(), first.clone(), second.clone()],
        vec![first.clone(), second.clone(), second.clone()],
        vec![second.clone(), first.clone()],
        vec![second.clone(), second.clone()],
    ] {
        assert_eq!(code(&malformed), invalid);
    }
    for spelling in [
        first.replacen('{', "{ ", 1),
        first.clone() + " ",
        first.replacen("\"entry\"", "\"\\u0065ntry\"", 1),
        in_another_order(&first),
    ] {
        assert_ne!(spelling, first);
        assert_eq!(code(&[spelling, second.clone()]), invalid);
    }

    // An omission in a file that was changed on its way accuses nobody either.
    sign_lines(&log, &out, &honest[1..]);
    std::fs::write(
        out.join("entries.ndjson"),
        second.replacen("\\\"", "\\\" ", 1) + "\n",
    )
    .unwrap();
    let (status, report) = verify("export", &out, &log.vkey());
    assert_eq!(
        (status, &report["reason_code"]),
        (3, &json!("EXPORT_LINE_ALTERED")),
        "{report}"
    );

    sign_lines(&log, &out, &honest);
    std::fs::write(out.join("entries.ndjson"), format!("{}\n", honest[0])).unwrap();
    let (_, report) = verify("export", &out, &log.vkey());
    assert_eq!(
        report["reason_code"], "EXPORT_LINE_MISSING",
        "the file was changed on its way"
    );
    std::fs::remove_file(out.join("subject-1-1.proof")).unwrap();
    let (_, report) = verify("export", &out, &log.vkey());
    assert_eq!(report["reason_code"], "MANIFEST_INVALID");
}

#[test]
fn a_log_without_an_index_gives_no_window_of_a_subject_and_two_subjects_need_a_window() {
    let log = LogProcess::new();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("window").to_string_lossy().into_owned();
    let key = log.dir.join("operator.key").to_string_lossy().into_owned();
    let fixed = [
        "export",
        "--url",
        log.server.url(),
        "--out",
        &out,
        "--agent",
        "did:key:zAgentOne",
    ];
    let output = server::run(
        LEDGERD,
        &[&fixed[..], &ALWAYS, &["--operator-key", &key]].concat(),
    );
    assert!(!output.status.success());
    let errors = server::stderr(&output);
    assert!(
        errors.contains("cannot be proved whole, so nothing was exported"),
        "{errors}"
    );
    let policy = documents::policy_hash(&json!({}));
    let output = server::run(LEDGERD, &[&fixed[..], &["--policy", &policy]].concat());
    assert!(
        server::stderr(&output).contains("--from and --to"),
        "{}",
        server::stderr(&output)
    );
}
