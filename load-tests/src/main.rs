use clap::{Parser, Subcommand};
use load_tests::report::Report;
use load_tests::{
    boards, faults, feed, idle, instant_judge, judging, live, machine, past, raw, rebuild, redispatch,
    restore, submissions, visible,
};
use std::process::ExitCode;

/// Measures Laurel beside the raw limits of this machine, and breaks it on purpose.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything but the faults, redispatch, the feed, large boards and live clients, in one table.
    All,
    /// What this machine can do at most, without Laurel.
    Raw,
    /// Durable submissions over HTTP, beside raw publishes.
    Submissions,
    /// From acknowledged to visible in Postgres and on the board.
    Visible,
    /// The first hundred of a large board and neighbourhoods on it, while points come in.
    Boards(boards::Arguments),
    /// A large board as it stood at some moments of the past.
    Past(past::Arguments),
    /// A board that many clients watch over server-sent events.
    Live(live::Arguments),
    /// All projections from nothing, at two sizes of the log.
    Rebuild(rebuild::Arguments),
    /// Boxes beside bare processes, and judging through the whole event path.
    Judging,
    /// Memory of each service with nothing to do.
    Idle,
    /// Kills and freezes every service and server under load, then checks that every promise was kept.
    Faults(faults::Arguments),
    /// Kills and freezes judges that have a submission, and says how soon others began with it.
    Redispatch(redispatch::Arguments),
    /// The feed: its speed, and that no reader misses or repeats a fact while things are killed.
    Feed(feed::Arguments),
    /// A backup under load, everything lost, and the way back, with what it cost.
    Restore(restore::Arguments),
    #[command(hide = true)]
    EchoEvents,
    #[command(hide = true)]
    InstantJudge,
    #[command(hide = true)]
    RebuildWorker,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    match Arguments::parse().command {
        Command::Faults(arguments) => return faults::run(arguments).await,
        Command::Redispatch(arguments) => return redispatch::run(arguments).await,
        Command::Feed(arguments) => return feed::run(arguments).await,
        Command::EchoEvents => return live::echo::run().await.map(|()| ExitCode::SUCCESS),
        Command::InstantJudge => return instant_judge::run().await.map(|()| ExitCode::SUCCESS),
        Command::RebuildWorker => return rebuild::worker::run().await.map(|()| ExitCode::SUCCESS),
        Command::Raw => drop(raw::run(&mut report).await?),
        Command::Submissions => {
            let limits = raw::log(&mut report).await?;
            submissions::run(&mut report, &limits).await?;
        }
        Command::Visible => visible::run(&mut report).await?,
        Command::Boards(arguments) => boards::run(&mut report, arguments).await?,
        Command::Past(arguments) => past::run(&mut report, arguments).await?,
        Command::Live(arguments) => live::run(&mut report, arguments).await?,
        Command::Rebuild(arguments) => rebuild::run(&mut report, arguments).await?,
        Command::Restore(arguments) => restore::run(&mut report, arguments).await?,
        Command::Judging => judging::run(&mut report).await?,
        Command::Idle => idle::run(&mut report).await?,
        Command::All => {
            let limits = raw::run(&mut report).await?;
            submissions::run(&mut report, &limits).await?;
            visible::run(&mut report).await?;
            judging::run(&mut report).await?;
            rebuild::run(&mut report, rebuild::Arguments::default()).await?;
            idle::run(&mut report).await?;
        }
    }
    println!("{}\n\n{report}", machine::describe());
    Ok(ExitCode::SUCCESS)
}
