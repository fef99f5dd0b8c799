//! Lines of at most 80 columns. A word is never torn: hashes and DIDs are copied from here.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use verifier::text::shown;

/// Columns of the report, whatever it is printed to.
const WIDTH: u16 = 80;
/// Most columns that the names of facts take.
const NAME_WIDTH_MAX: usize = 24;

/// A text under an indent.
pub(super) fn paragraph(out: &mut impl Write, indent: &str, text: &str) -> io::Result<()> {
    for line in wrapped(text, usize::from(WIDTH).saturating_sub(indent.len())) {
        writeln!(out, "{indent}{line}")?;
    }
    Ok(())
}

/// Names and what stands for each, further lines under the first.
pub(super) fn facts(out: &mut impl Write, facts: &[(String, String)]) -> io::Result<()> {
    let longest = facts.iter().map(|(name, _)| name.chars().count()).max();
    let column = longest.unwrap_or_default().min(NAME_WIDTH_MAX).saturating_add(2);
    for (name, text) in facts {
        let name = shown::line(name).to_string();
        let mut lead = format!("{name:<column$}");
        if !lead.ends_with("  ") {
            lead.push_str("  ");
        }
        for line in wrapped(text, usize::from(WIDTH).saturating_sub(column)) {
            writeln!(out, "{}", format!("{lead}{line}").trim_end())?;
            lead = " ".repeat(column);
        }
    }
    Ok(())
}

/// A heading, and a table. The first columns are as wide as what stands in them, the cells of the others wrap.
pub(super) fn table<const N: usize>(
    out: &mut impl Write,
    heading: &str,
    head: [&str; N],
    unwrapped: usize,
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(head);
    for row in rows {
        table.add_row(row.map(|cell| shown::line(&cell).to_string()));
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if position < unwrapped {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    writeln!(out, "\n{heading}")?;
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The words of a text in lines of at most so many characters, where its words let them.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = shown::line(text).to_string();
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let Some(line) = lines.last_mut() else {
            break;
        };
        let length = line.chars().count();
        if length > 0 && length.saturating_add(1).saturating_add(word.chars().count()) > width {
            lines.push(word.to_owned());
            continue;
        }
        if length > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}
