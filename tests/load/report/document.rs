//! All figures of a run as one JSON document, from which others are made.

use std::path::{Path, PathBuf};

use harness::{HarnessError, actors};
use serde_json::{Value, json};

use super::targets::{Bound, base_and_size};
use super::{Outcome, Reported};

/// Writes what was reported so far; the path of the document.
pub(crate) fn write(
    folder: &Path,
    name: &str,
    machine: &Value,
    failure: Option<&HarnessError>,
) -> Result<PathBuf, HarnessError> {
    let date = actors::now()?;
    let command: Vec<String> = std::env::args().collect();
    let figures: Vec<Value> = super::reported().iter().map(value).collect();
    let document = json!({
        "bench": name,
        "date": date,
        "command": command.join(" "),
        "machine": machine,
        "figures": figures,
        "failure": failure.map(ToString::to_string),
    });
    let path = folder.join(format!("{name}-{}.json", date.replace(':', "")));
    let io = |source| HarnessError::Io {
        what: "write the document of the run",
        source,
    };
    std::fs::write(&path, format!("{document:#}\n")).map_err(io)?;
    Ok(path)
}

fn value(reported: &Reported) -> Value {
    let (base, at) = base_and_size(&reported.name);
    match &reported.outcome {
        Outcome::LeftOut(reason) => json!({"name": base, "at": at, "left_out": reason}),
        Outcome::Measured { value, unit, target } => json!({
            "name": base, "at": at, "value": value, "unit": unit,
            "target": target.map(|target| match target {
                Bound::AtMost(limit) => json!({"at_most": limit}),
                Bound::AtLeast(limit) => json!({"at_least": limit}),
            }),
            "met": target.map(|target| target.is_met_by(*value)),
        }),
    }
}
