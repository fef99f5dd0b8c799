//! What a page says of the list that it exports, and an item as a line: NDJSON, or CSV for spreadsheets, which take some
//! texts for formulas.

use serde::Serialize;
use serde_json::Value;
use verifier::index::TimestampMs;
use verifier::text::shown;

use crate::error::PageError;
use crate::text::Time;

/// What a list is exported as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    NdJson,
    Csv,
}

impl Format {
    /// The member `format` of a query; `None` where it is empty, and the page is asked for.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, PageError> {
        match text.trim() {
            "" => Ok(None),
            "ndjson" => Ok(Some(Self::NdJson)),
            "csv" => Ok(Some(Self::Csv)),
            _ => Err(PageError::Malformed {
                what: "format",
                expected: "ndjson or csv",
            }),
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::NdJson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::NdJson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// An item of a list. As NDJSON it has the members that the API gives it.
pub(crate) trait ExportItem: Serialize + Send + 'static {
    /// The columns of CSV, by the members of the item or of its summary. A cell is empty where there is no such member.
    const COLUMNS: &'static [&'static str];
    /// Those of them that are times, in milliseconds since the Unix epoch.
    const TIMES: &'static [&'static str];
}

/// An item as one line.
pub(super) fn line<I: ExportItem>(item: &I, format: Format) -> Result<Vec<u8>, PageError> {
    if format == Format::NdJson {
        return json_line(item);
    }
    let members = serde_json::to_value(item).map_err(|error| PageError::Internal(error.to_string()))?;
    let cell = |name: &&str| {
        let value = members.get(name).or_else(|| members.get("summary")?.get(name));
        match value.and_then(Value::as_u64).filter(|_| I::TIMES.contains(name)) {
            Some(at) => Time::new(TimestampMs::new(at)).iso,
            None => text(value.unwrap_or(&Value::Null)),
        }
    };
    let cells: Vec<String> = I::COLUMNS.iter().map(cell).collect();
    record(cells.iter().map(String::as_str))
}

/// A value in a cell; of a list its items in turn.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

pub(super) fn json_line(value: &impl Serialize) -> Result<Vec<u8>, PageError> {
    let mut line = serde_json::to_vec(value).map_err(|error| PageError::Internal(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

/// The addresses of a whole list, for the buttons below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ExportLinks {
    pub(crate) csv: String,
    pub(crate) ndjson: String,
}

impl ExportLinks {
    /// From the address of the list, which has a query already.
    pub(crate) fn of(list: &str) -> Self {
        Self {
            csv: format!("{list}&format=csv"),
            ndjson: format!("{list}&format=ndjson"),
        }
    }
}

/// A page of a list.
pub(crate) struct ListPage<I, C> {
    pub(crate) items: Vec<I>,
    /// The cursor of the next page.
    pub(crate) next: Option<C>,
}

/// A line of CSV.
pub(super) fn record<'c>(cells: impl IntoIterator<Item = &'c str>) -> Result<Vec<u8>, PageError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(cells.into_iter().map(inert))
        .map_err(|error| PageError::Internal(error.to_string()))?;
    writer
        .into_inner()
        .map_err(|error| PageError::Internal(error.to_string()))
}

/// Where a spreadsheet may begin another cell, by the settings of its country or of its reader.
const SEPARATORS: [char; 4] = [';', ',', '|', '；'];
/// What a formula begins with, in the wide forms, too.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell for a spreadsheet: invisible characters, tabs and line breaks are made visible, and an apostrophe is put before
/// each part that would be taken for a formula, at the beginning and after a separator.
fn inert(text: &str) -> String {
    let text = shown::line(text).to_string();
    let parts = text.split_inclusive(SEPARATORS);
    let quote = |part| if is_formula(part) { "'" } else { "" };
    parts.flat_map(|part| [quote(part), part]).collect()
}

/// Whether a spreadsheet would take a text for a formula, with or without the white space and quotes before it.
fn is_formula(text: &str) -> bool {
    let before = |character: char| character.is_whitespace() || character == '"';
    text.trim_start_matches(before).starts_with(SIGNS)
}
