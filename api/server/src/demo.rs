//! `demo`: makes a fresh log, serves it, and lets the demo's services and agents fill it over HTTP.
//!
//! `--once` plays the same stories in a temporary directory against a server in a process of its own, and then checks the
//! log through its public surfaces only.

use crate::args::DemoArgs;
use crate::home::{self, Home};
use crate::init::{self, InitError};
use crate::serve::{self, ServeError};
use demo::{DemoError, DemoServer, DemoSite, Tokens};
use ledger::store::StoreError;
use ledger_client::log::Client;
use ledger_rocks::RocksStore;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A demo's directory holds this file; no other directory is ever replaced.
const MARKER: &str = ".ledgerd-demo";

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoCommandError {
    #[error("{0} was not made by a demo: it is left alone; name another directory with --dir")]
    NotADemo(PathBuf),
    #[error("{dir}: the log of the earlier demo cannot be opened; is that demo still running? ({reason})")]
    InUse { dir: PathBuf, reason: StoreError },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Played(#[from] DemoError),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DemoCommandError + use<> {
    let path = path.to_owned();
    move |source| DemoCommandError::Io { path, source }
}

/// Plays the demo and serves it until it is interrupted; or checks it and returns.
pub(crate) fn run(args: &DemoArgs) -> Result<(), DemoCommandError> {
    if args.once {
        once()
    } else {
        keep_serving(&args.dir, args.listen)
    }
}

/// A new log that the demo may fill.
fn site_in(dir: &Path) -> Result<(Home, DemoSite), DemoCommandError> {
    let home = Home::new(dir);
    init::create(&home, demo::ORIGIN, None, demo::settings())?;
    let site = DemoSite {
        dir: dir.to_owned(),
        config: dir.join("ledgerd.toml"),
        operator_key: home.operator_key(),
        tokens: Tokens::generate()?,
    };
    write(
        &dir.join(MARKER),
        "A demo of ledgerd made this directory and may replace it.\n",
    )?;
    write(&site.config, &site.tokens.to_config())?;
    Ok((home, site))
}

fn write(path: &Path, content: &str) -> Result<(), DemoCommandError> {
    home::write_private(path, content.as_bytes()).map_err(io_error(path))
}

fn keep_serving(dir: &Path, listen: SocketAddr) -> Result<(), DemoCommandError> {
    make_room(dir)?;
    let (home, site) = site_in(dir)?;
    let options = serve::ServeOptions {
        home,
        listen: Some(listen),
        config: Some(site.config.clone()),
    };
    let shown = dir.display().to_string();
    serve::until_stopped(&options, move |url, _| {
        println!("Playing the jobs against {url} …");
        site.play(url)?;
        println!("\n{}", demo::table_of_jobs(&Client::new(url, None))?);
        println!("{}", site.guide(url)?);
        println!("Serving {shown} until Ctrl-C.");
        Ok::<(), DemoError>(())
    })?
    .map_err(DemoCommandError::Played)
}

/// Removes an earlier demo; anything else with content is left alone.
fn make_room(dir: &Path) -> Result<(), DemoCommandError> {
    if dir.join(MARKER).is_file() {
        // A running server holds its database: it must not lose the files under its hands.
        let store = RocksStore::open_existing(&Home::new(dir).database());
        drop(store.map_err(|reason| DemoCommandError::InUse {
            dir: dir.to_owned(),
            reason,
        })?);
        return fs::remove_dir_all(dir).map_err(io_error(dir));
    }
    match home::create_empty(dir) {
        Ok(true) => Ok(()),
        Ok(false) => Err(DemoCommandError::NotADemo(dir.to_owned())),
        Err(source) => Err(DemoCommandError::Io {
            path: dir.to_owned(),
            source,
        }),
    }
}

fn once() -> Result<(), DemoCommandError> {
    let temporary = tempfile::tempdir().map_err(io_error(&std::env::temp_dir()))?;
    let (_, site) = site_in(&temporary.path().join("log"))?;
    let server = DemoServer::start(&site)?;
    println!("Playing the jobs against {} …", server.url());
    site.play(server.url())?;
    println!("\n{}", demo::table_of_jobs(&Client::new(server.url(), None))?);
    demo::check(&site, server, temporary.path())?;
    println!("self-check passed");
    Ok(())
}
