//! The registry: every projection there is, each with its own schema, its own tables, and this one line.

pub mod exercises;
pub mod learners;
pub mod ledger;
pub mod progress;
pub mod rejudges;
pub mod submissions;

use crate::projection::Registered;

pub const ALL: &[Registered] = &[
    Registered::of::<exercises::Exercises>(),
    Registered::of::<learners::Learners>(),
    Registered::of::<submissions::Submissions>(),
    Registered::of::<progress::Progress>(),
    Registered::of::<ledger::Ledger>(),
    Registered::of::<rejudges::Rejudges>(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every table of the migrations that is in a projection's schema, as (schema, table).
    fn tables() -> Vec<(String, String)> {
        let migrations = crate::migrations();
        let sql: Vec<&str> = migrations.iter().map(|migration| migration.sql.as_str()).collect();
        let created = sql.iter().flat_map(|sql| sql.split("CREATE TABLE ").skip(1));
        let names = created.filter_map(|rest| rest.split_whitespace().next()?.split_once('.'));
        names.map(|(schema, table)| (schema.to_owned(), table.to_owned())).collect()
    }

    /// Projections share one search path: a name that two schemas had would be written by the wrong one.
    #[test]
    fn every_table_has_exactly_one_owning_projection() {
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (schema, table) in tables() {
            let owner = ALL.iter().find(|known| schema == format!("{}_v{}", known.name, known.version));
            assert!(owner.is_some(), "{schema}.{table} belongs to no registered projection");
            let other = owners.insert(table.clone(), schema.clone());
            assert!(other.is_none(), "{table} is in {schema} and {other:?}");
        }
        for known in ALL {
            let schema = format!("{}_v{}", known.name, known.version);
            assert!(owners.values().any(|owner| *owner == schema), "{schema} has no table");
        }
    }
}
