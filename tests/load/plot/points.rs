//! The figures of runs that have a size of the log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harness::HarnessError;
use serde_json::Value;

/// A figure at several sizes.
#[derive(Clone, Debug, Default)]
pub(super) struct Growing {
    pub(super) unit: String,
    /// By entries of the log.
    pub(super) values: BTreeMap<u64, f64>,
}

/// All of them, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Points(pub(super) BTreeMap<String, Growing>);

impl Points {
    pub(super) fn read(documents: &[PathBuf]) -> Result<Self, HarnessError> {
        let mut points = Self::default();
        for path in documents {
            points.add(&document(path)?);
        }
        Ok(points)
    }

    fn add(&mut self, document: &Value) {
        let figures = document["figures"].as_array();
        for figure in figures.into_iter().flatten() {
            let (name, at, value) = (
                figure["name"].as_str(),
                figure["at"].as_u64(),
                figure["value"].as_f64(),
            );
            let (Some(name), Some(at), Some(value)) = (name, at, value) else {
                continue;
            };
            let growing = self.0.entry(name.to_owned()).or_default();
            figure["unit"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut growing.unit);
            growing.values.insert(at, value);
        }
    }

    /// Every size at which something was measured.
    pub(super) fn sizes(&self) -> Vec<u64> {
        let mut sizes: Vec<u64> = self
            .0
            .values()
            .flat_map(|growing| growing.values.keys().copied())
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}

fn document(path: &Path) -> Result<Value, HarnessError> {
    let text = std::fs::read(path).map_err(|source| HarnessError::Io {
        what: "read the document of a run",
        source,
    })?;
    Ok(serde_json::from_slice(&text)?)
}
