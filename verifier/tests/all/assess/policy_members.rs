//! Each member of the three published policies that is evaluated: kept, the job passes; not kept, one check says so.

use serde_json::{Value, json};
use verifier::assess::CheckStatus::{self, Fail, Incomplete};
use verifier::assess::{Assessment, CheckId};
use verifier::check::Status;

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, outcome, same};
use super::stated::{attach, output};

const SENTINEL: &str = "sentinel-triage-readonly";
const DEFENDER: &str = "defender-agent-readonly";
const SECURE: &str = "secure-agent-execution";

/// How a job under a policy is played.
#[derive(Clone, Copy)]
struct MemberPlay {
    policy: &'static str,
    id: &'static str,
    /// Changes the policy, where what it says elsewhere would come first.
    rules: fn(&mut Value),
    token: fn(&mut Value),
    call: fn(&mut Value),
    calls: usize,
    acts: fn(&mut ScenarioJob),
    bundled: bool,
}

/// What keeps to a policy.
fn sound(policy: &'static str) -> MemberPlay {
    let play = MemberPlay {
        policy,
        id: "job-2026-02-11-001",
        rules: same,
        token: same,
        call: same,
        calls: 2,
        acts: |_| {},
        bundled: true,
    };
    match policy {
        SENTINEL => MemberPlay {
            acts: |job| {
                job.tool_call("sentinel.api:incidents.list", same);
                job.approve("sentinel-write-approval", &["incidents.update"], same);
                job.tool_call("sentinel.api:incidents.update", same);
            },
            ..play
        },
        DEFENDER => MemberPlay {
            token: |members| {
                members["claims"]["scope"] = json!(["gateway:call", "graph:SecurityEvents.Read.All"]);
            },
            acts: |job| {
                job.tool_call("defender_api_call:incidents.get", same);
                job.approve("write_actions", &["incidents.update"], same);
                job.tool_call("defender_api_call:incidents.update", same);
            },
            ..play
        },
        _ => MemberPlay {
            call: routed,
            acts: |job| {
                for tool in ["read", "write:workspace", "http:approved_hosts"] {
                    job.tool_call(tool, same);
                }
            },
            ..play
        },
    }
}

fn routed(payload: &mut Value) {
    payload["provider"] = json!("openrouter_via_fal");
    payload["gateway_id"] = json!("clawproxy");
}

fn play(play: &MemberPlay) -> Assessment {
    let mut policy: Value =
        serde_json::from_str(&crate::support::vector(&format!("policies/{}.json", play.policy))).unwrap();
    (play.rules)(&mut policy);
    let mut job = ScenarioJob::open(ScenarioLog::new(), play.id);
    job.publish(play.policy, &policy);
    job.issue("token-1", play.token);
    (play.acts)(&mut job);
    let calls: Vec<u64> = (0..play.calls).map(|_| job.model_call(play.call)).collect();
    if let Some(last) = calls.last() {
        job.close_stream(*last);
    }
    if play.bundled {
        job.bundle(same);
    }
    job.assess()
}

/// A member, what does not keep it, and what says so.
struct MemberRow {
    pointer: &'static str,
    play: MemberPlay,
    check: CheckId,
    ends: (CheckStatus, &'static str),
}

fn row(
    pointer: &'static str,
    check: CheckId,
    ends: (CheckStatus, &'static str),
    play: MemberPlay,
) -> MemberRow {
    MemberRow {
        pointer,
        play,
        check,
        ends,
    }
}

fn unpinned(members: &mut Value) {
    let claims = members["claims"].as_object_mut().unwrap();
    claims.remove("policy_hash_b64u");
}

fn tokenless(payload: &mut Value) {
    let binding = payload["binding"].as_object_mut().unwrap();
    binding.remove("token_scope_hash_b64u");
}

fn sentinel() -> Vec<MemberRow> {
    let tools = |pointer, code, acts| {
        let play = MemberPlay {
            acts,
            ..sound(SENTINEL)
        };
        row(pointer, CheckId::PolicyTools, (Fail, code), play)
    };
    vec![
        tools("/allow", "TOOL_NOT_ALLOWED", |job| {
            job.tool_call("sentinel.api:watchlists.list", same);
        }),
        tools("/deny", "TOOL_DENIED", |job| {
            job.tool_call("sentinel.api:analyticsRules.create", same);
        }),
        row(
            "/approvals",
            CheckId::PolicyApprovals,
            (Fail, "APPROVAL_MISSING"),
            MemberPlay {
                acts: |job| {
                    job.tool_call("sentinel.api:incidents.update", same);
                },
                ..sound(SENTINEL)
            },
        ),
        row(
            "/token_requirements/cst_ttl_seconds_max",
            CheckId::TokenTtl,
            (Fail, "TOKEN_TTL_EXCEEDED"),
            MemberPlay {
                token: |members| {
                    members["claims"]["exp"] = json!(members["claims"]["iat"].as_u64().unwrap() + 901);
                },
                ..sound(SENTINEL)
            },
        ),
        row(
            "/token_requirements/require_policy_hash_pinning",
            CheckId::PolicyRequirements,
            (Fail, "POLICY_PIN_REQUIRED"),
            MemberPlay {
                token: unpinned,
                ..sound(SENTINEL)
            },
        ),
    ]
}

fn defender() -> Vec<MemberRow> {
    let base = sound(DEFENDER);
    let asks = |pointer, ends, play| row(pointer, CheckId::PolicyRequirements, ends, play);
    let scope = |token| MemberPlay { token, ..base };
    let call = |acts| MemberPlay { acts, ..base };
    let mut rows = vec![
        row(
            "/openclaw/tools_allow",
            CheckId::PolicyTools,
            (Fail, "TOOL_NOT_ALLOWED"),
            call(|job| drop_index(job.tool_call("mail:messages.list", same))),
        ),
        row(
            "/openclaw/tools_deny",
            CheckId::PolicyTools,
            (Fail, "TOOL_DENIED"),
            call(|job| drop_index(job.tool_call("Shell:ls", same))),
        ),
        row(
            "/approvals/write_actions",
            CheckId::PolicyApprovals,
            (Fail, "APPROVAL_MISSING"),
            call(|job| drop_index(job.tool_call("defender_api_call:incidents.update", same))),
        ),
    ];
    rows.extend([
        asks(
            "/claw_bureau/cst_require",
            (Fail, "CST_REQUIRED"),
            MemberPlay {
                call: tokenless,
                ..base
            },
        ),
        asks(
            "/claw_bureau/cst_scope_hash_pin",
            (Fail, "SCOPE_HASH_REQUIRED"),
            MemberPlay {
                rules: |policy| policy["claw_bureau"]["cst_require"] = json!(false),
                call: tokenless,
                ..base
            },
        ),
        asks(
            "/claw_bureau/wpc_policy_hash_pin",
            (Fail, "POLICY_PIN_REQUIRED"),
            scope(|members| {
                (sound(DEFENDER).token)(members);
                unpinned(members);
            }),
        ),
        asks(
            "/auth/graph_permissions_scopes_allow",
            (Fail, "SCOPE_NOT_ALLOWED"),
            scope(|members| members["claims"]["scope"] = json!(["graph:Mail.Read"])),
        ),
        asks(
            "/auth/graph_permissions_scopes_deny",
            (Fail, "SCOPE_DENIED"),
            MemberPlay {
                rules: |policy| {
                    let allowed = &mut policy["auth"]["graph_permissions_scopes_allow"];
                    allowed
                        .as_array_mut()
                        .unwrap()
                        .push(json!("Directory.ReadWrite.All"));
                },
                ..scope(|members| members["claims"]["scope"] = json!(["Directory.ReadWrite.All"]))
            },
        ),
        asks(
            "/logging/gateway_receipts",
            (Incomplete, "GATEWAY_RECEIPTS_MISSING"),
            MemberPlay { calls: 0, ..base },
        ),
        asks(
            "/logging/proof_bundle",
            (Incomplete, "PROOF_BUNDLE_MISSING"),
            MemberPlay {
                bundled: false,
                ..base
            },
        ),
    ]);
    rows
}

fn drop_index(_index: u64) {}

fn secure() -> Vec<MemberRow> {
    let base = sound(SECURE);
    let asks = |pointer, ends, play| row(pointer, CheckId::PolicyRequirements, ends, play);
    let tools = |pointer, code, acts| {
        row(
            pointer,
            CheckId::PolicyTools,
            (Fail, code),
            MemberPlay { acts, ..base },
        )
    };
    let models = |pointer, code, call| {
        row(
            pointer,
            CheckId::PolicyModels,
            (Fail, code),
            MemberPlay { call, ..base },
        )
    };
    vec![
        tools("/tools/allow", "TOOL_NOT_ALLOWED", |job| {
            drop_index(job.tool_call("http:elsewhere", same));
        }),
        tools("/tools/deny", "TOOL_DENIED", |job| {
            drop_index(job.tool_call("exec:ls", same));
        }),
        tools("/tools/elevated/enabled", "ELEVATED_TOOL", |job| {
            drop_index(job.tool_call("read:elevated", same));
        }),
        models("/models/route_via", "GATEWAY_NOT_ALLOWED", |payload| {
            routed(payload);
            payload["gateway_id"] = json!("elsewhere");
        }),
        models("/models/providers", "PROVIDER_NOT_ALLOWED", |payload| {
            routed(payload);
            payload["provider"] = json!("openai");
        }),
        asks(
            "/models/require_gateway_receipts",
            (Incomplete, "GATEWAY_RECEIPTS_MISSING"),
            MemberPlay { calls: 0, ..base },
        ),
        asks(
            "/tokens/require_cst",
            (Fail, "CST_REQUIRED"),
            MemberPlay {
                call: |payload| {
                    routed(payload);
                    tokenless(payload);
                },
                ..base
            },
        ),
        asks(
            "/tokens/pin_wpc_hash",
            (Fail, "POLICY_PIN_REQUIRED"),
            MemberPlay {
                token: unpinned,
                ..base
            },
        ),
        asks(
            "/job/id",
            (Fail, "POLICY_JOB_MISMATCH"),
            MemberPlay {
                id: "job-2026-02-11-002",
                ..base
            },
        ),
        asks(
            "/job/anti_replay/bind_job_scoped_cst",
            (Fail, "JOB_SCOPED_CST_REQUIRED"),
            MemberPlay {
                token: |members| {
                    members.as_object_mut().unwrap().remove("job_id");
                },
                ..base
            },
        ),
    ]
}

#[test]
fn a_job_that_keeps_to_everything_passes_under_each_published_policy() {
    for policy in [SENTINEL, DEFENDER, SECURE] {
        let assessment = play(&sound(policy));
        assert_eq!(assessment.verdict, Status::Pass, "{}", assessment.to_jcs());
    }
}

#[test]
fn each_member_that_is_not_kept_is_told_by_its_check_and_code() {
    let rows: Vec<MemberRow> = [sentinel(), defender(), secure()].into_iter().flatten().collect();
    assert_eq!(rows.len(), 25);
    for row in rows {
        let assessment = play(&row.play);
        let found = outcome(&assessment, row.check);
        assert_eq!(found, row.ends, "{} {}", row.pointer, assessment.to_jcs());
        assert_ne!(assessment.verdict, Status::Pass, "{}", row.pointer);
    }
}

#[test]
fn a_tool_without_operation_under_a_policy_by_operation_is_incomplete() {
    let bare = |policy, tool: fn(&mut ScenarioJob)| {
        let assessment = play(&MemberPlay {
            acts: tool,
            ..sound(policy)
        });
        outcome(&assessment, CheckId::PolicyTools)
    };
    let unknown = (Incomplete, "OPERATION_UNKNOWN");
    assert_eq!(
        bare(SENTINEL, |job| drop_index(job.tool_call("sentinel.api", same))),
        unknown
    );
    assert_eq!(
        bare(DEFENDER, |job| drop_index(
            job.tool_call("defender_api_call", same)
        )),
        unknown
    );
    assert_eq!(
        bare(SECURE, |job| drop_index(job.tool_call("write", same))),
        unknown
    );
}

#[test]
fn what_enforcement_points_state_is_told_by_whom_and_passes_nothing() {
    let stated = play(&MemberPlay {
        acts: |job| {
            (sound(DEFENDER).acts)(job);
            attach(
                job,
                ScenarioActor::Enforcement,
                "tool_policy",
                Some(r#"{"profile":"readonly"}"#),
            );
            let sandbox = output(include_str!(
                "../../../../schemas/vectors/openclaw/sandbox-explain-all.json"
            ));
            attach(job, ScenarioActor::Enforcement, "sandbox_config", Some(&sandbox));
            attach(job, ScenarioActor::Orchestrator, "sandbox_config", Some("{}"));
        },
        ..sound(DEFENDER)
    });
    let quiet = play(&sound(DEFENDER));
    let told = |assessment: &Assessment| -> Vec<(String, String, String)> {
        let json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
        let members = json["not_evaluated"].as_array().unwrap().iter();
        let by = ScenarioActor::Enforcement.did();
        members
            .map(|one| {
                let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                assert_eq!(
                    one["stated_by"].as_str().is_some_and(|signer| signer == by),
                    one["value"].is_string()
                );
                (text("pointer"), text("code"), text("value"))
            })
            .collect()
    };
    let expected = |stated: bool| {
        let host = |values: [&str; 2]| values[usize::from(!stated)].to_owned();
        let value = |value: &str| if stated { value.to_owned() } else { String::new() };
        let (sandbox, profile) = (
            host(["SANDBOX_STATED", "SANDBOX_NOT_OBSERVED"]),
            host(["TOOLS_PROFILE_STATED", "TOOLS_PROFILE_NOT_OBSERVED"]),
        );
        let none = String::new;
        let sign_in = || "SIGN_IN_NOT_OBSERVED".to_owned();
        [
            // The builder writes members in the order of their names.
            ("/auth/provider", sign_in(), none()),
            ("/auth/token_type", sign_in(), none()),
            ("/openclaw/sandbox/mode", sandbox.clone(), value("all")),
            ("/openclaw/sandbox/workspaceAccess", sandbox, value("ro")),
            ("/openclaw/tools_profile", profile, value("readonly")),
        ]
        .map(|(pointer, code, value)| (pointer.to_owned(), code, value))
    };
    assert_eq!(told(&stated), expected(true));
    assert_eq!(told(&quiet), expected(false));
    let requirements = CheckId::PolicyRequirements;
    assert_eq!(outcome(&stated, requirements), outcome(&quiet, requirements));
}
