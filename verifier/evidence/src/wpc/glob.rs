//! clawsig's globs: `*` is any run without `/`, `**` any run, `?` one character that is not `/`; a `/` right
//! after `**` is part of it; `*` alone matches everything (`docs/policies.md`, "Patterns").
//!
//! Matching follows all possibilities at once, so that its time is bounded by pattern × text whatever they hold.

use crate::text::invisible;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum GlobToken {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Segment,
    /// `**`
    Anything,
}

impl GlobToken {
    const fn repeats(self) -> bool {
        matches!(self, Self::Segment | Self::Anything)
    }

    fn takes(self, character: char) -> bool {
        match self {
            Self::Literal(literal) => literal == character,
            Self::One | Self::Segment => character != '/',
            Self::Anything => true,
        }
    }
}

/// A pattern, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glob {
    tokens: Vec<GlobToken>,
    /// As spelled.
    pattern: String,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        if pattern == "*" {
            return Self {
                tokens: vec![GlobToken::Anything],
                pattern: pattern.to_owned(),
            };
        }
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' if characters.next_if_eq(&'*').is_some() => {
                    characters.next_if_eq(&'/');
                    GlobToken::Anything
                }
                '*' => GlobToken::Segment,
                '?' => GlobToken::One,
                literal => GlobToken::Literal(literal),
            });
        }
        Self {
            tokens,
            pattern: pattern.to_owned(),
        }
    }

    /// The same for texts that were folded with [`fold`].
    pub(super) fn folded(pattern: &str) -> Self {
        Self {
            pattern: pattern.to_owned(),
            ..Self::new(&fold(pattern))
        }
    }

    /// The same for texts without characters that nobody sees, in their own case.
    pub(super) fn visible(pattern: &str) -> Self {
        Self {
            pattern: pattern.to_owned(),
            ..Self::new(&invisible::without(pattern))
        }
    }

    /// The pattern as the policy spells it.
    pub(super) fn spelled(&self) -> &str {
        &self.pattern
    }

    /// Whether the pattern matches every text.
    pub(super) fn is_any(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|token| *token == GlobToken::Anything)
    }

    /// Whether the pattern matches the whole text. A text with characters that nobody sees matches no pattern,
    /// `*` neither; folded texts have none.
    pub(super) fn matches(&self, text: &str) -> bool {
        invisible::first(text).is_none() && self.after(text).last().copied().unwrap_or(false)
    }

    /// Whether the pattern matches some text that begins with `prefix` and goes on after it.
    pub(super) fn matches_beyond(&self, prefix: &str) -> bool {
        if invisible::first(prefix).is_some() {
            return false;
        }
        let states = self.after(prefix);
        states.iter().take(self.tokens.len()).any(|alive| *alive)
    }

    /// Which positions of the pattern can be reached by reading the text: element `i` is that before token `i`,
    /// the last one the end.
    fn after(&self, text: &str) -> Vec<bool> {
        let mut states = vec![false; self.tokens.len().saturating_add(1)];
        if let Some(first) = states.first_mut() {
            *first = true;
        }
        self.skip_repeats(&mut states);
        for character in text.chars() {
            let mut next = vec![false; states.len()];
            let mut alive = false;
            for (position, token) in self.tokens.iter().enumerate() {
                let here = states.get(position).copied().unwrap_or(false);
                if here && token.takes(character) {
                    let target = if token.repeats() {
                        position
                    } else {
                        position.saturating_add(1)
                    };
                    if let Some(state) = next.get_mut(target) {
                        *state = true;
                        alive = true;
                    }
                }
            }
            states = next;
            if !alive {
                break;
            }
            self.skip_repeats(&mut states);
        }
        states
    }

    /// A repeating token may take nothing.
    fn skip_repeats(&self, states: &mut [bool]) {
        for (position, token) in self.tokens.iter().enumerate() {
            let here = states.get(position).copied().unwrap_or(false);
            let behind = states.get_mut(position.saturating_add(1));
            if let Some(state) = behind.filter(|_| here && token.repeats()) {
                *state = true;
            }
        }
    }
}

/// How a denial compares, in a policy's deny entries and in decisions: without characters that nobody sees, without
/// white space around, and without ASCII case, so that another spelling of a denied name is no way round.
pub fn fold(text: &str) -> String {
    invisible::without(text).trim().to_ascii_lowercase()
}

/// An operation so; one of which nothing is left is none.
pub fn folded_operation(operation: Option<&str>) -> Option<String> {
    operation.map(fold).filter(|operation| !operation.is_empty())
}
