//! Who may log in to the broker, and what each may do: the least its work needs. The same list as in production.
//!
//! | user | may |
//! |---|---|
//! | `command-api` | write every fact but judgements, and everything in IDENTITY, SESSIONS and EXERCISES; work off `rejudge-sets`; ask for runs |
//! | `judge` | work off `judge-live` and `judge-rejudge`, write judgements and tries, say progress and languages, read packages and `keys.*`; answer who asks for a run |
//! | `projectors` | read FACTS and `private.*` |
//! | `query-api` | read FACTS and `keys.*`, listen to progress and languages |
//! | `operator` | everything about streams and consumers (set-up, doctor), bring backups back; no fact |
//! | `analyst` | read FACTS |
//! | `backup` | have every stream sent to it as a snapshot; change nothing |
//!
//! How the broker tells subjects of IDENTITY apart: STREAM.MSG.GET names its subject in the body, where permissions do
//! not look, so only command-api (and operator) have it. The others use DIRECT.GET.IDENTITY.<subject>, and consumers
//! whose one filter is the end of the CREATE subject: the server refuses a filter that differs from it. So such a
//! consumer must have a name and exactly one filter.
//!
//! Replies come to `_INBOX_<user>.>` (a client sets that prefix), so that no user can listen to another's answers.

use super::{Permissions, User, settings};
use events::{Family, subject};
use std::convert::Infallible;

/// Every user.
pub const NAMES: [&str; 7] = [COMMAND_API, JUDGE, PROJECTORS, QUERY_API, OPERATOR, ANALYST, BACKUP];
pub const COMMAND_API: &str = "command-api";
pub const JUDGE: &str = "judge";
pub const PROJECTORS: &str = "projectors";
pub const QUERY_API: &str = "query-api";
pub const OPERATOR: &str = "operator";
pub const ANALYST: &str = "analyst";
pub const BACKUP: &str = "backup";

/// Shared work queues on FACTS and their worker. Nobody but that one and the operator may take from them; judges may not
/// even change theirs.
const QUEUES: [(&str, &str); 3] =
    [(JUDGE, subject::JUDGE_LIVE), (JUDGE, subject::JUDGE_REJUDGE), (COMMAND_API, subject::REJUDGE_SETS)];

/// All users, with a password for each.
pub fn users<E>(mut password: impl FnMut(&str) -> Result<String, E>) -> Result<Vec<User>, E> {
    NAMES
        .into_iter()
        .map(|name| {
            Ok(User {
                name: name.to_owned(),
                password: password(name)?,
                permissions: Some(permissions(name)),
            })
        })
        .collect()
}

/// The part of nats-server's configuration that says all this to the brokers of a cluster. The passwords are variables of
/// their environment: `$COMMAND_API_PASSWORD` and so on.
pub fn configuration() -> String {
    let variable = |name: &str| format!("${}_PASSWORD", name.to_uppercase().replace('-', "_"));
    let Ok(users) = users::<Infallible>(|name| Ok(variable(name)));
    let text = format!("authorization: {:#}\n", settings::authorization(&users));
    // In quotes it would be the password.
    NAMES.into_iter().map(variable).fold(text, |text, name| text.replace(&format!("\"{name}\""), &name))
}

/// What a user may do; an unknown one may do nothing.
pub fn permissions(name: &str) -> Permissions {
    let publish = match name {
        COMMAND_API => command_api(),
        JUDGE => judge(),
        PROJECTORS => [start_up(), read_facts(), follow_identity(subject::ALL_PRIVATE)].concat(),
        QUERY_API => [start_up(), read_facts(), follow_identity(subject::ALL_KEYS)].concat(),
        OPERATOR => ["$JS.API.>", "$JS.SNAPSHOT.RESTORE.>"].map(str::to_owned).to_vec(),
        ANALYST => [api(&["INFO", "STREAM.INFO.FACTS"]), read_facts()].concat(),
        BACKUP => backup(),
        _ => Vec::new(),
    };
    let publish_deny = match name {
        COMMAND_API | PROJECTORS | QUERY_API | ANALYST => QUEUES
            .iter()
            .filter(|(worker, _)| *worker != name)
            .flat_map(|(_, queue)| take_from_queue(queue))
            .collect(),
        _ => Vec::new(),
    };
    let mut subscribe = vec![format!("_INBOX_{name}.>")];
    match name {
        QUERY_API => subscribe.extend([subject::ALL_PROGRESS, subject::ALL_LANGUAGES].map(str::to_owned)),
        // As members of the group alone: who listens beside it reads every request.
        JUDGE => subscribe.push(format!("{} {}", subject::ALL_RUNS, subject::RUN_JUDGES)),
        _ => {}
    }
    // That a run was started, and what came of it.
    let answers_max = (name == JUDGE).then_some(2);
    Permissions { publish, publish_deny, subscribe, answers_max }
}

fn command_api() -> Vec<String> {
    let facts =
        Family::ALL.into_iter().filter(|family| !matches!(family, Family::Account | Family::Judgement));
    let buckets = ["$KV.SESSIONS.>", "$O.EXERCISES.>"].map(str::to_owned).to_vec();
    let identity = [
        "STREAM.MSG.GET.IDENTITY",
        "DIRECT.GET.IDENTITY.>",
        "STREAM.MSG.DELETE.IDENTITY",
        "CONSUMER.CREATE.IDENTITY.>",
        "CONSUMER.INFO.IDENTITY.*",
        "CONSUMER.MSG.NEXT.IDENTITY.*",
        "CONSUMER.DELETE.IDENTITY.*",
    ];
    [
        start_up(),
        facts.map(subject::family).collect(),
        subject::ALL_IDENTITY.map(str::to_owned).to_vec(),
        buckets,
        read_facts(),
        api(&identity),
        vec!["$JS.ACK.IDENTITY.>".to_owned(), format!("$JS.ACK.FACTS.{}.>", subject::REJUDGE_SETS)],
        vec![subject::ALL_RUNS.to_owned()],
        read_bucket("KV_SESSIONS"),
        read_bucket("OBJ_EXERCISES"),
        api(&["STREAM.PURGE.KV_SESSIONS", "STREAM.PURGE.OBJ_EXERCISES"]),
    ]
    .concat()
}

fn judge() -> Vec<String> {
    let take = |queue| {
        let mut takes =
            api(&[&format!("CONSUMER.INFO.FACTS.{queue}"), &format!("CONSUMER.MSG.NEXT.FACTS.{queue}")]);
        takes.push(format!("$JS.ACK.FACTS.{queue}.>"));
        takes
    };
    [
        start_up(),
        api(&["STREAM.MSG.GET.FACTS"]),
        take(subject::JUDGE_LIVE),
        take(subject::JUDGE_REJUDGE),
        [&subject::family(Family::Judgement), subject::ALL_PROGRESS, subject::ALL_LANGUAGES]
            .map(str::to_owned)
            .to_vec(),
        follow_identity(subject::ALL_KEYS),
        read_bucket("OBJ_EXERCISES"),
        vec!["$KV.TRIES.>".to_owned()],
        api(&["STREAM.INFO.KV_TRIES", "DIRECT.GET.KV_TRIES.>"]),
    ]
    .concat()
}

fn backup() -> Vec<String> {
    let mut allowed = api(&["INFO", "STREAM.NAMES", "STREAM.SNAPSHOT.*"]);
    allowed.extend(api(&[&format!("CONSUMER.INFO.{}.{}", subject::IDENTITY, subject::IDENTITY_RELAY)]));
    for (_, queue) in QUEUES {
        allowed.extend(api(&[&format!("CONSUMER.INFO.{}.{queue}", subject::FACTS)]));
    }
    allowed.push("$JS.SNAPSHOT.ACK.>".to_owned());
    allowed
}

/// What the check at start-up asks.
fn start_up() -> Vec<String> {
    api(&["INFO", "STREAM.INFO.FACTS", "STREAM.INFO.IDENTITY"])
}

fn read_facts() -> Vec<String> {
    api(&[
        "STREAM.MSG.GET.FACTS",
        "DIRECT.GET.FACTS",
        "DIRECT.GET.FACTS.>",
        "CONSUMER.CREATE.FACTS.>",
        "CONSUMER.INFO.FACTS.*",
        "CONSUMER.MSG.NEXT.FACTS.*",
        "CONSUMER.DELETE.FACTS.*",
    ])
}

/// Single reads and a consumer of these subjects of IDENTITY and no others.
fn follow_identity(filter: &str) -> Vec<String> {
    api(&[
        &format!("DIRECT.GET.IDENTITY.{filter}"),
        &format!("CONSUMER.CREATE.IDENTITY.*.{filter}"),
        "CONSUMER.INFO.IDENTITY.*",
        "CONSUMER.DELETE.IDENTITY.*",
        "CONSUMER.MSG.NEXT.IDENTITY.*",
    ])
}

/// A bucket is a stream; reading an object takes a consumer with flow control.
fn read_bucket(stream: &str) -> Vec<String> {
    let mut allowed = api(&[
        &format!("STREAM.INFO.{stream}"),
        &format!("STREAM.MSG.GET.{stream}"),
        &format!("DIRECT.GET.{stream}"),
        &format!("DIRECT.GET.{stream}.>"),
        &format!("CONSUMER.CREATE.{stream}"),
        &format!("CONSUMER.CREATE.{stream}.>"),
        &format!("CONSUMER.INFO.{stream}.*"),
        &format!("CONSUMER.DELETE.{stream}.*"),
    ]);
    allowed.push(format!("$JS.FC.{stream}.>"));
    allowed
}

fn take_from_queue(queue: &str) -> Vec<String> {
    api(&[
        &format!("CONSUMER.CREATE.FACTS.{queue}"),
        &format!("CONSUMER.CREATE.FACTS.{queue}.>"),
        &format!("CONSUMER.MSG.NEXT.FACTS.{queue}"),
        &format!("CONSUMER.DELETE.FACTS.{queue}"),
    ])
}

fn api(calls: &[&str]) -> Vec<String> {
    calls.iter().map(|call| format!("$JS.API.{call}")).collect()
}
