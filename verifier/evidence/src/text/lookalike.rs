//! Names that look alike and are not the same, as people would confuse them: the skeletons of UTS #39.

use std::borrow::Cow;

use unicode_security::confusable_detection::skeleton;

use super::invisible;

/// Longer names are not compared: nobody reads them letter by letter.
pub const NAME_BYTES_MAX: usize = 256;

/// What people see of a name: the same for names that look alike. ASCII case and white space around count for
/// nothing, since policies ignore both in denials.
pub fn looks(name: &str) -> String {
    let spoken: Cow<'_, str> = invisible::without(name.trim());
    skeleton(&spoken.to_lowercase()).collect()
}

/// Whether two names of the same looks are one name all the same, in another ASCII case or with white space around.
pub fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
