//! A log with its server, and everybody who sends to it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::client::Client;
use harness::load::gateways::Gateways;
use harness::load::jobs::ROLES;
use harness::load::mission::{Mission, MissionReport, Pace};
use harness::load::traffic::{BATCH, Traffic};
use harness::{HarnessError, actors};
use kit::cast::Cast;
use kit::server::{self, INDEX_AFTER_MS, ORIGIN, Server};
use ledger::signer::EvidenceKey;

use crate::load::ReadyLoad;
use crate::process::{ProcessorTime, report_cpu};
use crate::{place, report};

/// How long the verdicts may take.
const VERDICTS_MAX: Duration = Duration::from_secs(3_600);
const POLL: Duration = Duration::from_millis(20);

/// Who may send to a server, and whether it keeps an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerSettings {
    pub(crate) is_without_index: bool,
    /// A configuration with submitters, and their names. Without it everybody on loopback is `local`.
    pub(crate) submitters: Option<(PathBuf, Vec<&'static str>)>,
    /// The token of the one who registers everybody.
    pub(crate) token: Option<String>,
}

pub(crate) struct World {
    binary: String,
    log: PathBuf,
    settings: ServerSettings,
    cast: Cast,
    gateways: Gateways,
    server: Server,
    client: Client,
    log_key: String,
    /// What makes the receipts of one mission others than those of the next.
    missions: u64,
    /// Batches of mixed traffic that were sent.
    mixed: u64,
    /// Bytes of all documents that were sent.
    bytes: u64,
}

impl World {
    /// A new log in a directory, with everybody registered.
    pub(crate) fn start(log: &Path, settings: ServerSettings) -> Result<Self, HarnessError> {
        let binary = place::ledgerd()?;
        let cast = Cast::on_loopback(EvidenceKey::read(&server::init(&binary, log))?);
        let server = start_server(&binary, log, &settings);
        let client = Client::with_token(server.url(), settings.token.as_deref());
        let world = Self {
            log_key: log_key(&client)?,
            gateways: Gateways::new()?,
            binary,
            log: log.to_owned(),
            cast,
            server,
            client,
            settings,
            missions: 0,
            mixed: 0,
            bytes: 0,
        };
        world.register()?;
        Ok(world)
    }

    fn register(&self) -> Result<(), HarnessError> {
        let names = match &self.settings.submitters {
            Some((_, names)) => names.clone(),
            None => vec!["local"],
        };
        let mut all = self.gateways.registrations(&self.cast.operator, ORIGIN, &names)?;
        let at = actors::now()?;
        for role in ROLES {
            let registration = self.cast.registration(ORIGIN, role).with("/submitters", &names);
            all.push(registration.at(&at).sign(&self.cast.operator));
        }
        self.log_all(&all)
    }

    /// Logs documents one after the other.
    pub(crate) fn log_all(&self, documents: &[String]) -> Result<(), HarnessError> {
        for document in documents {
            let answer = self.client.submit(document)?;
            if answer.status != 201 {
                return Err(HarnessError::unexpected("status 201", answer.text()));
            }
        }
        Ok(())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A client of its own, for another thread.
    pub(crate) fn another_client(&self) -> Client {
        Client::with_token(self.server.url(), self.settings.token.as_deref())
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn cast(&self) -> &Cast {
        &self.cast
    }

    pub(crate) fn gateways(&self) -> &Gateways {
        &self.gateways
    }

    /// Bytes of all documents that were sent, but for a few that were sent one by one.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Documents of so many bytes came into the log by another way.
    pub(crate) fn count_bytes(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// How many batches of mixed traffic were sent.
    pub(crate) fn mixed(&self) -> u64 {
        self.mixed
    }

    /// How many entries are published.
    pub(crate) fn size(&self) -> u64 {
        self.server.tree_size()
    }

    /// Receipts that name no job, `batch` in a request.
    pub(crate) fn receipts(&mut self, batch: u64) -> Traffic {
        self.missions += 1;
        Traffic::Loose {
            run: format!("mission-{}", self.missions),
            batch,
        }
    }

    /// A mission to this server, with everything signed before.
    pub(crate) fn mission(&self, traffic: Traffic, requests: u64, pace: Pace) -> Mission {
        Mission {
            address: self.server.address().to_owned(),
            log_key: self.log_key.clone(),
            token: self.settings.token.clone(),
            traffic,
            requests,
            pace,
            signed_before: true,
        }
    }

    /// Sends all of a mission.
    pub(crate) fn send(&mut self, mission: &Mission) -> Result<MissionReport, HarnessError> {
        let report = ReadyLoad::prepare(mission)?.send()?;
        self.bytes += report.bytes;
        Ok(report)
    }

    /// The same, with the processor time of the server, which is reported as that of a figure.
    pub(crate) fn measured(
        &mut self,
        figure: &str,
        size: &str,
        mission: &Mission,
    ) -> Result<MissionReport, HarnessError> {
        let load = ReadyLoad::prepare(mission)?;
        let before = ProcessorTime::of(self.server.id());
        let report = load.send()?;
        let used = ProcessorTime::of(self.server.id()).since(&before);
        self.bytes += report.bytes;
        report_cpu(figure, size, &used, report.items);
        Ok(report)
    }

    /// Batches of mixed traffic, signed while they are sent, until the log has about so many entries; `None` where it has them.
    pub(crate) fn filling_mission(&mut self, entries: u64) -> Option<Mission> {
        let batches = entries.saturating_sub(self.size()) / BATCH;
        let mut mission = (batches > 0).then(|| self.mixed_mission(batches))?;
        mission.signed_before = false;
        Some(mission)
    }

    /// So many more batches of mixed traffic, over four connections.
    pub(crate) fn mixed_mission(&mut self, batches: u64) -> Mission {
        let first = self.mixed;
        self.mixed += batches;
        self.mission(Traffic::Mixed { first }, batches, Pace::Closed { connections: 4 })
    }

    /// Waits until every job has its verdict; how long that took.
    pub(crate) fn verdicts_known(&self) -> Result<Duration, HarnessError> {
        let start = Instant::now();
        while self.gauge("projection_lag")? > 0 {
            if start.elapsed() > VERDICTS_MAX {
                return Err(HarnessError::unexpected("a verdict on every job", "some without"));
            }
            std::thread::sleep(POLL);
        }
        Ok(start.elapsed())
    }

    fn gauge(&self, name: &str) -> Result<u64, HarnessError> {
        let text = self.client.get("/metrics")?.text();
        let line = text
            .lines()
            .find(|line| !line.starts_with('#') && line.contains(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .ok_or_else(|| HarnessError::unexpected("a gauge", name))
    }

    /// Stops the server, does something with the log, and starts the server again; how long that start took.
    pub(crate) fn restart_after<T>(
        self,
        work: impl FnOnce(&Path) -> Result<T, HarnessError>,
    ) -> Result<(Self, T, Duration), HarnessError> {
        self.server.stop();
        let done = work(&self.log)?;
        let start = Instant::now();
        let server = start_server(&self.binary, &self.log, &self.settings);
        let client = Client::with_token(server.url(), self.settings.token.as_deref());
        client.get("/v1/log")?;
        let elapsed = start.elapsed();
        let world = Self {
            server,
            client,
            ..self
        };
        Ok((world, done, elapsed))
    }

    pub(crate) fn stop(self) {
        self.server.stop();
    }
}

fn start_server(binary: &str, log: &Path, settings: &ServerSettings) -> Server {
    let mut command = server::command(binary);
    if !settings.is_without_index {
        command.env_remove(INDEX_AFTER_MS);
    }
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(log);
    if let Some((file, _)) = &settings.submitters {
        command.arg("--config").arg(file);
    }
    Server::from_command(command.stderr(Stdio::piped()))
}

fn log_key(client: &Client) -> Result<String, HarnessError> {
    let log = client.get("/v1/log")?.json()?;
    let key = log.get("vkey").and_then(serde_json::Value::as_str);
    let key = key.ok_or_else(|| HarnessError::unexpected("a verifier key", log.to_string()))?;
    Ok(key.to_owned())
}

/// The end of the names of figures of a log of a size.
pub(crate) fn at(size: u64) -> String {
    format!("_at_{size}")
}

/// One client that asks for a path again and again.
pub(crate) fn views_of(client: &Client, path: &str, views: u64) -> Result<Vec<Duration>, HarnessError> {
    let mut all = Vec::new();
    for _ in 0..views {
        let start = Instant::now();
        let answer = client.get(path)?;
        all.push(start.elapsed());
        if answer.status != 200 {
            return Err(HarnessError::unexpected("status 200", answer.text()));
        }
    }
    Ok(all)
}

/// Reports a rate, and against which rates of the machine it is read.
pub(crate) fn report_rate(figure: &str, size: &str, sent: &MissionReport) {
    report::figure(&format!("{figure}{size}"), rate(sent), "receipts/s");
}

/// Documents a second.
pub(crate) fn rate(sent: &MissionReport) -> f64 {
    report::float(sent.items) / sent.elapsed_s
}
