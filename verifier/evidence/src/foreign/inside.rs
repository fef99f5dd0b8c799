//! Signed documents inside another one, such as a gateway's receipt in a model's answer.

use crate::detect::is_signed_document;
use crate::fault::pointer_to;
use crate::json::Value;

/// Documents named of one text; nobody reads more.
const NAMED_MAX: usize = 8;
/// Longest pointer that is named, in bytes: member names are anybody's.
const POINTER_BYTES_MAX: usize = 512;

/// JSON pointers to the signed documents inside a value that is none itself, the first eight. What stands inside a
/// document is part of it and not named. The work is that of one walk: the parser bounded the depth, and pointers
/// are written only of what is found.
pub fn documents_inside(value: &Value) -> Vec<String> {
    let mut walk = EnvelopeSearch::default();
    if !is_signed_document(value) {
        walk.below(value);
    }
    walk.found
}

#[derive(Default)]
struct EnvelopeSearch<'a> {
    path: Vec<PointerToken<'a>>,
    found: Vec<String>,
}

#[derive(Clone, Copy)]
enum PointerToken<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> EnvelopeSearch<'a> {
    fn below(&mut self, value: &'a Value) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.visit(item, PointerToken::Index(index));
                }
            }
            Value::Object(object) => {
                for (name, member) in object.members() {
                    self.visit(member, PointerToken::Name(name));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn visit(&mut self, value: &'a Value, token: PointerToken<'a>) {
        if self.found.len() >= NAMED_MAX || !matches!(value, Value::Array(_) | Value::Object(_)) {
            return;
        }
        self.path.push(token);
        if is_signed_document(value) {
            self.found.extend(self.pointer());
        } else {
            self.below(value);
        }
        self.path.pop();
    }

    fn pointer(&self) -> Option<String> {
        self.path.iter().try_fold(String::new(), |pointer, token| {
            let pointer = match token {
                PointerToken::Name(name) => pointer_to(&pointer, name),
                PointerToken::Index(index) => pointer_to(&pointer, &index.to_string()),
            };
            (pointer.len() <= POINTER_BYTES_MAX).then_some(pointer)
        })
    }
}
