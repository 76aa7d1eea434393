//! nats-server's configuration file. Its format is a superset of JSON, so it is written as JSON: nothing to escape.

use super::cluster::Member;
use super::{NatsConfig, Permissions, User};
use serde_json::{Map, Value, json};

pub(super) fn render(config: &NatsConfig, port: u16, monitor_port: u16, member: Option<&Member>) -> String {
    let mut settings = Map::new();
    settings.insert("server_name".to_owned(), json!(member.map_or("laurel", |member| member.name.as_str())));
    settings.insert("host".to_owned(), json!("127.0.0.1"));
    settings.insert("port".to_owned(), json!(port));
    settings.insert("http".to_owned(), json!(format!("127.0.0.1:{monitor_port}")));
    settings.insert("jetstream".to_owned(), jetstream(config));
    if !config.users.is_empty() {
        settings.insert("authorization".to_owned(), authorization(&config.users));
    }
    if let Some(member) = member {
        settings.insert("cluster".to_owned(), member.settings());
    }
    settings.extend(config.extra.clone());
    format!("{:#}\n", Value::Object(settings))
}

fn jetstream(config: &NatsConfig) -> Value {
    let mut jetstream = json!({ "store_dir": config.data_dir.join("store") });
    if config.sync_always {
        jetstream["sync_interval"] = json!("always");
    }
    if let Some(bytes) = config.store_bytes_max {
        jetstream["max_file_store"] = json!(bytes);
    }
    jetstream
}

pub(super) fn authorization(users: &[User]) -> Value {
    json!({ "users": users.iter().map(user).collect::<Vec<_>>() })
}

fn user(user: &User) -> Value {
    let mut entry = json!({ "user": user.name, "password": user.password });
    if let Some(permissions) = &user.permissions {
        entry["permissions"] = rules(permissions);
    }
    entry
}

/// How long after a message its answers may come: longer than the longest run.
const ANSWERED_WITHIN: &str = "10m";

fn rules(permissions: &Permissions) -> Value {
    let mut rules = json!({
        "publish": { "allow": permissions.publish, "deny": permissions.publish_deny },
        "subscribe": { "allow": permissions.subscribe },
    });
    if let Some(max) = permissions.answers_max {
        rules["allow_responses"] = json!({ "max": max, "expires": ANSWERED_WITHIN });
    }
    rules
}
