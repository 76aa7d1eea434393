//! The languages there are, and whether a judge has them.

use crate::app::App;
use axum::Json;
use axum::extract::State;
use events::language;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

/// What can be handed in, at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Languages {
    /// How many judges said lately that they are there.
    #[schema(example = 2)]
    judges: usize,
    /// Every language an exercise may offer, by name.
    languages: Vec<LanguageState>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LanguageState {
    #[schema(example = "python")]
    name: &'static str,
    /// Whether a judge has it. What is handed in where none has it ends as `judge_error`.
    on: bool,
    /// Those the judges have.
    #[schema(example = json!(["3.11.2"]))]
    versions: Vec<String>,
    /// Whether tests may call into programs in it.
    knows_calls: bool,
}

/// The languages, and whether a judge has them at this moment.
///
/// Judges say so every five seconds; one that was not heard for fifteen counts no more. For its first five seconds this
/// service may not have heard them yet.
#[utoipa::path(get, path = "/v1/languages", tag = "exercises", responses((status = 200, body = Languages)))]
pub async fn list(State(app): State<App>) -> Json<Languages> {
    let present = app.judges.present(Instant::now());
    let languages = language::ALL.iter().map(|language| {
        let versions = present.languages.get(language.name);
        LanguageState {
            name: language.name,
            on: versions.is_some(),
            versions: versions.into_iter().flatten().cloned().collect(),
            knows_calls: language.knows_calls,
        }
    });
    Json(Languages { judges: present.judges, languages: languages.collect() })
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, WITHIN};
    use events::language::{self, Announcement};
    use events::subject;
    use serde_json::{Value, json};
    use testkit::eventually;
    use uuid::Uuid;

    #[allow(clippy::disallowed_methods)] // An announcement is no event.
    async fn say(test: &TestApp, languages: Value) -> anyhow::Result<()> {
        let judge_id = Uuid::from_u128(7);
        let announcement = Announcement { judge_id, languages: serde_json::from_value(languages)? };
        let body = serde_json::to_vec(&announcement)?;
        test.judge.client().publish(subject::languages_of(judge_id), body.into()).await?;
        Ok(test.judge.client().flush().await?)
    }

    #[tokio::test]
    async fn a_language_is_on_while_a_judge_says_that_it_has_it() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let shown = async |judges: u32, lua: Value| {
            eventually(WITHIN, async || {
                let answer = test.get("/v1/languages").await;
                anyhow::ensure!(answer.json["judges"] == judges, "{answer:?}");
                let all = answer.json["languages"].as_array().cloned().unwrap_or_default();
                anyhow::ensure!(all.len() == language::ALL.len(), "{all:?}");
                let found = all.iter().find(|language| language["name"] == "lua");
                anyhow::ensure!(found == Some(&lua), "{all:?}");
                Ok(())
            })
            .await
        };
        let lua = |on: bool, versions: &[&str]| json!({ "name": "lua", "on": on, "versions": versions, "knows_calls": false });
        shown(0, lua(false, &[])).await?;
        say(&test, json!({ "lua": "5.4", "klingon": "1" })).await?;
        shown(1, lua(true, &["5.4"])).await?;
        say(&test, json!({ "python": "3.11" })).await?;
        shown(1, lua(false, &[])).await?;
        say(&test, json!({})).await?;
        shown(0, lua(false, &[])).await
    }
}
