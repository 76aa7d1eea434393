//! The committed schemas are those of the types, and every published body is valid by the schema of its type and version.
//!
//! After a change: `LAUREL_WRITE_SCHEMAS=1 cargo test -p events --test schemas`, once.

use events::{EventType, Family, schema};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn schema_path(type_and_version: &str) -> PathBuf {
    PathBuf::from(format!("schemas/{type_and_version}.json"))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[allow(clippy::disallowed_methods)] // Who runs the test says whether to write.
fn compare(path: &Path, generated: &Value) {
    if std::env::var_os("LAUREL_WRITE_SCHEMAS").is_some() {
        let text = serde_json::to_string_pretty(generated).expect("writes") + "\n";
        std::fs::write(path, text).expect("writes the schema");
    }
    assert_eq!(
        &read(path),
        generated,
        "{} is not what the types say: see the head of this test",
        path.display()
    );
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for event_type in EventType::all() {
        let generated = schema::of_type(&event_type)
            .unwrap_or_else(|| panic!("{} is missing in events/src/schema.rs", event_type.name));
        compare(&schema_path(&format!("{}.v{}", event_type.name, event_type.version)), &generated);
    }
    compare(Path::new("asyncapi.json"), &schema::asyncapi());
}

#[test]
fn every_golden_file_is_valid_and_less_is_not() {
    let mut files = 0;
    for entry in std::fs::read_dir("tests/golden").expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&read(&schema_path(&name)))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let body = read(&path);
        let wrong: Vec<String> =
            validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert!(!validator.is_valid(&serde_json::json!({})), "{name}: a body without members is none");
        files += 1;
    }
    assert!(files >= EventType::all().len());
}

#[test]
fn the_asyncapi_document_tells_of_every_public_type_and_its_references_lead_somewhere() {
    let document: Value = serde_json::from_str(schema::ASYNCAPI).expect("JSON");
    for event_type in EventType::all() {
        let is_public = event_type.family != Family::Account;
        let message = document["components"]["messages"].get(event_type.wire_name());
        assert_eq!(message.is_some(), is_public, "{}", event_type.name);
        let of_channel = &document["channels"][event_type.family.name()]["messages"];
        assert_eq!(of_channel.get(event_type.wire_name()).is_some(), is_public, "{}", event_type.name);
    }
    check_references(&document, &document);
}

fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.strip_prefix('#').expect("within the document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            members.values().for_each(|member| check_references(document, member));
        }
        Value::Array(members) => members.iter().for_each(|member| check_references(document, member)),
        _ => {}
    }
}
