//! The table, in Markdown.

use super::points::{Growing, Points};

pub(super) fn lines(points: &Points) -> Vec<String> {
    let sizes = points.sizes();
    let cell = |growing: &Growing, size: &u64| {
        let value = growing.values.get(size);
        value.map(ToString::to_string).unwrap_or_default()
    };
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut head = vec!["figure".to_owned(), "unit".to_owned()];
    head.extend(sizes.iter().map(|size| format!("at {size}")));
    let rule = vec!["---".to_owned(); head.len()];
    let mut lines = vec![row(head), row(rule)];
    for (name, growing) in &points.0 {
        let mut cells = vec![name.clone(), growing.unit.clone()];
        cells.extend(sizes.iter().map(|size| cell(growing, size)));
        lines.push(row(cells));
    }
    lines
}
