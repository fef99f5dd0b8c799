//! Labels of the lines that cut a picture, in as many rows as it takes for none to stand on another.

/// Pixels that a character of a label takes, generously: fonts differ.
const CHARACTER_WIDTH: usize = 8;
/// Pixels between a line and its label, and between two labels.
const GAP: usize = 6;
/// Pixels of a row.
const ROW_HEIGHT: usize = 15;

/// Where one label begins and ends.
struct LabelSpan {
    from: usize,
    to: usize,
}

impl LabelSpan {
    fn of(x: usize, text: &str, left: bool) -> Self {
        let width = text.chars().count() * CHARACTER_WIDTH + GAP;
        if left {
            Self {
                from: x.saturating_sub(width),
                to: x,
            }
        } else {
            Self {
                from: x,
                to: x + width,
            }
        }
    }

    const fn meets(&self, other: &Self) -> bool {
        self.from < other.to + GAP && other.from < self.to + GAP
    }
}

/// The row of each label, by place, text and whether it stands left of its line: 0 is next to the picture. Quadratic
/// in their number, which callers bound.
pub(crate) fn rows<'t>(labels: impl Iterator<Item = (usize, &'t str, bool)>) -> Vec<usize> {
    let mut taken: Vec<Vec<LabelSpan>> = Vec::new();
    labels
        .map(|(x, text, left)| {
            let span = LabelSpan::of(x, text, left);
            let free = |row: &Vec<LabelSpan>| row.iter().all(|other| !other.meets(&span));
            if let Some((number, row)) = taken.iter_mut().enumerate().find(|(_, row)| free(row)) {
                row.push(span);
                return number;
            }
            taken.push(vec![span]);
            taken.len() - 1
        })
        .collect()
}

/// Pixels that a row stands above the first.
pub(crate) const fn above(row: usize) -> usize {
    row * ROW_HEIGHT
}
