//! The shapes all exercise commands share.

use crate::domain::exercise::{Author, Content, PACKAGE_BYTES_MAX, Rejection};
use crate::error::ApiError;
use crate::respond::{Revision, Wrote};
use access::Caller;
use axum::Json;
use axum::response::{IntoResponse, Response};
use events::ExerciseId;
use events::account::Role;
use events::exercise::{Difficulty, Exercise, Status};
use events::package::Package;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A package, and room for the rest.
pub const BODY_BYTES_MAX: usize = PACKAGE_BYTES_MAX + 1_024 * 1_024;

/// An exercise as its author writes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "sum-of-two",
    "title": "Sum of two",
    "statement": "Read two numbers and print their sum.",
    "category": "basics",
    "difficulty": "easy",
    "points": 10,
    "languages": ["python"],
    "package": {
        "tests": [
            { "group": "sample", "kind": "stdio", "input": "1 2\n", "expected": "3\n" },
            { "group": "hidden", "kind": "stdio", "input": "-5 7\n", "expected": "2\n" }
        ],
        "limits": { "cpu_ms": 2000, "memory_kib": 131_072, "output_kib": 1024 },
        "checker": "exact",
        "solutions": [{ "language": "python", "source": "print(sum(map(int, input().split())))", "accepted": true }]
    }
}))]
pub struct ExerciseBody {
    /// 3 to 64 lower-case letters, digits and single hyphens. Required when creating; cannot be changed.
    pub slug: Option<String>,
    /// 1 to 120 characters on one line.
    pub title: String,
    /// Markdown, at most 64 KiB.
    pub statement: String,
    /// 2 to 32 lower-case letters, digits and single hyphens.
    pub category: String,
    /// `easy`, `medium` or `hard`.
    #[schema(value_type = String)]
    pub difficulty: Difficulty,
    /// What solving it is worth, 1 to 1,000.
    pub points: u32,
    /// 1 to 16 of `bash`, `c`, `cpp`, `go`, `java`, `javascript`, `lua`, `perl`, `php`, `python`, `ruby`, `rust`,
    /// `typescript`; tests of the kind `call` are for `python` alone.
    #[schema(value_type = Vec<String>)]
    pub languages: BTreeSet<String>,
    /// Tests (`group`: `sample` or `hidden`, at least one of each; `kind`: `stdio` with `input`, or `call` with
    /// `expression`; `expected`), limits, checker, example solutions; at most 8 MiB. Hidden tests never leave the
    /// platform.
    #[schema(value_type = Object)]
    pub package: Package,
}

impl ExerciseBody {
    /// The content, the package's bytes and their digest.
    pub fn split(self) -> Result<(Content, Vec<u8>, String), ApiError> {
        let (bytes, digest) = self.package.encode()?;
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(Rejection::PackageTooLarge.into());
        }
        let content = Content {
            title: self.title,
            statement: self.statement,
            category: self.category,
            difficulty: self.difficulty,
            points: self.points,
            languages: self.languages,
            package: self.package,
        };
        Ok((content, bytes, digest))
    }
}

/// What an exercise command answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseChanged {
    #[schema(value_type = uuid::Uuid)]
    exercise_id: ExerciseId,
    #[schema(example = "sum-of-two")]
    slug: String,
    /// Also the `ETag`.
    #[schema(example = 1)]
    revision: u32,
    /// `draft`, `published` or `archived`.
    #[schema(value_type = String, example = "draft")]
    status: Status,
}

/// An exercise as it stands, and the FACTS sequence that says so.
pub fn respond(exercise: Exercise, sequence: u64) -> Response {
    let body = ExerciseChanged {
        exercise_id: exercise.exercise_id,
        slug: exercise.slug,
        revision: exercise.revision,
        status: exercise.status,
    };
    (Wrote::fact(exercise.exercise_id.0, sequence), Revision(exercise.revision), Json(body)).into_response()
}

pub fn author(caller: &Caller) -> Author {
    Author { learner_id: caller.learner_id, is_admin: caller.has(Role::Admin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_is_a_good_exercise() {
        let openapi = serde_json::to_value(crate::openapi()).expect("a description is JSON");
        let example = openapi["components"]["schemas"]["ExerciseBody"]["example"].clone();
        let body: ExerciseBody = serde_json::from_value(example).expect("it has the form of a body");
        let (content, _, _) = body.split().expect("it is small");
        assert_eq!(content.check(), Ok(()));
    }
}
