//! The documented nginx and Caddy before a real server, on two machines, over TLS: the very files of `docs/proxy`, in which
//! nothing but the paths of the certificate is another one.

use crate::guarded::{GuardedServer, JOB, OTHER, READER, SUBMITTER, Visitor};
use crate::namespaces::{SERVER_ADDRESS, ServerMachine, VISITOR_ADDRESS, on_two_machines};
use crate::webdriver::{Browser, PATIENCE, POLL};
use crate::{LEDGERD, needs_verifier};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use verifier::base64::encode_standard;
use verifier::hash::sha256;

const HOST: &str = "ledger.example.com";
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/proxy");
/// Where the files expect the certificate.
const TLS_FOLDER: &str = "/etc/ledgerd/tls";

/// A server behind a proxy.
struct ProxiedSite {
    guarded: GuardedServer,
    proxy: Child,
    /// The hash of the proxy's key, as browsers pin it.
    pin: String,
}

impl Drop for ProxiedSite {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

impl ProxiedSite {
    fn behind(proxy: impl FnOnce(&Path) -> Command, machine: &ServerMachine) -> Self {
        let listen = "127.0.0.1:8080";
        let trusted = "trusted_proxies = [\"127.0.0.1\"]\n[log]\nlevel = \"trace\"";
        let guarded = GuardedServer::start(machine.command(LEDGERD), listen, trusted);
        let home = guarded.home.path();
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
        fs::write(home.join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(home.join("key.pem"), made.key_pair.serialize_pem()).unwrap();
        let proxy = proxy(home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pin = encode_standard(&sha256(&made.key_pair.public_key_der()));
        let site = Self { guarded, proxy, pin };
        let deadline = Instant::now() + PATIENCE;
        while !site.curl(&["/healthz"]).contains("HTTP/") {
            assert!(Instant::now() < deadline, "the proxy never answers");
            std::thread::sleep(POLL);
        }
        site
    }

    /// What curl prints, head and body, for a path and more arguments.
    fn curl(&self, arguments: &[&str]) -> String {
        let output = self.curl_command(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn curl_command(&self, arguments: &[&str]) -> Command {
        let (path, more) = arguments.split_first().unwrap();
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--include", "--no-buffer", "--http1.1", "--cacert"])
            .arg(self.guarded.home.path().join("cert.pem"))
            .args(["--resolve", &format!("{HOST}:443:{SERVER_ADDRESS}")])
            .arg(format!("https://{HOST}{path}"))
            .args(more);
        command
    }

    fn browser(&self) -> Browser {
        let flags = [
            format!("--host-resolver-rules=MAP {HOST} {SERVER_ADDRESS}"),
            format!("--ignore-certificate-errors-spki-list={}", self.pin),
        ];
        Browser::start_with(&flags.each_ref().map(String::as_str), &json!({}))
    }

    fn visitor(&self) -> Visitor {
        Visitor::before(self.browser(), &format!("https://{HOST}"))
    }

    fn cookie(&self) -> String {
        let answer = self.curl(&["/sign-in", "--data", &format!("token={READER}&next=%2Flog")]);
        assert!(answer.contains(" 303"), "{answer}");
        header(&answer, "location")
            .map(|to| assert_eq!(to, "/log"))
            .unwrap();
        let cookie = header(&answer, "set-cookie").unwrap();
        for attribute in [
            "__Host-session=",
            "; Secure",
            "; HttpOnly",
            "; SameSite=Lax",
            "; Path=/",
        ] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }

    /// By a program that speaks HTTP.
    fn serves_programs(&self) {
        let led = self.curl(&["/log", "--header", "accept: text/html"]);
        assert_eq!(
            header(&led, "location").as_deref(),
            Some("/sign-in?next=%2Flog"),
            "{led}"
        );
        assert!(header(&led, "strict-transport-security").is_some(), "{led}");
        let cookie = format!("cookie: {}", self.cookie());
        let page = self.curl(&["/log", "--header", &cookie]);
        assert!(page.contains(" 200") && page.contains("Signed in as"), "{page}");
        self.tells_of_an_entry_at_once(&cookie);
        // What a visitor says of itself is not believed; what the proxy says is.
        let spoofed = "x-forwarded-for: 203.0.113.9";
        let refused = self.curl(&["/sign-in", "--data", "token=wrong", "--header", spoofed]);
        assert!(refused.contains(" 401"), "{refused}");
        let said = self.guarded.said();
        assert!(
            said.contains(&format!("peer={VISITOR_ADDRESS}")) && !said.contains("203.0.113.9"),
            "{said}"
        );
    }

    /// Submits while an event stream is open, and waits for the event to come through the proxy.
    fn tells_of_an_entry_at_once(&self, cookie: &str) {
        let stream = [
            "/v1/events",
            "--header",
            "accept: text/event-stream",
            "--header",
            cookie,
        ];
        let mut stream = self.curl_command(&stream).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(stream.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut sees = |kind: &str| {
            let event = format!("event: {kind}");
            assert!(lines.any(|line| line == event), "no event {kind}");
        };
        sees("log.genesis");
        let document = artifact();
        let authorization = format!("authorization: Bearer {SUBMITTER}");
        let body = [
            "--header",
            "content-type: application/json",
            "--header",
            &authorization,
            "--data-raw",
            &document,
        ];
        let logged = self.curl(&[&["/v1/evidence"], &body[..]].concat());
        assert!(logged.contains(" 201"), "{logged}");
        sees("pulse");
        stream.kill().unwrap();
        stream.wait().unwrap();
    }

    /// By a person with a browser, and by somebody who was sent a link.
    fn serves_people(&self) {
        let page = format!("/jobs/{JOB}");
        let reader = self.visitor();
        reader.open(&page);
        reader.arrives_at("/sign-in?next=%2Fjobs%2Fshown");
        reader.sign_in(READER);
        reader.arrives_at(&page);
        reader.is_checked();
        reader
            .browser
            .wait_for("document.querySelector('[data-live]').dataset.following === 'true'");
        let link = reader.share();
        let guest = self.visitor();
        guest.open(&link);
        guest.arrives_at(&page);
        guest.is_checked();
        guest.open(&format!("/jobs/{OTHER}"));
        guest.says("Your share link does not show this page");
        let short = self.short_link();
        guest.open(&short);
        reader.press("main table form button");
        reader.arrives_at("/shares");
        reader.press("header form.visitor button");
        reader.arrives_at("/sign-in");
        self.refuses_after_expiry(&guest, &short);
        let said = self.logs();
        for secret in [
            READER,
            link.trim_start_matches("/s/"),
            short.trim_start_matches("/s/"),
        ] {
            assert!(!said.contains(secret), "logged: {secret}");
        }
    }

    /// A link that holds for a moment.
    fn short_link(&self) -> String {
        let authorization = format!("authorization: Bearer {READER}");
        let body = json!({"job_id": OTHER, "for_s": 20}).to_string();
        let made = [
            "/v1/shares",
            "--header",
            "content-type: application/json",
            "--header",
            &authorization,
            "--data",
            &body,
        ];
        let made = self.curl(&made);
        let (_, rest) = made.split_once("\"path\":\"").unwrap_or_else(|| panic!("{made}"));
        rest.split('"').next().unwrap().to_owned()
    }

    fn refuses_after_expiry(&self, guest: &Visitor, link: &str) {
        let deadline = Instant::now() + PATIENCE;
        // Asks for the head alone, which opens nothing.
        while !self.curl(&[link, "--head"]).contains(" 410") {
            assert!(Instant::now() < deadline, "the link never expires");
            std::thread::sleep(POLL);
        }
        guest.open(&format!("/jobs/{OTHER}"));
        guest.says("This share link has expired");
        guest.open(link);
        guest.says("This share link has expired");
    }

    /// All that server and proxy logged.
    fn logs(&self) -> String {
        let files = fs::read_dir(self.guarded.home.path()).unwrap();
        let logs = files
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|end| end == "log"));
        let proxy: String = logs.map(|file| fs::read_to_string(file).unwrap()).collect();
        self.guarded.said() + &proxy
    }
}

/// Something that any log takes, from an agent that it does not know.
fn artifact() -> String {
    use harness::actors;
    use kit::documents;
    use kit::server::ORIGIN;
    let agent = ledger::signer::EvidenceKey::generate().unwrap();
    let at = actors::now().unwrap();
    let draft = documents::pulse(ORIGIN, "run_1", agent.did().as_str());
    draft.with("/pulse/issued_at", &at).at(&at).sign(&agent)
}

/// The value of a header in what curl printed.
fn header(answer: &str, name: &str) -> Option<String> {
    let head = answer.split("\r\n\r\n").next()?;
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name))?;
    Some(value.trim().to_owned())
}

/// A documented file, with the paths of the certificate in `home`.
fn documented(name: &str, home: &Path) -> PathBuf {
    let text = fs::read_to_string(format!("{FILES}/{name}")).unwrap();
    assert!(text.contains(TLS_FOLDER), "{name}");
    let file = home.join(name);
    fs::write(&file, text.replace(TLS_FOLDER, &home.to_string_lossy())).unwrap();
    file
}

fn nginx(machine: &ServerMachine) -> impl FnOnce(&Path) -> Command {
    |home| {
        let site = documented("nginx.conf", home);
        let folder = home.display();
        // What Debian's nginx.conf has around a site; the workers get at the files of this test as root.
        let main = format!(
            "user root; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n\
             events {{}}\nhttp {{ access_log {folder}/access.log; client_body_temp_path {folder}/body;\n\
             proxy_temp_path {folder}/proxy; include {}; }}\n",
            site.display()
        );
        let file = home.join("main.conf");
        fs::write(&file, main).unwrap();
        let mut command = machine.command("nginx");
        command.arg("-p").arg(home).arg("-c").arg(file);
        command
    }
}

fn caddy(machine: &ServerMachine) -> impl FnOnce(&Path) -> Command {
    |home| {
        let file = documented("Caddyfile", home);
        let mut command = machine.command("caddy");
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(file);
        command
            .env("HOME", home)
            .env("XDG_DATA_HOME", home)
            .env("XDG_CONFIG_HOME", home);
        command
    }
}

#[test]
fn people_and_programs_reach_the_server_through_the_documented_nginx() {
    needs_verifier!();
    let name = "proxies::people_and_programs_reach_the_server_through_the_documented_nginx";
    on_two_machines(name, &["nginx", "curl"], |machine| {
        let site = ProxiedSite::behind(nginx(machine), machine);
        site.serves_programs();
        site.serves_people();
    });
}

#[test]
fn people_and_programs_reach_the_server_through_the_documented_caddy() {
    needs_verifier!();
    let name = "proxies::people_and_programs_reach_the_server_through_the_documented_caddy";
    on_two_machines(name, &["caddy", "curl"], |machine| {
        let site = ProxiedSite::behind(caddy(machine), machine);
        site.serves_programs();
        site.serves_people();
    });
}
