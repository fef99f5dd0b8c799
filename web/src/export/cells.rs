//! CSV for spreadsheets, which take some texts for formulas.

use verifier::text::shown;

use crate::error::PageError;

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
