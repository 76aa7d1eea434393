use crate::openapi;
use crate::testing::TestApp;
use access::policy::{POLICY, Who};
use axum::http::Method;
use events::account::Role;
use testkit::build;

/// The paths of the document, with something in place of each parameter.
fn paths() -> Vec<(String, String)> {
    let document = serde_json::to_value(openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    paths.keys().map(|path| (path.clone(), path.replace(['{', '}'], ""))).collect()
}

#[tokio::test]
async fn every_route_asks_the_policy_table() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for (route, path) in paths() {
        let rule = POLICY.iter().find(|rule| rule.path == route && *rule.method == Method::GET);
        let who = rule.unwrap_or_else(|| panic!("{route} is missing from the policy table")).who;
        let nobody = test.get(&path).await;
        assert_eq!(nobody.problem() == (401, "token_missing"), who != Who::Anyone, "{route}: {nobody:?}");
        for role in Role::ALL {
            let token = test.token(build::learner(9), &[role]);
            let answer = test.get_as(&token, &path).await;
            let refused = matches!(answer.status.as_u16(), 401 | 403);
            assert_eq!(refused, !who.allows(&[role]), "{route} as {role:?}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_says_what_was_read() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    for path in
        ["/v1/exercises", "/v1/me", "/v1/me/submissions", "/v1/learners/learner-1", "/v1/leaderboards/global"]
    {
        let answer = test.get_as(&token, path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(answer.header("laurel-position").parse::<events::Position>().is_ok(), "{path}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_document_and_its_page_need_no_internet() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let document = test.get("/openapi.json").await;
    assert!(document.json["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let facts = test.get("/asyncapi.json").await;
    assert_eq!((facts.status.as_u16(), &facts.json["asyncapi"]), (200, &serde_json::json!("3.0.0")));
    // A handler documents what is its own; what any route may answer is added, each as the problem it is.
    let events = &document.json["paths"]["/v1/events"]["get"]["responses"];
    for status in ["400", "401", "403", "410", "503"] {
        assert!(events[status]["content"]["application/problem+json"].is_object(), "{status}: {events}");
    }
    let boards = &document.json["paths"]["/v1/leaderboards/{scope}"]["get"]["responses"];
    assert!(boards.get("401").is_none() && boards.get("503").is_some(), "{boards}");
    let undocumented =
        POLICY.iter().filter(|rule| rule.method == Method::GET && rule.path.starts_with("/v1/"));
    for rule in undocumented {
        assert!(document.json["paths"].get(rule.path).is_some(), "{} is not documented", rule.path);
    }
    for path in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-initializer.js", "/"] {
        let file = test.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        let body = String::from_utf8_lossy(&file.bytes);
        assert!(!body.contains("src=\"http"), "{path}");
        if file.header("content-type").starts_with("text/html") {
            // The policy allows scripts from files only.
            assert!(file.header("content-security-policy").contains("script-src 'self';"), "{path}");
            assert_eq!(body.matches("<script").count(), body.matches("<script src=\"./").count(), "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    assert_eq!(test.get("/v1/nothing").await.problem(), (404, "route_unknown"));
    assert_eq!(test.get("/v1/me").await.header("content-type"), "application/problem+json");
    Ok(())
}

#[tokio::test]
async fn requests_are_timed_by_route_and_class_of_status() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for path in ["/v1/exercises/none", "/v1/exercises/no-such", "/v1/exercises", "/v1/me", "/v1/nothing"] {
        test.get(path).await;
    }
    let metrics = test.observatory.metrics()?;
    let series = |rest: &str| format!("query_api_request_seconds_count{{method=\"GET\",route=\"{rest}");
    for expected in [
        "/v1/exercises/{slug}\",status=\"4xx\"} 2",
        "/v1/exercises\",status=\"2xx\"} 1",
        "/v1/me\",status=\"4xx\"} 1",
    ] {
        assert!(metrics.contains(&series(expected)), "{expected} is not in {metrics}");
    }
    Ok(())
}
