//! The `laurel` command-line program: one file per command in [`commands`].

pub mod backup;
pub mod client;
pub mod commands;
pub mod session;
pub mod stack;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Laurel: exercises, judged.
#[derive(Debug, Parser)]
#[command(name = "laurel", version, about)]
pub struct Laurel {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole system on this machine.
    Up(commands::up::Up),
    /// Check that this machine can run Laurel, and say what to do if not.
    Doctor(commands::doctor::Doctor),
    /// Make an account and log in.
    Register(commands::register::Register),
    /// Log in; the session is kept for the commands below.
    Login(commands::login::Login),
    /// Hand in a file for an exercise, print each test as it ends, then the verdict.
    Submit(commands::submit::Submit),
    /// Try a file out against an exercise's samples, or input of your own; nothing is handed in.
    Run(commands::run::Run),
    /// Bring a problem package of ICPC, Kattis or an older platform in as an exercise.
    Import(commands::import::Import),
    /// Show a leaderboard.
    Board(commands::board::Board),
    /// Read the feed of all facts: on the terminal, or into a file (role analyst).
    Events(commands::events::Events),
    /// Make and lead classes, join and leave them.
    Cohort(commands::cohort::CohortCommands),
    /// See how the read models are; rebuild, verify or roll them back.
    Projections(commands::projections::ProjectionsCommand),
    /// Judge submissions again, look at what would change, and apply or cancel it.
    Rejudge(commands::rejudge::Rejudge),
    /// Look at events that could not be applied; try them again, or leave one out (role operator).
    Parked(commands::parked::Parked),
    /// Bring streams and tables up to date, as a cluster's jobs do before its services start.
    SetUp(commands::set_up::SetUp),
    /// Save the log into a folder, as a cluster's job does.
    Backup(commands::backup::Save),
    /// Bring a saved log back to empty brokers.
    Restore(commands::backup::Restore),
    /// Manage roles from the machine that runs the system (the first admin is made here).
    Admin(commands::admin::Admin),
}

impl Laurel {
    /// Runs the command. The exit code is 0 when it did what was asked (a submission: was accepted).
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Up(up) => up.run().await,
            Command::Doctor(doctor) => doctor.run().await,
            Command::Register(register) => register.run().await,
            Command::Login(login) => login.run().await,
            Command::Submit(submit) => submit.run().await,
            Command::Run(run) => run.run().await,
            Command::Import(import) => import.run().await,
            Command::Board(board) => board.run().await,
            Command::Events(events) => events.run().await,
            Command::Cohort(cohort) => cohort.run().await,
            Command::Projections(projections) => projections.run().await,
            Command::Rejudge(rejudge) => rejudge.run().await,
            Command::Parked(parked) => parked.run().await,
            Command::SetUp(set_up) => set_up.run().await,
            Command::Backup(save) => save.run().await,
            Command::Restore(restore) => restore.run().await,
            Command::Admin(admin) => admin.run().await,
        }
    }
}
