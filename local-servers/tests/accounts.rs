//! Every limit of the broker's accounts, against a real server: what each user must be able to do, and what the server
//! must refuse.
#![allow(clippy::disallowed_methods)] // Below the log client there is no other way to publish.

use async_nats::jetstream;
use async_nats::jetstream::consumer::{pull, push};
use async_nats::jetstream::stream::Config;
use async_nats::{Client, ConnectOptions};
use events::subject;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use local_servers::nats::accounts::{
    self, ANALYST, BACKUP, COMMAND_API, JUDGE, OPERATOR, PROJECTORS, QUERY_API,
};
use local_servers::nats::{NatsConfig, NatsServer};
use std::time::Duration;

/// How long a refused request goes without an answer before it counts as refused. The server refuses by an error on the
/// connection, not by a reply.
const PATIENCE: Duration = Duration::from_millis(300);

struct Broker {
    server: NatsServer,
    _folder: tempfile::TempDir,
}

impl Broker {
    /// The streams and buckets as the set-up makes them, one message each.
    async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let users = accounts::users(|name| anyhow::Ok(name.to_owned()))?;
        let config = NatsConfig { users, throwaway: true, ..NatsConfig::new(folder.path()) };
        let broker = Self { server: NatsServer::start(config).await?, _folder: folder };
        let operator = jetstream::new(broker.log_in(OPERATOR).await?);
        operator.create_stream(stream(subject::FACTS, &[subject::ALL_FACTS])).await?;
        operator.create_stream(stream(subject::IDENTITY, &subject::ALL_IDENTITY)).await?;
        let bucket = subject::EXERCISES.to_owned();
        operator
            .create_object_store(jetstream::object_store::Config { bucket, ..Default::default() })
            .await?;
        let bucket = subject::SESSIONS.to_owned();
        operator.create_key_value(jetstream::kv::Config { bucket, ..Default::default() }).await?;
        let bucket = subject::TRIES.to_owned();
        operator.create_key_value(jetstream::kv::Config { bucket, ..Default::default() }).await?;
        for queue in [subject::JUDGE_LIVE, subject::JUDGE_REJUDGE, subject::REJUDGE_SETS] {
            let queue = pull::Config {
                durable_name: Some(queue.to_owned()),
                filter_subject: "facts.submission.>".to_owned(),
                ..Default::default()
            };
            operator.create_consumer_on_stream(queue, subject::FACTS).await?;
        }

        let command_api = jetstream::new(broker.log_in(COMMAND_API).await?);
        for subject in ["facts.submission.07.l", "private.l", "keys.l", "claims.email.h"] {
            command_api.publish(subject, format!("on {subject}").into()).await?.await?;
        }
        Ok(broker)
    }

    async fn log_in(&self, user: &str) -> anyhow::Result<Client> {
        let options = ConnectOptions::with_user_and_password(user.to_owned(), user.to_owned());
        let options = options.custom_inbox_prefix(format!("_INBOX_{user}")).request_timeout(Some(PATIENCE));
        Ok(options.connect(self.server.url(user)).await?)
    }

    async fn jetstream(&self, user: &str) -> anyhow::Result<jetstream::Context> {
        let mut context = jetstream::new(self.log_in(user).await?);
        context.set_timeout(PATIENCE);
        Ok(context)
    }

    /// Whether the user can store a message on the subject.
    async fn may_publish(&self, user: &str, subject: &str) -> anyhow::Result<bool> {
        let jetstream = self.jetstream(user).await?;
        Ok(jetstream.publish(subject.to_owned(), "x".into()).await?.await.is_ok())
    }

    /// Whether the user can make a consumer with this one filter and read from it.
    async fn may_follow(&self, user: &str, stream: &str, filter: &str) -> anyhow::Result<bool> {
        let config = pull::OrderedConfig {
            name: Some(format!("{user}-{}", filter.len())),
            filter_subject: filter.to_owned(),
            ..Default::default()
        };
        let stream = self.jetstream(user).await?.get_stream_no_info(stream).await?;
        let Ok(consumer) = stream.create_consumer(config).await else { return Ok(false) };
        let mut messages = consumer.messages().await?;
        let first = tokio::time::timeout(Duration::from_secs(10), messages.next()).await?;
        Ok(first.is_some_and(|message| message.is_ok()))
    }

    /// Whether the user gets a message from a queue whose messages only `worker` may acknowledge.
    async fn may_take(&self, user: &str, queue: &str, worker: &str) -> anyhow::Result<bool> {
        let jetstream = self.jetstream(user).await?;
        let queue = jetstream.get_consumer_from_stream::<pull::Config, _, _>(queue, subject::FACTS);
        let Ok(queue) = queue.await else { return Ok(false) };
        let mut taken = queue.fetch().max_messages(1).expires(PATIENCE).messages().await?;
        let Ok(Some(Ok(message))) = tokio::time::timeout(PATIENCE * 2, taken.next()).await else {
            return Ok(false);
        };
        // Back into the queue for the next one to try; only the queue's worker may do even that.
        let returned = message.double_ack_with(jetstream::AckKind::Nak(None)).await;
        anyhow::ensure!(returned.is_ok() == (user == worker), "{user} returns it: {returned:?}");
        Ok(true)
    }

    async fn may_get_direct(&self, user: &str, subject: &str) -> anyhow::Result<bool> {
        let stream = self.jetstream(user).await?.get_stream_no_info(subject::IDENTITY).await?;
        Ok(stream.direct_get_last_for_subject(subject).await.is_ok())
    }

    async fn may_get(&self, user: &str, stream: &str, subject: &str) -> anyhow::Result<bool> {
        let stream = self.jetstream(user).await?.get_stream_no_info(stream).await?;
        Ok(stream.get_last_raw_message_by_subject(subject).await.is_ok())
    }

    /// What a raw request brings back, as text; empty when nothing.
    async fn ask(&self, user: &str, subject: &str, body: &str) -> anyhow::Result<String> {
        let client = self.log_in(user).await?;
        let answer = client.request(subject.to_owned(), body.to_owned().into()).await;
        Ok(answer.map(|message| String::from_utf8_lossy(&message.payload).into_owned()).unwrap_or_default())
    }
}

fn stream(name: &str, subjects: &[&str]) -> Config {
    Config {
        name: name.to_owned(),
        subjects: subjects.iter().map(|subject| (*subject).to_owned()).collect(),
        allow_direct: true,
        allow_atomic_publish: true,
        ..Default::default()
    }
}

const EVERYBODY: [&str; 7] = accounts::NAMES;

#[tokio::test]
async fn only_its_owner_publishes_each_family() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let owners = [
        ("facts.submission.07.x", COMMAND_API),
        ("facts.exercise.07.x", COMMAND_API),
        ("facts.learner.07.x", COMMAND_API),
        ("facts.operation.07.x", COMMAND_API),
        ("facts.judgement.07.x", JUDGE),
        ("private.x", COMMAND_API),
        ("keys.x", COMMAND_API),
        ("claims.handle.x", COMMAND_API),
        ("$KV.SESSIONS.x", COMMAND_API),
        ("$KV.TRIES.x", JUDGE),
        ("$O.EXERCISES.C.x", COMMAND_API),
    ];
    for (subject, owner) in owners {
        let allowed = try_join_all(EVERYBODY.map(|user| broker.may_publish(user, subject))).await?;
        assert_eq!(allowed, EVERYBODY.map(|user| user == owner), "{subject}");
    }
    Ok(())
}

#[tokio::test]
async fn identity_is_read_subject_by_subject() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let readers: [(&str, &str, &[&str]); 3] = [
        ("private.*", "private.l", &[COMMAND_API, PROJECTORS, OPERATOR]),
        ("keys.*", "keys.l", &[COMMAND_API, JUDGE, QUERY_API, OPERATOR]),
        ("claims.*.*", "claims.email.h", &[COMMAND_API, OPERATOR]),
    ];
    for (filter, subject, readers) in readers {
        let expected = EVERYBODY.map(|user| readers.contains(&user));
        let follow = EVERYBODY.map(|user| broker.may_follow(user, subject::IDENTITY, filter));
        assert_eq!(try_join_all(follow).await?, expected, "following {filter}");
        let get = EVERYBODY.map(|user| broker.may_get_direct(user, subject));
        assert_eq!(try_join_all(get).await?, expected, "getting {subject}");
    }
    let expected = EVERYBODY.map(|user| [COMMAND_API, OPERATOR].contains(&user));
    let get = EVERYBODY.map(|user| broker.may_get(user, subject::IDENTITY, "private.l"));
    assert_eq!(try_join_all(get).await?, expected, "getting by a subject in the body");
    let follow = EVERYBODY.map(|user| broker.may_follow(user, subject::IDENTITY, ""));
    assert_eq!(try_join_all(follow).await?, expected, "following all of IDENTITY");
    Ok(())
}

/// The subject of the request is allowed; its body asks for more.
#[tokio::test]
async fn a_body_cannot_ask_for_more_than_its_subject() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let get = "$JS.API.DIRECT.GET.IDENTITY.keys.l";
    for body in [
        r#"{"last_by_subj":"private.l"}"#,
        r#"{"seq":2}"#,
        r#"{"seq":1,"next_by_subj":"private.*"}"#,
        r#"{"multi_last":["private.*"]}"#,
        r#"{"batch":10,"seq":1}"#,
    ] {
        let answer = broker.ask(JUDGE, get, body).await?;
        assert!(!answer.contains("private"), "{body}: {answer}");
    }
    let create = "$JS.API.CONSUMER.CREATE.IDENTITY.c.keys.*";
    for filter in [
        r#""filter_subject":"private.*""#,
        r#""filter_subjects":["keys.*","private.*"]"#,
        r#""filter_subjects":["private.*"]"#,
        r#""description":"no filter""#,
    ] {
        let body = format!(r#"{{"stream_name":"IDENTITY","config":{{"name":"c",{filter}}}}}"#);
        let answer = broker.ask(JUDGE, create, &body).await?;
        assert!(answer.contains("\"error\""), "{filter}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn queues_are_their_workers_own() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let queues =
        [(subject::JUDGE_LIVE, JUDGE), (subject::JUDGE_REJUDGE, JUDGE), (subject::REJUDGE_SETS, COMMAND_API)];
    for (user, (queue, worker)) in EVERYBODY.into_iter().flat_map(|user| queues.map(|queue| (user, queue))) {
        let expected = [worker, OPERATOR].contains(&user);
        assert_eq!(broker.may_take(user, queue, worker).await?, expected, "{user} {queue}");
        if !expected {
            let change = format!(
                r#"{{"stream_name":"FACTS","config":{{"durable_name":"{queue}","filter_subject":"facts.learner.>","ack_policy":"explicit"}}}}"#
            );
            for create in [
                format!("CREATE.FACTS.{queue}.facts.learner.>"),
                format!("CREATE.FACTS.{queue}"),
                format!("DURABLE.CREATE.FACTS.{queue}"),
            ] {
                assert_eq!(
                    broker.ask(user, &format!("$JS.API.CONSUMER.{create}"), &change).await?,
                    "",
                    "{user}"
                );
            }
            let delete = format!("$JS.API.CONSUMER.DELETE.FACTS.{queue}");
            assert_eq!(broker.ask(user, &delete, "").await?, "", "{user}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn facts_are_open_to_their_readers() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    for user in [COMMAND_API, PROJECTORS, QUERY_API, ANALYST] {
        assert!(broker.may_follow(user, subject::FACTS, subject::ALL_FACTS).await?, "{user}");
        assert!(broker.may_follow(user, subject::FACTS, "").await?, "{user}");
    }
    Ok(())
}

#[tokio::test]
async fn only_the_operator_changes_streams() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    for user in EVERYBODY {
        let jetstream = broker.jetstream(user).await?;
        let expected = user == OPERATOR;
        let made = jetstream.create_stream(stream(&format!("X-{user}"), &[&format!("x.{user}")])).await;
        assert_eq!(made.is_ok(), expected, "{user} creates");
        let changed = jetstream.update_stream(stream(subject::FACTS, &[subject::ALL_FACTS])).await;
        assert_eq!(changed.is_ok(), expected, "{user} updates");
        let purged = jetstream.get_stream_no_info(subject::FACTS).await?.purge().await;
        assert_eq!(purged.is_ok(), expected, "{user} purges FACTS");
        if !expected {
            assert!(jetstream.delete_stream(subject::IDENTITY).await.is_err(), "{user} deletes");
        }
    }
    Ok(())
}

/// What it is sent is everything, so it must be able to do nothing else; and nobody else but the operator is sent that.
#[tokio::test]
async fn only_backups_and_the_operator_have_streams_sent_to_them() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    for user in EVERYBODY {
        let wish = format!(r#"{{"deliver_subject":"_INBOX_{user}.x"}}"#);
        let answer = broker.ask(user, "$JS.API.STREAM.SNAPSHOT.IDENTITY", &wish).await?;
        assert_eq!(
            answer.contains("stream_snapshot_response"),
            [BACKUP, OPERATOR].contains(&user),
            "{user}: {answer}"
        );
        let wish = r#"{"config":{"name":"Y","subjects":["y"]},"state":{}}"#;
        let answer = broker.ask(user, "$JS.API.STREAM.RESTORE.Y", wish).await?;
        assert_eq!(answer.contains("deliver_subject"), user == OPERATOR, "{user}: {answer}");
    }
    for queue in [subject::JUDGE_LIVE, subject::JUDGE_REJUDGE, subject::REJUDGE_SETS] {
        let answer = broker.ask(BACKUP, &format!("$JS.API.CONSUMER.INFO.FACTS.{queue}"), "").await?;
        assert!(answer.contains("ack_floor"), "{queue}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn packages_and_sessions_are_closed_to_strangers() -> anyhow::Result<()> {
    use tokio::io::AsyncReadExt;
    let broker = Broker::start().await?;
    let store = broker.jetstream(COMMAND_API).await?.get_object_store(subject::EXERCISES).await?;
    store.put("digest", &mut b"hidden tests".as_slice()).await?;
    for user in EVERYBODY {
        let opened = broker.jetstream(user).await?.get_object_store(subject::EXERCISES).await;
        assert_eq!(opened.is_ok(), [COMMAND_API, JUDGE, OPERATOR].contains(&user), "{user}");
        if user == JUDGE || user == COMMAND_API {
            let mut text = String::new();
            opened?.get("digest").await?.read_to_string(&mut text).await?;
            assert_eq!(text, "hidden tests");
        }
        let sessions = broker.jetstream(user).await?.get_key_value(subject::SESSIONS).await;
        assert_eq!(sessions.is_ok(), [COMMAND_API, OPERATOR].contains(&user), "{user}");
    }
    let sessions = broker.jetstream(COMMAND_API).await?.get_key_value(subject::SESSIONS).await?;
    let revision = sessions.create("a", "1".into()).await?;
    sessions.update("a", "2".into(), revision).await?;
    assert_eq!(sessions.get("a").await?.as_deref(), Some(b"2".as_slice()));
    sessions.purge("a").await?;
    Ok(())
}

#[tokio::test]
async fn nobody_listens_to_anybody_elses_answers() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    for user in EVERYBODY {
        for subject in
            [">", "_INBOX.>", "_INBOX_judge.>", "_INBOX_command-api.>", "private.*", "facts.>", "$JS.>"]
        {
            if subject == format!("_INBOX_{user}.>") {
                continue;
            }
            let client = broker.log_in(user).await?;
            let mut heard = client.subscribe(subject).await?;
            client.flush().await?;
            let command_api = broker.jetstream(COMMAND_API).await?;
            command_api.publish("private.l", "secret".into()).await?.await?;
            broker.ask(JUDGE, "$JS.API.DIRECT.GET.IDENTITY.keys.l", "").await?;
            let silence = tokio::time::timeout(Duration::from_millis(20), heard.next()).await;
            assert!(!matches!(silence, Ok(Some(_))), "{user} heard {subject}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn progress_and_languages_go_from_judges_to_the_query_api() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let query_api = broker.log_in(QUERY_API).await?;
    for (all, one) in [(subject::ALL_PROGRESS, "progress.07.l"), (subject::ALL_LANGUAGES, "languages.j")] {
        let mut told = query_api.subscribe(all).await?;
        query_api.flush().await?;
        for user in EVERYBODY {
            let client = broker.log_in(user).await?;
            client.publish(one, user.to_owned().into()).await?;
            client.flush().await?;
        }
        let heard = tokio::time::timeout(Duration::from_secs(10), told.next()).await?;
        assert_eq!(heard.map(|message| message.payload), Some(JUDGE.into()), "{one}");
        assert!(tokio::time::timeout(Duration::from_millis(20), told.next()).await.is_err(), "{one}");
    }
    Ok(())
}

#[tokio::test]
async fn runs_are_asked_for_by_the_command_api_and_answered_by_a_judge() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let judge = broker.log_in(JUDGE).await?;
    let mut asked = judge.queue_subscribe(subject::ALL_RUNS, subject::RUN_JUDGES.to_owned()).await?;
    judge.flush().await?;
    let mut listeners = Vec::new();
    for user in EVERYBODY {
        let client = broker.log_in(user).await?;
        listeners.push((user, client.subscribe("runs.>").await?));
        if user != JUDGE {
            listeners.push((user, client.queue_subscribe("runs.*", "judges".to_owned()).await?));
        }
        client.flush().await?;
    }
    for user in EVERYBODY {
        let client = broker.log_in(user).await?;
        client.publish_with_reply("runs.python", format!("_INBOX_{user}.x"), user.into()).await?;
        client.flush().await?;
    }
    let command_api = broker.log_in(COMMAND_API).await?;
    let inbox = command_api.new_inbox();
    let mut answers = command_api.subscribe(inbox.clone()).await?;
    command_api.publish_with_reply("runs.python", inbox.clone(), "second".into()).await?;
    let mut heard = Vec::new();
    for _ in 0..2 {
        let message = tokio::time::timeout(Duration::from_secs(10), asked.next()).await?;
        heard.extend(message.map(|message| message.payload));
    }
    assert_eq!(heard, [COMMAND_API, "second"]);
    // Two answers to who asked, no third, and none to who did not.
    for answer in ["started", "done", "too much"] {
        judge.publish(inbox.clone(), answer.into()).await?;
    }
    judge.publish(command_api.new_inbox(), "forged".into()).await?;
    judge.flush().await?;
    for expected in ["started", "done"] {
        let answer = tokio::time::timeout(Duration::from_secs(10), answers.next()).await?;
        assert_eq!(answer.map(|message| message.payload), Some(expected.into()));
    }
    assert!(tokio::time::timeout(Duration::from_millis(20), answers.next()).await.is_err());
    for (user, mut listener) in listeners {
        let silence = tokio::time::timeout(Duration::from_millis(5), listener.next()).await;
        assert!(!matches!(silence, Ok(Some(_))), "{user} heard a request");
    }
    Ok(())
}

/// A push consumer delivers wherever its maker says; nobody checks that its maker may publish there. It does not reach
/// another stream all the same.
#[tokio::test]
async fn a_push_consumer_does_not_carry_facts_into_identity() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let analyst = broker.jetstream(ANALYST).await?;
    for (number, target) in ["private.forged", "keys.forged", "$KV.SESSIONS.forged"].into_iter().enumerate() {
        let name = Some(format!("push-{number}"));
        let config = push::Config { name, deliver_subject: target.to_owned(), ..Default::default() };
        analyst.create_consumer_on_stream(config, subject::FACTS).await?;
    }
    let command_api = broker.jetstream(COMMAND_API).await?;
    command_api.publish("facts.submission.07.k", "more".into()).await?.await?;
    broker.may_follow(ANALYST, subject::FACTS, subject::ALL_FACTS).await?;
    for (stream, forged) in [
        (subject::IDENTITY, "private.forged"),
        (subject::IDENTITY, "keys.forged"),
        ("KV_SESSIONS", "$KV.SESSIONS.forged"),
    ] {
        assert!(!broker.may_get(COMMAND_API, stream, forged).await?, "{forged}");
    }
    Ok(())
}
