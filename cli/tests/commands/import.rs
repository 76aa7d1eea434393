//! Importing packages of other platforms, with real judges.

use crate::terminal::Terminal;
use anyhow::ensure;
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use std::fs;
use std::path::{Path, PathBuf};

fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../importer/tests/packages")
}

/// A system with an author at the terminal.
async fn system(terminal: &Terminal) -> anyhow::Result<Stack> {
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    terminal.register("grace", &stack.address).await?;
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "grace", Role::Author).await?;
    let said = terminal.laurel(&["login", "grace", "--server", &stack.address, "--password-stdin"]).await?;
    ensure!(said.code == 0, "{said:?}");
    Ok(stack)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_every_kind_are_imported_published_and_solved() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = system(&terminal).await?;
    for (name, lines) in [
        ("echoes", &["halves.cpp", "two_and_rest.py  wrong_answer", "pictures are not taken over"][..]),
        ("shares", &["positive.py  partially_accepted  wrong_answer", "time limit 4 times its slowest"]),
        ("guess", &["rejected/linear.py"]),
        ("stairs", &["narrow.cpp   WRONG-ANSWER  wrong_answer"]),
        ("double.json", &["solution 1  accepted"]),
    ] {
        let path = packages().join(name).display().to_string();
        let said = terminal.laurel(&["import", &path, "--publish"]).await?;
        ensure!(said.code == 0 && said.out.contains("revision 1, draft.\nPublished."), "{name}: {said:?}");
        for line in lines {
            ensure!(said.out.contains(line), "{name} has no {line:?}: {said:?}");
        }
        ensure!(!said.out.contains("DISAGREES"), "{name}: {said:?}");
    }

    let submit = async |slug: &str, source: &str| {
        let file = terminal.file("solution.py", source)?.display().to_string();
        terminal.laurel(&["submit", slug, &file]).await
    };
    let said = submit("echoes", "n = int(input())\nprint(n - 1, 1)\n").await?;
    ensure!(said.code == 0 && said.out.contains("accepted: 20 of 20 points."), "{said:?}");
    // Group 1 has no negative numbers; of group 2 one of two tests.
    let source = fs::read_to_string(packages().join("shares/submissions/partially_accepted/positive.py"))?;
    let said = submit("shares", &source).await?;
    ensure!(said.code == 3 && said.out.contains("70 of 100 points."), "{said:?}");
    let said = submit("double-it", "def double(n):\n    return n * 2\n").await?;
    ensure!(said.code == 0, "{said:?}");

    // What is there is changed only by who says so.
    let path = packages().join("echoes").display().to_string();
    let said = terminal.laurel(&["import", &path]).await?;
    ensure!(said.code == 1 && said.err.contains("--revise changes it"), "{said:?}");
    let said = terminal.laurel(&["import", &path, "--revise", "--points", "30"]).await?;
    ensure!(said.code == 0 && said.out.contains("revision 3, published."), "{said:?}");
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_expectation_is_refused_and_then_forced() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = system(&terminal).await?;
    let folder = terminal.folder().join("boasting");
    copy(&packages().join("stairs"), &folder)?;
    fs::write(folder.join("submissions/accepted/plus.py"), "print(sum(map(int, input().split())))\n")?;
    let path = folder.display().to_string();

    let said = terminal.laurel(&["import", &path, "--check"]).await?;
    ensure!(said.code == 0 && said.out.contains("5 tests, time limit 1000 ms, memory 1024 MiB"), "{said:?}");
    ensure!(said.out.contains("warning: problem.yaml: the limit of memory"), "{said:?}");

    let said = terminal.laurel(&["import", &path]).await?;
    ensure!(said.code == 3 && said.err.contains("--force imports it all the same"), "{said:?}");
    ensure!(said.out.contains("wrong_answer  DISAGREES: test 1 (sample/1): wrong answer"), "{said:?}");
    let there = cli::client::Client::anonymous(&stack.address)?.get("/v1/exercises/boasting").await;
    ensure!(there.is_err(), "nothing was imported");

    let said = terminal.laurel(&["import", &path, "--force"]).await?;
    ensure!(said.code == 0 && said.out.contains("Imported as boasting, revision 1, draft."), "{said:?}");

    let said =
        terminal.laurel(&["import", &terminal.file("x.zip", "no archive")?.display().to_string()]).await?;
    ensure!(said.code == 1 && said.err.contains("neither .zip nor .tar.gz nor JSON"), "{said:?}");
    stack.stop().await
}
