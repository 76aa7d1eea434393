//! `load-tests judging`: what a box costs beside the bare process and the bare sandbox tool, how much of the bare boxed rate
//! is left when a submission takes the whole event path, and whether load changes a verdict.

mod boxes;
mod path;
mod steady;
pub(crate) mod verdicts;

use crate::http::Request;
use crate::report::Report;
use crate::residents::{self, Tenant};
use crate::system::{Kind, System};
use anyhow::Context;
use events::exercise::{Difficulty, Limits};
use events::judgement::TestGroup;
use events::package::{Checker, Package, Scoring, Test, TestKind};
use exercises::ExerciseFile;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use verdicts::Verdicts;

/// So many that nobody has two submissions waiting: then each is somebody's first.
const LEARNERS: usize = 2_000;
/// One for each core, as the judge has by itself here.
const SLOTS: &str = "2";

pub async fn run(report: &mut Report) -> anyhow::Result<()> {
    let mut boxed = Report::default();
    let (bare_rate, boxed) =
        tokio::task::spawn_blocking(move || boxes::measure(&mut boxed).map(|bare_rate| (bare_rate, boxed)))
            .await
            .context("the boxes' thread")??;
    report.append(boxed);
    let system = System::start().await?;
    let measured = async {
        let tenants = residents::learners(&system, LEARNERS).await?;
        let command_api = system.service(Kind::CommandApi, 0, &[("LAUREL_UNJUDGED_MAX", "1000000")]).await?;
        let _projectors = system.service(Kind::Projectors, 0, &[]).await?;
        let _query_api = system.service(Kind::QueryApi, 0, &[]).await?;
        let _judge = system.service(Kind::Judge, 0, &[("LAUREL_JUDGE_SLOTS", SLOTS)]).await?;
        let verdicts = Verdicts::follow(&system).await?;
        let stage = Stage { system: &system, address: command_api.address(), tenants, verdicts };
        path::measure(&stage, &bare_rate, report).await?;
        steady::measure(&stage, report).await
    };
    measured.await.map_err(|error| error.context(system.logs()))
}

/// What measurements of judging share.
pub(crate) struct Stage<'a> {
    pub system: &'a System,
    pub address: SocketAddr,
    pub tenants: Vec<Tenant>,
    pub verdicts: Verdicts,
}

impl Stage<'_> {
    /// Publishes an exercise with one test, a sample: its figures are told exactly.
    pub async fn publish(&self, slug: &str, expected: &str, limits: Limits) -> anyhow::Result<()> {
        let test = Test {
            group: TestGroup::Sample,
            kind: TestKind::Stdio { input: String::new() },
            expected: expected.to_owned(),
        };
        let file = ExerciseFile {
            slug: slug.to_owned(),
            title: slug.to_owned(),
            statement: "Print it.".to_owned(),
            category: "measuring".to_owned(),
            difficulty: Difficulty::Easy,
            points: 10,
            languages: BTreeSet::from(["python".to_owned()]),
            package: Package {
                tests: vec![test],
                limits,
                checker: Checker::Exact,
                scoring: Scoring::AllOrNothing,
                early_stop: false,
                solutions: Vec::new(),
            },
        };
        residents::publish(self.system, &file).await.map(drop)
    }

    /// A submission of the learner whose turn it is.
    pub fn submission(&self, turn: usize, slug: &str, source: &str) -> anyhow::Result<Request> {
        let tenant = &self.tenants[turn % self.tenants.len()];
        let body = serde_json::to_vec(&serde_json::json!({ "language": "python", "source": source }))?;
        let headers = [("authorization", tenant.authorization.as_str())];
        Ok(Request::new("POST", &format!("/v1/exercises/{slug}/submissions"), &headers, &body))
    }
}
