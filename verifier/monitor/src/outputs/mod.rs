//! How a monitor tells what it found: JSON lines, a webhook, and metrics.

mod lines;
mod metrics;
mod webhook;

pub use lines::{alarm_object, round_object, write_line};
pub use metrics::{MetricsError, MonitorMetrics};
pub use webhook::{Webhook, WebhookError, WebhookSecret, sign};
