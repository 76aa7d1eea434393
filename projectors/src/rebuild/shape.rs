//! The shape of a version's tables: taken from its migrated schema, so that it is written down once.

use crate::failure::Failure;
use crate::projection::Registered;
use crate::runner::{connect, set_search_path};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgConnection};

/// Every schema of a build in progress has this in its name.
const MARK: &str = "_building_";

pub fn building_schema(target: &Registered, epoch: i64) -> String {
    format!("{}{MARK}{epoch}", target.schema())
}

/// What was put out of the way and goes with the other leftovers.
pub fn leftover_schema(target: &Registered, epoch: i64) -> String {
    format!("{}{MARK}old_{epoch}", target.schema())
}

/// Creates a version's tables, empty, in a new schema and makes it the connection's. Primary keys only: a fold needs them
/// to find rows again. Returns the statements that make the rest.
pub async fn create(
    db: &mut PgConnection,
    target: &Registered,
    building: &str,
) -> Result<Vec<String>, Failure> {
    let schema = target.schema();
    execute(db, format!("CREATE SCHEMA {building}")).await?;
    set_search_path(db, &[building.to_owned()]).await?;
    let tables = sqlx::query!(
        r#"SELECT relname::text AS "name!", coalesce(array_to_string(reloptions, ', '), '') AS "options!"
           FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = 'r' ORDER BY relname"#,
        schema
    )
    .fetch_all(&mut *db)
    .await?;
    if tables.is_empty() {
        return Err(Failure::Halt(format!("schema {schema} has no tables: its migration is missing")));
    }
    let mut later = Vec::new();
    for table in tables {
        let name = table.name;
        execute(
            db,
            format!("CREATE TABLE {name} (LIKE {schema}.{name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"),
        )
        .await?;
        if !table.options.is_empty() {
            execute(db, format!("ALTER TABLE {name} SET ({})", table.options)).await?;
        }
        let (now, after) = indexes(db, &schema, &name, target.keyless.contains(&name.as_str())).await?;
        for statement in now {
            execute(db, statement).await?;
        }
        later.extend(after);
    }
    Ok(later)
}

/// The statements that [`create`] returned, for tables whose build is gone on with.
pub async fn missing_indexes(
    db: &mut PgConnection,
    target: &Registered,
    building: &str,
) -> Result<Vec<String>, Failure> {
    let schema = target.schema();
    let mut later = Vec::new();
    // What a fold only uses while it builds (additions to sums, say) is no table of the version.
    let building = tables(db, building).await?;
    for name in tables(db, &schema).await?.into_iter().filter(|name| building.contains(name)) {
        let (_there, after) = indexes(db, &schema, &name, target.keyless.contains(&name.as_str())).await?;
        later.extend(after);
    }
    Ok(later)
}

/// The statements that make a table's indexes: before rows are copied, and after.
async fn indexes(
    db: &mut PgConnection,
    schema: &str,
    table: &str,
    is_keyless: bool,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let found = sqlx::query!(
        r#"SELECT i.indisprimary AS "is_primary!", pg_get_indexdef(i.indexrelid) AS "definition!",
                  c.conname::text AS constraint_name, pg_get_constraintdef(c.oid) AS constraint_definition
           FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
           WHERE i.indrelid = to_regclass(format('%I.%I', $1::text, $2::text))"#,
        schema,
        table
    )
    .fetch_all(db)
    .await?;
    let (mut now, mut after) = (Vec::new(), Vec::new());
    for index in found {
        let statement = match (index.constraint_name, index.constraint_definition) {
            (Some(name), Some(definition)) => {
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            }
            // `CREATE INDEX name ON schema.table …`, here without the schema.
            _ => index.definition.replacen(&format!(" ON {schema}."), " ON ", 1),
        };
        if index.is_primary && !is_keyless { now.push(statement) } else { after.push(statement) }
    }
    Ok((now, after))
}

/// Lets the planner know what is in the tables.
pub async fn analyze(db: &mut PgConnection, schema: &str) -> Result<(), Failure> {
    for table in tables(db, schema).await? {
        execute(db, format!("ANALYZE {schema}.{table}")).await?;
    }
    Ok(())
}

pub async fn tables(db: &mut PgConnection, schema: &str) -> Result<Vec<String>, Failure> {
    let tables = sqlx::query_scalar!(
        r#"SELECT tablename::text AS "name!" FROM pg_tables WHERE schemaname = $1 ORDER BY tablename"#,
        schema
    );
    Ok(tables.fetch_all(db).await?)
}

pub async fn execute(db: &mut PgConnection, statement: String) -> Result<(), Failure> {
    // Made of names from our own registry and catalogue; nothing in it comes from a user.
    sqlx::query(AssertSqlSafe(statement)).execute(db).await?;
    Ok(())
}

/// Drops what dead builds left, but for what can be gone on with. Nobody but the holder of the lease may.
pub async fn drop_leftovers(database: &PgConnectOptions) -> Result<(), Failure> {
    let mut db = connect(database).await?;
    let leftovers = sqlx::query_scalar!(
        r#"SELECT nspname::text AS "name!" FROM pg_namespace WHERE strpos(nspname, $1) > 0 AND NOT EXISTS (
             SELECT FROM builds WHERE schema_name = nspname AND ended_at IS NULL AND resume_at IS NOT NULL)"#,
        MARK
    )
    .fetch_all(&mut db)
    .await?;
    for schema in leftovers {
        execute(&mut db, format!("DROP SCHEMA {schema} CASCADE")).await?;
    }
    Ok(())
}
