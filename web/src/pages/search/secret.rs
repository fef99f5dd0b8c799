//! What looks like a secret, so that it gets into no address: addresses stand in histories, logs and tickets.
//!
//! Nobody can tell a secret from an id by its looks alone. What the log knows as an id is none, so the search looks
//! things up first and asks here only about what it does not find. A hash and a secret of 32 random bytes look the same;
//! that is a doubt, and who sends the form is answered without an address.

use verifier::compact_jws::contains_compact_jws;
use verifier::text::hash::SpelledHash;

/// What a text looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SecretLikeness<'a> {
    /// Nothing in it looks like a secret.
    Plain,
    /// It may be a hash or a secret.
    Doubtful,
    /// This part of it looks like a token, a key or a password.
    Secret(&'a str),
}

/// How services begin what they give out.
const MARKS: [&str; 22] = [
    "sk-",
    "sk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "npm_",
    "pypi-",
    "hf_",
    "SG.",
];
/// Characters after a mark from which on it marks something.
const MARKED_CHARACTERS_MIN: usize = 12;
/// What stands before a secret, in small letters: these with white space between, and the others with `=` or `:`.
const SCHEMES: [&str; 2] = ["bearer", "basic"];
const NAMES: [&str; 9] = [
    "token",
    "access_token",
    "api_key",
    "apikey",
    "api-key",
    "secret",
    "client_secret",
    "password",
    "passwd",
];
/// What stands around a word.
const AROUND: &str = "\"'`,;=<>()[]{}";
/// Characters of what follows a name.
const NAMED_CHARACTERS_MIN: usize = 8;
/// Letters and digits in a row, with small and capital ones and digits among them, that look random.
const RANDOM_CHARACTERS_MIN: usize = 16;
/// Hex digits in a row that nobody remembers.
const HEX_CHARACTERS_MIN: usize = 32;

/// How the path of a share link begins, and the characters of its token: 32 bytes in base64url.
const SHARE_LINK: &str = "/s/";
const SHARE_TOKEN_CHARACTERS: usize = 43;

/// See [`SecretLikeness`]. Linear in the text.
pub(crate) fn look(text: &str) -> SecretLikeness<'_> {
    if text.contains("PRIVATE KEY-----") {
        return SecretLikeness::Secret(text);
    }
    let mut doubtful = false;
    let mut after_scheme = false;
    for piece in text.split_whitespace() {
        if let Some(value) = named_value(piece) {
            return SecretLikeness::Secret(value);
        }
        for word in piece.split(|character: char| AROUND.contains(character)) {
            let told = after_scheme && word.len() >= NAMED_CHARACTERS_MIN;
            if told || is_secret(word) {
                return SecretLikeness::Secret(word);
            }
            doubtful |= SpelledHash::read(word).is_some() || is_long_hex(word);
        }
        after_scheme = SCHEMES.contains(
            &piece
                .trim_matches(|c| AROUND.contains(c))
                .to_ascii_lowercase()
                .as_str(),
        );
    }
    if doubtful {
        SecretLikeness::Doubtful
    } else {
        SecretLikeness::Plain
    }
}

/// What a piece calls a token or a password, as `token=…` and `"password":"…"` do.
fn named_value(piece: &str) -> Option<&str> {
    let (name, value) = piece.split_once(['=', ':'])?;
    let bare = |text| str::trim_matches(text, |character: char| AROUND.contains(character));
    let is_name = NAMES.contains(&bare(name).to_ascii_lowercase().as_str());
    Some(bare(value)).filter(|value| is_name && value.len() >= NAMED_CHARACTERS_MIN)
}

fn is_secret(word: &str) -> bool {
    if contains_compact_jws(word) || is_share_link(word) {
        return true;
    }
    let marked = MARKS.iter().filter_map(|mark| word.strip_prefix(mark));
    if marked.into_iter().any(|rest| rest.len() >= MARKED_CHARACTERS_MIN) {
        return true;
    }
    // Public keys are random, too; and what is spelled as a hash is a doubt.
    let public = word.starts_with("did:") || word.starts_with("z6Mk");
    if public || SpelledHash::read(word).is_some() {
        return false;
    }
    word.split(|character: char| !character.is_ascii_alphanumeric())
        .any(is_random)
}

/// Whether a word has the address of a share link in it: anyone who has the address sees the job.
fn is_share_link(word: &str) -> bool {
    word.match_indices(SHARE_LINK).any(|(at, _)| {
        let token = word
            .get(at.saturating_add(SHARE_LINK.len())..)
            .unwrap_or_default();
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        token
            .get(..end.unwrap_or(token.len()))
            .is_some_and(|token| token.len() == SHARE_TOKEN_CHARACTERS)
    })
}

/// Whether letters and digits in a row change between small, capital and digit as often as chance makes them: three
/// times in five where each is drawn from all 62, one time in three or less in words that people write.
fn is_random(run: &str) -> bool {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0_u8,
        b'a'..=b'z' => 1,
        _ => 2,
    };
    let has = |wanted: u8| run.bytes().any(|byte| class(byte) == wanted);
    if run.len() < RANDOM_CHARACTERS_MIN || !(has(0) && has(1) && has(2)) {
        return false;
    }
    let next = run.bytes().skip(1);
    let changes = run
        .bytes()
        .zip(next)
        .filter(|(one, other)| class(*one) != class(*other));
    changes.count().saturating_mul(3) > run.len()
}

fn is_long_hex(word: &str) -> bool {
    word.len() >= HEX_CHARACTERS_MIN && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keys_and_passwords_are_told_from_what_people_look_for() {
        for secret in [
            "sk-proj-abcdefghijklmnop",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "Bearer 3vQB7B6MrGQZaxCuFg4oh",
            "Authorization: Bearer abcdefgh12345678",
            "password=correcthorse",
            "xK9mPq2LwZ7vN4bT8cRf",
            "-----BEGIN PRIVATE KEY-----MC4CAQ",
            "http://127.0.0.1:9102/s/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        ] {
            assert!(matches!(look(secret), SecretLikeness::Secret(_)), "{secret}");
        }
        for plain in [
            "demo-revoked",
            "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
            "run_01JABCDEFGHJKMNPQRSTVWXYZ0",
            "0b52c1f0-9d5c-4a3e-8f9b-1c2d3e4f5a6b",
            "IncidentTriage2026AlphaTeam",
            "soc-lead@contoso.example",
            "token revoked in march",
            "REVOKED_BEFORE_USE",
            "what is the token of the agent",
            "token incidents.update",
        ] {
            assert_eq!(look(plain), SecretLikeness::Plain, "{plain}");
        }
        let hex = "9c41e7b2".repeat(8);
        let base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopQ".to_owned();
        let begun = "9c41e7b2".repeat(5);
        for doubtful in [hex.clone(), format!("sha256:{hex}"), base64url, begun] {
            assert_eq!(look(&doubtful), SecretLikeness::Doubtful, "{doubtful}");
        }
    }
}
