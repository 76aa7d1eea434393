//! The policy table: every route of v1 and who may call it. A route that is not here answers 403 to everybody, so
//! forgetting one is noticed by its first test.
//!
//! The table knows routes and roles only. Rules about one thing ("my own submission", "its author") stand in the
//! handlers.

use axum::http::Method;
use events::account::Role;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// No token is needed. A good one makes the caller known; a bad one counts as none.
    Anyone,
    /// Whoever has an account.
    SignedIn,
    /// Whoever has one of these roles.
    AnyOf(&'static [Role]),
}

impl Who {
    /// Whether a signed-in caller with these roles may call.
    pub fn allows(self, roles: &[Role]) -> bool {
        match self {
            Who::Anyone | Who::SignedIn => true,
            Who::AnyOf(wanted) => wanted.iter().any(|role| roles.contains(role)),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub method: &'static Method,
    /// As it is given to the router.
    pub path: &'static str,
    pub who: Who,
}

const fn rule(method: &'static Method, path: &'static str, who: Who) -> Rule {
    Rule { method, path, who }
}

const DELETE: &Method = &Method::DELETE;
const GET: &Method = &Method::GET;
const POST: &Method = &Method::POST;
const PUT: &Method = &Method::PUT;

const LEARNERS: Who = Who::AnyOf(&[Role::Learner]);
const AUTHORS: Who = Who::AnyOf(&[Role::Author, Role::Admin]);
/// Authors rejudge their own exercises only; the handlers see to that.
const REJUDGERS: Who = Who::AnyOf(&[Role::Author, Role::Instructor, Role::Operator, Role::Admin]);
const ANALYSTS: Who = Who::AnyOf(&[Role::Analyst, Role::Admin]);
/// A cohort is its own instructors'; the handlers see to that.
const INSTRUCTORS: Who = Who::AnyOf(&[Role::Instructor, Role::Admin]);
const OPERATORS: Who = Who::AnyOf(&[Role::Operator, Role::Admin]);
/// Instructors freeze the boards of their own cohorts only; the handlers see to that.
const BOARD_KEEPERS: Who = Who::AnyOf(&[Role::Instructor, Role::Operator, Role::Admin]);
const ADMINS: Who = Who::AnyOf(&[Role::Admin]);

/// Every route there is.
pub const POLICY: &[Rule] = &[
    // Accounts.
    rule(POST, "/v1/register", Who::Anyone),
    rule(POST, "/v1/login", Who::Anyone),
    rule(POST, "/v1/token/refresh", Who::Anyone), // The refresh token is the proof.
    rule(POST, "/v1/logout", Who::Anyone),        // Likewise.
    rule(GET, "/v1/me", Who::SignedIn),
    rule(DELETE, "/v1/me", Who::SignedIn),
    rule(PUT, "/v1/learners/{handle}/roles", ADMINS),
    // Exercises.
    rule(GET, "/v1/exercises", Who::Anyone),
    rule(GET, "/v1/exercises/{slug}", Who::Anyone),
    rule(GET, "/v1/exercises/{slug}/statistics", Who::Anyone),
    rule(GET, "/v1/languages", Who::Anyone),
    rule(POST, "/v1/exercises", AUTHORS),
    rule(PUT, "/v1/exercises/{slug}", AUTHORS),
    rule(POST, "/v1/imports", AUTHORS),
    rule(POST, "/v1/exercises/{slug}/publish", AUTHORS),
    rule(POST, "/v1/exercises/{slug}/archive", AUTHORS),
    // Submissions.
    rule(POST, "/v1/exercises/{slug}/submissions", LEARNERS),
    rule(POST, "/v1/exercises/{slug}/runs", LEARNERS),
    rule(GET, "/v1/submissions/{id}", Who::SignedIn),
    rule(GET, "/v1/me/submissions", Who::SignedIn),
    // Rejudge sets.
    rule(POST, "/v1/rejudges", REJUDGERS),
    rule(GET, "/v1/rejudges", REJUDGERS),
    rule(GET, "/v1/rejudges/{id}", REJUDGERS),
    rule(GET, "/v1/rejudges/{id}/preview", REJUDGERS),
    rule(POST, "/v1/rejudges/{id}/apply", REJUDGERS),
    rule(POST, "/v1/rejudges/{id}/cancel", REJUDGERS),
    // Cohorts.
    rule(GET, "/v1/cohorts", Who::SignedIn),
    rule(GET, "/v1/cohorts/{id}", Who::SignedIn), // Members and who leads it.
    rule(GET, "/v1/cohorts/{id}/members", INSTRUCTORS),
    rule(GET, "/v1/cohorts/{id}/progress", INSTRUCTORS),
    rule(POST, "/v1/cohorts", INSTRUCTORS),
    rule(PUT, "/v1/cohorts/{id}", INSTRUCTORS),
    rule(POST, "/v1/cohorts/{id}/archive", INSTRUCTORS),
    rule(POST, "/v1/cohorts/{id}/invitation", INSTRUCTORS),
    rule(DELETE, "/v1/cohorts/{id}/invitation", INSTRUCTORS),
    rule(PUT, "/v1/cohorts/{id}/instructors/{handle}", INSTRUCTORS),
    rule(DELETE, "/v1/cohorts/{id}/instructors/{handle}", INSTRUCTORS),
    rule(DELETE, "/v1/cohorts/{id}/members/{handle}", INSTRUCTORS),
    rule(POST, "/v1/cohorts/join", LEARNERS),
    rule(POST, "/v1/cohorts/{id}/leave", Who::SignedIn),
    // Learners and boards.
    rule(GET, "/v1/learners/{handle}", Who::Anyone),
    rule(GET, "/v1/learners/{handle}/progress", Who::SignedIn),
    rule(GET, "/v1/learners/{handle}/statistics", Who::SignedIn),
    rule(GET, "/v1/learners/{handle}/activity", Who::SignedIn),
    rule(GET, "/v1/learners/{handle}/achievements", Who::SignedIn),
    rule(GET, "/v1/achievements", Who::Anyone),
    rule(GET, "/v1/leaderboards/{scope}", Who::Anyone),
    rule(GET, "/v1/leaderboards/{scope}/around/{handle}", Who::Anyone),
    rule(GET, "/v1/leaderboards/{scope}/learners", Who::Anyone),
    rule(POST, "/v1/leaderboards/{scope}/freeze", BOARD_KEEPERS),
    rule(POST, "/v1/leaderboards/{scope}/unfreeze", BOARD_KEEPERS),
    // Parked keys.
    rule(GET, "/v1/parked", OPERATORS),
    rule(GET, "/v1/parked/{projection}/{key}", OPERATORS),
    rule(POST, "/v1/parked/{projection}/{key}/redrive", OPERATORS),
    rule(POST, "/v1/parked/{projection}/{key}/discard", OPERATORS),
    // Operations.
    rule(GET, "/v1/projections", OPERATORS),
    rule(GET, "/v1/projections/{name}", OPERATORS),
    rule(POST, "/v1/projections/{name}/rebuild", OPERATORS),
    rule(POST, "/v1/projections/{name}/verify", OPERATORS),
    rule(POST, "/v1/projections/{name}/rollback", OPERATORS),
    rule(POST, "/v1/projections/{name}/abort", OPERATORS),
    // Live updates.
    rule(GET, LIVE, Who::Anyone), // Boards are public; "my submissions" asks for the caller itself.
    rule(GET, LIVE_WS, Who::Anyone),
    rule(GET, "/v1/events", ANALYSTS),
    // The service itself.
    rule(GET, "/", Who::Anyone),
    rule(GET, "/assets/{file}", Who::Anyone),
    rule(GET, "/theme.js", Who::Anyone),
    rule(GET, "/favicon.svg", Who::Anyone),
    rule(GET, "/exercises", Who::Anyone),
    rule(GET, "/exercises/{slug}", Who::Anyone),
    rule(GET, "/boards/{scope}", Who::Anyone),
    rule(GET, "/wall/{scope}", Who::Anyone),
    rule(GET, "/learners/{handle}", Who::Anyone),
    rule(GET, "/classes", Who::Anyone),
    rule(GET, "/classes/{id}", Who::Anyone),
    rule(GET, "/author", Who::Anyone),
    rule(GET, "/operations", Who::Anyone),
    rule(GET, "/join/{code}", Who::Anyone),
    rule(GET, "/sign-in", Who::Anyone),
    rule(GET, "/register", Who::Anyone),
    rule(GET, "/openapi.json", Who::Anyone),
    rule(GET, "/asyncapi.json", Who::Anyone),
    rule(GET, "/embed/board/{scope}", Who::Anyone),
    rule(GET, "/embed/board.js", Who::Anyone),
    rule(GET, "/embed/board.css", Who::Anyone),
    rule(GET, "/docs", Who::Anyone),
    rule(GET, "/docs/", Who::Anyone),
    rule(GET, "/docs/{*rest}", Who::Anyone),
    rule(GET, "/health/live", Who::Anyone),
    rule(GET, "/health/ready", Who::Anyone),
    rule(GET, "/metrics", Who::Anyone),
];

/// With [`LIVE_WS`] the paths where a token may come as `?access_token=`, because a browser's EventSource and WebSocket
/// cannot set headers.
pub const LIVE: &str = "/v1/live";
pub const LIVE_WS: &str = "/v1/live/ws";

/// Who may call a route; `None` when it is missing from the table (nobody may).
pub fn who(method: &Method, path: &str) -> Option<Who> {
    // axum answers HEAD from GET handlers, so HEAD is allowed to whoever may GET.
    let method = if method == Method::HEAD { GET } else { method };
    POLICY.iter().find(|rule| rule.path == path && rule.method == method).map(|rule| rule.who)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice() {
        for (index, rule) in POLICY.iter().enumerate() {
            let again = POLICY[index + 1..].iter().any(|o| o.path == rule.path && o.method == rule.method);
            assert!(!again, "{} {}", rule.method, rule.path);
        }
    }

    #[test]
    fn what_is_missing_is_nobodys() {
        assert_eq!(who(&Method::PATCH, "/v1/me"), None);
        assert_eq!(who(&Method::GET, "/v1/unheard-of"), None);
        assert_eq!(who(&Method::HEAD, "/v1/exercises"), Some(Who::Anyone));
    }

    #[test]
    fn an_admin_is_not_a_learner_by_that_alone() {
        assert!(!LEARNERS.allows(&[Role::Admin]));
        assert!(AUTHORS.allows(&[Role::Learner, Role::Admin]));
    }
}
