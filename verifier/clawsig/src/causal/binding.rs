//! The members of a binding that make up the graph, in both their spellings.

use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value};
use evidence::rfc3339;
use evidence::token::js_trim;
use tlog::index::TimestampMs;

/// The members that place a receipt in the graph; a binding without one of them is outside it.
const MEMBERS: [&str; 9] = [
    "span_id",
    "spanId",
    "parent_span_id",
    "parentSpanId",
    "tool_span_id",
    "toolSpanId",
    "phase",
    "attribution_confidence",
    "attributionConfidence",
];

/// The spans that a binding names, trimmed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Spans<'a> {
    pub(super) own: Option<&'a str>,
    pub(super) parent: Option<&'a str>,
    pub(super) tool: Option<&'a str>,
}

/// One gateway receipt in the graph.
pub(crate) struct BindingEntry<'a> {
    pub(super) spans: Spans<'a>,
    pub(super) phase: Option<&'a str>,
    pub(super) confidence: Option<f64>,
    /// `payload.timestamp`, `None` where it is no time to compare with.
    pub(super) timestamp: Option<u64>,
    /// Unsigned: it can make the check fail, never pass.
    pub(super) issued_at: Option<u64>,
}

impl<'a> Spans<'a> {
    pub(super) fn read(binding: &'a Object) -> Result<Self, ClawsigFailure> {
        Ok(Self {
            own: span(binding, "span_id", "spanId")?,
            parent: span(binding, "parent_span_id", "parentSpanId")?,
            tool: span(binding, "tool_span_id", "toolSpanId")?,
        })
    }
}

impl<'a> BindingEntry<'a> {
    /// The entry of a receipt; `None` where its binding has nothing to do with the graph.
    pub(super) fn read(receipt: &'a Value) -> Result<Option<Self>, ClawsigFailure> {
        let receipt = receipt.as_object();
        let payload = receipt.and_then(|receipt| receipt.get("payload"));
        let payload = payload.and_then(Value::as_object);
        let binding = payload.and_then(|payload| payload.get("binding"));
        let Some(binding) = binding.and_then(Value::as_object) else {
            return Ok(None);
        };
        if !binding
            .members()
            .iter()
            .any(|(name, _)| MEMBERS.contains(&name.as_str()))
        {
            return Ok(None);
        }
        let time = |object: Option<&Object>, name: &str| {
            let text = object?.text(name)?;
            rfc3339::parse(text).map(TimestampMs::value)
        };
        Ok(Some(Self {
            spans: Spans::read(binding)?,
            confidence: confidence(binding)?,
            phase: binding.text("phase"),
            timestamp: time(payload, "timestamp"),
            issued_at: time(receipt, "issued_at"),
        }))
    }
}

fn span<'a>(
    binding: &'a Object,
    snake: &'static str,
    camel_name: &'static str,
) -> Result<Option<&'a str>, ClawsigFailure> {
    let read = |name: &str| {
        let Some(value) = binding.get(name) else {
            return Ok(None);
        };
        let text = value.as_str().map(js_trim).filter(|text| !text.is_empty());
        text.map(Some).ok_or_else(|| unreadable(name))
    };
    match (read(snake)?, read(camel_name)?) {
        (Some(snake), Some(camel)) if snake != camel => Err(conflict(camel_name)),
        (Some(text), _) | (None, Some(text)) => Ok(Some(text)),
        (None, None) => Ok(None),
    }
}

fn confidence(binding: &Object) -> Result<Option<f64>, ClawsigFailure> {
    let read = |name: &str| {
        let Some(value) = binding.get(name) else {
            return Ok(None);
        };
        value.as_f64().map(Some).ok_or_else(|| unreadable(name))
    };
    match (read("attribution_confidence")?, read("attributionConfidence")?) {
        // Bit for bit, as the reference compares: 0 is not -0.
        (Some(snake), Some(camel)) if snake.to_bits() != camel.to_bits() => {
            Err(conflict("attributionConfidence"))
        }
        (Some(number), _) | (None, Some(number)) => Ok(Some(number)),
        (None, None) => Ok(None),
    }
}

fn unreadable(name: &str) -> ClawsigFailure {
    let message = format!("a binding's {name} is empty or of another type");
    ClawsigFailure::fail(Reason::CausalBindingNormalizationFailed, message)
}

fn conflict(what: &str) -> ClawsigFailure {
    let message =
        format!("a binding says two different things in its two spellings of one member ({what:?})");
    ClawsigFailure::fail(Reason::CausalBindingFieldConflict, message)
}
