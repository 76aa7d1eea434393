//! The open-loop generator: requests start when the schedule says so, whether or not earlier ones were answered, and a
//! latency counts from the intended start. A closed loop would slow down with the server and so hide what waiting users
//! see.

use crate::http::{Connection, Request, Response};
use crate::latencies::Latencies;
use anyhow::Context;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// When requests start.
#[derive(Debug, Clone, Copy)]
pub enum Schedule {
    /// This many a second, evenly.
    PerSecond(f64),
    /// As soon as a connection is free: what the server can take at most. Latencies then say how long one request takes
    /// with every connection busy.
    Flood,
}

/// One run of the generator.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub address: SocketAddr,
    /// The most requests under way at once.
    pub connections: usize,
    pub schedule: Schedule,
    /// No request starts later than this after the first.
    pub duration: Duration,
    /// No more requests than this.
    pub total: usize,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    pub latencies: Latencies,
    pub statuses: BTreeMap<u16, usize>,
    /// From the first intended start to the last answer.
    pub elapsed: Duration,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        per_second(self.latencies.count(), self.elapsed)
    }

    /// How many answers had this status.
    pub fn with_status(&self, status: u16) -> usize {
        self.statuses.get(&status).copied().unwrap_or_default()
    }
}

#[allow(clippy::cast_precision_loss)] // Counts are far below 2^52.
pub fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

/// Hands out the requests in order, with their intended starts.
struct Tickets<'a> {
    next: usize,
    requests: &'a [Request],
    plan: Plan,
    began: Instant,
}

impl<'a> Tickets<'a> {
    fn take(&mut self) -> Option<(usize, &'a Request, Instant)> {
        if self.next == self.plan.total {
            return None;
        }
        let request = self.requests.get(self.next % self.requests.len())?;
        let intended = match self.plan.schedule {
            Schedule::Flood => Instant::now(),
            Schedule::PerSecond(rate) => self.began + after(self.next, rate),
        };
        if intended > self.began + self.plan.duration {
            return None;
        }
        self.next += 1;
        Some((self.next - 1, request, intended))
    }
}

#[allow(clippy::cast_precision_loss)] // Counts are far below 2^52.
fn after(index: usize, rate: f64) -> Duration {
    Duration::from_secs_f64(index as f64 / rate)
}

/// Sends `requests` in order and over again as the plan says, and shows every answer to `observe` with its number, from 0.
/// Runs on a thread of its own, so that it competes with the measured processes for one core at most.
pub async fn run<O>(plan: Plan, requests: Vec<Request>, observe: O) -> anyhow::Result<Outcome>
where
    O: FnMut(usize, Response<'_>) + Send + 'static,
{
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, drive(plan, &requests, observe))
    })
    .await
    .context("the generator's thread")?
}

async fn drive<O>(plan: Plan, requests: &[Request], observe: O) -> anyhow::Result<Outcome>
where
    O: FnMut(usize, Response<'_>),
{
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections.push(Connection::open(plan.address).await.context("connecting to the measured service")?);
    }
    let began = Instant::now();
    let tickets = Rc::new(RefCell::new(Tickets { next: 0, requests, plan, began }));
    let gathered = Rc::new(RefCell::new((Outcome::default(), observe)));
    let workers = connections.into_iter().map(|connection| work(connection, &tickets, &gathered));
    futures_util::future::try_join_all(workers).await?;
    let (outcome, _) = &mut *gathered.borrow_mut();
    let mut outcome = std::mem::take(outcome);
    outcome.elapsed = began.elapsed();
    Ok(outcome)
}

async fn work<O>(
    mut connection: Connection,
    tickets: &RefCell<Tickets<'_>>,
    gathered: &RefCell<(Outcome, O)>,
) -> anyhow::Result<()>
where
    O: FnMut(usize, Response<'_>),
{
    loop {
        let Some((index, request, intended)) = tickets.borrow_mut().take() else { return Ok(()) };
        if intended > Instant::now() {
            tokio::time::sleep_until(intended.into()).await;
        }
        let response = connection.send(request).await.context("a request was cut off")?;
        let latency = intended.elapsed();
        let (outcome, observe) = &mut *gathered.borrow_mut();
        outcome.latencies.record(latency);
        *outcome.statuses.entry(response.status).or_default() += 1;
        observe(index, response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers and intended starts (ms) of all tickets.
    fn starts(schedule: Schedule, duration_ms: u64, total: usize) -> Vec<(usize, u128)> {
        let address = ([127, 0, 0, 1], 1).into();
        let plan =
            Plan { address, connections: 1, schedule, duration: Duration::from_millis(duration_ms), total };
        let requests = [Request::get("/", &[]), Request::get("/", &[])];
        let began = Instant::now();
        let mut tickets = Tickets { next: 0, requests: &requests, plan, began };
        std::iter::from_fn(|| tickets.take())
            .map(|(number, _, intended)| (number, intended.duration_since(began).as_millis()))
            .collect()
    }

    #[test]
    fn starts_are_evenly_spaced_and_end_in_time() {
        assert_eq!(starts(Schedule::PerSecond(100.0), 35, 10), [(0, 0), (1, 10), (2, 20), (3, 30)]);
    }

    #[test]
    fn no_more_are_sent_than_planned() {
        let numbers: Vec<usize> =
            starts(Schedule::Flood, 60_000, 3).into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [0, 1, 2]);
    }
}
