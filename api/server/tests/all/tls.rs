//! TLS on the listener itself: the pages over it, and a new certificate while it runs.

use crate::people::{FORM, HTML, READER};
use crate::process::{LogDirectory, Server, ledgerd, stderr};
use std::fs::{self, File};
use std::io::Read;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use verifier::digest::TokenHash;
use verifier::hash::sha256;

/// A process that has not said something by then never will.
const PATIENCE: Duration = Duration::from_secs(60);

struct TlsSite {
    server: Server,
    place: LogDirectory,
    diagnostics: PathBuf,
}

/// Puts a new certificate and its key where the server looks for them, and answers the certificate.
fn certify(place: &LogDirectory) -> String {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    place.write("key.pem", &made.key_pair.serialize_pem());
    place.write("cert.pem", &made.cert.pem());
    made.cert.pem()
}

/// A client that knows one certificate.
fn client(cert: &str) -> Agent {
    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(cert.as_bytes()).unwrap()]);
    let tls = TlsConfig::builder().root_certs(roots).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .max_redirects(0)
        .http_status_as_error(false);
    config.build().into()
}

fn configuration(place: &LogDirectory) -> PathBuf {
    let hash = TokenHash::from_bytes(sha256(READER.as_bytes()));
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    let (cert, key) = (cert.display(), key.display());
    let config = format!(
        "[tls]\ncert = \"{cert}\"\nkey = \"{key}\"\n[limits]\nhead_timeout_s = 2\n\
         [[readers]]\nname = \"auditor\"\ntoken_sha256 = \"{hash}\"\n"
    );
    place.write("ledgerd.toml", &config)
}

impl TlsSite {
    /// A server with a certificate.
    fn start() -> (Self, String) {
        let place = LogDirectory::with_log();
        let cert = certify(&place);
        let diagnostics = place.path("stderr");
        let mut command = ledgerd();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(place.log());
        command.arg("--config").arg(configuration(&place));
        command.stderr(File::create(&diagnostics).unwrap());
        let server = Server::from_command(&mut command);
        assert!(server.url().starts_with("https://"), "{}", server.url());
        (
            Self {
                server,
                place,
                diagnostics,
            },
            cert,
        )
    }

    /// Has the server read its files again, and waits until it says so in these words.
    fn reload(&self, said: &str) {
        let before = self.said(said);
        let pid = self.server.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-HUP", &pid])
                .status()
                .unwrap()
                .success()
        );
        let deadline = Instant::now() + PATIENCE;
        while self.said(said) == before {
            assert!(Instant::now() < deadline, "never said: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn said(&self, text: &str) -> usize {
        fs::read_to_string(&self.diagnostics)
            .unwrap()
            .matches(text)
            .count()
    }

    fn status(&self, client: &Agent) -> Result<u16, ureq::Error> {
        let answer = client.get(format!("{}/healthz", self.server.url())).call();
        answer.map(|mut answer| {
            // Read to its end, so that the connection is kept for the next request.
            answer.body_mut().read_to_vec().unwrap();
            answer.status().as_u16()
        })
    }
}

#[test]
fn people_sign_in_over_tls_and_browsers_stay_with_it() {
    let (site, cert) = TlsSite::start();
    let (client, url) = (client(&cert), site.server.url());
    let led = client
        .get(format!("{url}/log"))
        .header("accept", HTML)
        .call()
        .unwrap();
    assert_eq!(
        (led.status().as_u16(), &led.headers()["location"]),
        (303, &"/sign-in?next=%2Flog".parse().unwrap())
    );
    assert_eq!(led.headers()["strict-transport-security"], "max-age=31536000");
    let form = client.post(format!("{url}/sign-in")).header("content-type", FORM);
    let inside = form
        .header("origin", url)
        .send(format!("token={READER}"))
        .unwrap();
    assert_eq!(inside.status().as_u16(), 303);
    let cookie = inside.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = client
        .get(format!("{url}/log"))
        .header("accept", HTML)
        .header("cookie", cookie);
    assert_eq!(page.call().unwrap().status().as_u16(), 200);
    site.server.stop();
}

#[test]
fn nothing_is_answered_without_tls() {
    let (site, _) = TlsSite::start();
    let plain = ureq::get(site.server.url().replace("https:", "http:"));
    assert!(plain.call().is_err());
}

#[test]
fn a_new_certificate_is_taken_at_a_hangup_and_open_connections_go_on() {
    let (site, first) = TlsSite::start();
    let early = client(&first);
    assert_eq!(site.status(&early).unwrap(), 200);
    let second = certify(&site.place);
    site.reload("the certificate was read again");
    // A new connection would be refused by this client, which does not know the new certificate.
    assert_eq!(site.status(&early).unwrap(), 200);
    assert!(site.status(&client(&first)).is_err());
    assert_eq!(site.status(&client(&second)).unwrap(), 200);
    site.place.write("cert.pem", "no certificate");
    site.reload("the certificate stays as it was");
    assert_eq!(site.status(&client(&second)).unwrap(), 200);
    site.server.stop();
}

#[test]
fn a_server_that_was_meant_to_speak_tls_does_not_start_without() {
    let place = LogDirectory::with_log();
    let refusal = |config: &str| {
        let config = place.write("ledgerd.toml", config);
        let mut command = ledgerd();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(place.log());
        let output = command.arg("--config").arg(config).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    assert!(refusal("[tls]\ncert = \"c.pem\"\n").contains("tls.key is missing"));
    assert!(refusal("[tls]\nkey = \"k.pem\"\n").contains("tls.cert is missing"));
    assert!(refusal("[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n").contains("c.pem"));
    certify(&place);
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    let another = rcgen::KeyPair::generate().unwrap().serialize_pem();
    place.write("another.pem", &another);
    let other = refusal(&format!(
        "[tls]\ncert = {cert:?}\nkey = {:?}\n",
        place.path("another.pem")
    ));
    assert!(other.contains("another.pem"), "{other}");
    let empty = refusal(&format!(
        "[tls]\ncert = {:?}\nkey = {key:?}\n",
        place.write("empty.pem", "")
    ));
    assert!(empty.contains("no certificate"), "{empty}");
    assert!(
        !other.contains(another.lines().nth(1).unwrap()),
        "a key is told to nobody"
    );
}

#[test]
fn a_connection_that_never_begins_tls_is_closed() {
    let (site, _) = TlsSite::start();
    let address = site.server.url().trim_start_matches("https://").to_owned();
    let mut silent = TcpStream::connect(address).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(silent.read(&mut [0; 1]).unwrap(), 0);
}
