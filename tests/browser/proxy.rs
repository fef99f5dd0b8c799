//! What stands between browser and server and may lie: it passes everything on, save for what a test changes.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// What a test does to an answer: path and query, status, body.
type AnswerChange = dyn Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync;

/// Pieces of a stream that are under way.
const PIECES: usize = 16;
const PIECE_BYTES: usize = 64 * 1024;

/// What a test does to the headers of an answer.
type ChangeHeaders = dyn Fn(&str, &mut u16, &mut HeaderMap) + Send + Sync;

/// How a body comes that is never whole.
#[derive(Clone, Copy)]
pub(crate) enum BodyFlow {
    /// Headers, and then nothing.
    Silent,
    /// A byte from time to time, for ever.
    Drip,
    /// As much as the browser takes, for ever.
    Flood,
}

/// Between two bytes of a drip.
const DRIP: Duration = Duration::from_millis(50);

#[derive(Clone)]
struct ProxyState {
    upstream: String,
    change: Arc<AnswerChange>,
    headers: Arc<ChangeHeaders>,
    /// For paths that contain the text.
    flow: Option<(&'static str, BodyFlow)>,
}

/// Dropping it ends it.
pub(crate) struct Proxy {
    url: String,
    lies: Arc<Mutex<ProxyState>>,
    _runtime: Runtime,
}

impl Proxy {
    /// An honest one.
    pub(crate) fn before(upstream: &str) -> Self {
        let lies = Arc::new(Mutex::new(ProxyState {
            upstream: upstream.to_owned(),
            change: Arc::new(|_, _, _| {}),
            headers: Arc::new(|_, _, _| {}),
            flow: None,
        }));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(lies.clone());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            lies,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on asks another server.
    pub(crate) fn switch(&self, upstream: &str) {
        upstream.clone_into(&mut self.lies.lock().unwrap().upstream);
    }

    /// From now on changes answers.
    pub(crate) fn change(&self, change: impl Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync + 'static) {
        self.lies.lock().unwrap().change = Arc::new(change);
    }
}

impl Proxy {
    /// From now on changes status and headers of answers.
    pub(crate) fn change_headers(
        &self,
        change: impl Fn(&str, &mut u16, &mut HeaderMap) + Send + Sync + 'static,
    ) {
        self.lies.lock().unwrap().headers = Arc::new(change);
    }

    /// From now on never ends an answer for a path that contains the text; `None` ends this.
    pub(crate) fn never_end(&self, flow: Option<(&'static str, BodyFlow)>) {
        self.lies.lock().unwrap().flow = flow;
    }
}

async fn pass(State(lies): State<Arc<Mutex<ProxyState>>>, request: Request) -> Response {
    tokio::task::spawn_blocking(move || forward(&lies, &request))
        .await
        .unwrap()
}

fn forward(lies: &Mutex<ProxyState>, request: &Request) -> Response {
    let lies = lies.lock().unwrap().clone();
    let upstream = &lies.upstream;
    let path = request.uri().to_string();
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent: ureq::Agent = config.into();
    let mut outgoing = agent.get(format!("{upstream}{path}"));
    for name in ["accept", "last-event-id"] {
        if let Some(value) = request.headers().get(name) {
            outgoing = outgoing.header(name, value.to_str().unwrap());
        }
    }
    // As the browser gets it: pages are asked for in plain, since tests change their text.
    if path.contains("/verifier.wasm") {
        outgoing = outgoing.header("accept-encoding", "gzip");
    }
    let mut incoming = outgoing.call().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in incoming.headers() {
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            headers.append(
                HeaderName::try_from(name.as_str()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
    }
    let mut status = incoming.status().as_u16();
    (lies.headers)(&path, &mut status, &mut headers);
    let answer = |status: u16, body: Body| {
        let mut response = Response::builder().status(status).body(body).unwrap();
        *response.headers_mut() = headers;
        response
    };
    if let Some((_, flow)) = lies.flow.filter(|(part, _)| path.contains(part)) {
        return answer(status, endless(flow));
    }
    let is_stream = incoming
        .headers()
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    if is_stream {
        let reader = incoming.into_body().into_reader();
        return answer(status, Body::from_stream(pieces(reader)));
    }
    let mut body = incoming
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_vec()
        .unwrap();
    (lies.change)(&path, &mut status, &mut body);
    answer(status, Body::from(body))
}

fn endless(flow: BodyFlow) -> Body {
    let piece = |bytes: usize| Ok::<_, Infallible>(Bytes::from(vec![b' '; bytes]));
    match flow {
        BodyFlow::Silent => Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()),
        BodyFlow::Drip => Body::from_stream(stream::unfold((), move |()| async move {
            tokio::time::sleep(DRIP).await;
            Some((piece(1), ()))
        })),
        BodyFlow::Flood => Body::from_stream(stream::repeat_with(move || piece(PIECE_BYTES))),
    }
}

fn pieces(mut reader: impl Read + Send + 'static) -> impl Stream<Item = std::io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(PIECES);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE_BYTES];
        while let Ok(length @ 1..) = reader.read(&mut piece) {
            if sender
                .blocking_send(Bytes::copy_from_slice(&piece[..length]))
                .is_err()
            {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        Some((Ok(piece), receiver))
    })
}
