//! Classes and their members as tables.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
pub struct Cohort {
    pub cohort_id: Uuid,
    pub name: String,
    status: String,
    instructors: Vec<String>,
    members: i64,
    leads: bool,
    joined_at: Option<DateTime<Utc>>,
    pub invites: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Member {
    handle: String,
    joined_at: DateTime<Utc>,
    points: i64,
    tried: i64,
    solved: i64,
}

impl Cohort {
    pub fn print(&self) {
        println!("{} ({})", self.name, self.status);
        println!("id           {}", self.cohort_id);
        println!("instructors  {}", self.instructors.join(", "));
        println!("members      {}", self.members);
        if let Some(joined_at) = self.joined_at {
            println!("joined       {}", joined_at.format("%Y-%m-%d %H:%M"));
        }
        match self.invites {
            Some(true) => println!("invitation   `laurel cohort invite {}` tells the code", self.cohort_id),
            Some(false) => println!("invitation   none"),
            None => {}
        }
    }

    fn role(&self) -> &'static str {
        match (self.leads, self.joined_at) {
            (true, _) => "instructor",
            (false, Some(_)) => "member",
            (false, None) => "-",
        }
    }
}

pub fn list(cohorts: &[Cohort]) {
    if cohorts.is_empty() {
        println!("You lead no class and belong to none.");
        return;
    }
    println!("{:<36}  {:<10}  {:>7}  {:<8}  name", "id", "you are", "members", "status");
    for cohort in cohorts {
        let Cohort { cohort_id, name, status, members, .. } = cohort;
        println!("{cohort_id}  {:<10}  {members:>7}  {status:<8}  {name}", cohort.role());
    }
}

pub fn members(members: &[Member], parked: i64) {
    if members.is_empty() {
        return;
    }
    println!();
    println!("{:<24}  {:>8}  {:>6}  {:>6}  joined", "handle", "points", "tried", "solved");
    for member in members {
        let Member { handle, points, tried, solved, joined_at } = member;
        println!("{handle:<24}  {points:>8}  {tried:>6}  {solved:>6}  {}", joined_at.format("%Y-%m-%d"));
    }
    if parked > 0 {
        println!("The figures of {parked} of them are incomplete: events could not be applied yet.");
    }
}
