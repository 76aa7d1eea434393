//! The invariants of ARCHITECTURE.md that a look at the files can check.

use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The processes. They meet through sockets only.
const SERVICES: [&str; 4] = ["command-api", "projectors", "query-api", "judge"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit is in the workspace").to_owned()
}

/// The names under `[dependencies]` of a crate's manifest. Every manifest here writes one a line.
fn dependencies(manifest: &Path) -> anyhow::Result<BTreeSet<String>> {
    let text = fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let section = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = section.take_while(|line| !line.starts_with('['));
    Ok(lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Every crate of the workspace with what it depends on outside tests.
fn workspace() -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut crates = BTreeMap::new();
    for entry in fs::read_dir(repository())? {
        let manifest = entry?.path().join("Cargo.toml");
        if manifest.is_file() {
            let folder = manifest.parent().and_then(Path::file_name).and_then(|name| name.to_str());
            crates.insert(folder.context("a folder has a name")?.to_owned(), dependencies(&manifest)?);
        }
    }
    anyhow::ensure!(crates.len() > 8, "only these crates were found: {crates:?}");
    Ok(crates)
}

/// What a crate depends on, also through other crates of the workspace.
fn reach(crates: &BTreeMap<String, BTreeSet<String>>, name: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![name.to_owned()];
    while let Some(name) = next.pop() {
        let further = crates.get(&name).into_iter().flatten().filter(|name| reached.insert((*name).clone()));
        next.extend(further.cloned());
    }
    reached
}

#[test]
fn the_contract_is_pure() -> anyhow::Result<()> {
    let allowed =
        ["chrono", "schemars", "serde", "serde_json", "sha2", "thiserror", "uuid"].map(str::to_owned);
    let found = workspace()?.remove("events").context("events")?;
    assert!(found.is_subset(&allowed.into()), "events depends on {found:?}");
    Ok(())
}

#[test]
fn no_service_depends_on_another() -> anyhow::Result<()> {
    let crates = workspace()?;
    for service in SERVICES {
        let reached = reach(&crates, service);
        for other in SERVICES {
            assert!(!reached.contains(other), "{service} depends on {other}");
        }
    }
    Ok(())
}

#[test]
fn each_service_reaches_only_its_stores() -> anyhow::Result<()> {
    let crates = workspace()?;
    for (service, forbidden) in
        [("judge", "sqlx"), ("judge", "redis"), ("command-api", "sqlx"), ("command-api", "redis")]
    {
        assert!(!reach(&crates, service).contains(forbidden), "{service} can reach {forbidden}");
    }
    Ok(())
}

#[test]
fn the_shared_crates_know_no_service() -> anyhow::Result<()> {
    let crates = workspace()?;
    for shared in ["events", "chassis", "access", "exercises", "local-servers", "testkit"] {
        let reached = reach(&crates, shared);
        for service in SERVICES {
            assert!(!reached.contains(service), "{shared} depends on {service}");
        }
    }
    for (name, found) in &crates {
        assert!(!found.contains("testkit"), "{name} depends on testkit outside its tests");
    }
    Ok(())
}

/// A process that could write a read model would be a second owner of it, and one that could append would decide.
#[test]
fn only_projectors_write_read_models_and_the_query_api_never_appends() -> anyhow::Result<()> {
    for file in sources("query-api/src")? {
        // Headers of answers are appended to as well.
        let text = without_tests(&fs::read_to_string(&file)?).replace("headers.append(", "");
        for word in [
            "INSERT INTO",
            "DELETE FROM",
            "TRUNCATE ",
            ".append(",
            ".append_expecting(",
            ".append_all_expecting(",
        ] {
            assert!(!text.contains(word), "{} contains {word:?}", file.display());
        }
    }
    Ok(())
}

fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// All Rust files below a folder, but those of tests (`tests.rs`, `testing.rs`, folders named `tests`).
fn sources(folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    let of_production = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_test = name.starts_with("test") || file.components().any(|part| part.as_os_str() == "tests");
        file.extension().is_some_and(|end| end == "rs") && !is_test
    };
    Ok(files_below(&repository().join(folder))?.into_iter().filter(of_production).collect())
}

/// Where somebody once worked is nobody else's business, and does not exist there.
#[test]
fn no_file_names_a_place_on_somebodys_machine() -> anyhow::Result<()> {
    let places = ["/ro", "/wo", "/ho", "/Us"].iter().zip(["ot/", "rk/", "me/", "ers/"]);
    let places: Vec<String> = places.map(|(start, end)| format!("{start}{end}")).collect();
    for file in files_below(&repository())? {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for place in &places {
            let found = text.match_indices(place.as_str()).find(|(at, _)| starts_a_path(&text, *at));
            assert!(found.is_none(), "{} contains {place}", file.display());
        }
    }
    Ok(())
}

/// Not the middle of a longer path or of an address.
fn starts_a_path(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    !before.is_some_and(|before| before.is_alphanumeric() || "._-}/~".contains(before))
}

#[test]
fn links_between_documents_lead_somewhere() -> anyhow::Result<()> {
    for file in files_below(&repository())? {
        if file.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_elsewhere = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
            let target = file.parent().context("a file is in a folder")?.join(link);
            assert!(is_elsewhere || target.exists(), "{}: {link} leads nowhere", file.display());
        }
    }
    Ok(())
}

/// Every file of the checkout that is not built, hidden in `.git`, or larger than a person writes.
fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        if ["target", ".git", "node_modules", "Cargo.lock"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else if entry.metadata()?.len() < 1_000_000 {
            files.push(entry.path());
        }
    }
    Ok(files)
}
