//! The alarm `LOOKALIKE_NAME`: it rings, and changes no verdict.

use serde_json::{Value, json};

use super::scenario::{ScenarioJob, ScenarioLog, passing_job, policy, same};

fn alarms(job: &ScenarioJob) -> Vec<Value> {
    let assessment: Value = serde_json::from_str(job.assess().to_jcs()).unwrap();
    let alarms = assessment["alarms"].as_array().unwrap().clone();
    alarms
        .into_iter()
        .filter(|alarm| alarm["code"] == "LOOKALIKE_NAME")
        .collect()
}

/// A job whose policy allows everything, with one call of each tool.
fn calling(tools: &[&str]) -> ScenarioJob {
    let mut everything = policy();
    everything["allow"] = json!([{ "tool": "**" }]);
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &everything);
    job.issue("token-1", same);
    job.model_call(same);
    for tool in tools {
        job.tool_call(tool, same);
    }
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(same);
    job
}

#[test]
fn a_tool_that_looks_like_one_in_the_policy_rings_and_the_verdict_stays() {
    let plain = calling(&["exec"]);
    assert_eq!(alarms(&plain), Vec::<Value>::new());
    // The first letter is Cyrillic.
    let alike = calling(&["\u{0455}entinel.api"]);
    let rung = alarms(&alike);
    assert_eq!(rung.len(), 1);
    assert_eq!(rung[0].get("check"), None);
    assert_eq!(rung[0]["entries"].as_array().unwrap().len(), 2);
    let message = rung[0]["message"].as_str().unwrap();
    assert!(
        message.contains("U+0455") && message.contains("sentinel.api"),
        "{message}"
    );
    assert_eq!(plain.assess().verdict, alike.assess().verdict);
}

#[test]
fn two_names_of_one_job_that_look_alike_ring_whatever_hides_the_difference() {
    for (one, other) in [
        ("reader", "r\u{0435}ader"),
        ("exec", "exec\u{200B}"),
        ("tool1x", "toollx"),
        ("mail:send", "mail:\u{FF53}end"),
        ("modern", "modem"),
    ] {
        assert_eq!(alarms(&calling(&[one, other])).len(), 1, "{one:?} {other:?}");
    }
}

#[test]
fn the_same_name_in_another_case_and_plainly_other_names_do_not_ring() {
    assert_eq!(alarms(&passing_job()), Vec::<Value>::new());
    let job = calling(&["exec", "EXEC", " exec", "read", "write", "a", "\u{0430}"]);
    assert_eq!(alarms(&job), Vec::<Value>::new());
}
