//! Cohorts and who belongs to them. Serves `GET /v1/cohorts…`.
//!
//! A cohort's row is folded from its events, which each carry all of it, in the cohort's partition; a member's row from the
//! events of that learner, in the learner's. So neither reads the other's partition, and a read joins them.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Row, Rows, Table, bigint, column};
use chrono::{DateTime, Utc};
use events::cohort::{
    COHORT_ARCHIVED, COHORT_CREATED, COHORT_INSTRUCTORS_CHANGED, COHORT_INVITATION_CHANGED, COHORT_JOINED,
    COHORT_LEFT, COHORT_RENAMED, MembershipEvent,
};
use events::{CohortId, Event, EventType, LearnerId, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Cohorts;

impl Projection for Cohorts {
    const NAME: &'static str = "cohorts";
    const VERSION: u32 = 2;
    const HANDLES: &'static [EventType] = &[
        COHORT_CREATED,
        COHORT_RENAMED,
        COHORT_INSTRUCTORS_CHANGED,
        COHORT_INVITATION_CHANGED,
        COHORT_ARCHIVED,
        COHORT_JOINED,
        COHORT_LEFT,
    ];
    type Rows = CohortRows;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        match &event.event {
            Event::Cohort(event) => rows.cohorts.want(event.cohort().cohort_id.0),
            Event::Membership(event) => rows.members.want(member(event)),
            _ => {}
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::Cohort(changed) => {
                let cohort = changed.cohort();
                let known = rows.cohorts.get(cohort.cohort_id.0);
                let (created_at, created_seq) = known.map_or((event.time, bigint(event.sequence)), |known| {
                    (known.created_at, known.created_seq)
                });
                rows.cohorts.put(CohortRow {
                    cohort_id: cohort.cohort_id.0,
                    name: cohort.name.clone(),
                    status: cohort.status.name().to_owned(),
                    instructors: cohort.instructors.iter().map(LearnerId::to_string).collect(),
                    invitation: cohort.invitation.map(|invitation| invitation.0),
                    created_at,
                    created_seq,
                    invitation_expires_at: cohort.invitation_expires_at,
                });
            }
            Event::Membership(changed) => {
                let key = member(changed);
                match changed {
                    MembershipEvent::Left(_) => rows.members.remove(key),
                    MembershipEvent::Joined(_) if rows.members.get(key).is_some() => {}
                    MembershipEvent::Joined(_) => rows.members.put(MemberRow {
                        cohort_id: key.0,
                        learner_id: key.1,
                        joined_at: event.time,
                        joined_seq: bigint(event.sequence),
                    }),
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Cohort and learner.
type Member = (Uuid, Uuid);

fn member(event: &MembershipEvent) -> Member {
    let (CohortId(cohort), LearnerId(learner)) = match event {
        MembershipEvent::Joined(event) => (event.cohort_id, event.learner_id),
        MembershipEvent::Left(event) => (event.cohort_id, event.learner_id),
    };
    (cohort, learner)
}

#[derive(Default)]
pub struct CohortRows {
    cohorts: Table<CohortRow>,
    members: Table<MemberRow>,
}

impl Rows for CohortRows {
    const KEYLESS: &'static [&'static str] = &[];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.cohorts.load(db).await?;
        self.members.load(db).await
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.cohorts.upsert(db).await?;
        self.members.upsert(db).await
    }

    fn start_empty(&mut self) {
        self.cohorts.start_empty();
        self.members.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.cohorts.spill(db).await?;
        self.members.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.cohorts.flush(db).await?;
        self.members.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.cohorts.settle(db).await?;
        self.members.settle(db).await
    }
}

struct CohortRow {
    cohort_id: Uuid,
    name: String,
    status: String,
    /// Ids.
    instructors: Vec<String>,
    invitation: Option<Uuid>,
    created_at: DateTime<Utc>,
    created_seq: i64,
    invitation_expires_at: Option<DateTime<Utc>>,
}

impl Row for CohortRow {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.cohort_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            CohortRow,
            "SELECT cohort_id, name, status, instructors, invitation, created_at, created_seq, invitation_expires_at
             FROM cohorts WHERE cohort_id = ANY($1)",
            keys
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO cohorts (cohort_id, name, status, instructors, invitation, created_at, created_seq,
                 invitation_expires_at)
             SELECT cohort_id, name, status, string_to_array(instructors, ','), invitation, created_at, created_seq,
                 invitation_expires_at
             FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[], $7::bigint[],
                 $8::timestamptz[])
               AS changed (cohort_id, name, status, instructors, invitation, created_at, created_seq,
                 invitation_expires_at)
             ON CONFLICT (cohort_id) DO UPDATE SET
                 name = excluded.name, status = excluded.status, instructors = excluded.instructors,
                 invitation = excluded.invitation, invitation_expires_at = excluded.invitation_expires_at",
            &column(rows, |row| row.cohort_id),
            &column(rows, |row| row.name.clone()),
            &column(rows, |row| row.status.clone()),
            &column(rows, |row| row.instructors.join(",")),
            &column(rows, |row| row.invitation) as &[Option<Uuid>],
            &column(rows, |row| row.created_at),
            &column(rows, |row| row.created_seq),
            &column(rows, |row| row.invitation_expires_at) as &[Option<DateTime<Utc>>],
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("cohorts (cohort_id, name, status, instructors, invitation, created_at, created_seq, invitation_expires_at)")
            .value(self.cohort_id)
            .value(&self.name)
            .value(&self.status)
            .value(self.instructors.as_slice())
            .value(self.invitation)
            .value(self.created_at)
            .value(self.created_seq)
            .value(self.invitation_expires_at);
    }
}

struct MemberRow {
    cohort_id: Uuid,
    learner_id: Uuid,
    joined_at: DateTime<Utc>,
    joined_seq: i64,
}

impl Row for MemberRow {
    type Key = Member;

    fn key(&self) -> Member {
        (self.cohort_id, self.learner_id)
    }

    async fn load(db: &mut PgConnection, keys: &[Member]) -> sqlx::Result<Vec<Self>> {
        let (cohorts, learners): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        sqlx::query_as!(
            MemberRow,
            "SELECT cohort_id, learner_id, joined_at, joined_seq FROM cohort_members
             JOIN UNNEST($1::uuid[], $2::uuid[]) AS wanted (cohort_id, learner_id) USING (cohort_id, learner_id)",
            &cohorts,
            &learners
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        // Who left and came back within one batch has another time.
        sqlx::query!(
            "INSERT INTO cohort_members (cohort_id, learner_id, joined_at, joined_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[])
             ON CONFLICT (cohort_id, learner_id) DO UPDATE SET
                 joined_at = excluded.joined_at, joined_seq = excluded.joined_seq",
            &column(rows, |row| row.cohort_id),
            &column(rows, |row| row.learner_id),
            &column(rows, |row| row.joined_at),
            &column(rows, |row| row.joined_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    async fn delete(db: &mut PgConnection, keys: &[Member]) -> sqlx::Result<()> {
        let (cohorts, learners): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        sqlx::query!(
            "DELETE FROM cohort_members USING UNNEST($1::uuid[], $2::uuid[]) AS gone (cohort_id, learner_id)
             WHERE cohort_members.cohort_id = gone.cohort_id AND cohort_members.learner_id = gone.learner_id",
            &cohorts,
            &learners
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("cohort_members (cohort_id, learner_id, joined_at, joined_seq)")
            .value(self.cohort_id)
            .value(self.learner_id)
            .value(self.joined_at)
            .value(self.joined_seq);
    }
}
