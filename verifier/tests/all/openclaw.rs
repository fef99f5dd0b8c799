//! What is read in the outputs of OpenClaw: the vectors, and content that means harm.

use serde_json::{Value, json};
use std::path::PathBuf;
use verifier::json::to_jcs;
use verifier::openclaw::{CRITICAL_IDS_MAX, Setting, audit, settings};

fn vectors() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schemas/vectors/openclaw");
    let mut vectors: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let text = std::fs::read(&path).unwrap();
            (path.display().to_string(), serde_json::from_slice(&text).unwrap())
        })
        .collect();
    vectors.sort_by(|one, other| one.0.cmp(&other.0));
    vectors
}

/// The settings as the vectors spell them.
fn told(output: &[u8]) -> Value {
    let Some(settings) = settings(output) else {
        return Value::Null;
    };
    settings
        .into_iter()
        .map(|told| {
            let name = match told.setting {
                Setting::ToolsProfile => "tools_profile".to_owned(),
                Setting::Sandbox(name) => format!("sandbox/{name}"),
            };
            let value: Value = serde_json::from_str(&to_jcs(&told.value)).unwrap();
            json!([name, told.pointer, value])
        })
        .collect()
}

#[test]
fn every_output_is_read_as_its_vector_says() {
    let vectors = vectors();
    assert!(vectors.len() >= 12);
    for (name, vector) in vectors {
        let output = vector["output"].as_str().unwrap().as_bytes();
        assert_eq!(told(output), vector["settings"], "{name}");
        let found = audit(output).map_or(Value::Null, |audit| {
            json!({
                "critical": audit.critical, "warn": audit.warn, "info": audit.info,
                "critical_ids": audit.critical_ids, "summary_agrees": audit.summary_agrees,
            })
        });
        assert_eq!(found, vector["audit"], "{name}");
    }
}

#[test]
fn an_agent_of_its_own_setting_is_read_however_agents_are_listed() {
    for (agents, pointer) in [
        (
            json!({ "entries": { "main": { "sandbox": { "mode": "off" } } } }),
            "/agents/entries/main/sandbox/mode",
        ),
        (
            json!({ "entries": [{}, { "sandbox": { "mode": "off" } }] }),
            "/agents/entries/1/sandbox/mode",
        ),
        (
            json!({ "list": [{ "id": "main", "sandbox": { "mode": "off" } }] }),
            "/agents/list/0/sandbox/mode",
        ),
    ] {
        let output = json!({ "agents": agents }).to_string();
        assert_eq!(
            told(output.as_bytes()),
            json!([["sandbox/mode", pointer, "off"]]),
            "{output}"
        );
    }
}

#[test]
fn output_of_another_form_says_nothing_and_harms_nothing() {
    let nested = format!(
        "{}{}",
        "{\"agents\":".repeat(60),
        "{}".to_owned() + &"}".repeat(60)
    );
    for output in [
        "",
        "null",
        "[]",
        "{",
        "\u{feff}{}",
        "{\"sandbox\":1e999}",
        "{}{}",
        &nested,
        r#"{"sandbox":"all"}"#,
        r#"{"sandbox":["mode"]}"#,
        r#"{"agents":{"entries":[[{"sandbox":{"mode":"all"}}]]}}"#,
        r#"{"findings":[],"summary":[]}"#,
        r#"{"findings":{},"summary":{}}"#,
        r#"{"findings":[{}],"summary":{}}"#,
    ] {
        assert_eq!(settings(output.as_bytes()).unwrap_or_default(), [], "{output}");
        let found = audit(output.as_bytes());
        assert!(found.is_none_or(|audit| !audit.summary_agrees), "{output}");
    }
}

#[test]
fn ids_of_critical_findings_are_kept_once_and_up_to_a_bound() {
    let finding = |id: String| json!({ "checkId": id, "severity": "critical" });
    let mut findings: Vec<Value> = (0..500).map(|number| finding(format!("id-{number}"))).collect();
    findings.push(finding("x".repeat(5_000)));
    findings.push(finding("id-0".to_owned()));
    let output = json!({ "summary": { "critical": 502, "warn": 0, "info": 0 }, "findings": findings });
    let found = audit(output.to_string().as_bytes()).unwrap();
    assert_eq!((found.critical, found.summary_agrees), (502, true));
    assert_eq!(found.critical_ids.len(), CRITICAL_IDS_MAX);
}
