//! What every route may answer, added to what its own document says: problems are `application/problem+json`, whoever may not
//! call is told so, and a request or a store may be unfit anywhere. So a handler documents what is its own.

use crate::policy::{self, Who};
use axum::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

const PROBLEM: &str = "Problem";
const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// Completes a document. What is documented already stays.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete_operation(operation, policy::who(&method, path), method != Method::GET);
            }
        }
    }
    document
}

fn complete_operation(operation: &mut Operation, who: Option<Who>, is_command: bool) {
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        if let RefOr::T(response) = response {
            retype(response);
        }
    }
    let mut add = |status: &str, description: &str| {
        responses.entry(status.to_owned()).or_insert_with(|| {
            let problem = Content::new(Some(Ref::from_schema_name(PROBLEM)));
            let mut response = Response::new(description);
            response.content.insert(PROBLEM_JSON.to_owned(), RefOr::T(problem));
            RefOr::T(response)
        });
    };
    add(
        "400",
        "`path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read",
    );
    if who != Some(Who::Anyone) {
        add("401", "`token_missing`, `token_expired`, `token_invalid`");
    }
    if matches!(who, Some(Who::AnyOf(_))) {
        add("403", "`not_allowed`: it takes another role");
    }
    if is_command {
        add("413", "`body_too_large`");
        add("415", "`content_type_unsupported`: JSON is expected");
        add("422", "`field_missing`, `field_unknown`, `field_invalid`: at `field`");
    }
    add(
        "503",
        "`starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again",
    );
}

/// A problem has a media type of its own.
fn retype(response: &mut Response) {
    let is_problem = |content: &RefOr<Content>| {
        let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return false };
        schema.ref_location.ends_with("/Problem")
    };
    if response.content.get(JSON).is_some_and(is_problem)
        && let Some(problem) = response.content.shift_remove(JSON)
    {
        response.content.insert(PROBLEM_JSON.to_owned(), problem);
    }
}
