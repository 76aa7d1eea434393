//! Brings the shipped exercises in over HTTP, as the account that owns them: created, revised when their file changed,
//! and published.

use crate::client::{Client, accepted};
use anyhow::Context;
use exercises::ExerciseFile;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The handle of the account that owns the shipped exercises.
pub const OWNER: &str = "laurel";
/// Its address; the domain is reserved, nothing is ever sent there.
const OWNER_EMAIL: &str = "catalogue@laurel.invalid";

/// What [`load`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    pub created: usize,
    pub revised: usize,
    pub unchanged: usize,
}

/// Makes sure that the owner's account exists.
pub async fn register_owner(client: &mut Client, password: &SecretString) -> anyhow::Result<()> {
    match client.register(OWNER, OWNER_EMAIL, password.expose_secret()).await {
        Ok(_) => Ok(()),
        // A second start finds the account there.
        Err(error) if error.to_string().contains("handle_taken") => Ok(()),
        Err(error) => Err(error).context("the catalogue's owner could not be registered"),
    }
}

/// Brings every exercise in. The owner must have the role of an author.
pub async fn load(client: &mut Client, password: &SecretString) -> anyhow::Result<Loaded> {
    client.login(OWNER, password.expose_secret()).await.context("the catalogue's owner could not log in")?;
    let mut loaded = Loaded::default();
    for file in exercises::load()? {
        bring_in(client, &file, &mut loaded).await.with_context(|| format!("exercise {}", file.slug))?;
    }
    Ok(loaded)
}

async fn bring_in(client: &mut Client, file: &ExerciseFile, loaded: &mut Loaded) -> anyhow::Result<()> {
    let created = client.send(Method::POST, "/v1/exercises", |request| request.json(file)).await?;
    if created.status() != StatusCode::CONFLICT {
        accepted(created).await?;
        loaded.created += 1;
        return publish(client, &file.slug).await;
    }
    let path = format!("/v1/exercises/{}", file.slug);
    let there: Value = client.get(&path).await?.json().await?;
    let revision = format!("\"{}\"", there["revision"]);
    let revise = |request: RequestBuilder| request.header("If-Match", &revision).json(file);
    let answer = accepted(client.send(Method::PUT, &path, revise).await?).await?;
    // Nothing is revised when the exercise reads like its file already.
    if answer.headers().get("ETag").is_some_and(|etag| *etag == revision) {
        loaded.unchanged += 1;
    } else {
        loaded.revised += 1;
    }
    if there["status"] == "draft" { publish(client, &file.slug).await } else { Ok(()) }
}

async fn publish(client: &mut Client, slug: &str) -> anyhow::Result<()> {
    let path = format!("/v1/exercises/{slug}/publish");
    accepted(client.send(Method::POST, &path, |request| request).await?).await?;
    Ok(())
}
