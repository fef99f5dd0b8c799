//! Share links: what a guest sees, and until when.

use super::{READER, SUBMITTER, SessionSite, by_browser, cookie_of, form};
use crate::documents::token_hash;
use crate::support::{from_peer, open_loopback};
use api::VisitorTransport;
use axum::body::Body;
use axum::http::header;
use kit::documents::wrap;
use serde_json::{Value, json};
use verifier::index::{LeafIndex, TreeSize};

const DAY_MS: u64 = 86_400_000;

impl SessionSite {
    /// Two jobs: `job/a` has entry 2, `job-b` entry 3.
    async fn with_two_jobs() -> Self {
        let site = Self::guarded();
        let orchestrator = site
            .log
            .registration(&site.log.keys().orchestrator, "clawproxy", "orchestrator");
        for document in [
            orchestrator,
            site.log.job_event("job/a", "opened"),
            site.log.job_event("job-b", "opened"),
        ] {
            let logged = site.api("POST", "/v1/evidence", SUBMITTER, document).await;
            assert_eq!(logged.status, 201, "{}", logged.text());
        }
        site
    }

    async fn share(&self, job: &str, days: u64) -> Value {
        let body = json!({"job_id": job, "for_s": days * 86_400}).to_string();
        let made = self.api("POST", "/v1/shares", READER, body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()
    }

    /// Opens a link, and answers the guest's cookie.
    async fn open(&self, link: &Value, before: &str) -> String {
        let opened = self.get(link["path"].as_str().unwrap(), before).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        cookie_of(&opened)
    }

    async fn status(&self, path: &str, cookie: &str) -> u16 {
        self.get(path, cookie).await.status
    }
}

#[tokio::test]
async fn a_link_opens_its_job_and_leaves_its_token_behind() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 7).await;
    let path = link["path"].as_str().unwrap();
    let token = path.strip_prefix("/s/").unwrap();
    assert_eq!(verifier::base64::decode_url(token).unwrap().len(), 32);
    let opened = site.get(path, "").await;
    assert_eq!(
        (opened.status, opened.header(header::LOCATION)),
        (303, "/jobs/job%2Fa")
    );
    assert!(opened.header(header::CACHE_CONTROL).contains("no-store"));
    let set = opened.header(header::SET_COOKIE);
    assert!(!set.contains(token), "the cookie is another secret");
    for attribute in ["__Host-", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(set.contains(attribute), "{attribute}: {set}");
    }
    let page = site.get("/jobs/job%2Fa?as_of=3", &cookie_of(&opened)).await;
    assert_eq!(
        (page.status, page.header(header::CACHE_CONTROL)),
        (200, "private, no-store")
    );
}

#[tokio::test]
async fn a_guest_sees_the_job_and_what_checks_it_and_nothing_else() {
    let site = SessionSite::with_two_jobs().await;
    let guest = site.open(&site.share("job/a", 7).await, "").await;
    for path in [
        "/jobs/job%2Fa",
        "/entries/2",
        "/v1/jobs/job%2Fa",
        "/v1/jobs/job%2Fa/assessment",
        "/v1/jobs/job%2Fa/entries",
        "/v1/jobs/job%2Fa/pack",
        "/v1/entries/0",
        "/v1/entries/2",
        "/v1/entries/2/proof",
        "/v1/entries/2/evidence",
        "/v1/log",
        "/v1/proofs/consistency?first=1&second=4",
        "/log/checkpoint",
    ] {
        assert_eq!(site.status(path, &guest).await, 200, "{path}");
    }
    for path in ["/", "/jobs", "/jobs/job-b", "/jobs/job", "/entries/3", "/shares"] {
        let refused = site.get(path, &guest).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        assert_eq!(refused.text(), "OtherJob { jobs: [\"job/a\"] }", "{path}");
    }
    for path in [
        "/v1/jobs",
        "/v1/jobs/job-b",
        "/v1/jobs/job-b/pack",
        "/v1/jobs/job-b/assessment",
        "/v1/entries",
        "/v1/entries/3",
        "/v1/entries/3/proof",
        "/v1/entries/3/evidence",
        "/v1/entries/99",
        "/v1/events",
        "/v1/alarms",
        "/v1/policies",
        "/v1/issuers",
        "/v1/erasures",
        "/v1/shares",
        "/log/tile/entries/000.p/4",
        "/metrics",
        "/openapi.json",
    ] {
        let refused = site.get(path, &guest).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "FORBIDDEN"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_guest_sees_no_other_job_that_shares_a_token_or_a_policy_with_theirs() {
    let site = SessionSite::with_two_jobs().await;
    let token = token_hash('a');
    let receipt = |id: &str, run: &str, job: &str| {
        let context = json!({"job_id": job, "token_hash": token, "stream": run, "number": 0, "last": true});
        wrap(&site.log.receipt(id, run), &context)
    };
    let mut last = 0;
    let keys = site.log.keys();
    for document in [
        site.log
            .registration(&keys.token_issuer, "clawproxy", "token_issuer"),
        site.log.registration(&keys.gateway, "clawproxy", "gateway"),
        site.log.issuance(&token, "job/a", "run-a"),
        receipt("rcpt-a", "run-a", "job/a"),
        receipt("rcpt-b", "run-b", "job-b"),
    ] {
        let logged = site.api("POST", "/v1/evidence", SUBMITTER, document).await;
        assert_eq!(logged.status, 201, "{}", logged.text());
        last = logged.json()["index"].as_u64().unwrap();
    }
    let guest = site.open(&site.share("job/a", 7).await, "").await;
    let closure = site
        .log
        .state
        .engine()
        .judged("job/a", TreeSize::new(last + 1))
        .unwrap()
        .unwrap();
    assert!(
        closure.closure().records.contains_key(&LeafIndex::new(last)),
        "the verdict looks at it"
    );
    for (index, status) in [(last, 403), (last - 1, 200), (last - 2, 200)] {
        for path in ["/entries", "/v1/entries"] {
            assert_eq!(
                site.status(&format!("{path}/{index}"), &guest).await,
                status,
                "{path}/{index}"
            );
        }
    }
    // Who may sign is shared by all jobs: as an entry, and not as a page.
    assert_eq!(site.status("/entries/1", &guest).await, 403);
}

#[tokio::test]
async fn a_guest_does_nothing() {
    let site = SessionSite::with_two_jobs().await;
    let guest = site.open(&site.share("job/a", 7).await, "").await;
    let csrf = site.get("/jobs/job%2Fa", &guest).await.text().to_owned();
    for (method, path) in [
        ("POST", "/v1/evidence"),
        ("POST", "/v1/verify"),
        ("POST", "/v1/shares"),
        ("DELETE", "/v1/shares/0123456789abcdef"),
    ] {
        let request = by_browser(path, &guest)
            .method(method)
            .header("x-csrf-token", &csrf);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let refused = site.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "FORBIDDEN"),
            "{method} {path}"
        );
    }
    let body = format!("csrf={csrf}&job=job%2Fa&days=7");
    assert_eq!(
        site.send(form("/shares", body).with("cookie", &guest).done())
            .await
            .status,
        403
    );
    let leave = form("/sign-out", format!("csrf={csrf}"))
        .with("cookie", &guest)
        .done();
    assert_eq!(site.send(leave).await.status, 303);
    assert_eq!(site.status("/jobs/job%2Fa", &guest).await, 303);
}

#[tokio::test]
async fn a_link_shows_nothing_from_the_moment_it_expires() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 1).await;
    site.log.pass(DAY_MS - 1_000);
    let guest = site.open(&link, "").await;
    assert_eq!(site.status("/jobs/job%2Fa", &guest).await, 200);
    site.log.pass(1_000);
    let refused = site.get("/jobs/job%2Fa", &guest).await;
    let expired = format!("ExpiredLink {{ at: {} }}", link["until"]);
    assert_eq!((refused.status, refused.text()), (403, expired.as_str()));
    let pack = site.get("/v1/jobs/job%2Fa/pack", &guest).await;
    assert_eq!(pack.code(), "FORBIDDEN");
    assert_eq!(pack.json()["detail"], "the share link has expired");
    assert_eq!(site.get("/v1/log", &guest).await.code(), "FORBIDDEN");
    let again = site.get(link["path"].as_str().unwrap(), "").await;
    assert_eq!(again.status, 410);
    assert_eq!(again.text(), expired);
    assert!(again.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn a_link_shows_nothing_from_the_moment_it_is_revoked() {
    let site = SessionSite::with_two_jobs().await;
    let (link, other) = (site.share("job/a", 7).await, site.share("job/a", 7).await);
    let (guest, of_other) = (site.open(&link, "").await, site.open(&other, "").await);
    let revoked = site
        .api(
            "DELETE",
            &format!("/v1/shares/{}", link["id"].as_str().unwrap()),
            SUBMITTER,
            "",
        )
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert_eq!(
        (&revoked.json()["state"], &revoked.json()["revoked_by"]),
        (&json!("revoked"), &json!("clawproxy"))
    );
    assert_eq!(site.get("/jobs/job%2Fa", &guest).await.text(), "RevokedLink");
    let pack = site.get("/v1/jobs/job%2Fa/pack", &guest).await;
    assert_eq!(pack.json()["detail"], "the share link was revoked");
    let again = site.get(link["path"].as_str().unwrap(), "").await;
    assert_eq!((again.status, again.text()), (410, "RevokedLink"));
    assert_eq!(
        site.status("/jobs/job%2Fa", &of_other).await,
        200,
        "another link to the job goes on"
    );
    let unknown = site
        .api("DELETE", "/v1/shares/0123456789abcdef", READER, "")
        .await;
    assert_eq!(unknown.code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_guest_with_several_links_sees_all_of_their_jobs() {
    let site = SessionSite::with_two_jobs().await;
    let first = site.open(&site.share("job/a", 1).await, "").await;
    let both = site.open(&site.share("job-b", 7).await, &first).await;
    assert_ne!(first, both);
    assert_eq!(
        site.status("/jobs/job%2Fa", &first).await,
        303,
        "each opening has a new id"
    );
    for path in ["/jobs/job%2Fa", "/jobs/job-b", "/v1/entries/2", "/v1/entries/3"] {
        assert_eq!(site.status(path, &both).await, 200, "{path}");
    }
    let link = site.share("job-b", 7).await;
    site.log.pass(DAY_MS);
    let anew = site.open(&link, "").await;
    assert_eq!(site.status("/jobs/job%2Fa", &anew).await, 403);
}

#[tokio::test]
async fn a_reader_who_opens_a_link_stays_a_reader() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 7).await;
    let reader = site.sign_in(READER).await;
    let opened = site.get(link["path"].as_str().unwrap(), &reader).await;
    assert_eq!(
        (opened.status, opened.header(header::LOCATION)),
        (303, "/jobs/job%2Fa")
    );
    assert!(opened.headers.get(header::SET_COOKIE).is_none());
    assert!(site.is_in(&reader).await);
}

#[tokio::test]
async fn looking_whether_a_link_is_there_opens_nothing() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 7).await;
    let looked = by_browser(link["path"].as_str().unwrap(), "")
        .method("HEAD")
        .body(Body::empty())
        .unwrap();
    let looked = site.send(looked).await;
    assert_eq!(
        (looked.status, looked.headers.get(header::SET_COOKIE)),
        (303, None)
    );
    let image = by_browser(link["path"].as_str().unwrap(), "").header("sec-fetch-dest", "image");
    let image = site.send(image.body(Body::empty()).unwrap()).await;
    assert!(image.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn unknown_links_keep_nobody_from_signing_in_or_from_opening_a_link() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 7).await;
    let ask = |path: &str| from_peer(by_browser(path, "").body(Body::empty()).unwrap(), 1);
    for _ in 0..20 {
        let unknown = site
            .send(ask("/s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
            .await;
        assert_eq!((unknown.status, unknown.text()), (404, "UnknownLink"));
    }
    assert_eq!(site.send(ask(link["path"].as_str().unwrap())).await.status, 303);
}

#[tokio::test]
async fn a_link_is_made_for_a_job_that_is_there_and_for_a_time_that_ends() {
    let site = SessionSite::with_two_jobs().await;
    let ask = async |body: Value| site.api("POST", "/v1/shares", READER, body.to_string()).await;
    assert_eq!(
        ask(json!({"job_id": "nobody", "for_s": 60})).await.code(),
        "NOT_FOUND"
    );
    for (body, code) in [
        (json!({"job_id": "job/a", "for_s": 0}), "INVALID_PARAMETER"),
        (
            json!({"job_id": "job/a", "for_s": 91 * 86_400}),
            "INVALID_PARAMETER",
        ),
        (json!({"job_id": "job/a"}), "INVALID_PARAMETER"),
        (
            json!({"job_id": "job/a", "for_s": 60, "all": true}),
            "INVALID_PARAMETER",
        ),
        (json!({"job_id": "a\u{202e}b", "for_s": 60}), "INVALID_ID"),
    ] {
        assert_eq!(ask(body.clone()).await.code(), code, "{body}");
    }
    assert_eq!(site.api("POST", "/v1/shares", "wrong", "{}").await.status, 401);
}

#[tokio::test]
async fn the_list_names_links_and_never_what_opens_them() {
    let site = SessionSite::with_two_jobs().await;
    let link = site.share("job/a", 7).await;
    let list = site.api("GET", "/v1/shares", READER, "").await;
    let token = link["path"].as_str().unwrap().strip_prefix("/s/").unwrap();
    let hash = verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(token.as_bytes())).to_string();
    assert!(!list.text().contains(token) && !list.text().contains(&hash));
    let listed = &list.json()["shares"][0];
    for (name, value) in [
        ("id", &link["id"]),
        ("job_id", &json!("job/a")),
        ("made_by", &json!("auditor")),
        ("state", &json!("open")),
    ] {
        assert_eq!(&listed[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_reader_makes_and_revokes_links_by_forms_of_the_session() {
    let site = SessionSite::with_two_jobs().await;
    let reader = site.sign_in(READER).await;
    let csrf = site.csrf(&reader).await;
    for body in ["csrf=wrong&job=job%2Fa&days=7", "csrf=&job=job%2Fa&days=7"] {
        let refused = site
            .send(form("/shares", body.to_owned()).with("cookie", &reader).done())
            .await;
        assert_eq!(refused.text(), "NotTheForm", "{body}");
    }
    let asked = |job: &str, days: u64| {
        form("/shares", format!("csrf={csrf}&job={job}&days={days}")).with("cookie", &reader)
    };
    let foreign = asked("job%2Fa", 7).with("sec-fetch-site", "cross-site").done();
    assert_eq!(site.send(foreign).await.code(), "FORBIDDEN");
    let made = site.send(asked("job%2Fa", 7).done()).await;
    let path = made.text().split('"').nth(1).unwrap().to_owned();
    assert_eq!(
        (made.status, made.header(header::CACHE_CONTROL)),
        (200, "private, no-store")
    );
    assert_eq!(site.get(&path, "").await.status, 303);
    assert_eq!(site.send(asked("nobody", 7).done()).await.status, 404);
    assert_eq!(site.send(asked("job%2Fa", 91).done()).await.status, 422);
    let id = site.api("GET", "/v1/shares", READER, "").await.json()["shares"][0]["id"].take();
    let revoke = |csrf: &str| {
        form(
            "/shares/revoke",
            format!("csrf={csrf}&id={}", id.as_str().unwrap()),
        )
        .with("cookie", &reader)
        .done()
    };
    assert_eq!(site.send(revoke("wrong")).await.text(), "NotTheForm");
    assert_eq!(
        site.get(&path, "").await.status,
        303,
        "a form that is not of the session revokes nothing"
    );
    assert_eq!(site.send(revoke(&csrf)).await.status, 303);
    assert_eq!(site.get(&path, "").await.text(), "RevokedLink");
}

#[tokio::test]
async fn nobody_makes_links_without_a_right_to_read_or_without_need() {
    let site = SessionSite::with_two_jobs().await;
    let nobody = site.get("/shares", "").await;
    assert_eq!(
        (nobody.status, nobody.header(header::LOCATION)),
        (303, "/sign-in?next=%2Fshares")
    );
    assert_eq!(site.get("/v1/shares", "").await.code(), "UNAUTHENTICATED");
    let open = SessionSite::of(open_loopback());
    assert_eq!(open.get("/v1/shares", "").await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn the_address_of_a_link_is_one_over_tls_unless_the_host_is_local() {
    let site = SessionSite::with_two_jobs().await;
    let reader = site.sign_in(READER).await;
    let csrf = site.csrf(&reader).await;
    for (host, transport, expected) in [
        (
            "localhost:8443",
            Some(VisitorTransport::Tls),
            "https://localhost:8443/s/",
        ),
        (
            "127.0.0.1:8443",
            Some(VisitorTransport::Tls),
            "https://127.0.0.1:8443/s/",
        ),
        (
            "localhost:8080",
            Some(VisitorTransport::Unknown),
            "http://localhost:8080/s/",
        ),
        ("localhost:8080", None, "http://localhost:8080/s/"),
        (
            "[::1]:8080",
            Some(VisitorTransport::Plain),
            "http://[::1]:8080/s/",
        ),
        (
            "ledger.example",
            Some(VisitorTransport::Plain),
            "https://ledger.example/s/",
        ),
        ("ledger.example", None, "https://ledger.example/s/"),
        (
            "ledger.example",
            Some(VisitorTransport::Unknown),
            "https://ledger.example/s/",
        ),
        (
            "ledger.example",
            Some(VisitorTransport::Tls),
            "https://ledger.example/s/",
        ),
    ] {
        let mut request = form("/shares", format!("csrf={csrf}&job=job-b&days=7"))
            .with("cookie", &reader)
            .done();
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        if let Some(transport) = transport {
            request.extensions_mut().insert(transport);
        }
        let made = site.send(request).await;
        assert!(
            made.text().contains(&format!("Some(\"{expected}")),
            "{}",
            made.text()
        );
    }
}
