//! A guarded server, as a browser without scripts sees it.

use crate::process::{LogDirectory, Server, ledgerd};
use std::fs::File;
use std::path::PathBuf;
use ureq::http::Response;
use ureq::{Agent, Body};
use verifier::digest::TokenHash;
use verifier::hash::sha256;

pub(crate) const READER: &str = "a-reader-s-token-0123456789";
pub(crate) const SUBMITTER: &str = "a-submitter-s-token-0123456789";
pub(crate) const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A guarded server and its log of diagnostics.
pub(crate) struct GuardedSite {
    pub(crate) server: Server,
    pub(crate) url: String,
    agent: Agent,
    pub(crate) diagnostics: PathBuf,
    pub(crate) place: LogDirectory,
}

pub(crate) struct PageAnswer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) set_cookie: String,
    pub(crate) caching: String,
    pub(crate) text: String,
}

impl PageAnswer {
    pub(crate) fn of(answer: Result<Response<Body>, ureq::Error>) -> Self {
        let mut answer = answer.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
        };
        Self {
            status: answer.status().as_u16(),
            location: header("location"),
            set_cookie: header("set-cookie"),
            caching: header("cache-control"),
            text: answer.body_mut().read_to_string().unwrap(),
        }
    }

    pub(crate) fn cookie(&self) -> String {
        self.set_cookie.split(';').next().unwrap().to_owned()
    }

    /// What stands in the page's first form field of that name.
    pub(crate) fn field(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self
            .text
            .split_once(&begin)
            .unwrap_or_else(|| panic!("no field {name}: {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl GuardedSite {
    pub(crate) fn start() -> Self {
        Self::start_in(LogDirectory::with_log(), "auditor")
    }

    /// A server of a log that may be there already, with one reader of that name.
    pub(crate) fn start_in(place: LogDirectory, reader: &str) -> Self {
        Self::start_with(place, reader, READER)
    }

    /// A server that believes proxies at these addresses.
    pub(crate) fn behind(proxies: &[&str]) -> Self {
        Self::configured(LogDirectory::with_log(), "auditor", READER, proxies)
    }

    /// The same with another token for the reader.
    pub(crate) fn start_with(place: LogDirectory, reader: &str, token: &str) -> Self {
        Self::configured(place, reader, token, &[])
    }

    fn configured(place: LogDirectory, reader: &str, token: &str, proxies: &[&str]) -> Self {
        let hash = |token: &str| TokenHash::from_bytes(sha256(token.as_bytes())).to_string();
        let config = format!(
            "trusted_proxies = {proxies:?}\n[log]\nlevel = \"trace\"\n[[readers]]\nname = \"{reader}\"\ntoken_sha256 = \"{}\"\n\
             [[submitters]]\nname = \"gateway\"\ntoken_sha256 = \"{}\"\n",
            hash(token),
            hash(SUBMITTER)
        );
        let diagnostics = place.path("stderr");
        let mut command = ledgerd();
        command
            .args(["serve", "--listen", "0.0.0.0:0", "--dir"])
            .arg(place.log())
            .arg("--config")
            .arg(place.write("ledgerd.toml", &config))
            .stderr(File::create(&diagnostics).unwrap());
        let server = Server::from_command(&mut command);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0);
        Self {
            url: server.url().replace("0.0.0.0", "127.0.0.1"),
            server,
            agent: config.build().into(),
            diagnostics,
            place,
        }
    }

    pub(crate) fn get(&self, path: &str, cookie: &str) -> PageAnswer {
        let request = self.agent.get(format!("{}{path}", self.url));
        PageAnswer::of(request.header("accept", HTML).header("cookie", cookie).call())
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, cookie: &str, body: &str) -> PageAnswer {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("accept", HTML);
        PageAnswer::of(
            request
                .header("content-type", content_type)
                .header("cookie", cookie)
                .send(body),
        )
    }

    /// Logs a document.
    pub(crate) fn submit(&self, document: &str) {
        let request = self.agent.post(format!("{}/v1/evidence", self.url));
        let request = request.header("content-type", "application/json");
        let answer = PageAnswer::of(
            request
                .header("authorization", format!("Bearer {SUBMITTER}"))
                .send(document),
        );
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    pub(crate) fn sign_in(&self, token: &str) -> String {
        let answer = self.post("/sign-in", FORM, "", &format!("token={token}&next=%2Flog"));
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (303, "/log"),
            "{}",
            answer.text
        );
        answer.cookie()
    }
}
