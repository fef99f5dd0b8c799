//! Pages that ask for the browser's check, and what the check made of them.

use crate::proxy::Proxy;
use crate::webdriver::Browser;
use harness::client::Client;
use serde_json::Value;

/// Where the test puts the page that asks, instead of one that the server has and nothing links to.
pub(crate) const PATH: &str = "/log?upto=1";

/// Attributes of the element that asks for a check.
pub(crate) type Attributes = Vec<(&'static str, String)>;

/// What an honest server's page says of a job at the newest size.
pub(crate) fn of_job(server: &str, job: &str) -> Attributes {
    let client = Client::new(server);
    let assessment = client
        .get(&format!("/v1/jobs/{job}/assessment"))
        .unwrap()
        .json()
        .unwrap();
    let text = |member: &str| assessment[member].as_str().unwrap().to_owned();
    vec![
        ("page", "job".to_owned()),
        ("job", job.to_owned()),
        ("as-of", assessment["tree_size"].to_string()),
        ("root", text("root_hash")),
        ("verdict", text("verdict")),
        ("code", text("code")),
    ]
}

/// Of the newest tree head.
pub(crate) fn of_log(server: &str) -> Attributes {
    let log = Client::new(server).get("/v1/log").unwrap().json().unwrap();
    vec![
        ("page", "log".to_owned()),
        ("tree-size", log["tree_size"].to_string()),
        ("root", log["root_hash"].as_str().unwrap().to_owned()),
    ]
}

/// Of an entry.
pub(crate) fn of_entry(server: &str, index: u64) -> Attributes {
    let entry = Client::new(server)
        .get(&format!("/v1/entries/{index}"))
        .unwrap()
        .json()
        .unwrap();
    let text = |member: &str| entry[member].as_str().unwrap().to_owned();
    vec![
        ("page", "entry".to_owned()),
        ("index", index.to_string()),
        ("kind", text("kind")),
        ("signer", text("signer")),
        ("evidence-digest", text("evidence_digest")),
        ("leaf-hash", text("leaf_hash")),
    ]
}

/// Sets one attribute to another value.
pub(crate) fn with(mut attributes: Attributes, name: &'static str, value: &str) -> Attributes {
    attributes.retain(|(known, _)| *known != name);
    attributes.push((name, value.to_owned()));
    attributes
}

/// Serves, in place of the log's page, one with the element and no other content.
pub(crate) fn serve(
    proxy: &Proxy,
    attributes: &Attributes,
    change: impl Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync + 'static,
) {
    let pairs: Vec<String> = attributes
        .iter()
        .map(|(name, value)| format!("data-{name}=\"{value}\""))
        .collect();
    let words = texts(attributes);
    let attributes = pairs.join(" ");
    let section = format!(
        "<section id=\"browser-check\" data-state=\"unchecked\" aria-label=\"Browser check\" {attributes}>\
         <p role=\"status\">Not checked in this browser.</p></section>{words}"
    );
    serve_content(proxy, section, change);
}

/// The facts in words, as the section has them in attributes: without these a page shows nothing.
fn texts(attributes: &Attributes) -> String {
    let text = |(name, value): &(&'static str, String)| {
        let (what, text) = match (*name, value.as_str()) {
            ("job", id) => ("job_id", id.to_owned()),
            ("verdict", "PASS") => ("verdict", "✓ PASS".to_owned()),
            ("verdict", "FAIL") => ("verdict", "✕ FAIL".to_owned()),
            ("index", index) => ("index", index.to_owned()),
            _ => return String::new(),
        };
        format!("<p data-shows=\"{what}\">{text}</p>")
    };
    attributes.iter().map(text).collect()
}

/// The same with any content.
pub(crate) fn serve_content(
    proxy: &Proxy,
    content: String,
    change: impl Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync + 'static,
) {
    serve_content_at(PATH, proxy, content, change);
}

/// The same under another path that the server knows.
pub(crate) fn serve_content_at(
    there: &'static str,
    proxy: &Proxy,
    content: String,
    change: impl Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync + 'static,
) {
    proxy.change(move |path, status, body| {
        if path == there {
            let html = String::from_utf8(std::mem::take(body)).unwrap();
            let start = html.find("<main").unwrap();
            let start = start + html[start..].find('>').unwrap() + 1;
            let end = html.find("</main>").unwrap();
            *body = format!("{}{content}{}", &html[..start], &html[end..]).into_bytes();
        }
        change(path, status, body);
    });
}

/// Opens the page and waits for the outcome: its state and what it says.
pub(crate) fn outcome(browser: &Browser, proxy: &Proxy) -> (String, String) {
    outcome_at(browser, proxy, PATH)
}

/// The same of a page that the server knows.
pub(crate) fn outcome_at(browser: &Browser, proxy: &Proxy, path: &str) -> (String, String) {
    browser.open(&format!("{}{path}", proxy.url()));
    settled(browser)
}

/// The outcome on the page that is open.
pub(crate) fn settled(browser: &Browser) -> (String, String) {
    browser.wait_for(
        "!['checking', 'unchecked', undefined].includes(document.documentElement.dataset.browserCheck)",
    );
    let text = |value: Value| value.as_str().unwrap().to_owned();
    (
        text(browser.value("document.documentElement.dataset.browserCheck")),
        text(browser.value("document.querySelector('main').textContent")),
    )
}

/// What the browser keeps of the log.
pub(crate) fn kept(browser: &Browser) -> Value {
    let text = browser.value("localStorage.getItem('evidence-ledger/log/v1')");
    text.as_str()
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}
