//! A server that lies: what a test prepared it answers from files, and for everything else it asks the real one.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use harness::client::Client;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the prepared answers are, and who has the others.
struct Lies {
    /// Files by path and query.
    files: BTreeMap<String, PathBuf>,
    honest: Client,
}

/// Takes the address of the real server, and a directory with `answers.json`: the name of a file for each address.
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(honest), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err("lying-server-under-test URL DIRECTORY".into());
    };
    let directory = PathBuf::from(directory);
    let named: BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(directory.join("answers.json"))?)?;
    let files = named.into_iter();
    let lies = Lies {
        files: files
            .map(|(address, name)| (address, directory.join(name)))
            .collect(),
        honest: Client::new(&honest),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("Listening on http://{}", listener.local_addr()?);
    let router = Router::new().fallback(answer).with_state(Arc::new(lies));
    axum::serve(listener, router).await?;
    Ok(())
}

async fn answer(State(lies): State<Arc<Lies>>, uri: Uri) -> (StatusCode, Bytes) {
    let address = uri.to_string();
    let found = tokio::task::spawn_blocking(move || match lies.files.get(&address) {
        Some(file) => std::fs::read(file).ok().map(|bytes| (StatusCode::OK, bytes)),
        None => lies.honest.get(&address).ok().and_then(|answer| {
            let status = StatusCode::from_u16(answer.status).ok()?;
            Some((status, answer.body))
        }),
    });
    let found = found.await.ok().flatten();
    let (status, body) = found.unwrap_or((StatusCode::BAD_GATEWAY, Vec::new()));
    (status, body.into())
}
