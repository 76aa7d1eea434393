//! Who the learners are, by handle. From IDENTITY: erasing an account removes its row. Serves `GET /v1/learners/{handle}`
//! and the names on boards.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Row, Table, column};
use chrono::{DateTime, Utc};
use events::account::{ACCOUNT_ERASED, ACCOUNT_REGISTERED, ACCOUNT_ROLES_CHANGED, Account, AccountEvent};
use events::{Event, EventType, FamilyEvent, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Learners;

impl Projection for Learners {
    const NAME: &'static str = "learners";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[ACCOUNT_REGISTERED, ACCOUNT_ROLES_CHANGED, ACCOUNT_ERASED];
    type Rows = Table<LearnerRow>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        rows.want(event.event.key());
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        let Event::Account(change) = &event.event else { return Ok(()) };
        let key = change.key();
        match change {
            // A repeated registration says what the row says already.
            AccountEvent::Registered(registered) if rows.get(key).is_none() => {
                rows.put(LearnerRow::of(&registered.account, event.time));
            }
            AccountEvent::RolesChanged(changed) => {
                let registered_at = rows.get(key).map_or(event.time, |known| known.registered_at);
                rows.put(LearnerRow::of(&changed.account, registered_at));
            }
            AccountEvent::Erased(_) => rows.remove(key),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct LearnerRow {
    learner_id: Uuid,
    handle: String,
    handle_folded: String,
    roles: Vec<String>,
    registered_at: DateTime<Utc>,
}

impl LearnerRow {
    fn of(account: &Account, registered_at: DateTime<Utc>) -> Self {
        Self {
            learner_id: account.learner_id.0,
            handle: account.handle.clone(),
            handle_folded: account.handle.to_lowercase(),
            roles: account.roles.iter().map(|role| role.name().to_owned()).collect(),
            registered_at,
        }
    }
}

impl Row for LearnerRow {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.learner_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            LearnerRow,
            "SELECT learner_id, handle, handle_folded, roles, registered_at FROM learners WHERE learner_id = ANY($1)",
            keys
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO learners
             SELECT learner_id, handle, handle_folded, string_to_array(roles, ','), registered_at
             FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
               AS changed (learner_id, handle, handle_folded, roles, registered_at)
             ON CONFLICT (learner_id) DO UPDATE SET
                 handle = excluded.handle, handle_folded = excluded.handle_folded, roles = excluded.roles",
            &column(rows, |row| row.learner_id),
            &column(rows, |row| row.handle.clone()),
            &column(rows, |row| row.handle_folded.clone()),
            &column(rows, |row| row.roles.join(",")),
            &column(rows, |row| row.registered_at),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    async fn delete(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<()> {
        sqlx::query!("DELETE FROM learners WHERE learner_id = ANY($1)", keys).execute(db).await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("learners (learner_id, handle, handle_folded, roles, registered_at)")
            .value(self.learner_id)
            .value(&self.handle)
            .value(&self.handle_folded)
            .value(self.roles.as_slice())
            .value(self.registered_at);
    }
}
