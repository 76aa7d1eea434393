use crate::testing::{Reply, TestApp, part_of};
use chrono::TimeDelta;
use events::LearnerId;
use events::account::Role;
use events::exercise::{Difficulty, Exercise};
use serde_json::{Value, json};
use testkit::build;

/// What the projectors would have written about one attempt: (exercise, days and hours after the start, verdict, points).
type Told<'a> = (&'a Exercise, i64, &'a str, i32);

/// And how the learner stands on one exercise: attempts, judged, accepted, best points, hours of the first attempt and of the
/// one that solved it.
type Summary<'a> = (&'a Exercise, i32, i32, i32, i32, i64, Option<i64>);

/// Three exercises, tried by one learner over three days.
async fn told(test: &TestApp) -> anyhow::Result<LearnerId> {
    let (learner, _) = test.register(1).await?;
    let hard = Exercise {
        category: "graphs".to_owned(),
        difficulty: Difficulty::Hard,
        points: 30,
        ..build::exercise("hard")
    };
    let other = Exercise { category: "graphs".to_owned(), ..build::exercise("other") };
    let (easy, untried) = (build::exercise("easy"), build::exercise("untried"));
    for exercise in [&easy, &hard, &other, &untried] {
        test.publish(exercise).await?;
    }
    // The story begins at 10:00 UTC on 2026-11-21.
    let attempts: [Told<'_>; 6] = [
        (&easy, -34, "accepted", 10),
        (&hard, -30, "wrong_answer", 5),
        (&hard, -11, "wrong_answer", 0),
        (&hard, -10, "accepted", 30),
        (&other, -1, "wrong_answer", 4),
        (&other, -1, "judge_error", 0),
    ];
    for (number, (exercise, hours, verdict, points)) in (1_u32..).zip(attempts) {
        sqlx::query(
            "INSERT INTO progress_v2.attempts VALUES ($1, $2, $3, $4, $5, 'python', $6, $7, $8, $9, 0)",
        )
        .bind(learner.0)
        .bind(exercise.exercise_id.0)
        .bind(build::submission(number, learner, exercise).submission_id.0)
        .bind(i64::from(number))
        .bind(build::start() + TimeDelta::hours(hours))
        .bind(i32::try_from(exercise.points)?)
        .bind(verdict)
        .bind(points)
        .bind(i32::try_from(number)? * 3)
        .execute(&test.pool)
        .await?;
    }
    let summaries: [Summary; 3] = [
        (&easy, 1, 1, 1, 10, -34, Some(-34)),
        (&hard, 3, 3, 1, 30, -30, Some(-10)),
        (&other, 1, 1, 0, 4, -1, None),
    ];
    for (exercise, attempts, judged, accepted, points, first, solved) in summaries {
        let at = |hours| build::start() + TimeDelta::hours(hours);
        sqlx::query(
            "INSERT INTO progress_v2.progress
             VALUES ($1, $2, $3, $4, $5, $6, $7, 12, NULL, $8, CASE WHEN $8 IS NULL THEN NULL ELSE $4 END, $9, $9)",
        )
        .bind(learner.0)
        .bind(exercise.exercise_id.0)
        .bind(&exercise.category)
        .bind(attempts)
        .bind(judged)
        .bind(accepted)
        .bind(points)
        .bind(solved.map(at))
        .bind(at(first))
        .execute(&test.pool)
        .await?;
    }
    sqlx::query(
        "INSERT INTO progress_v2.standings VALUES ($1, 5, 2, 2, 44, 1, 0, 1, 1, 0, 2, 1, 2, 1, '{}')",
    )
    .bind(learner.0)
    .execute(&test.pool)
    .await?;
    sqlx::query("INSERT INTO progress_v2.achievements VALUES ($1, 'first-solve', $2, 2)")
        .bind(learner.0)
        .bind(build::start())
        .execute(&test.pool)
        .await?;
    Ok(learner)
}

async fn get(test: &TestApp, path: &str) -> Reply {
    // Whoever is signed in may look.
    let reply = test.get_as(&test.token(build::learner(2), &[Role::Learner]), path).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply
}

#[tokio::test]
async fn a_learners_figures_agree_with_each_other() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let learner = told(&test).await?;
    let of = |rest: &str| format!("/v1/learners/learner-1/{rest}");

    let found = get(&test, &of("statistics?tz=Europe/Berlin")).await.json;
    assert_eq!(
        [&found["points"], &found["tried"], &found["solved"], &found["submissions"], &found["accepted"]],
        [&json!(44), &json!(3), &json!(2), &json!(5), &json!(2)]
    );
    assert_eq!((&found["accuracy"], &found["attempts_to_solve_median"]), (&json!(0.4), &json!(2.0)));
    assert_eq!(found["time_to_solve_s_median"], json!(36_000.0));
    // The easy one was solved at 00:00 on the 20th in UTC, 01:00 in Berlin; the hard one at midnight of the 21st.
    let expected = json!({ "current_days": 2, "longest_days": 2, "last_day": "2026-11-21" });
    assert_eq!(found["streaks"], expected);
    let group = |name: &str, available, tried, solved, points| json!({ "name": name, "available": available, "tried": tried, "solved": solved, "points": points });
    assert_eq!(found["by_category"], json!([group("basics", 2, 1, 1, 10), group("graphs", 2, 2, 1, 34)]));
    assert_eq!(found["by_difficulty"], json!([group("easy", 3, 2, 1, 14), group("hard", 1, 1, 1, 30)]));
    let python = json!([{ "language": "python", "submissions": 5, "accepted": 2, "solved": 2 }]);
    assert_eq!(found["by_language"], python);

    let page = get(&test, &of("progress")).await.json;
    assert_eq!((&page["points"], &page["tried"], &page["solved"]), (&json!(44), &json!(3), &json!(2)));
    assert_eq!(page["progress"][1]["time_to_solve_s"], json!(72_000));
    let achievements = get(&test, &of("achievements")).await.json;
    assert_eq!((&achievements["unlocked"], &achievements["learner_id"]), (&json!(1), &json!(learner)));
    let first = &achievements["achievements"][0];
    assert_eq!(
        (&first["id"], &first["value"], &first["unlocked_at"]),
        (&json!("first-solve"), &json!(2), &json!("2026-11-21T10:00:00Z"))
    );
    let points = achievements["achievements"].as_array().expect("a list").iter();
    let points: Vec<&Value> =
        points.filter(|one| one["metric"] == "points").map(|one| &one["value"]).collect();
    assert!(points.iter().all(|value| **value == json!(44)), "{points:?}");
    let rules = test.get("/v1/achievements").await;
    assert!(rules.json["achievements"].as_array().is_some_and(|rules| rules.len() >= 20));

    test.erase(learner).await?;
    for rest in ["statistics", "activity", "achievements", "progress"] {
        let reply = test.get_as(&test.token(build::learner(2), &[Role::Learner]), &of(rest)).await;
        assert_eq!(reply.problem(), (404, "learner_not_found"), "{rest}");
    }
    Ok(())
}

#[tokio::test]
async fn activity_is_by_day_of_a_zone_and_comes_as_a_table() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    told(&test).await?;
    let of = |rest: &str| format!("/v1/learners/learner-1/activity{rest}");
    let utc = get(&test, &of("")).await.json;
    assert_eq!(
        (&utc["tz"], &utc["from"], &utc["until"]),
        (&json!("UTC"), &json!("2025-11-21"), &json!("2026-11-21"))
    );
    let day = |day: &str, submissions, accepted, solved, points, total| {
        json!({ "day": day, "submissions": submissions, "accepted": accepted, "solved": solved, "points": points,
            "points_total": total })
    };
    let expected = [day("2026-11-20", 3, 1, 1, 15, 15), day("2026-11-21", 2, 1, 1, 29, 44)];
    assert_eq!(utc["days"], json!(expected));
    // In New York four of them were a day earlier.
    let elsewhere = get(&test, &of("?tz=America/New_York&until=2026-11-20")).await.json;
    let expected = [day("2026-11-19", 2, 1, 1, 15, 15), day("2026-11-20", 2, 1, 1, 25, 40)];
    assert_eq!(elsewhere["days"], json!(expected));

    let table = get(&test, &of("?format=csv&from=2026-11-21")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(!table.header("laurel-position").is_empty());
    let expected = "day,submissions,accepted,solved,points,points_total\r\n2026-11-21,2,1,1,29,44\r\n";
    assert_eq!(String::from_utf8_lossy(&table.bytes), expected);
    let progress = get(&test, "/v1/learners/learner-1/progress?format=csv&limit=1").await;
    let expected = "exercise,title,category,difficulty,attempts,best_points,points_max,best_cpu_ms,solved_at,\
        attempts_to_solve,time_to_solve_s,first_attempt_at,last_attempt_at\r\neasy,The exercise easy,basics,easy,1,10,10,\
        12,2026-11-20T00:00:00Z,1,0,2026-11-20T00:00:00Z,2026-11-20T00:00:00Z\r\n";
    assert_eq!(String::from_utf8_lossy(&progress.bytes), expected);
    let next = format!("/v1/learners/learner-1/progress?cursor={}", progress.header("laurel-next-cursor"));
    assert_eq!(get(&test, &next).await.texts("progress", "exercise"), ["hard", "other"]);

    for (query, code) in [
        ("?tz=Mars/Olympus", "tz_invalid"),
        ("?from=yesterday", "day_invalid"),
        ("?until=2026-02-30", "day_invalid"),
        ("?until=-0001-01-01", "day_invalid"),
        ("?format=xlsx", "format_invalid"),
    ] {
        let reply = test.get_as(&test.token(build::learner(2), &[Role::Learner]), &of(query)).await;
        assert_eq!(reply.problem(), (400, code), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn an_exercises_statistics_are_sums_over_partitions_and_name_nobody_who_is_erased() -> anyhow::Result<()>
{
    let test = TestApp::new().await?;
    let exercise = build::exercise("sum-of-two");
    test.publish(&exercise).await?;
    let empty = test.get("/v1/exercises/sum-of-two/statistics").await.json;
    assert_eq!(
        (&empty["acceptance"], &empty["difficulty"], &empty["fastest"]),
        (&json!(null), &json!(null), &json!([]))
    );

    for (partition, solved_in) in [(3_i16, r#"{"0": 2, "24": 3}"#), (11, r#"{"24": 4, "48": 1}"#)] {
        sqlx::query("INSERT INTO progress_v2.exercise_outcomes VALUES ($1, $2, 20, 8, 6, 5, 2, 9, $3)")
            .bind(exercise.exercise_id.0)
            .bind(partition)
            .bind(solved_in)
            .execute(&test.pool)
            .await?;
    }
    // Seven learners; the first is the quickest, four times over; the second will be erased.
    for number in 1..=7_u32 {
        let learner = test.name(number).await?;
        for again in 0..4_u32 {
            let submission = build::submission(number * 10 + again, learner, &exercise).submission_id;
            let language = if again == 3 && number == 2 { "rust" } else { "python" };
            sqlx::query(
                "INSERT INTO progress_v2.attempts VALUES ($1, $2, $3, $4, $5, $6, 10, 'accepted', 10, $7, 0)",
            )
            .bind(learner.0)
            .bind(exercise.exercise_id.0)
            .bind(submission.0)
            .bind(i64::from(number * 10 + again))
            .bind(build::start())
            .bind(language)
            .bind(i32::try_from(number * 10 + again)?)
            .execute(&test.pool)
            .await?;
        }
    }
    test.erase(build::learner(2)).await?;
    let erased = build::learner(2);
    test.park("progress", part_of(erased), erased.0).await?;
    let found = test.get("/v1/exercises/sum-of-two/statistics").await.json;
    assert_eq!(
        [&found["submissions"], &found["accepted"], &found["tried"], &found["solved"], &found["first_tries"]],
        [&json!(40), &json!(16), &json!(12), &json!(10), &json!(4)]
    );
    assert_eq!((&found["acceptance"], &found["parked_keys"]), (&json!(0.4), &json!(1)));
    // The fifth of ten is the third of the seven that took 53.8 to 64 seconds.
    let median = found["time_to_solve_s_median"].as_f64().expect("a number");
    assert!((57.0..59.0).contains(&median), "{median}");
    assert_eq!(found["difficulty"]["tries"], json!(28));
    let logit = found["difficulty"]["logit"].as_f64().expect("a number");
    assert!((logit - (18.5_f64 / 10.5).ln()).abs() < 1e-9, "{logit}");
    let fastest = found["fastest"].as_array().expect("a list");
    assert_eq!((fastest.len(), &fastest[0]["language"]), (1, &json!("python")));
    let places = fastest[0]["submissions"].as_array().expect("a list").iter();
    let places: Vec<_> = places.map(|place| (place["handle"].as_str(), place["cpu_ms"].as_i64())).collect();
    let expected = [1, 3, 4, 5, 6].map(|number| (format!("learner-{number}"), number * 10));
    let expected: Vec<_> =
        expected.iter().map(|(handle, cpu_ms)| (Some(handle.as_str()), Some(*cpu_ms))).collect();
    assert_eq!(places, expected);

    for slug in ["nothing", "No%20Slug"] {
        let reply = test.get(&format!("/v1/exercises/{slug}/statistics")).await;
        assert_eq!(reply.problem(), (404, "exercise_not_found"), "{slug}");
    }
    Ok(())
}
