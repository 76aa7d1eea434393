//! Routes and roles: every route of this service against every role, at the router.

use crate::world::{Call, World};
use access::policy::{POLICY, Who};
use axum::http::{Method, StatusCode};
use events::LearnerId;
use events::account::Role;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Method and path of every route in the OpenAPI description, which is made from the router itself.
fn routes() -> BTreeSet<(String, String)> {
    let openapi = serde_json::to_value(command_api::openapi()).expect("a description is JSON");
    let paths = openapi["paths"].as_object().expect("paths").clone();
    let routes = paths.into_iter().flat_map(|(path, item)| {
        let methods: Vec<String> = item.as_object().expect("methods").keys().cloned().collect();
        methods.into_iter().map(move |method| (method.to_uppercase(), path.clone()))
    });
    routes.collect()
}

#[test]
fn every_route_stands_in_the_policy_table() {
    for (method, path) in routes() {
        let known = POLICY.iter().any(|rule| rule.method.as_str() == method && rule.path == path);
        assert!(known, "{method} {path}");
    }
}

#[tokio::test]
async fn every_role_gets_exactly_where_the_table_lets_it() -> anyhow::Result<()> {
    let world = World::start().await?;
    for (method, path) in routes() {
        let rule = POLICY.iter().find(|rule| rule.method.as_str() == method && rule.path == path);
        let who = rule.ok_or_else(|| anyhow::anyhow!("{method} {path} is missing"))?.who;
        let path = path
            .replace("{slug}", "some-slug")
            .replace("{handle}", "somebody")
            .replace("{id}", "some-id")
            .replace("{name}", "some_name");
        let path = path.replace("{projection}", "ledger").replace("{key}", "some-key");
        let call =
            || Call::new(Method::from_bytes(method.as_bytes()).expect("a method"), &path, &json!("rubbish"));
        let nobody = world.send(call()).await?;
        assert_eq!(nobody.code() == "token_missing", who != Who::Anyone, "{method} {path} {nobody:?}");
        for role in Role::ALL {
            let token = world.token_for(LearnerId(Uuid::from_u128(5)), &[role])?;
            let answer = world.send(call().token(&token)).await?;
            let let_in = answer.code() != "not_allowed";
            assert_eq!(let_in, who.allows(&[role]), "{method} {path} as {role:?}: {answer:?}");
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
        }
        if who != Who::Anyone {
            world.send(call().token("rubbish")).await?.is_problem(401, "token_invalid", "Authorization");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_expired_token_is_told_apart() -> anyhow::Result<()> {
    let world = World::start().await?;
    let token = world.token_for(LearnerId(Uuid::nil()), &Role::ALL)?;
    world.clock.set(world.clock.now() + chrono::TimeDelta::minutes(10));
    let answer = world.submit("some-slug", &token, "x").await?;
    answer.is_problem(401, "token_expired", "Authorization");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    Ok(())
}

#[tokio::test]
async fn requests_are_timed_by_route_and_class_of_status() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    world.register("ada").await.expect_err("the handle is taken");
    world.send(Call::post("/v1/exercises/none/submissions", &json!({}))).await?;
    let metrics = world.observatory.metrics()?;
    let series = |rest: &str| format!("command_api_request_seconds_count{{method=\"POST\",route=\"{rest}");
    for expected in [
        "/v1/register\",status=\"2xx\"} 1",
        "/v1/register\",status=\"4xx\"} 1",
        "/v1/exercises/{slug}/submissions\",status=\"4xx\"} 1",
    ] {
        assert!(metrics.contains(&series(expected)), "{expected} is not in {metrics}");
    }
    Ok(())
}
