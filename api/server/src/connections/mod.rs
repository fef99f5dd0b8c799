//! Accepts connections and answers on them, HTTP/1.1 alone: a client that wants more at once opens more connections,
//! and each takes a slot of its own. A head that does not come, a connection without a request and an answer that
//! nobody takes end after a time; a failure to accept never ends the process.

mod files;
mod slots;
mod tls;

pub(crate) use files::{TooFewFiles, room_for_connections};
pub(crate) use slots::ConnectionSlots;
pub(crate) use tls::{Tls, TlsError, TlsFiles};

use api::TrustedProxies;
use axum::Router;
use axum::body::Body;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ledger_query::share::Caller;
use slots::{ConnectionSlot, RequestInProgress};
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// Pause after a failure to accept that concerns no single connection, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What bounds one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// Connections in all. There may be fewer, where the process may open fewer files.
    pub(crate) connections_max: usize,
    /// Connections of one peer.
    pub(crate) per_peer_max: usize,
    /// Longest time from the opening of a connection, or the end of an answer, to the end of the next request's head.
    pub(crate) head_timeout: Duration,
    /// Longest head of a request, and what is buffered of a connection in each direction.
    pub(crate) head_bytes_max: usize,
    /// Longest time in which the other end takes nothing of an answer.
    pub(crate) write_stall: Duration,
}

/// How connections are answered.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionService {
    /// Answers requests.
    pub(crate) router: Router,
    pub(crate) limits: ConnectionLimits,
    /// Plain HTTP, where there is none.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Whose word on who asks counts.
    pub(crate) proxies: Arc<TrustedProxies>,
}

/// Serves until told to stop; then lets requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    answers: ConnectionService,
    places: Arc<ConnectionSlots>,
    mut stopping: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            // A sender that is gone means that the process is ending.
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        if let Some((stream, place, peer)) = accepted {
            tokio::spawn(answers.clone().begin(stream, place, peer, graceful.watcher()));
        }
    }
    drop(listener);
    // Those that wait for a head would be waited for.
    tokio::join!(graceful.shutdown(), async { places.close_idle() });
}

/// The next connection that has a place.
async fn accept(
    listener: &TcpListener,
    places: &Arc<ConnectionSlots>,
) -> Option<(TcpStream, Arc<ConnectionSlot>, IpAddr)> {
    match listener.accept().await {
        Ok((stream, address)) => {
            let peer = address.ip();
            let place = places.take(&Caller::peer(peer)).await?;
            // Small answers, such as an event, are sent at once.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection was gone at once");
            }
            Some((stream, place, peer))
        }
        Err(error) => {
            if !concerns_one_connection(&error) {
                tracing::warn!(%error, "no connection can be accepted just now");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            None
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

impl ConnectionService {
    /// Begins TLS, if there is any, and answers the requests of one connection. Until the first request is whole, the
    /// connection counts as one without a request, and gives way like those.
    async fn begin(self, stream: TcpStream, place: Arc<ConnectionSlot>, peer: IpAddr, watcher: Watcher) {
        let Some(tls) = &self.tls else {
            return self.answer(stream, place, peer, watcher).await;
        };
        let handshake = tls.acceptor().accept(stream);
        let begun = tokio::select! {
            begun = tokio::time::timeout(self.limits.head_timeout, handshake) => begun,
            () = place.displaced() => return,
        };
        match begun {
            Ok(Ok(stream)) => self.answer(stream, place, peer, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS did not begin"),
            Err(_) => tracing::debug!("TLS did not begin in time"),
        }
    }

    /// Answers the requests of one connection.
    async fn answer<S>(self, stream: S, place: Arc<ConnectionSlot>, peer: IpAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let Self {
            router,
            limits,
            tls,
            proxies,
        } = self;
        let is_over_tls = tls.is_some();
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write_stall));
        let answering = Arc::clone(&place);
        let service = service_fn(move |request: Request<Incoming>| {
            let under_way = answering.answering();
            let router = router.clone();
            let visitor = proxies.visitor(peer, request.headers());
            let transport = proxies.transport(peer, request.headers(), is_over_tls);
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(visitor);
                request.extensions_mut().insert(transport);
                let response: Response<Body> = router.oneshot(request).await?;
                Ok::<_, Infallible>(response.map(|body| TrackedBody {
                    body,
                    _under_way: under_way,
                }))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(limits.head_bytes_max)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        tokio::select! {
            ended = watcher.watch(connection) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
            }
            () = place.displaced() => {}
        }
    }
}

/// An answer, whose connection has a request under way until the last of it was taken.
struct TrackedBody {
    body: Body,
    _under_way: RequestInProgress,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
