//! The HTTP client of the commands: logs in, renews the access token when it has expired, and turns a
//! `problem+json` answer into one readable line.

use crate::session::{DEFAULT_SERVER, Session};
use anyhow::{Context, bail, ensure};
use events::Position;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// Names what a command wrote, and in a request what the answer must not be older than.
const POSITION: &str = "Laurel-Position";

/// What a login answers.
#[derive(Debug, Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
}

/// Talks to one Laurel, as one learner when there is a session.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    server: String,
    session: Option<Session>,
    /// What this client's commands wrote: its later requests are never answered from before that.
    position: Position,
}

impl Client {
    /// Without anybody logged in.
    pub fn anonymous(server: &str) -> anyhow::Result<Self> {
        // `localhost:8080` is a URL too: of the scheme `localhost`.
        let is_address = Url::parse(server).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        ensure!(is_address, "{server} is no address of a server: it has to look like {DEFAULT_SERVER}");
        // A second installation in one process is refused and changes nothing.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()
            .context("the HTTP client could not be made")?;
        Ok(Self {
            http,
            server: server.trim_end_matches('/').to_owned(),
            session: None,
            position: Position::default(),
        })
    }

    /// As whoever logged in last.
    pub fn logged_in() -> anyhow::Result<Self> {
        let session = Session::load()?;
        let mut client = Self::anonymous(&session.server)?;
        client.session = Some(session);
        Ok(client)
    }

    pub fn server(&self) -> &str {
        &self.server
    }

    pub fn handle(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.handle.as_str())
    }

    pub async fn register(&mut self, handle: &str, email: &str, password: &str) -> anyhow::Result<Value> {
        let body = json!({ "handle": handle, "email": email, "password": password });
        let answer = self.http.post(self.url("/v1/register")).json(&body).send().await;
        let answer = accepted(answer.with_context(|| self.unreachable())?).await?;
        self.remember(&answer);
        answer.json().await.context("the answer is not JSON")
    }

    /// Logs in; the client acts as that learner from then on.
    pub async fn login(&mut self, login: &str, password: &str) -> anyhow::Result<Session> {
        let body = json!({ "login": login, "password": password });
        let answer = self.http.post(self.url("/v1/login")).json(&body).send().await;
        let answer = accepted(answer.with_context(|| self.unreachable())?).await?;
        self.remember(&answer);
        let tokens: Tokens = answer.json().await?;
        let mut session = Session {
            server: self.server.clone(),
            handle: login.to_owned(),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
        };
        self.session = Some(session.clone());
        let me: Value = self.get("/v1/me").await?.json().await?;
        if let Some(handle) = me["handle"].as_str() {
            handle.clone_into(&mut session.handle);
        }
        self.session = Some(session.clone());
        Ok(session)
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Response> {
        accepted(self.send(Method::GET, path, |request| request).await?).await
    }

    /// Sends a request, once more with a renewed token if the first was refused as expired.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        fill: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> anyhow::Result<Response> {
        let first = self.attempt(&method, path, &fill).await?;
        if first.status() != StatusCode::UNAUTHORIZED || self.session.is_none() {
            return Ok(first);
        }
        self.renew().await?;
        self.attempt(&method, path, &fill).await
    }

    async fn attempt(
        &mut self,
        method: &Method,
        path: &str,
        fill: &impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> anyhow::Result<Response> {
        let mut request = self.http.request(method.clone(), self.url(path));
        if let Some(session) = &self.session {
            request = request.bearer_auth(&session.access_token);
        }
        if !self.position.is_empty() {
            request = request.header(POSITION, self.position.to_string());
        }
        let answer = fill(request).send().await.with_context(|| self.unreachable())?;
        if *method != Method::GET {
            self.remember(&answer);
        }
        Ok(answer)
    }

    /// What a command wrote, or found, later requests are not to be answered from before.
    fn remember(&mut self, answer: &Response) {
        let wrote = answer.headers().get(POSITION).and_then(|value| value.to_str().ok());
        if let Some(wrote) = wrote.and_then(|text| text.parse().ok()) {
            self.position.merge(&wrote);
        }
    }

    async fn renew(&mut self) -> anyhow::Result<()> {
        let Some(session) = &self.session else { bail!("you are not logged in; run `laurel login`") };
        let body = json!({ "refresh_token": session.refresh_token });
        let answer = self.http.post(self.url("/v1/token/refresh")).json(&body).send().await;
        let answer = answer.with_context(|| self.unreachable())?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            bail!("your session has ended; run `laurel login` again");
        }
        let tokens: Tokens = accepted(answer).await?.json().await?;
        let renewed = Session {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            ..session.clone()
        };
        renewed.save()?;
        self.session = Some(renewed);
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn unreachable(&self) -> String {
        format!("{} does not answer; is `laurel up` running there?", self.server)
    }
}

/// What a `problem+json` answer says.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    /// Stable, for programs; the detail is for people and may change.
    pub code: String,
    pub detail: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.detail, self.status.as_u16(), self.code)
    }
}

impl std::error::Error for Refused {}

/// The answer, if it is one of success; else the problem it describes, as a [`Refused`].
pub async fn accepted(answer: Response) -> anyhow::Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body: Value = answer.json().await.unwrap_or_default();
    let detail = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("no reason was given");
    let code = body["code"].as_str().unwrap_or("unknown");
    Err(Refused { status, code: code.to_owned(), detail: detail.to_owned() }.into())
}

/// Whether an error is a refusal with this code.
pub fn is_refused_as(error: &anyhow::Error, code: &str) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.code == code)
}
