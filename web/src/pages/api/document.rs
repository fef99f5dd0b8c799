//! The description of the API as the pages show it: read from `schemas/openapi.json`, which a test of the API keeps equal to
//! what the handlers say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

const TEXT: &str = include_str!("../../../../schemas/openapi.json");
/// Where a reference to a schema points.
const SCHEMAS: &str = "#/components/schemas/";

/// The document; empty members where an operation has none.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OpenApiDocument {
    pub(super) info: Info,
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
    components: Components,
}

/// A sentence of the description: its line breaks are spaces, and what stands between backticks is code, as in Markdown.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct Prose {
    pub(super) parts: Vec<ProsePart>,
}

#[derive(Debug)]
pub(super) struct ProsePart {
    pub(super) text: String,
    pub(super) is_code: bool,
}

impl From<String> for Prose {
    fn from(text: String) -> Self {
        let parts = text.split('`').enumerate();
        let parts = parts.map(|(at, part)| ProsePart {
            text: part.replace('\n', " "),
            is_code: at % 2 == 1,
        });
        Self {
            parts: parts.filter(|part| !part.text.is_empty()).collect(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Info {
    pub(super) description: Prose,
}

#[derive(Debug, Default, Deserialize)]
struct Components {
    schemas: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) summary: Prose,
    #[serde(default)]
    pub(super) description: Prose,
    #[serde(rename = "operationId")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) request_body: Option<Content>,
    pub(super) responses: BTreeMap<String, Content>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    #[serde(default)]
    pub(super) description: Prose,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    schema: Value,
}

/// A body or an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Content {
    #[serde(default)]
    pub(super) description: Prose,
    #[serde(default)]
    content: BTreeMap<String, Media>,
}

#[derive(Debug, Deserialize)]
struct Media {
    #[serde(default)]
    schema: Value,
}

/// A member of an object.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) description: Prose,
    pub(super) required: bool,
}

/// A schema that an operation takes or answers.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) description: Prose,
    pub(super) members: Vec<Member>,
    /// Of what is no object with members.
    pub(super) kind: String,
}

/// What was read; the default where the document has another form, which a test rules out.
pub(super) fn document() -> &'static OpenApiDocument {
    static DOCUMENT: LazyLock<OpenApiDocument> =
        LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    &DOCUMENT
}

impl OpenApiDocument {
    /// Path, method in capitals, operation.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&str, String, &Operation)> {
        self.paths.iter().flat_map(|(path, methods)| {
            let methods = methods.iter();
            methods.map(|(method, operation)| (path.as_str(), method.to_uppercase(), operation))
        })
    }

    /// The schemas that an operation takes or answers, and those that they name, each once.
    pub(super) fn schemas_of(&self, operation: &Operation) -> Vec<Schema> {
        let bodies = operation.request_body.iter().chain(operation.responses.values());
        let mut names: Vec<&str> = Vec::new();
        for media in bodies.flat_map(|body| body.content.values()) {
            references(&media.schema, &mut names);
        }
        let mut schemas = Vec::new();
        let mut at = 0;
        while let Some(name) = names.get(at).copied() {
            at += 1;
            if let Some(schema) = self.components.schemas.get(name) {
                references(schema, &mut names);
                schemas.push(read(name, schema));
            }
        }
        schemas
    }
}

impl Parameter {
    pub(super) fn kind(&self) -> String {
        kind(&self.schema)
    }
}

impl Content {
    /// Media type and what it holds.
    pub(super) fn forms(&self) -> Vec<(&str, String)> {
        let forms = self.content.iter();
        forms
            .map(|(media_type, media)| (media_type.as_str(), kind(&media.schema)))
            .collect()
    }
}

/// Names of schemas in a schema, each once, in the order in which they come.
fn references<'a>(schema: &'a Value, names: &mut Vec<&'a str>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value.as_str()) {
                    ("$ref", Some(target)) => {
                        let target = target.strip_prefix(SCHEMAS).unwrap_or(target);
                        if !names.contains(&target) {
                            names.push(target);
                        }
                    }
                    _ => references(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

fn read(name: &str, schema: &Value) -> Schema {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |names| names.iter().filter_map(Value::as_str).collect());
    let properties = schema.get("properties").and_then(Value::as_object);
    let member = |(name, schema): (&String, &Value)| Member {
        name: name.clone(),
        kind: kind(schema),
        description: description(schema),
        required: required.contains(&name.as_str()),
    };
    Schema {
        name: name.to_owned(),
        description: description(schema),
        members: properties.map_or_else(Vec::new, |members| members.iter().map(member).collect()),
        kind: kind(schema),
    }
}

/// A type in words.
fn kind(schema: &Value) -> String {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return target.strip_prefix(SCHEMAS).unwrap_or(target).to_owned();
    }
    for (member, between) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(options) = schema.get(member).and_then(Value::as_array) {
            let kinds: Vec<String> = options.iter().map(kind).collect();
            return kinds.join(between);
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        return values.join(", ");
    }
    let name = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    };
    match schema.get("items") {
        Some(items) if name == "array" => format!("array of {}", kind(items)),
        _ => name,
    }
}

fn description(schema: &Value) -> Prose {
    let text = schema.get("description").and_then(Value::as_str);
    text.unwrap_or_default().to_owned().into()
}
