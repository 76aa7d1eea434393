//! Brings the shipped exercises in over HTTP, as the account that owns them: created, revised when their file changed,
//! and published.

use crate::client::{Client, accepted, is_refused_as};
use anyhow::Context;
use command_api::Applicant;
use exercises::ExerciseFile;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The handle of the account that owns the shipped exercises.
pub const OWNER: &str = "laurel";
/// Its address; the domain is reserved, nothing is ever sent there.
const OWNER_EMAIL: &str = "catalogue@laurel.invalid";

/// What [`load`] did.
#[derive(Debug, Default)]
pub struct Loaded {
    pub created: usize,
    pub revised: usize,
    pub unchanged: usize,
    /// Left as they are: whoever archived one does not want it back.
    pub archived: usize,
    /// Each that could not be brought in, and why.
    pub failed: Vec<(String, anyhow::Error)>,
}

enum Brought {
    Created,
    Revised,
    Unchanged,
}

/// Who the owner is.
pub fn owner(password: &SecretString) -> Applicant {
    Applicant { handle: OWNER.to_owned(), email: OWNER_EMAIL.to_owned(), password: password.clone() }
}

/// Brings every exercise in, as the owner, who must have the role of an author. One that is refused keeps no other out.
pub async fn load(client: &mut Client, password: &SecretString) -> anyhow::Result<Loaded> {
    // Once more, for a token that names the role.
    login(client, password).await?;
    let mut loaded = Loaded::default();
    for file in exercises::load()? {
        match bring_in(client, &file).await {
            Ok(Brought::Created) => loaded.created += 1,
            Ok(Brought::Revised) => loaded.revised += 1,
            Ok(Brought::Unchanged) => loaded.unchanged += 1,
            Err(error) if is_refused_as(&error, "exercise_archived") => loaded.archived += 1,
            Err(error) => loaded.failed.push((file.slug, error)),
        }
    }
    Ok(loaded)
}

/// Shows that the owner's account is the one with our password: before its handle was reserved, anybody may have
/// registered it on a system that was started without exercises. Only after this may the account be given a role.
pub async fn login(client: &mut Client, password: &SecretString) -> anyhow::Result<()> {
    let opened = client.login(OWNER, password.expose_secret()).await;
    opened.map(|_session| ()).with_context(|| {
        format!("no login as {OWNER} with this data folder's password; somebody else may hold that handle")
    })
}

async fn bring_in(client: &mut Client, file: &ExerciseFile) -> anyhow::Result<Brought> {
    let created = client.send(Method::POST, "/v1/exercises", |request| request.json(file)).await?;
    if created.status() != StatusCode::CONFLICT {
        accepted(created).await?;
        publish(client, &file.slug).await?;
        return Ok(Brought::Created);
    }
    let path = format!("/v1/exercises/{}", file.slug);
    let there: Value = client.get(&path).await?.json().await?;
    let revision = format!("\"{}\"", there["revision"]);
    let revise = |request: RequestBuilder| request.header("If-Match", &revision).json(file);
    let answer = accepted(client.send(Method::PUT, &path, revise).await?).await?;
    if there["status"] == "draft" {
        publish(client, &file.slug).await?;
    }
    // Nothing is revised when the exercise reads like its file already.
    let same = answer.headers().get("ETag").is_some_and(|etag| *etag == revision);
    Ok(if same { Brought::Unchanged } else { Brought::Revised })
}

async fn publish(client: &mut Client, slug: &str) -> anyhow::Result<()> {
    let path = format!("/v1/exercises/{slug}/publish");
    accepted(client.send(Method::POST, &path, |request| request).await?).await?;
    Ok(())
}
