//! Snapshots against the same model, at every position they are of.

use super::*;
use crate::boards::history::{Grain, History};

struct Past {
    db: PgConnection,
    options: PgConnectOptions,
    ledger: Registered,
}

impl Past {
    async fn start_over(&mut self, events: &[Recorded]) -> anyhow::Result<()> {
        sqlx::raw_sql(
            "TRUNCATE judged, ledger, board_bests, board_comings, board_members, ledger_heads, board_totals;
             UPDATE public.board_generations SET life = gen_random_uuid()",
        )
        .execute(&mut self.db)
        .await?;
        let mut live = self.ledger.make();
        let all: Vec<&Recorded> = events.iter().collect();
        live.load(&mut self.db, &all).await?;
        for event in events {
            live.fold(event)?;
        }
        live.upsert(&mut self.db).await?;
        self.passed(events.len()).await
    }

    async fn passed(&mut self, sequence: usize) -> anyhow::Result<()> {
        sqlx::query("UPDATE public.checkpoints SET sequence = $1 WHERE projection = 'ledger'")
            .bind(i64::try_from(sequence)?)
            .execute(&mut self.db)
            .await?;
        Ok(())
    }

    async fn open(&self, grain: Grain) -> anyhow::Result<History> {
        Ok(History::open(&self.options, &self.ledger.schema(), self.ledger.version, grain).await?)
    }

    /// Every snapshot there is after history was derived: which board, at which sequence, learners' scores.
    async fn derive(&mut self, grain: Grain) -> anyhow::Result<Vec<Snapshot>> {
        let mut history = self.open(grain).await?;
        while history.pass().await? {}
        let rows: Vec<(String, String, i64, Vec<u8>)> =
            sqlx::query_as("SELECT scope, window_at, sequence, places FROM public.board_snapshots")
                .fetch_all(&mut self.db)
                .await?;
        let unpacked = rows.into_iter().map(|(scope, window_at, sequence, places)| {
            let places = events::places::unpack(&places).expect("packed");
            let places = places.into_iter().map(|(learner, score)| (learner.0, score)).collect();
            Snapshot { scope, window_at, sequence: usize::try_from(sequence).expect("small"), places }
        });
        Ok(unpacked.collect())
    }
}

#[derive(Debug)]
struct Snapshot {
    scope: String,
    window_at: String,
    sequence: usize,
    places: BTreeMap<Uuid, i64>,
}

impl Snapshot {
    fn expected(&self, facts: &[Fact]) -> BTreeMap<Uuid, i64> {
        let totals = model(&facts[..self.sequence]).into_iter();
        let own = totals.filter(|((scope, at, _), _)| *scope == self.scope && *at == self.window_at);
        own.map(|((_, _, learner), (_, score))| (learner, score)).collect()
    }
}

#[tokio::test]
async fn a_snapshot_is_the_board_as_it_stood() -> anyhow::Result<()> {
    let database = testkit::database().await?;
    crate::migrate(database.url()).await?;
    let options = PgConnectOptions::from_str(database.url())?;
    let ledger = Registered::of::<Ledger>();
    let mut db = connect(&options).await?;
    set_search_path(&mut db, &[ledger.schema()]).await?;
    let mut past = Past { db, options, ledger };
    let mut runner = TestRunner::deterministic();
    let mut compared = 0;
    for case in 0..12 {
        let facts = facts().new_tree(&mut runner).expect("a case").current();
        past.start_over(&record(&facts)).await?;
        let grain = Grain { stretch: 1 + case % 3, changes_min: 1 + case % 2 };
        for snapshot in past.derive(grain).await? {
            assert_eq!(snapshot.places, snapshot.expected(&facts), "case {case}: {snapshot:?} of {facts:?}");
            compared += 1;
        }
        assert_eq!(past.open(grain).await?.differing().await?, None, "case {case}: {facts:?}");
    }
    assert!(compared > 200, "only {compared} snapshots were made");
    // Somebody meddled with a place.
    sqlx::query(
        "UPDATE public.board_snapshots SET places = set_byte(places, 23, (get_byte(places, 23) + 1) % 256)
         WHERE scope = 'global' AND window_at = 'all' AND octet_length(places) > 0",
    )
    .execute(&mut past.db)
    .await?;
    let grain = Grain { stretch: 1, changes_min: 1 };
    let found = past.open(grain).await?.differing().await?.expect("a difference");
    assert!(found.board.starts_with("global all as of "), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_redrive_makes_untrue_is_derived_again() -> anyhow::Result<()> {
    let database = testkit::database().await?;
    crate::migrate(database.url()).await?;
    let options = PgConnectOptions::from_str(database.url())?;
    let ledger = Registered::of::<Ledger>();
    let mut db = connect(&options).await?;
    set_search_path(&mut db, &[ledger.schema()]).await?;
    let mut past = Past { db, options, ledger };
    // Three learners; what the second did waits at first.
    let facts: Vec<Fact> = [0, 1, 2].map(|number| Fact::Judged(number, 10, 1)).to_vec();
    let events = record(&facts);
    let without: Vec<Recorded> = [0, 2].map(|at| events[at].clone()).to_vec();
    past.start_over(&without).await?;
    past.passed(3).await?;
    sqlx::query("INSERT INTO public.parked SELECT 'ledger', version, '00', gen_random_uuid(), 2, gen_random_uuid(), 'x', 'x', true
                 FROM public.projections WHERE name = 'ledger' AND state = 'live'")
        .execute(&mut past.db)
        .await?;
    let grain = Grain { stretch: 1, changes_min: 1 };
    let of_all = |snapshots: &[Snapshot], sequence: usize| {
        let global = snapshots.iter().find(|snapshot| {
            (snapshot.scope.as_str(), snapshot.window_at.as_str(), snapshot.sequence)
                == ("global", "all", sequence)
        });
        global.map(|snapshot| snapshot.places.len())
    };
    let lacking = past.derive(grain).await?;
    assert_eq!([1, 3].map(|sequence| of_all(&lacking, sequence)), [Some(1), Some(2)]);

    // It goes on: rows of the past are written, and nothing waits any more.
    let mut live = past.ledger.make();
    live.load(&mut past.db, &[&events[1]]).await?;
    live.fold(&events[1])?;
    live.upsert(&mut past.db).await?;
    sqlx::query("DELETE FROM public.parked").execute(&mut past.db).await?;
    past.passed(4).await?;
    let mended = past.derive(grain).await?;
    assert_eq!([1, 2, 3].map(|sequence| of_all(&mended, sequence)), [Some(1), Some(2), Some(3)]);
    Ok(())
}
