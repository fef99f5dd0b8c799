//! The configuration file, and the example in `docs/monitoring.md`.

use std::path::Path;

use monitor::config::{MonitorConfig, load};

fn read(text: &str) -> Result<MonitorConfig, String> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("monitor.toml");
    std::fs::write(&path, text).unwrap();
    load(&path).map_err(|error| error.to_string())
}

const LOG: &str = "state_dir = \"s\"\n[[log]]\nurl = \"http://localhost\"\nlog_key = \"k\"\n";

#[test]
fn the_example_of_the_documentation_is_a_configuration_with_every_member() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/monitoring.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let example = docs
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let config = read(example).unwrap();
    let log = &config.log[0];
    assert!(log.token_file.is_some() && log.policy_file.is_some() && log.genesis_file.is_some());
    assert!(log.head_age_max_s.is_some());
    assert!(!log.jobs.is_empty() && !log.tokens.is_empty() && !log.agents.is_empty());
    assert!(config.webhook.is_some() && config.metrics.is_some());
    assert_eq!((config.interval_s, config.round_max_s), (60, 21_600));
}

#[test]
fn a_log_alone_is_enough() {
    let config = read(LOG).unwrap();
    assert_eq!((config.log.len(), config.interval_s), (1, 60));
}

#[test]
fn unknown_members_and_values_that_no_monitor_can_have_are_refused_by_name() {
    for (text, word) in [
        (format!("{LOG}color = \"red\"\n"), "color"),
        (format!("interval = 5\n{LOG}"), "interval"),
        (format!("interval_s = 0\n{LOG}"), "interval_s"),
        (format!("{LOG}head_age_max_s = 0\n"), "head_age_max_s"),
        (format!("{LOG}tokens = [\"ABC\"]\n"), "tokens"),
        (format!("{LOG}jobs = [\"\"]\n"), "jobs"),
        (
            format!("{LOG}[webhook]\nurl = \"http://localhost\"\n"),
            "secret_file",
        ),
        ("state_dir = \"s\"\nlog = []\n".to_owned(), "log"),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
}
