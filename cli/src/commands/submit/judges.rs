//! Whether any judge has a language, before something is handed in for it.

use crate::client::Client;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// Only a warning hangs on it, so nobody waits long.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// What `GET /v1/languages` says.
#[derive(Debug, Deserialize)]
struct Languages {
    judges: usize,
    languages: Vec<Language>,
}

#[derive(Debug, Deserialize)]
struct Language {
    name: String,
    on: bool,
}

/// What to tell before handing in, if anything. A server that does not answer right now says nothing about judges.
pub async fn warning(client: &mut Client, language: &str) -> Option<String> {
    let asked = async { client.get("/v1/languages").await.ok()?.json::<Languages>().await.ok() };
    timeout(ASKED_WITHIN, asked).await.ok().flatten()?.warning(language)
}

impl Languages {
    /// Where no judge was heard at all, the service may just have started.
    fn warning(&self, language: &str) -> Option<String> {
        let off = self.languages.iter().any(|known| known.name == language && !known.on);
        (off && self.judges > 0).then(|| {
            format!(
                "No judge has {language} at this moment; this may end as a judge error, which costs nothing."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_language_that_every_judge_lacks_is_warned_of() {
        let languages = |judges: usize| -> Languages {
            let languages = json!([{ "name": "lua", "on": false }, { "name": "python", "on": true }]);
            serde_json::from_value(json!({ "judges": judges, "languages": languages }))
                .expect("it has the form")
        };
        assert!(languages(1).warning("lua").is_some_and(|warning| warning.contains("No judge has lua")));
        for (judges, language) in [(1, "python"), (1, "klingon"), (0, "lua")] {
            assert_eq!(languages(judges).warning(language), None, "{language}");
        }
    }
}
