//! The table of lies in `docs/threat-model.md`: each is told here, and caught as it stands there.

use std::path::Path;

const HEADING: &str = "| what a server does | what shows it |";

/// What the table says of each lie, by its words.
pub(crate) fn rows() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/threat-model.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().skip_while(|line| *line != HEADING).skip(2);
    let mut rows = Vec::new();
    while let Some(cells) = lines.next().and_then(|line| line.strip_prefix("| ")) {
        let (lie, caught) = cells.trim_end_matches(" |").split_once(" | ").unwrap();
        rows.push((lie.to_owned(), caught.to_owned()));
    }
    rows
}

/// What a tool said, as the table has it: a code, and an exit status where the tool is a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) code: String,
    pub(crate) exit: Option<i32>,
}

impl Outcome {
    /// Of a file that is not refused, whatever it says.
    pub(crate) fn is_genuine(&self) -> bool {
        self.exit.is_some_and(|exit| exit < 3)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.code)?;
        self.exit.map_or(Ok(()), |exit| write!(f, " ({exit})"))
    }
}

/// Compares what the tools said about a lie with the row of the table.
pub(crate) fn is_caught(lie: &str, seen: &[(&str, Outcome)]) {
    let seen: Vec<String> = seen
        .iter()
        .map(|(tool, outcome)| format!("`{tool}`: {outcome}"))
        .collect();
    let rows = rows();
    let row = rows.iter().find(|(known, _)| known == lie);
    let (_, expected) = row.unwrap_or_else(|| panic!("no row for {lie:?}: {}", seen.join("; ")));
    assert_eq!(&seen.join("; "), expected, "{lie}");
}
