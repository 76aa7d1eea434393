//! `laurel import`.

use crate::client::{Client, Refused, accepted};
use anyhow::{Context, ensure};
use clap::Args;
use importer::{ARCHIVE_BYTES_MAX, Chosen, Files, Import as Read};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The package's example submissions do not come to what it says.
const DISAGREES: u8 = 3;
const EXIT_CODES: &str = "\
Exit codes:
  0  imported (with --check: it can be read)
  1  it could not be read or imported
  2  wrong usage of this command
  3  its example submissions came to something else than it says; nothing was imported";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub struct Import {
    /// A problem package of ICPC or Kattis (a folder, .zip or .tar.gz), or an older platform's .json.
    path: PathBuf,
    /// Import it although its example submissions disagree or cannot be judged.
    #[arg(long)]
    force: bool,
    /// Only say what was understood; nothing is sent.
    #[arg(long, conflicts_with_all = ["force", "revise", "publish"])]
    check: bool,
    /// Change the exercise that has this slug already.
    #[arg(long)]
    revise: bool,
    /// Publish it afterwards.
    #[arg(long)]
    publish: bool,
    /// Let learners see the first hidden test, if the package has no sample for them.
    #[arg(long)]
    show_first: bool,
    /// Instead of the package's name.
    #[arg(long)]
    slug: Option<String>,
    /// Instead of its first keyword.
    #[arg(long)]
    category: Option<String>,
    /// easy, medium or hard; packages of Kattis do not say.
    #[arg(long)]
    difficulty: Option<String>,
    /// Instead of what its groups are worth together, or what goes with the difficulty.
    #[arg(long)]
    points: Option<u32>,
}

/// One line of the table.
#[derive(Debug, Deserialize)]
struct Checked {
    file: String,
    expected: String,
    got: Option<String>,
    agrees: Option<bool>,
    detail: Option<String>,
}

impl Import {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let (files, body) = self.files()?;
        // Read here first: what cannot be read need not be sent, and says so without a server.
        let read = importer::read(&files, &self.chosen()?)?;
        print_understood(&read);
        if self.check {
            return Ok(ExitCode::SUCCESS);
        }
        let slug = read.exercise.slug;
        let mut client = Client::logged_in()?;
        let etag = self.etag(&mut client, &slug).await?;
        println!("Having {} example submissions judged …", read.examples.len());
        let route = self.route()?;
        let answer = client.send(Method::POST, &route, |request| {
            let request = request.body(body.clone());
            etag.iter().fold(request, |request, etag| request.header("If-Match", etag))
        });
        let answer = answer.await?;
        let status = answer.status();
        let said: Value = answer.json().await.context("the answer is not JSON")?;
        let checked: Vec<Checked> = serde_json::from_value(said["submissions"].clone()).unwrap_or_default();
        print!("{}", table(&checked));
        if !status.is_success() {
            return refused(status, &said);
        }
        println!(
            "Imported as {slug}, revision {}, {}.",
            said["revision"],
            said["status"].as_str().unwrap_or_default()
        );
        if self.publish {
            let path = format!("/v1/exercises/{slug}/publish");
            accepted(client.send(Method::POST, &path, |request| request).await?).await?;
            println!("Published.");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The package's files, and what is sent of them.
    fn files(&self) -> anyhow::Result<(Files, Vec<u8>)> {
        if self.path.is_dir() {
            let files = Files::of_folder(&self.path)?;
            let packed = files.pack().context("the folder cannot be packed")?;
            let most = ARCHIVE_BYTES_MAX;
            ensure!(packed.len() <= most, "packed it has {} bytes; at most {most} are taken", packed.len());
            return Ok((files, packed));
        }
        let shown = self.path.display();
        let bytes = std::fs::read(&self.path).with_context(|| format!("{shown} cannot be read"))?;
        Ok((Files::of_archive(&bytes)?, bytes))
    }

    fn chosen(&self) -> anyhow::Result<Chosen> {
        let difficulty = self.difficulty.clone().map(|name| serde_json::from_value(Value::String(name)));
        Ok(Chosen {
            slug: self.slug.clone(),
            category: self.category.clone(),
            difficulty: difficulty.transpose().context("a difficulty is easy, medium or hard")?,
            points: self.points,
            show_first: self.show_first,
        })
    }

    /// The path with what was chosen.
    fn route(&self) -> anyhow::Result<String> {
        let points = self.points.map(|points| points.to_string());
        let flag = |is_set: bool| is_set.then(|| "true".to_owned());
        let pairs = [
            ("force", flag(self.force)),
            ("show_first", flag(self.show_first)),
            ("slug", self.slug.clone()),
            ("category", self.category.clone()),
            ("difficulty", self.difficulty.clone()),
            ("points", points),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        // Only its path and query are used.
        let url = Url::parse_with_params("http://localhost/v1/imports", pairs)?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// The revision that is changed, if there is one and it may be.
    async fn etag(&self, client: &mut Client, slug: &str) -> anyhow::Result<Option<String>> {
        let path = format!("/v1/exercises/{slug}");
        let answer = client.send(Method::GET, &path, |request| request).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let there: Value = accepted(answer).await?.json().await.context("the answer is not JSON")?;
        let revision = &there["revision"];
        ensure!(
            self.revise,
            "there is an exercise {slug} already (revision {revision}); --revise changes it, --slug makes another one"
        );
        Ok(Some(format!("\"{revision}\"")))
    }
}

fn print_understood(read: &Read) {
    let exercise = &read.exercise;
    let package = &exercise.package;
    let limits = package.limits;
    let time = match read.measured {
        Some(measured) => {
            format!("{} times its slowest accepted submission", f64::from(measured.percent) / 100.0)
        }
        None => format!("{} ms", limits.cpu_ms),
    };
    println!(
        "{}: {:?} ({}, {}, {} points)",
        read.format, exercise.title, exercise.slug, exercise.category, exercise.points
    );
    println!("  {} tests, time limit {time}, memory {} MiB", package.tests.len(), limits.memory_kib >> 10);
    for warning in &read.warnings {
        println!("  warning: {warning}");
    }
}

/// Expected against got, aligned.
fn table(checked: &[Checked]) -> String {
    if checked.is_empty() {
        return String::new();
    }
    let got = |one: &Checked| one.got.clone().unwrap_or_else(|| "not judged".to_owned());
    let width = |header: &str, text: &dyn Fn(&Checked) -> usize| {
        checked.iter().map(text).max().unwrap_or(0).max(header.len())
    };
    let files = width("submission", &|one| one.file.chars().count());
    let expectations = width("expected", &|one| one.expected.chars().count());
    let gots = width("got", &|one| got(one).len());
    let mut table = format!("  {:files$}  {:expectations$}  got\n", "submission", "expected");
    for one in checked {
        let mark = match one.agrees {
            Some(true) => "",
            Some(false) => "  DISAGREES",
            None => "  ?",
        };
        // Of one that came out as expected, why it failed is nothing to look into.
        let detail = one.detail.as_deref().filter(|_| one.agrees != Some(true));
        let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
        let line = format!(
            "  {:files$}  {:expectations$}  {:gots$}{mark}{detail}",
            one.file,
            one.expected,
            got(one)
        );
        let _infallible = writeln!(table, "{}", line.trim_end());
    }
    table
}

fn refused(status: StatusCode, said: &Value) -> anyhow::Result<ExitCode> {
    let text = |key: &str| said[key].as_str().unwrap_or("unknown").to_owned();
    let refused = Refused { status, code: text("code"), detail: text("detail") };
    if refused.code == "self_check_failed" {
        eprintln!("{}", refused.detail.replace("force=true", "--force"));
        return Ok(ExitCode::from(DISAGREES));
    }
    Err(refused.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_against_got() {
        let one = |file: &str, expected: &str, got: Option<&str>, agrees, detail: Option<&str>| Checked {
            file: file.to_owned(),
            expected: expected.to_owned(),
            got: got.map(str::to_owned),
            agrees,
            detail: detail.map(str::to_owned),
        };
        let checked = [
            one("a.py", "accepted", Some("accepted"), Some(true), None),
            one("slow.py", "time_limit_exceeded", Some("accepted"), Some(false), None),
            one("b.java", "wrong_answer", None, None, Some("no judge")),
        ];
        let expected = "  submission  expected             got
  a.py        accepted             accepted
  slow.py     time_limit_exceeded  accepted    DISAGREES
  b.java      wrong_answer         not judged  ?: no judge
";
        assert_eq!(table(&checked), expected);
    }
}
