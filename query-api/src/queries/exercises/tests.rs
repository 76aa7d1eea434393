use super::*;
use crate::testing::TestApp;
use axum::http::Request;
use events::Part;
use events::exercise::Exercise;
use events::exercise::{Sample, Status};
use testkit::build;

#[test]
fn words_are_taken_literally() {
    assert_eq!(words(Some(" two  50%_\\ ")).expect("fit"), ["%two%", "%50\\%\\_\\\\%"]);
    assert!(words(None).expect("none").is_empty());
}

#[test]
fn an_etag_is_found_in_a_list() {
    let headers = |value| HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
    assert!(has_already(&headers("\"1\", W/\"3\""), "\"3\""));
    assert!(has_already(&headers("*"), "\"3\""));
    assert!(!has_already(&headers("\"13\""), "\"3\""));
}

async fn publish(test: &TestApp, slug: &str, change: impl FnOnce(&mut Exercise)) -> anyhow::Result<()> {
    let mut exercise = build::exercise(slug);
    change(&mut exercise);
    test.publish(&exercise).await
}

#[tokio::test]
async fn the_catalogue_is_filtered_and_searched() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    publish(&test, "anagrams", |exercise| {
        exercise.category = "strings".to_owned();
        exercise.difficulty = Difficulty::Hard;
        exercise.statement = "Group 100% of the WORDS_that are anagrams.".to_owned();
    })
    .await?;
    publish(&test, "sum-of-two", |_| {}).await?;
    publish(&test, "retired", |exercise| exercise.status = Status::Archived).await?;
    for (query, slugs) in [
        ("", vec!["anagrams", "sum-of-two"]),
        ("?category=strings", vec!["anagrams"]),
        ("?difficulty=easy", vec!["sum-of-two"]),
        ("?difficulty=hard&category=basics", vec![]),
        ("?status=archived", vec!["retired"]),
        ("?status=draft", vec![]),
        ("?q=words+GROUP", vec!["anagrams"]),
        ("?q=100%25", vec!["anagrams"]),
        ("?q=s_that", vec!["anagrams"]),
        ("?q=s_m", vec![]),
        ("?q=sum-of", vec!["sum-of-two"]),
        ("?q=numbers+group", vec![]),
    ] {
        let answer = test.get(&format!("/v1/exercises{query}")).await;
        assert_eq!(answer.texts("exercises", "slug"), slugs, "{query}");
    }
    for (query, code) in [
        ("difficulty=extreme", "difficulty_invalid"),
        ("status=gone", "status_invalid"),
        ("limit=0", "limit_invalid"),
        ("cursor=x", "cursor_invalid"),
        ("q=%00", "q_invalid"),
        ("category=%00", "category_invalid"),
        ("limit=1&limit=2", "query_invalid"),
    ] {
        assert_eq!(test.get(&format!("/v1/exercises?{query}")).await.problem(), (400, code), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cursor_is_stable_under_inserts() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for slug in ["bbb", "ddd", "fff"] {
        publish(&test, slug, |_| {}).await?;
    }
    let first = test.get("/v1/exercises?limit=2").await;
    assert_eq!(first.texts("exercises", "slug"), ["bbb", "ddd"]);
    for slug in ["aaa", "ccc", "eee"] {
        publish(&test, slug, |_| {}).await?;
    }
    let cursor = first.json["next_cursor"].as_str().expect("another page");
    let second = test.get(&format!("/v1/exercises?limit=2&cursor={cursor}")).await;
    assert_eq!(second.texts("exercises", "slug"), ["eee", "fff"]);
    assert!(second.json.get("next_cursor").is_none());
    Ok(())
}

#[tokio::test]
async fn a_draft_is_seen_by_its_author_and_by_admins() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    publish(&test, "secret", |exercise| exercise.status = Status::Draft).await?;
    let author = test.token(build::learner(0), &[Role::Author]);
    let other = test.token(build::learner(1), &[Role::Author, Role::Instructor]);
    let admin = test.token(build::learner(2), &[Role::Admin]);
    for (token, seen) in [(&author, true), (&other, false), (&admin, true)] {
        let one = test.get_as(token, "/v1/exercises/secret").await;
        assert_eq!(one.status.is_success(), seen, "{one:?}");
        let drafts = test.get_as(token, "/v1/exercises?status=draft").await;
        assert_eq!(drafts.texts("exercises", "slug").len(), usize::from(seen));
    }
    assert_eq!(test.get("/v1/exercises/secret").await.problem(), (404, "exercise_not_found"));
    assert_eq!(test.get("/v1/leaderboards/exercise:secret").await.problem(), (404, "board_unknown"));
    Ok(())
}

#[tokio::test]
async fn an_exercise_has_its_revision_as_etag_and_no_hidden_test() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    publish(&test, "sum-of-two", |exercise| {
        exercise.samples = vec![Sample { input: "1 2".to_owned(), expected: "3".to_owned() }];
    })
    .await?;
    let fresh = test.get("/v1/exercises/sum-of-two").await;
    assert_eq!((fresh.status.as_u16(), fresh.header("etag")), (200, "\"2\""));
    assert_eq!(fresh.json["samples"][0]["expected"], "3");
    assert_eq!(fresh.json["limits"]["cpu_ms"], 2_000);
    assert!(!String::from_utf8_lossy(&fresh.bytes).contains("package"));
    let known = Request::get("/v1/exercises/sum-of-two").header("If-None-Match", "\"2\"");
    let known = test.send(known).await;
    assert_eq!((known.status.as_u16(), known.header("etag"), known.bytes.len()), (304, "\"2\"", 0));
    assert!(!known.header("laurel-position").is_empty());
    for slug in ["none", "Sum-Of-Two", "%00", "%FF"] {
        let answer = test.get(&format!("/v1/exercises/{slug}")).await;
        assert!(
            matches!(answer.problem(), (404, "exercise_not_found") | (400, "path_invalid")),
            "{answer:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_parked_exercise_is_not_shown_half() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    publish(&test, "sum-of-two", |_| {}).await?;
    let part = Part::Facts(events::Partition::of(ExerciseId::of_slug("sum-of-two").0));
    test.park("exercises", part, ExerciseId::of_slug("sum-of-two").0).await?;
    assert_eq!(test.get("/v1/exercises/sum-of-two").await.problem(), (503, "parked"));
    Ok(())
}
