//! The registry: every projection there is, each with its own schema, its own tables, and this one line.

pub mod cohorts;
pub mod exercises;
pub mod freezes;
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
    Registered::of::<cohorts::Cohorts>(),
    Registered::of::<freezes::Freezes>(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every table of the migrations that is in a projection's schema, as (schema, table). What projectors keep beside their
    /// projections is in `public`.
    fn tables() -> Vec<(String, String)> {
        let migrations = crate::migrations();
        let sql: Vec<&str> = migrations.iter().map(|migration| migration.sql.as_str()).collect();
        let created = sql.iter().flat_map(|sql| sql.split("CREATE TABLE ").skip(1));
        let names = created.filter_map(|rest| rest.split_whitespace().next()?.split_once('.'));
        let names = names.filter(|(schema, _)| *schema != "public");
        names.map(|(schema, table)| (schema.to_owned(), table.to_owned())).collect()
    }

    /// The projection a schema belongs to, and which of its versions; older ones are there until they are swapped out.
    fn owner(schema: &str) -> Option<(&'static Registered, u32)> {
        let (name, version) = schema.rsplit_once("_v")?;
        let known = ALL.iter().find(|known| known.name == name)?;
        Some((known, version.parse().ok().filter(|version| *version <= known.version)?))
    }

    /// Orders are taken about these and no others.
    #[test]
    fn every_projection_can_be_named_in_an_order() {
        let mut names: Vec<&str> = ALL.iter().map(|known| known.name).collect();
        names.sort_unstable();
        assert_eq!(names, events::operation::PROJECTIONS);
    }

    /// Projections share one search path: a name that two schemas had would be written by the wrong one.
    #[test]
    fn every_table_has_exactly_one_owning_projection() {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        let tables = tables();
        for (schema, table) in &tables {
            let owner = owner(schema);
            assert!(owner.is_some(), "{schema}.{table} belongs to no registered projection");
            let Some((owner, version)) = owner else { return };
            if version == owner.version {
                let other = owners.insert(table.clone(), owner.name);
                assert!(other.is_none(), "{table} is of {} and of {other:?}", owner.name);
            }
        }
        for known in ALL {
            assert!(owners.values().any(|owner| *owner == known.name), "{known:?} has no table");
        }
    }
}
