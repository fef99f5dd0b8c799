//! Home, the list of jobs and the alarms: what the projection keeps, and what they say without it.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::site::TestSite;
use crate::story::StoryJob;

/// Two jobs: one incomplete, one that used its token after the revocation.
pub(crate) async fn two_jobs() -> TestSite {
    let site = TestSite::new().await;
    {
        let open = StoryJob::open(&site, "open", json!({})).await;
        open.call(0, 1, true).await;
        let revoked = StoryJob::open(&site, "revoked", json!({})).await;
        revoked.revoke().await;
        site.log.clock.advance(60_000);
        revoked.call(0, 41, true).await;
    }
    site.projected().await
}

#[tokio::test]
async fn home_shows_jobs_by_verdict_and_the_newest_alarms() {
    let site = two_jobs().await;
    let body = site.page("/").await;
    assert!(body.contains("2 jobs, each in the hour (UTC) of its first entry"));
    let newest = format!("UTC ({} entries)", site.newest());
    let known = body
        .split("every job known to this server as of ")
        .nth(1)
        .unwrap();
    assert!(known.split("</figcaption>").next().unwrap().contains(&newest));
    assert!(body.contains("href=\"/jobs?verdict=FAIL\">1 FAIL") && body.contains("1 RUNNING"));
    assert!(body.contains("/alarms?code=REVOKED_BEFORE_USE"));
    assert!(body.contains("no witness configured"));
    assert!(body.contains("action=\"/search\"") && body.contains("name=\"q\""));
    assert!(!body.contains("stale"));
}

#[tokio::test]
async fn a_list_of_jobs_of_an_earlier_size_says_that_its_verdicts_are_the_newest() {
    let site = TestSite::new().await;
    let before = {
        let job = StoryJob::open(&site, "revoked", json!({})).await;
        let before = site.newest();
        job.revoke().await;
        site.log.clock.advance(60_000);
        job.call(0, 41, true).await;
        before
    };
    let site = site.projected().await;
    let body = site.page(&format!("/jobs?as_of={before}")).await;
    assert!(body.contains(&format!("({before} entries)")));
    assert!(
        body.contains("REVOKED_BEFORE_USE"),
        "what was logged since decides: {body}"
    );
    assert!(body.contains("Each verdict is the newest one that this server knows of the job"));
}

/// The rows of the table below the chart: period, then passed, running, incomplete, failed, without a verdict.
fn charted(body: &str) -> Vec<String> {
    let rows = body.split("<th scope=\"row\">").skip(1);
    rows.map(|row| {
        let (row, _) = row.split_once("</tr>").unwrap();
        let cells = row.split("</td>").map(|cell| cell.rsplit('>').next().unwrap());
        let (period, _) = row.split_once("</th>").unwrap();
        format!("{period}: {}", cells.collect::<Vec<_>>().join(" "))
    })
    .collect()
}

#[tokio::test]
async fn home_counts_jobs_by_the_time_of_their_first_entry_however_long_the_log_lasts() {
    const DAY_MS: u64 = 86_400_000;
    let site = two_jobs().await;
    let open = |id: &'static str| StoryJob::open(&site, id, json!({}));
    let settled = async || {
        let projection = site.engine.projection().unwrap();
        projection.reached(site.engine.published().head.tree.size).await;
        let page = site.page("/").await;
        let bars = charted(&page);
        // A desk and a phone each have a drawing of every bar.
        for class in ["wide", "narrow"] {
            let drawing = page.split(&format!("<svg class=\"{class}\"")).nth(1).unwrap();
            let drawing = drawing.split("</svg>").next().unwrap();
            let from = |bar: &str| bar.split(':').next().unwrap().to_owned();
            assert!(
                drawing.contains(&format!(">{}", &from(&bars[0])[..7])),
                "{drawing}"
            );
        }
        bars
    };
    assert_eq!(settled().await, ["2026-02-12 00:00: 0 1 0 1 0 "]);
    site.log.clock.advance(2 * DAY_MS);
    open("third").await;
    assert_eq!(
        settled().await,
        [
            "2026-02-12: 0 1 0 1 0 ",
            "2026-02-13: 0 0 0 0 0 ",
            "2026-02-14: 0 1 0 0 0 "
        ]
    );
    site.log.clock.advance(60 * DAY_MS);
    open("fourth").await;
    assert_eq!(
        settled().await,
        [
            "2026-02: 0 2 0 1 0 ",
            "2026-03: 0 0 0 0 0 ",
            "2026-04: 0 1 0 0 0 "
        ]
    );
    site.log.clock.advance(120 * DAY_MS);
    open("fifth").await;
    assert_eq!(settled().await.len(), 7, "February to August");
}

#[tokio::test]
async fn home_stands_without_verdicts_and_says_so() {
    let site = TestSite::new().await;
    let body = site.page("/").await;
    assert!(body.contains("this server keeps no list of verdicts"));
    assert!(body.contains("6 entries") || body.contains("7 entries"));
}

#[tokio::test]
async fn every_filter_of_the_list_of_jobs_narrows_it() {
    let site = two_jobs().await;
    let job = StoryJob::open(&site, "third", json!({})).await;
    job.call(0, 45, true).await;
    let projection = site.engine.projection().unwrap();
    projection.reached(site.engine.published().head.tree.size).await;
    let agent = site.log.cast.agent.did().as_str().replace(':', "%3A");
    for (query, found) in [
        ("", vec!["open", "revoked", "third"]),
        ("verdict=FAIL", vec!["revoked"]),
        ("verdict=RUNNING&model=claude-test", vec!["open", "third"]),
        ("verdict=INCOMPLETE", vec![]),
        ("model=anthropic/claude-test", vec!["open", "revoked", "third"]),
        ("model=none", vec![]),
        (&format!("agent={agent}"), vec!["open", "revoked", "third"]),
        (&format!("token={}", job.token), vec!["third"]),
        (
            &format!("policy={}", job.policy),
            vec!["open", "revoked", "third"],
        ),
        ("code=REVOKED_BEFORE_USE", vec!["revoked"]),
        ("tool=no.such.tool", vec![]),
        ("person=nobody", vec![]),
        ("from=2026-02-13", vec![]),
        ("from=2026-02-12&to=2026-02-12", vec!["open", "revoked", "third"]),
        ("to=2026-02-11T23:59:59Z", vec![]),
        // As a form sends it.
        (
            "verdict=FAIL&agent=&policy=&token=&model=&from=&to=",
            vec!["revoked"],
        ),
    ] {
        let body = site.page(&format!("/jobs?{query}")).await;
        for id in ["open", "revoked", "third"] {
            let listed = body.contains(&format!("href=\"/jobs/{id}\""));
            assert_eq!(listed, found.contains(&id), "{query}: {id}");
        }
    }
    let body = site.page("/jobs?verdict=FAIL").await;
    assert!(body.contains("<option value=\"FAIL\" selected>"));
    assert!(body.contains("REVOKED_BEFORE_USE"));
}

#[tokio::test]
async fn a_filter_that_is_none_is_refused_with_a_page() {
    let site = two_jobs().await;
    for query in ["verdict=MAYBE", "from=tomorrow", "cursor=x", "format=exe"] {
        let answer = site.get(&format!("/jobs?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(answer.body.contains("INVALID_PARAMETER"));
    }
}

#[tokio::test]
async fn a_wrong_filter_keeps_the_form_as_it_was_filled_in_and_marks_the_field() {
    let site = two_jobs().await;
    for (path, field, value, list) in [
        (
            "/jobs?from=yesterday&model=kept",
            "from",
            "yesterday",
            "/jobs/open",
        ),
        ("/jobs?to=2026-13-01", "to", "2026-13-01", "/jobs/open"),
        ("/jobs?agent=me", "agent", "me", "/jobs/open"),
        ("/jobs?policy=triage", "policy", "triage", "/jobs/open"),
        ("/jobs?token=abc", "token", "abc", "/jobs/open"),
        ("/jobs?verdict=MAYBE", "verdict", "MAYBE", "/jobs/open"),
        ("/alarms?code=lower", "code", "lower", "/jobs/revoked"),
        (
            "/alarms?code=NO_SUCH_CODE",
            "code",
            "NO_SUCH_CODE",
            "/jobs/revoked",
        ),
        ("/alarms?job=a%0Ab", "job", "a", "/jobs/revoked"),
        ("/alarms?from=x", "from", "x", "/jobs/revoked"),
        ("/issuers?did=me", "did", "me", "/gateways/"),
        ("/issuers?role=king", "role", "king", "/gateways/"),
        ("/policies?policy_id=a%0Ab", "policy_id", "a", "/policies/diff?"),
        ("/log?first=many", "first", "many", "is the beginning of size"),
        ("/log?second=0", "second", "0", "is the beginning of size"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let body = answer.body;
        let mark = format!("name=\"{field}\" aria-invalid=\"true\" aria-describedby=\"wrong-{field}\"");
        assert!(body.contains(&mark), "{path}");
        assert_eq!(body.matches("aria-invalid").count(), 1, "{path}");
        assert!(body.contains(&format!("id=\"wrong-{field}\"")), "{path}");
        assert!(body.contains(&format!("value=\"{value}")), "{path}");
        assert!(!body.contains(list), "{path} lists {list}");
        assert!(
            !body.contains("There is no such address") && !body.contains("This address is not valid"),
            "{path}"
        );
    }
    let kept = site.get("/jobs?from=yesterday&to=tomorrow&model=kept").await.body;
    assert!(kept.contains("value=\"kept\"") && kept.matches("aria-invalid").count() == 2);
}

#[tokio::test]
async fn what_is_shown_can_be_had_as_lines_of_json() {
    let site = two_jobs().await;
    let page = site.page("/jobs?verdict=FAIL").await;
    let href = page
        .split("href=\"")
        .find(|rest| rest.contains("format=ndjson"))
        .unwrap();
    let href = href.split('"').next().unwrap().replace("&#38;", "&");
    let answer = site.get(&href).await;
    assert_eq!(answer.headers[CONTENT_TYPE], "application/x-ndjson");
    let lines: Vec<Value> = answer
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["job_id"], "revoked");
    assert_eq!(lines[0]["verdict"], "FAIL");
    assert_eq!(lines[0]["check"], "token.valid");
    assert_eq!(lines[0]["title"], "Token used after revocation");
    assert_eq!(lines[0]["summary"]["gateway_receipts"], 1);
    assert_eq!(lines[0]["summary"]["cut"], false);
}

#[tokio::test]
async fn a_spreadsheet_takes_nothing_that_is_shown_for_a_formula() {
    let site = TestSite::new().await;
    StoryJob::open(&site, "=cmd|' /C calc'!A0,\"x\"", json!({})).await;
    let answer = site.get("/jobs?format=csv").await;
    assert!(
        answer.headers[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    let lines: Vec<&str> = answer.body.lines().collect();
    assert!(lines[0].starts_with("job_id,last_index,"));
    assert!(
        lines[1].starts_with("\"'=cmd|' /C calc'!A0,\"\"x\"\"\","),
        "{}",
        lines[1]
    );
}

#[tokio::test]
async fn alarms_lead_to_their_job_and_entries_and_can_be_filtered() {
    let site = two_jobs().await;
    let body = site.page("/alarms").await;
    assert!(body.contains("REVOKED_BEFORE_USE") && body.contains("href=\"/jobs/revoked\""));
    assert!(body.contains("href=\"/entries/"));
    let body = site.page("/alarms?code=REVOKED_BEFORE_USE&job=").await;
    assert!(
        body.contains("! </span>Token used after revocation</a>"),
        "the finding, before its code"
    );
    assert!(body.contains("href=\"/jobs/revoked\"") && !body.contains("<code>USE_AFTER_HALT</code>"));
    assert!(body.contains("Raised (UTC)") && body.contains("first violation"));
    for (query, found) in [
        ("from=2026-02-12", true),
        ("to=2026-02-11", false),
        ("from=2026-02-13&to=", false),
    ] {
        let body = site.page(&format!("/alarms?{query}")).await;
        assert_eq!(body.contains("href=\"/jobs/revoked\""), found, "{query}");
    }
    let body = site.page("/alarms?job=open&code=NOT_YET_VALID").await;
    assert!(body.contains("No alarm matches"));
    assert_eq!(
        site.get("/alarms?cursor=1.2").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn lists_that_need_verdicts_say_when_there_are_none() {
    let site = TestSite::new().await;
    for path in ["/alarms", "/jobs?verdict=PASS"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.body.contains("this server keeps no list of verdicts"));
    }
}

#[tokio::test]
async fn every_number_in_an_address_has_one_text() {
    let site = two_jobs().await;
    for path in [
        "/jobs?as_of=%2B1",
        "/jobs/revoked?as_of=01",
        "/jobs/revoked?from=-1",
        "/issuers?from=+1",
        "/policies?from=1+",
        "/log?upto=01",
        "/log?first=%2B1",
        "/log?second=01",
        "/jobs?cursor=01.0",
        "/jobs?cursor=1.%2B0",
        "/entries/00",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            answer.body.contains("plain digits") || path.contains("cursor"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_parameter_that_a_page_does_not_take_is_refused_and_named() {
    let site = two_jobs().await;
    for path in [
        "/?foo=1",
        "/jobs?foo=1",
        "/jobs/revoked?foo=1",
        "/entries/0?foo=1",
        "/alarms?foo=1",
        "/issuers?foo=1",
        "/log?foo=1",
        "/policies?foo=1",
        "/search?q=a&foo=1",
        "/verify?foo=1",
        "/problems?foo=1",
        "/problems/NOT_FOUND?foo=1",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            answer.body.contains("has no parameter") && answer.body.contains("foo"),
            "{path}"
        );
    }
    let answer = site.get("/alarms?code=FOO").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = site.get("/jobs/revoked?as_of=999").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("POSITION_AHEAD"));
    let answer = site.get("/nothing").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("There is no page at this address."));
}

#[tokio::test]
async fn a_policys_page_warns_of_tools_that_nobody_uses_and_of_used_ones_that_no_rule_names() {
    let site = TestSite::new().await;
    let policy = json!({ "name": "triage", "tools": { "allow": ["incidents.get", "unheard.of"] } });
    let job = StoryJob::open_under(&site, "used", &policy, json!({})).await;
    job.call(0, 1, true).await;
    job.tool("incidents.get", 2).await;
    job.tool("incidents.delete", 3).await;
    let address = format!("/policies/{}", job.policy);
    let site = {
        let before = site.page(&address).await;
        assert!(
            !before.contains("POLICY_TOOL_UNUSED"),
            "no list of verdicts, no warning"
        );
        site.projected().await
    };
    let body = site.page(&address).await;
    for text in [
        "No job that this server knows used 1 tool that the policy allows: unheard.of.",
        "1 tool was used in the 50 newest jobs under this policy or another version of it, and no rule of the policy names it: \
         incidents.delete.",
        "/problems/POLICY_TOOL_UNUSED",
        "/problems/TOOL_NOT_IN_POLICY",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
}
