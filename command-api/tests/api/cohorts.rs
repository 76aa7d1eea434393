//! Cohorts: made, led, joined by a code, left.

use crate::world::{Answer, Call, PASSWORD, Replica, World};
use anyhow::ensure;
use axum::http::{Method, StatusCode};
use chassis::log::Stream;
use events::account::Role;
use events::cohort::{CohortLeft, MembershipEvent};
use events::{CohortId, Event, Family, LearnerId, subject};
use serde_json::{Value, json};
use uuid::Uuid;

/// One class and who leads it.
struct Class {
    id: String,
    code: String,
    instructor: String,
}

async fn class(world: &Replica) -> anyhow::Result<Class> {
    let instructor = world.token_for(LearnerId(Uuid::from_u128(70)), &[Role::Instructor])?;
    let call = Call::post("/v1/cohorts", &json!({ "name": " Programming 1 " })).token(&instructor);
    let made = world.send(call).await?;
    ensure!(made.status == StatusCode::CREATED, "{made:?}");
    assert_eq!((made.text("name")?.as_str(), made.text("status")?.as_str()), ("Programming 1", "open"));
    let id = made.text("cohort_id")?;
    assert_eq!(made.header("location"), format!("/v1/cohorts/{id}"));
    assert_eq!(made.header("laurel-position"), made.text("position")?);
    Ok(Class { id, code: made.text("code")?, instructor })
}

impl Class {
    /// With somebody else's token.
    fn as_seen_by(&self, instructor: String) -> Self {
        Self { id: self.id.clone(), code: self.code.clone(), instructor }
    }

    /// Another cohort with this one's instructor.
    fn with_id(&self, id: String) -> Self {
        Self { id, code: self.code.clone(), instructor: self.instructor.clone() }
    }

    async fn order(
        &self,
        world: &Replica,
        method: Method,
        what: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let path = format!("/v1/cohorts/{}{what}", self.id);
        world.send(Call::new(method, &path, &body).token(&self.instructor)).await
    }

    /// The code that is good after this.
    async fn invite(&self, world: &Replica, renew: bool) -> anyhow::Result<String> {
        let answer = self.order(world, Method::POST, "/invitation", json!({ "renew": renew })).await?;
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
        answer.text("code")
    }
}

async fn join(world: &Replica, token: &str, code: &str) -> anyhow::Result<Answer> {
    world.send(Call::post("/v1/cohorts/join", &json!({ "code": code })).token(token)).await
}

async fn leave(world: &Replica, token: &str, cohort: &str) -> anyhow::Result<Answer> {
    world.send(Call::post(&format!("/v1/cohorts/{cohort}/leave"), &Value::Null).token(token)).await
}

/// What the log says about one learner's cohorts.
async fn memberships(world: &World, learner: LearnerId) -> anyhow::Result<Vec<MembershipEvent>> {
    let messages = world.read(Stream::Facts, &subject::fact(Family::Membership, learner.0)).await?;
    let events = messages.into_iter().map(|message| match message.decode()?.event {
        Event::Membership(event) => Ok(event),
        other => anyhow::bail!("{other:?}"),
    });
    events.collect()
}

#[tokio::test]
async fn learners_join_by_a_code_once_and_leave_once() -> anyhow::Result<()> {
    let world = World::start().await?;
    let class = class(&world).await?;
    let ada = world.register("ada").await?;
    let token = world.token("ada").await?;

    let joined = join(&world, &token, &class.code.to_lowercase().replace('-', " ")).await?;
    assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
    assert_eq!((joined.text("cohort_id")?.as_str(), &joined.body["member"]), (&*class.id, &json!(true)));
    let again = join(&world, &token, &class.code).await?;
    assert_eq!(again.body, joined.body, "joining twice is having joined");
    assert_eq!(memberships(&world, ada).await?.len(), 1);
    let left = leave(&world, &token, &class.id).await?;
    assert_eq!((left.status, &left.body["member"]), (StatusCode::OK, &json!(false)));
    let again = leave(&world, &token, &class.id).await?;
    assert_eq!(again.body, left.body, "leaving twice is having left");
    leave(&world, &token, &Uuid::from_u128(1).to_string()).await?.is_problem(404, "cohort_unknown", "");
    leave(&world, &token, "nonsense").await?.is_problem(404, "cohort_unknown", "");
    let facts = memberships(&world, ada).await?;
    let cohort_id: CohortId = class.id.parse()?;
    let gone = CohortLeft { cohort_id, learner_id: ada, by: ada, cohorts: vec![] };
    assert_eq!(facts.last(), Some(&MembershipEvent::Left(gone)));
    assert_eq!(join(&world, &token, &class.code).await?.status, StatusCode::OK, "and comes back");

    // Both facts about an invitation are there, and neither says how to use it.
    let invitations = world.read(Stream::Facts, &subject::family(Family::Invitation)).await?;
    assert_eq!(invitations.len(), 1);
    for message in world.read(Stream::Facts, subject::ALL_FACTS).await? {
        let text =
            format!("{} {:?} {}", message.subject, message.headers, String::from_utf8_lossy(&message.body));
        for said in [class.code.clone(), class.code.replace('-', "")] {
            assert!(!text.to_uppercase().contains(&said), "{text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_code_is_good_at_a_time_and_guessing_is_slow() -> anyhow::Result<()> {
    let world = World::start().await?;
    let class = class(&world).await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    assert_eq!(class.invite(&world, false).await?, class.code, "it can be told again");
    let renewed = class.invite(&world, true).await?;
    assert_ne!(renewed, class.code);
    join(&world, &token, &class.code).await?.is_problem(404, "invitation_unknown", "code");
    let withdrawn = class.order(&world, Method::DELETE, "/invitation", Value::Null).await?;
    assert_eq!((withdrawn.status, &withdrawn.body["code"]), (StatusCode::OK, &Value::Null));
    join(&world, &token, &renewed).await?.is_problem(404, "invitation_unknown", "code");
    let third = class.invite(&world, false).await?;
    assert!(third != renewed && third != class.code, "a void code stays void");
    assert_eq!(join(&world, &token, &third).await?.status, StatusCode::OK);

    for guess in
        ["", "0000-0000-0000", "ZZZZ-ZZZZ-ZZZZ", "way too long to be a code of ours"].iter().cycle().take(8)
    {
        join(&world, &token, guess).await?.is_problem(404, "invitation_unknown", "code");
    }
    join(&world, &token, &third).await?.is_problem(429, "too_many_attempts", "");
    world.clock.set(world.clock.now() + chrono::TimeDelta::minutes(1));
    assert_eq!(join(&world, &token, &third).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn an_invitation_is_a_link_too_and_may_expire() -> anyhow::Result<()> {
    let world = World::start().await?;
    let class = class(&world).await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    let after = |minutes| world.clock.now() + chrono::TimeDelta::minutes(minutes);
    let invite = async |body| class.order(&world, Method::POST, "/invitation", body).await;
    let dated = invite(json!({ "expires_at": after(5) })).await?;
    assert_eq!(dated.text("code")?, class.code, "the same one");
    assert_eq!(dated.text("link")?, format!("/join/{}", class.code));
    assert_eq!(dated.body["expires_at"], json!(after(5)));
    assert_eq!(invite(json!({})).await?.body["expires_at"], json!(after(5)), "it stays as it is");
    let renamed = class.order(&world, Method::PUT, "", json!({ "name": "Programming 2" })).await?;
    assert_eq!((&renamed.body["link"], &renamed.body["expires_at"]), (&Value::Null, &Value::Null));
    for bad in [after(-1), after(60 * 24 * 400)] {
        invite(json!({ "expires_at": bad })).await?.is_problem(422, "expires_at_invalid", "expires_at");
    }
    world.clock.set(after(5));
    join(&world, &token, &class.code).await?.is_problem(410, "invitation_expired", "code");
    let shown = invite(json!({})).await?;
    assert_eq!(
        (shown.text("code")?, &shown.body["expires_at"]),
        (class.code.clone(), &json!(world.clock.now()))
    );
    let another = invite(json!({ "renew": true })).await?;
    assert_eq!(another.body["expires_at"], Value::Null);
    assert_ne!(another.text("code")?, class.code);
    let code = another.text("code")?;
    assert_eq!(join(&world, &token, &code).await?.status, StatusCode::OK);
    invite(json!({ "expires_at": after(5) })).await?;
    world.clock.set(after(5));
    let token = world.token("ada").await?;
    assert_eq!(join(&world, &token, &code).await?.status, StatusCode::OK, "a member already");
    Ok(())
}

#[tokio::test]
async fn its_instructors_lead_it_and_an_archived_one_stays_as_it_is() -> anyhow::Result<()> {
    let world = World::start().await?;
    let class = class(&world).await?;
    let stranger = class.as_seen_by(world.token_for(LearnerId(Uuid::from_u128(71)), &[Role::Instructor])?);
    let admin = class.as_seen_by(world.token_for(LearnerId(Uuid::from_u128(72)), &[Role::Admin])?);
    let ada = world.register("ada").await?;
    let ada_token = world.token("ada").await?;
    join(&world, &ada_token, &class.code).await?;
    let name = json!({ "name": "Programming 2" });
    let orders = [
        (Method::PUT, "", name.clone()),
        (Method::POST, "/invitation", json!({})),
        (Method::DELETE, "/invitation", Value::Null),
        (Method::PUT, "/instructors/ada", Value::Null),
        (Method::DELETE, "/instructors/ada", Value::Null),
        (Method::DELETE, "/members/ada", Value::Null),
        (Method::POST, "/archive", Value::Null),
    ];
    for (method, what, body) in &orders {
        let refused = stranger.order(&world, method.clone(), what, body.clone()).await?;
        refused.is_problem(403, "cohort_not_yours", "");
        let nowhere = admin.with_id(Uuid::from_u128(1).to_string());
        let unknown = nowhere.order(&world, method.clone(), what, body.clone()).await?;
        unknown.is_problem(404, "cohort_unknown", "");
    }
    let renamed = admin.order(&world, Method::PUT, "", name).await?;
    assert_eq!(renamed.text("name")?, "Programming 2");
    class.order(&world, Method::PUT, "", json!({ "name": "a\nb" })).await?.is_problem(
        422,
        "name_invalid",
        "name",
    );

    let add = |who: &'static str| class.order(&world, Method::PUT, who, Value::Null);
    add("/instructors/ada").await?.is_problem(409, "not_an_instructor", "handle");
    add("/instructors/nobody").await?.is_problem(404, "learner_unknown", "handle");
    let roles = json!({ "roles": ["learner", "instructor"] });
    let promote = Call::new(Method::PUT, "/v1/learners/ada/roles", &roles).token(&admin.instructor);
    assert_eq!(world.send(promote).await?.status, StatusCode::OK);
    assert_eq!(add("/instructors/ada").await?.status, StatusCode::OK);
    let promoted = class.as_seen_by(world.token("ada").await?);
    assert!(!promoted.invite(&world, false).await?.is_empty());

    let removed = class.order(&world, Method::DELETE, "/members/ada", Value::Null).await?;
    assert_eq!((removed.status, &removed.body["member"]), (StatusCode::OK, &json!(false)));
    let facts = memberships(&world, ada).await?;
    assert!(
        matches!(facts.last(), Some(MembershipEvent::Left(left)) if left.by == LearnerId(Uuid::from_u128(70)))
    );

    let archived = promoted.order(&world, Method::POST, "/archive", Value::Null).await?;
    assert_eq!(archived.text("status")?, "archived");
    let again = class.order(&world, Method::POST, "/archive", Value::Null).await?;
    assert_eq!(again.body, archived.body);
    join(&world, &ada_token, &class.code).await?.is_problem(409, "cohort_archived", "");
    for (method, what, body) in
        orders.into_iter().filter(|(_, what, _)| !matches!(*what, "/archive" | "/members/ada"))
    {
        let refused = class.order(&world, method, what, body).await?;
        refused.is_problem(409, "cohort_archived", "");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_erased_is_in_no_cohort_any_more() -> anyhow::Result<()> {
    let world = World::start().await?;
    let (one, two) = (class(&world).await?, class(&world).await?);
    assert_ne!((&one.id, &one.code), (&two.id, &two.code));
    let ada = world.register("ada").await?;
    let token = world.token("ada").await?;
    join(&world, &token, &one.code).await?;
    join(&world, &token, &two.code).await?;
    let erase = Call::new(Method::DELETE, "/v1/me", &json!({ "password": PASSWORD })).token(&token);
    assert_eq!(world.send(erase).await?.status, StatusCode::NO_CONTENT);
    let facts = memberships(&world, ada).await?;
    assert_eq!(facts.len(), 4, "{facts:?}");
    assert_eq!(facts.last().map(MembershipEvent::cohorts), Some([].as_slice()));
    join(&world, &token, &one.code).await?.is_problem(410, "account_erased", "");
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_gets_the_cohort_it_made() -> anyhow::Result<()> {
    let world = World::start().await?;
    let token = world.token_for(LearnerId(Uuid::from_u128(70)), &[Role::Instructor])?;
    let make = |name: &str| Call::post("/v1/cohorts", &json!({ "name": name })).token(&token).key("k1");
    let first = world.send(make("Programming 1")).await?;
    let again = world.send(make("Programming 1")).await?;
    assert_eq!((again.status, again.body), (StatusCode::CREATED, first.body.clone()));
    world.send(make("Programming 2")).await?.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    let class = Class { id: first.text("cohort_id")?, code: String::new(), instructor: token.clone() };
    class.invite(&world, true).await?;
    let late = world.send(make("Programming 1")).await?;
    assert_eq!(
        (late.status, &late.body["code"]),
        (StatusCode::CREATED, &Value::Null),
        "a void code is not told"
    );
    Ok(())
}

#[tokio::test]
async fn a_whole_class_joins_at_once_and_everybody_does_so_once() -> anyhow::Result<()> {
    let world = World::start().await?;
    let other = world.replica().await?;
    let class = class(&world).await?;
    let mut learners = Vec::new();
    for number in 0..8 {
        let handle = format!("pupil-{number}");
        learners.push((world.register(&handle).await?, world.token(&handle).await?));
    }
    // Each twice, by two replicas that know nothing of each other.
    let code = class.code.as_str();
    let joins = learners.iter().flat_map(|(_, token)| [join(&world, token, code), join(&other, token, code)]);
    for joined in futures_util::future::try_join_all(joins).await? {
        assert_eq!((joined.status, &joined.body["member"]), (StatusCode::OK, &json!(true)), "{joined:?}");
    }
    for (learner, _) in &learners {
        assert_eq!(memberships(&world, *learner).await?.len(), 1);
    }
    Ok(())
}
