//! The layer that asks the policy table before any handler runs. Put it on a router with `route_layer`, after its routes.

use crate::caller::{Caller, token_missing};
use crate::policy::{self, Who};
use crate::token::{TokenError, TokenVerifier};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chassis::problem::Problem;
use futures_util::future::Either;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Answers 401 `token_missing`, `token_expired` or `token_invalid`, or 403 `not_allowed`; else lets the request through
/// with its [`Caller`].
#[derive(Debug, Clone)]
pub struct AccessLayer {
    verifier: TokenVerifier,
}

impl AccessLayer {
    pub fn new(verifier: TokenVerifier) -> Self {
        Self { verifier }
    }
}

impl<S> Layer<S> for AccessLayer {
    type Service = Access<S>;
    fn layer(&self, inner: S) -> Access<S> {
        Access { verifier: self.verifier.clone(), inner }
    }
}

/// See [`AccessLayer`]. A service of its own and not `middleware::from_fn`, because it never waits and so needs no boxed
/// future on the way of every submission.
#[derive(Debug, Clone)]
pub struct Access<S> {
    verifier: TokenVerifier,
    inner: S,
}

impl<S> Service<Request> for Access<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let admitted = {
            let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
            admit(&self.verifier, request.method(), path, token_of(&request, path))
        };
        match admitted {
            Ok(caller) => {
                if let Some(caller) = caller {
                    request.extensions_mut().insert(caller);
                }
                Either::Left(self.inner.call(request))
            }
            Err(problem) => Either::Right(ready(Ok(refuse(problem)))),
        }
    }
}

/// Decides about one request. `Ok(None)`: nobody is signed in, and nobody has to be.
fn admit(
    verifier: &TokenVerifier,
    method: &Method,
    path: &str,
    token: Option<&str>,
) -> Result<Option<Caller>, Problem> {
    let Some(who) = policy::who(method, path) else {
        tracing::error!(%method, path, "this route is missing from the policy table");
        return Err(not_allowed());
    };
    let checked = token.map(|token| verifier.verify(token));
    match (who, checked) {
        (Who::Anyone, checked) => Ok(checked.and_then(Result::ok)),
        (_, None) => Err(token_missing()),
        (_, Some(Err(error))) => Err(token_refused(error)),
        (who, Some(Ok(caller))) if who.allows(&caller.roles) => Ok(Some(caller)),
        (_, Some(Ok(_))) => Err(not_allowed()),
    }
}

fn token_of<'a>(request: &'a Request, path: &str) -> Option<&'a str> {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        // Something else than a bearer token is no good token; it is not the same as none.
        let text = value.to_str().unwrap_or_default();
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return Some(bearer.map_or("", |(_, token)| token.trim()));
    }
    let query = request.uri().query().filter(|_| [policy::LIVE, policy::LIVE_WS].contains(&path))?;
    query.split('&').find_map(|pair| pair.strip_prefix("access_token="))
}

fn token_refused(error: TokenError) -> Problem {
    let problem = match error {
        TokenError::Expired => Problem::new(
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "The access token has expired: get a new one from /v1/token/refresh.",
        ),
        TokenError::Invalid => {
            Problem::new(StatusCode::UNAUTHORIZED, "token_invalid", "The access token is not one of ours.")
        }
    };
    problem.at("Authorization")
}

fn not_allowed() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", "Your roles do not allow this.")
}

fn refuse(problem: Problem) -> Response {
    let unauthorized = problem.status() == StatusCode::UNAUTHORIZED;
    let mut response = problem.into_response();
    if unauthorized {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{TokenSigner, generate_private_key};
    use axum::Router;
    use axum::body::Body;
    use axum::routing::{get, post};
    use chassis::clock::Clock;
    use events::LearnerId;
    use events::account::Role;
    use tower::ServiceExt;
    use uuid::Uuid;

    struct Gate {
        router: Router,
        signer: TokenSigner,
    }

    impl Gate {
        fn new() -> Self {
            let signer = TokenSigner::from_pem(&generate_private_key()).expect("a key");
            let verifier = signer.verifier(Clock::system()).expect("a key");
            let says = |caller: Option<Caller>| async move {
                caller.map_or("nobody".to_owned(), |caller| caller.handle.to_string())
            };
            let router = Router::new()
                .route("/v1/exercises", get(says).post(says))
                .route("/v1/live", get(says))
                .route("/v1/me", get(says))
                .route("/v1/not-in-the-table", post(says))
                .route_layer(AccessLayer::new(verifier));
            Self { router, signer }
        }

        fn token(&self, roles: &[Role]) -> String {
            let now = Clock::system().now();
            self.signer.sign(LearnerId(Uuid::nil()), "ada", roles, Uuid::nil(), now).expect("signs")
        }

        async fn ask(&self, method: Method, uri: &str, token: Option<&str>) -> (u16, String) {
            let mut request = Request::builder().method(method).uri(uri);
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            let request = request.body(Body::empty()).expect("a request");
            let response = self.router.clone().oneshot(request).await.expect("infallible");
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
            (status, String::from_utf8_lossy(&body).into_owned())
        }
    }

    #[tokio::test]
    async fn each_refusal_has_its_code() {
        let gate = Gate::new();
        let (status, body) = gate.ask(Method::GET, "/v1/me", None).await;
        assert!(status == 401 && body.contains("token_missing"), "{status} {body}");
        let (status, body) = gate.ask(Method::GET, "/v1/me", Some("rubbish")).await;
        assert!(status == 401 && body.contains("token_invalid"), "{status} {body}");
        let token = gate.token(&[Role::Learner]);
        let (status, body) = gate.ask(Method::POST, "/v1/exercises", Some(&token)).await;
        assert!(status == 403 && body.contains("not_allowed"), "{status} {body}");
        let admin = gate.token(&Role::ALL);
        let (status, body) = gate.ask(Method::POST, "/v1/not-in-the-table", Some(&admin)).await;
        assert!(status == 403 && body.contains("not_allowed"), "{status} {body}");
    }

    #[tokio::test]
    async fn whoever_may_gets_through_and_is_known() {
        let gate = Gate::new();
        let author = gate.token(&[Role::Author]);
        assert_eq!(gate.ask(Method::POST, "/v1/exercises", Some(&author)).await, (200, "ada".to_owned()));
        assert_eq!(gate.ask(Method::GET, "/v1/exercises", None).await, (200, "nobody".to_owned()));
        assert_eq!(gate.ask(Method::GET, "/v1/exercises", Some("bad")).await, (200, "nobody".to_owned()));
    }

    #[tokio::test]
    async fn a_token_in_the_query_counts_for_live_only() {
        let gate = Gate::new();
        let token = gate.token(&[Role::Learner]);
        let live = gate.ask(Method::GET, &format!("/v1/live?x=1&access_token={token}"), None).await;
        assert_eq!(live, (200, "ada".to_owned()));
        assert_eq!(gate.ask(Method::GET, &format!("/v1/me?access_token={token}"), None).await.0, 401);
    }
}
