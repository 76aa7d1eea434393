//! How one learner stands altogether, and which achievements that unlocked.

use super::outcomes::add;
use super::share::Share;
use crate::rows::{Copies, Row, column};
use chrono::{DateTime, Utc};
use events::achievement::{Metric, RULES};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A row of `standings` and the learner's rows of `achievements`.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    learner_id: Uuid,
    submissions: i32,
    accepted: i32,
    solved: i32,
    points: i64,
    first_tries: i32,
    comebacks: i32,
    improvements: i32,
    challenges: i32,
    translations: i32,
    counts: Counts,
    unlocked: Vec<Unlocked>,
}

/// What the other figures are counted from. Stored as JSON, for the fold alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Counts {
    /// Exercises solved in each.
    categories: BTreeMap<String, i32>,
    languages: BTreeMap<String, i32>,
    /// How many days had accepted submissions to so many exercises.
    day_exercises: BTreeMap<i32, i32>,
    /// Which days had one: `first` is the day of the first character, `1` says yes.
    first_day: i32,
    active_days: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Unlocked {
    achievement: String,
    at: DateTime<Utc>,
    sequence: i64,
    stored: bool,
}

impl Standing {
    pub fn new(learner_id: Uuid) -> Self {
        Self {
            learner_id,
            submissions: 0,
            accepted: 0,
            solved: 0,
            points: 0,
            first_tries: 0,
            comebacks: 0,
            improvements: 0,
            challenges: 0,
            translations: 0,
            counts: Counts::default(),
            unlocked: Vec::new(),
        }
    }

    pub fn replace(&mut self, before: &Share, after: &Share) {
        self.add(before, -1);
        self.add(after, 1);
    }

    fn add(&mut self, share: &Share, sign: i32) {
        self.submissions += sign * share.judged;
        self.accepted += sign * share.accepted;
        self.solved += sign * i32::from(share.solved);
        self.points += i64::from(sign * share.points);
        self.first_tries += sign * i32::from(share.first_try);
        self.comebacks += sign * i32::from(share.comeback);
        self.improvements += sign * i32::from(share.improvement);
        self.challenges += sign * i32::from(share.challenge);
        self.translations += sign * i32::from(share.translation);
        if share.solved {
            add(&mut self.counts.categories, share.category.clone(), sign);
        }
        for language in &share.languages {
            add(&mut self.counts.languages, language.clone(), sign);
        }
    }

    /// On this day there were accepted submissions to `before` exercises and now there are to `after`.
    pub fn day_changed(&mut self, day: i32, before: i32, after: i32) {
        for (exercises, sign) in [(before, -1), (after, 1)] {
            if exercises > 0 {
                add(&mut self.counts.day_exercises, exercises, sign);
            }
        }
        self.counts.mark(day, after > 0);
    }

    /// Unlocks what the figures have reached and was not unlocked before.
    pub fn unlock(&mut self, at: DateTime<Utc>, sequence: i64) {
        for rule in RULES {
            let has = || self.unlocked.iter().any(|unlocked| unlocked.achievement == rule.id);
            if self.figure(rule.metric) >= rule.threshold && !has() {
                let achievement = rule.id.to_owned();
                self.unlocked.push(Unlocked { achievement, at, sequence, stored: false });
            }
        }
    }

    fn figure(&self, metric: Metric) -> i64 {
        match metric {
            Metric::Submissions => self.submissions.into(),
            Metric::Solved => self.solved.into(),
            Metric::Points => self.points,
            Metric::FirstTries => self.first_tries.into(),
            Metric::Comebacks => self.comebacks.into(),
            Metric::Improvements => self.improvements.into(),
            Metric::Challenges => self.challenges.into(),
            Metric::Translations => self.translations.into(),
            Metric::Categories => self.counts.categories().into(),
            Metric::Languages => self.counts.languages().into(),
            Metric::StreakDays => self.counts.streak_days().into(),
            Metric::DayExercises => self.counts.most_exercises().into(),
        }
    }
}

impl Counts {
    /// A hundred years: if a clock went mad, its day counts for no streak.
    const DAYS_MAX: usize = 36_500;

    fn mark(&mut self, day: i32, active: bool) {
        if self.active_days.is_empty() {
            self.first_day = day;
        }
        let span = usize::try_from((i64::from(day) - i64::from(self.first_day)).unsigned_abs())
            .unwrap_or(usize::MAX);
        if span + self.active_days.len() > Self::DAYS_MAX {
            return;
        }
        if day < self.first_day {
            self.active_days.insert_str(0, &"0".repeat(span));
            self.first_day = day;
        }
        let place = usize::try_from(day - self.first_day).expect("not before the first");
        while self.active_days.len() <= place {
            self.active_days.push('0');
        }
        self.active_days.replace_range(place..=place, if active { "1" } else { "0" });
    }

    fn streak_days(&self) -> i32 {
        small(self.active_days.split('0').map(str::len).max().unwrap_or_default())
    }

    fn categories(&self) -> i32 {
        small(self.categories.len())
    }

    fn languages(&self) -> i32 {
        small(self.languages.len())
    }

    fn most_exercises(&self) -> i32 {
        self.day_exercises.keys().next_back().copied().unwrap_or_default()
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("counts are JSON")
    }
}

fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl Row for Standing {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.learner_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        let mut unlocked: HashMap<Uuid, Vec<Unlocked>> = HashMap::new();
        let found = sqlx::query!(
            "SELECT learner_id, achievement, unlocked_at, unlocked_seq FROM achievements WHERE learner_id = ANY($1)",
            keys
        );
        for row in found.fetch_all(&mut *db).await? {
            unlocked.entry(row.learner_id).or_default().push(Unlocked {
                achievement: row.achievement,
                at: row.unlocked_at,
                sequence: row.unlocked_seq,
                stored: true,
            });
        }
        let found = sqlx::query!(
            "SELECT learner_id, submissions, accepted, solved, points, first_tries, comebacks, improvements, challenges,
                    translations, counts
             FROM standings WHERE learner_id = ANY($1)",
            keys
        );
        let rows = found.fetch_all(db).await?.into_iter().map(|row| {
            Ok(Self {
                learner_id: row.learner_id,
                submissions: row.submissions,
                accepted: row.accepted,
                solved: row.solved,
                points: row.points,
                first_tries: row.first_tries,
                comebacks: row.comebacks,
                improvements: row.improvements,
                challenges: row.challenges,
                translations: row.translations,
                counts: serde_json::from_str(&row.counts)
                    .map_err(|error| sqlx::Error::Decode(error.into()))?,
                unlocked: unlocked.remove(&row.learner_id).unwrap_or_default(),
            })
        });
        rows.collect()
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO standings
             SELECT * FROM UNNEST($1::uuid[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::int[], $7::int[],
                 $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::text[])
             ON CONFLICT (learner_id) DO UPDATE SET
                 submissions = excluded.submissions, accepted = excluded.accepted, solved = excluded.solved,
                 points = excluded.points, first_tries = excluded.first_tries, comebacks = excluded.comebacks,
                 improvements = excluded.improvements, challenges = excluded.challenges,
                 translations = excluded.translations, categories = excluded.categories, languages = excluded.languages,
                 streak_days = excluded.streak_days, day_exercises = excluded.day_exercises, counts = excluded.counts",
            &column(rows, |row| row.learner_id),
            &column(rows, |row| row.submissions),
            &column(rows, |row| row.accepted),
            &column(rows, |row| row.solved),
            &column(rows, |row| row.points),
            &column(rows, |row| row.first_tries),
            &column(rows, |row| row.comebacks),
            &column(rows, |row| row.improvements),
            &column(rows, |row| row.challenges),
            &column(rows, |row| row.translations),
            &column(rows, |row| row.counts.categories()),
            &column(rows, |row| row.counts.languages()),
            &column(rows, |row| row.counts.streak_days()),
            &column(rows, |row| row.counts.most_exercises()),
            &column(rows, |row| row.counts.json()),
        )
        .execute(&mut *db)
        .await?;
        let new: Vec<(Uuid, &Unlocked)> = rows
            .iter()
            .flat_map(|row| row.unlocked.iter().map(|unlocked| (row.learner_id, unlocked)))
            .filter(|(_, unlocked)| !unlocked.stored)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<&(Uuid, &Unlocked)> = new.iter().collect();
        sqlx::query!(
            "INSERT INTO achievements
             SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[])",
            &column(&new, |(learner_id, _)| *learner_id),
            &column(&new, |(_, unlocked)| unlocked.achievement.clone()),
            &column(&new, |(_, unlocked)| unlocked.at),
            &column(&new, |(_, unlocked)| unlocked.sequence),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "standings (learner_id, submissions, accepted, solved, points, first_tries, comebacks, improvements, \
             challenges, translations, categories, languages, streak_days, day_exercises, counts)",
        )
        .value(self.learner_id)
        .value(self.submissions)
        .value(self.accepted)
        .value(self.solved)
        .value(self.points)
        .value(self.first_tries)
        .value(self.comebacks)
        .value(self.improvements)
        .value(self.challenges)
        .value(self.translations)
        .value(self.counts.categories())
        .value(self.counts.languages())
        .value(self.counts.streak_days())
        .value(self.counts.most_exercises())
        .value(self.counts.json());
        for unlocked in &self.unlocked {
            to.line("achievements (learner_id, achievement, unlocked_at, unlocked_seq)")
                .value(self.learner_id)
                .value(&unlocked.achievement)
                .value(unlocked.at)
                .value(unlocked.sequence);
        }
    }

    fn stored(&mut self) {
        self.unlocked.iter_mut().for_each(|unlocked| unlocked.stored = true);
    }
}
