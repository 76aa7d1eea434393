//! The system under fire: every service a process of its own, two replicas of those that share work.

use super::gather;
use super::journal::{Entries, Journal};
use super::learner::{Addresses, Attempt};
use super::plan::{REPLICAS, Target};
use crate::checker::evidence::Evidence;
use crate::residents;
use crate::service::Service;
use crate::system::{Kind, System};
use local_servers::nats::accounts;
use local_servers::{Running, ServerError};
use std::sync::Arc;

/// The exercises' limit here. A solution that never ends burns a core until its limit, in every test: with the shipped
/// one (2 s) a few of them would keep the judges from everybody else's submissions for most of a run.
const CPU_MS: u32 = 500;

pub struct Stage {
    command_api: Vec<Service>,
    projectors: Vec<Service>,
    judge: Vec<Service>,
    query_api: Service,
    /// After the services: it is dropped after them.
    system: System,
    attempts: Arc<[Attempt]>,
}

impl Stage {
    /// Starts everything and publishes the shipped exercises.
    pub async fn set() -> anyhow::Result<Self> {
        let system = System::start().await?;
        let set = Self::services(&system).await;
        let (command_api, projectors, judge, query_api, attempts) =
            set.map_err(|error| error.context(system.logs()))?;
        Ok(Self { command_api, projectors, judge, query_api, system, attempts })
    }

    #[allow(clippy::type_complexity)] // One caller, which takes it apart at once.
    async fn services(
        system: &System,
    ) -> anyhow::Result<(Vec<Service>, Vec<Service>, Vec<Service>, Service, Arc<[Attempt]>)> {
        let attempts = attempts(system).await?;
        let (mut command_api, mut projectors, mut judge) = (Vec::new(), Vec::new(), Vec::new());
        for replica in 0..REPLICAS {
            command_api.push(system.service(Kind::CommandApi, replica, &[]).await?);
            projectors.push(system.service(Kind::Projectors, replica, &[]).await?);
            // Two replicas of one slot each have the cores of this machine to share.
            judge.push(system.service(Kind::Judge, replica, &[("LAUREL_JUDGE_SLOTS", "1")]).await?);
        }
        let query_api = system.service(Kind::QueryApi, 0, &[]).await?;
        Ok((command_api, projectors, judge, query_api, attempts))
    }

    pub fn process(&self, target: Target) -> &Running {
        match target {
            Target::CommandApi(replica) => &self.command_api[replica],
            Target::Projectors(replica) => &self.projectors[replica],
            Target::Judge(replica) => &self.judge[replica],
            Target::QueryApi => &self.query_api,
            Target::Nats => &self.system.nats,
            Target::Postgres => &self.system.postgres,
            Target::Redis => &self.system.redis,
        }
    }

    /// A service dies alone, as by the kernel's hand: the judge's warden is to end its half-made boxes. A server dies with
    /// its children.
    pub async fn kill(&self, target: Target) -> Result<(), ServerError> {
        let process = self.process(target);
        match target {
            Target::CommandApi(_) | Target::Projectors(_) | Target::Judge(_) | Target::QueryApi => {
                process.kill_alone().await
            }
            Target::Nats | Target::Postgres | Target::Redis => process.kill().await,
        }
    }

    /// Returns when a service answers that it is ready, for example after a thaw. Servers are not asked: their restart
    /// already waits for it.
    pub async fn ready(&self, target: Target) -> anyhow::Result<()> {
        match target {
            Target::CommandApi(replica) => self.command_api[replica].ready().await,
            Target::Projectors(replica) => self.projectors[replica].ready().await,
            Target::Judge(replica) => self.judge[replica].ready().await,
            Target::QueryApi => self.query_api.ready().await,
            Target::Nats | Target::Postgres | Target::Redis => Ok(()),
        }
    }

    pub fn addresses(&self) -> Addresses {
        Addresses {
            commands: self.command_api.iter().map(Service::address).collect(),
            queries: vec![self.query_api.address()],
        }
    }

    /// What learners hand in.
    pub fn attempts(&self) -> Arc<[Attempt]> {
        Arc::clone(&self.attempts)
    }

    /// Everything the checker needs, as it stands now.
    pub async fn evidence(&self, journal: &Journal) -> anyhow::Result<Evidence> {
        let log = self.system.log(accounts::OPERATOR).await?;
        let pool = self.system.pool().await?;
        let Entries { acknowledged, reads, .. } = journal.entries();
        Ok(Evidence {
            acknowledged,
            facts: gather::facts(&log).await?,
            rows: gather::submissions(&pool).await?,
            totals: gather::totals(&pool).await?,
            entries: gather::entries(&pool, &mut self.system.redis().await?).await?,
            reads,
        })
    }

    pub fn logs(&self) -> String {
        self.system.logs()
    }
}

/// The right and the wrong solutions of the shipped exercises.
async fn attempts(system: &System) -> anyhow::Result<Arc<[Attempt]>> {
    let mut attempts = Vec::new();
    for mut file in exercises::load()? {
        file.package.limits.cpu_ms = file.package.limits.cpu_ms.min(CPU_MS);
        let solutions = file.package.solutions.iter().filter(|solution| solution.language == "python");
        let slug = &file.slug;
        attempts.extend(
            solutions.map(|solution| Attempt { slug: slug.clone(), source: solution.source.clone() }),
        );
        residents::publish(system, &file).await?;
    }
    Ok(attempts.into())
}
