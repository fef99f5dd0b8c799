//! Ends request bodies that come too slowly, so that memory reserved for a body is used.

use crate::limits::BodyPace;
use crate::state::ApiState;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::stream::{self, Stream, StreamExt};
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// What a body ends with that came too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct TooSlow;

/// Middleware: ends a request's body with [`TooSlow`] where it falls behind the pace.
pub(crate) async fn pace_body(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let pace = state.limits().body_pace;
    next.run(request.map(|body| Body::from_stream(paced(body, pace))))
        .await
}

/// Whether a body could not be read because it came too slowly, whatever read it on the way here.
pub(crate) fn is_too_slow(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

/// A body under way.
struct PacedBody {
    body: BodyDataStream,
    window: PaceWindow,
}

/// What is left of a window.
#[derive(Clone, Copy, Debug)]
struct PaceWindow {
    pace: BodyPace,
    time_left: Duration,
    bytes_left: usize,
}

type BodyPart = Result<Bytes, Box<dyn Error + Send + Sync>>;

fn paced(body: Body, pace: BodyPace) -> impl Stream<Item = BodyPart> + Send {
    let coming = PacedBody {
        body: body.into_data_stream(),
        window: PaceWindow::new(pace),
    };
    let parts = stream::unfold(Some(coming), |coming| async move {
        let mut coming = coming?;
        let asked = Instant::now();
        let Ok(part) = tokio::time::timeout(coming.window.time_left, coming.body.next()).await else {
            return Some((Err(TooSlow.into()), None));
        };
        match part? {
            Ok(bytes) => {
                coming.window.took(asked.elapsed(), bytes.len());
                Some((Ok(bytes), Some(coming)))
            }
            Err(error) => Some((Err(error.into_inner()), None)),
        }
    });
    // A decoder polls once more after the end.
    parts.fuse()
}

impl PaceWindow {
    fn new(pace: BodyPace) -> Self {
        Self {
            pace,
            time_left: pace.window,
            bytes_left: pace.bytes,
        }
    }

    /// Counts a part that was waited for; a new window begins once enough has come.
    fn took(&mut self, time: Duration, bytes: usize) {
        self.time_left = self.time_left.saturating_sub(time);
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
        if self.bytes_left == 0 {
            *self = Self::new(self.pace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyPace, PaceWindow, is_too_slow, paced};
    use axum::body::{Body, Bytes};
    use futures_util::stream::{self, StreamExt};
    use std::convert::Infallible;
    use std::time::Duration;

    fn pace(window: Duration) -> BodyPace {
        BodyPace { window, bytes: 10 }
    }

    #[test]
    fn whoever_drips_uses_up_the_window_and_whoever_keeps_the_pace_gets_a_new_one() {
        let part = Duration::from_secs(4);
        let mut drips = PaceWindow::new(pace(Duration::from_secs(10)));
        let mut keeps_pace = drips;
        for _ in 0..3 {
            drips.took(part, 1);
            keeps_pace.took(part, 5);
        }
        assert_eq!(drips.time_left, Duration::ZERO);
        assert_eq!(keeps_pace.time_left, Duration::from_secs(6));
    }

    #[tokio::test]
    async fn a_body_that_stalls_ends_with_an_error_and_a_whole_one_passes() {
        let part = || stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"12345"))]);
        let whole = Body::from_stream(paced(Body::from_stream(part()), pace(Duration::from_secs(600))));
        let mut parts = whole.into_data_stream();
        assert!(parts.next().await.is_some_and(|part| part.is_ok()));
        assert!(
            parts.next().await.is_none(),
            "fewer bytes are enough, if they are all"
        );
        let stalled = Body::from_stream(part().chain(stream::pending()));
        let stalled = Body::from_stream(paced(stalled, pace(Duration::from_millis(1))));
        let mut parts = stalled.into_data_stream().skip(1);
        let end = parts.next().await.and_then(Result::err);
        assert!(end.is_some_and(|error| is_too_slow(&error)));
        assert!(parts.next().await.is_none());
    }
}
