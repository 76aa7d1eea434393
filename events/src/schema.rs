//! The contract for those who do not read Rust: a JSON Schema of each event type's body, and an AsyncAPI 3 document of the
//! public stream. Both are generated from the types and committed (`events/schemas/`, `events/asyncapi.json`); a test compares
//! them. A file of a version that is no longer current stays as it is: what was published in it stands in the log for ever.

use crate::account::{
    AccountErased, AccountRegistered, AccountRolesChanged, ClaimHeld, ClaimReleased, DataKeyErased,
    DataKeyMade,
};
use crate::cohort::{Cohort, CohortJoined, CohortLeft, InvitationMade};
use crate::exercise::{ExerciseArchived, ExerciseCreated, ExercisePublished, ExerciseRevised};
use crate::family::{EventType, Family};
use crate::freeze::BoardFreeze;
use crate::judgement::SubmissionJudged;
use crate::learner::LearnerRegistered;
use crate::operation::{
    ParkedEventDiscarded, ParkedKeyRedriven, ProjectionBuildAborted, ProjectionBuildOrdered,
};
use crate::rejudge::{RejudgeApplied, RejudgeSet, SubmissionRejudgeRequested};
use crate::submission::SubmissionReceived;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The committed AsyncAPI document.
pub const ASYNCAPI: &str = include_str!("../asyncapi.json");

/// What the body of a type of this name is; `None` when there is no such type.
fn body(name: &str) -> Option<Schema> {
    Some(match name {
        "account_registered" => of::<AccountRegistered>(),
        "account_roles_changed" => of::<AccountRolesChanged>(),
        "account_erased" => of::<AccountErased>(),
        "data_key_made" => of::<DataKeyMade>(),
        "data_key_erased" => of::<DataKeyErased>(),
        "claim_held" => of::<ClaimHeld>(),
        "claim_released" => of::<ClaimReleased>(),
        "learner_registered" => of::<LearnerRegistered>(),
        "exercise_created" => of::<ExerciseCreated>(),
        "exercise_revised" => of::<ExerciseRevised>(),
        "exercise_published" => of::<ExercisePublished>(),
        "exercise_archived" => of::<ExerciseArchived>(),
        "submission_received" => of::<SubmissionReceived>(),
        "submission_judged" => of::<SubmissionJudged>(),
        "submission_rejudge_requested" => of::<SubmissionRejudgeRequested>(),
        "rejudge_applied" => of::<RejudgeApplied>(),
        "rejudge_requested" | "rejudge_selected" | "rejudge_judged" | "rejudge_ordered"
        | "rejudge_finished" | "rejudge_cancelled" => of::<RejudgeSet>(),
        "cohort_created"
        | "cohort_renamed"
        | "cohort_instructors_changed"
        | "cohort_invitation_changed"
        | "cohort_archived" => of::<Cohort>(),
        "invitation_made" => of::<InvitationMade>(),
        "cohort_joined" => of::<CohortJoined>(),
        "cohort_left" => of::<CohortLeft>(),
        "board_frozen" | "board_unfrozen" => of::<BoardFreeze>(),
        "parked_key_redriven" => of::<ParkedKeyRedriven>(),
        "parked_event_discarded" => of::<ParkedEventDiscarded>(),
        "projection_build_ordered" => of::<ProjectionBuildOrdered>(),
        "projection_build_aborted" => of::<ProjectionBuildAborted>(),
        _ => return None,
    })
}

/// Without references, so that it means the same wherever it is put.
fn of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The JSON Schema (draft 2020-12) of an event type's body at its current version. `None`: the type is missing in this file.
pub fn of_type(event_type: &EventType) -> Option<Value> {
    let mut schema = body(event_type.name)?;
    schema.insert("title".to_owned(), event_type.wire_name().into());
    Some(schema.to_value())
}

/// The public stream as an AsyncAPI 3.0 document, from the side of whoever reads it: a channel per family, a message per type.
pub fn asyncapi() -> Value {
    let mut messages = Map::new();
    let mut channels = Map::new();
    let mut operations = Map::new();
    for family in Family::ALL.into_iter().filter(|family| *family != Family::Account) {
        let name = family.name();
        let mut of_channel = Map::new();
        for event_type in EventType::all().into_iter().filter(|event_type| event_type.family == family) {
            let wire_name = event_type.wire_name();
            let reference = json!({ "$ref": format!("#/components/messages/{wire_name}") });
            of_channel.insert(wire_name.clone(), reference);
            messages.insert(wire_name, message(&event_type));
        }
        channels.insert(name.to_owned(), channel(name, &of_channel));
        let operation = json!({
            "action": "receive",
            "channel": { "$ref": format!("#/channels/{name}") },
            "summary": format!("Read the facts of the family {name}."),
        });
        operations.insert(format!("read_{name}"), operation);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Laurel's public facts",
            "version": "1",
            "description": "Everything that happened, without personal data: CloudEvents 1.0 in binary mode on NATS \
                JetStream, stream FACTS. `GET /v1/events` serves the same events over HTTP, as CloudEvents in JSON.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "127.0.0.1:4222",
                "protocol": "nats",
                "description": "The broker of an installation; the account `analyst` reads FACTS and nothing else.",
            },
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "messageTraits": { "cloudevent": { "headers": headers() } },
        },
    })
}

fn channel(family: &str, messages: &Map<String, Value>) -> Value {
    json!({
        "address": format!("facts.{family}.{{partition}}.{{key}}"),
        "title": family,
        "servers": [{ "$ref": "#/servers/broker" }],
        "parameters": {
            "partition": {
                "description": "00 to 15: a stable hash of the key. All facts of one learner are in one partition, in order.",
            },
            "key": { "description": "The id of what the facts are about." },
        },
        "messages": messages,
    })
}

fn message(event_type: &EventType) -> Value {
    let schema = of_type(event_type).unwrap_or_else(|| json!({}));
    json!({
        "name": event_type.wire_name(),
        "title": event_type.name,
        "contentType": "application/json",
        "traits": [{ "$ref": "#/components/messageTraits/cloudevent" }],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": schema,
        },
    })
}

/// What [`crate::envelope`] writes.
fn headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["Nats-Msg-Id", "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "content-type"],
        "properties": {
            "Nats-Msg-Id": text("The event's id again, for the broker."),
            "ce-specversion": { "type": "string", "const": "1.0" },
            "ce-id": { "type": "string", "format": "uuid" },
            "ce-source": text("/laurel/<process>"),
            "ce-type": { "type": "string", "pattern": "^laurel\\.[a-z_]+\\.v[1-9][0-9]*$" },
            "ce-time": { "type": "string", "format": "date-time" },
            "ce-requestdigest": text("Keyed digest of the request that led to the event, when there was one."),
            "content-type": { "type": "string", "const": "application/json" },
            "traceparent": text("W3C trace context, when there is one."),
        },
    })
}
