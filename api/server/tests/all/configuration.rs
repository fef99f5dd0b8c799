use crate::process::{LogDirectory, Server, ledgerd, stderr};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What `serve` says about a configuration file that it does not take.
fn refusal(config: &str) -> String {
    let place = LogDirectory::with_log();
    let output = ledgerd()
        .env_remove(kit::server::INDEX_AFTER_MS)
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .arg("--config")
        .arg(place.write("ledgerd.toml", config))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{config}");
    stderr(&output)
}

#[test]
fn refuses_keys_that_it_does_not_know() {
    for config in [
        "lisen = \"127.0.0.1:1\"",
        "[log]\nlevle = \"info\"",
        "[limits]\nbatch = 1",
    ] {
        assert!(refusal(config).contains("unknown field"), "{config}");
    }
    let submitter = "[[submitters]]\nname = \"a\"\ntoken = \"secret\"\n";
    assert!(refusal(submitter).contains("unknown field"));
}

#[test]
fn refuses_a_variable_that_it_does_not_know() {
    let place = LogDirectory::with_log();
    let output = ledgerd()
        .env("LEDGERD_LISEN", "127.0.0.1:0")
        .args(["serve", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("unknown field"), "{}", stderr(&output));
}

#[test]
fn refuses_names_hashes_and_filters_of_another_form() {
    let hash = "0".repeat(64);
    let name = refusal(&format!(
        "[[submitters]]\nname = \"Upper Case\"\ntoken_sha256 = \"{hash}\"\n"
    ));
    assert!(name.contains("submitters"), "{name}");
    let hash = refusal("[[readers]]\nname = \"soc\"\ntoken_sha256 = \"short\"\n");
    assert!(hash.contains("readers") && !hash.contains("short"), "{hash}");
    assert!(refusal("[log]\nlevel = \"=,=\"").contains("log.level"));
}

#[test]
fn the_environment_overrides_the_file_and_the_option_overrides_both() {
    let place = LogDirectory::with_log();
    let file = place.write("ledgerd.toml", "listen = \"127.0.0.1:1\"\n");
    let mut command = ledgerd();
    command
        .env("LEDGERD_LISTEN", "127.0.0.1:0")
        .env("LEDGERD_LOG__LEVEL", "error");
    command
        .args(["serve", "--dir"])
        .arg(place.log())
        .arg("--config")
        .arg(&file);
    assert_ne!(Server::from_command(&mut command).address(), "127.0.0.1:1");
    let mut command = ledgerd();
    command.env("LEDGERD_LISTEN", "127.0.0.1:1");
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log());
    assert_ne!(Server::from_command(&mut command).address(), "127.0.0.1:1");
}

#[test]
fn a_server_behind_a_proxy_says_at_its_start_which_list_it_lacks() {
    let place = LogDirectory::with_log();
    let reader = format!(
        "trusted_proxies = [\"127.0.0.1\"]\n[[readers]]\nname = \"anna\"\ntoken_sha256 = \"{}\"\n",
        "0".repeat(64)
    );
    let mut command = ledgerd();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .arg("--config")
        .arg(place.write("ledgerd.toml", &reader));
    let server = Server::from_command(&mut command);
    server.wait_for_line("  WARNING: trusted_proxies is set");
    let answer = ureq::get(format!("{}/log/checkpoint", server.url()))
        .config()
        .http_status_as_error(false)
        .build()
        .header("host", "ledger.example.com")
        .call();
    let mut answer = answer.unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    let said = answer.body_mut().read_to_string().unwrap();
    assert!(said.contains("configure both readers and submitters"), "{said}");
    server.stop();
}

/// The keys that the server itself names when it refuses another one.
fn keys(section: &str) -> BTreeSet<String> {
    let config = if section.is_empty() {
        "nonsense = 1".to_owned()
    } else {
        format!("[{section}]\nnonsense = 1")
    };
    let message = refusal(&config);
    let expected = message
        .split("expected")
        .nth(1)
        .and_then(|rest| rest.split(" for key").next());
    let expected = expected.unwrap_or_else(|| panic!("{message}"));
    let names = expected.split('`').skip(1).step_by(2).map(str::to_owned);
    names
        .filter(|name| {
            name.chars()
                .all(|character| character.is_ascii_lowercase() || character == '_')
        })
        .collect()
}

#[test]
fn every_key_is_documented_and_nothing_else_is() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = fs::read_to_string(docs).unwrap();
    let documented: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
        .collect();
    let mut known = keys("");
    for section in ["log", "limits", "sessions", "shares", "storage", "tls", "witness"] {
        assert!(known.remove(section));
        known.extend(keys(section).into_iter().map(|key| format!("{section}.{key}")));
    }
    assert_eq!(documented, known);
}

#[test]
fn every_number_is_documented_with_the_range_that_the_server_takes() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = fs::read_to_string(docs).unwrap();
    let mut compared = 0;
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let key = cells[1].trim_matches('`');
        let range = cells[3].replace(',', "").replace("2⁴⁰", "1099511627776");
        let Some((min, max)) = range.split_once(" – ") else {
            continue;
        };
        let (section, name) = key.split_once('.').unwrap();
        let said = refusal(&format!("[{section}]\n{name} = {}", i64::MAX));
        assert!(
            said.contains(&format!("{key} is {}: expected {min} to {max}", i64::MAX)),
            "{said}"
        );
        compared += 1;
    }
    // Of the tables that have other settings, too.
    let alone = ["witness.quorum_age_max_s"];
    let numbers: usize = ["limits", "sessions", "shares"]
        .iter()
        .map(|section| keys(section).len())
        .sum();
    assert_eq!(compared, numbers + alone.len());
}

#[test]
fn limits_that_would_stop_everything_are_refused_by_their_keys() {
    // 0 has a meaning for these three.
    let zero_means_something = ["batch_age_ms", "index_after_ms", "refused_per_minute_max"];
    for key in keys("limits") {
        let config = format!("[limits]\n{key} = 0");
        if zero_means_something.contains(&key.as_str()) {
            continue;
        }
        let said = refusal(&config);
        assert!(said.contains(&format!("limits.{key} is 0: expected ")), "{said}");
    }
    for config in [
        "request_timeout_s = 30",
        "head_bytes_max = 4096",
        "reads_concurrent_max = 65",
        "connections_max = 1000001",
        "batch_age_ms = -1",
    ] {
        let said = refusal(&format!("[limits]\n{config}"));
        let key = config.split(' ').next().unwrap();
        assert!(said.contains(key), "{said}");
    }
}
