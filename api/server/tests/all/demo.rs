use crate::process::{Place, Server, ledgerd, stderr};

#[test]
fn replaces_no_directory_that_a_demo_did_not_make() {
    let place = Place::with_log();
    let output = ledgerd()
        .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("was not made by a demo"),
        "{}",
        stderr(&output)
    );
    assert!(place.log().join("log.key").exists());
}

/// What a job must hold for its story to be told; the pulse is nobody's evidence but the agent's.
fn assert_is_told(server: &Server, job_id: &str) {
    let kinds = &server.get(&format!("/v1/jobs/{job_id}"))["kinds"];
    let count = |kind: &str| kinds[kind].as_u64().unwrap_or(0);
    assert!(count("job.event") > 0, "{job_id}: {kinds}");
    if job_id == "demo-pulse-only" {
        assert_eq!(count("pulse"), 1, "{kinds}");
        assert_eq!(count("receipt.gateway"), 0, "{kinds}");
        return;
    }
    for kind in ["receipt.gateway", "receipt.tool", "bundle"] {
        assert!(count(kind) > 0, "{job_id} has no {kind}: {kinds}");
    }
    // A token that two jobs share names none of them; their calls name it.
    assert!(
        count("token.issued") == 1 || job_id.starts_with("demo-shared-token"),
        "{job_id}: {kinds}"
    );
}

#[test]
fn fills_a_log_with_every_job_and_replaces_its_own_directory() {
    let place = Place::empty();
    for _ in 0..2 {
        let mut command = ledgerd();
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
            .arg(place.path("demo"));
        let mut server = Server::from_command(command);
        server.wait_for_line("Serving");
        let jobs = server.get("/v1/jobs?limit=200");
        let jobs = jobs["jobs"].as_array().unwrap();
        assert_eq!(jobs.len(), 14);
        for job in jobs {
            assert_is_told(&server, job["job_id"].as_str().unwrap());
        }
        server.stop();
    }
}
