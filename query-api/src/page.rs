//! The web page: what `frontend/` is built into, from a folder that is read once at the start. Files under `assets/` bear a
//! digest in their names, so they may be kept for ever; every address of the page itself answers the same small `index.html`,
//! which is asked for each time. What the build has packed (`.br`, `.gz`) is sent as it is.
//!
//! Without that folder everything else works, and `/` says what to do.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as PathSegment, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chassis::problem::Problem;
use events::package;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The page's addresses. The page itself tells them apart (`frontend/src/app/router.tsx`, whose test reads this list).
const PAGES: &[&str] = &[
    "/",
    "/exercises",
    "/exercises/{slug}",
    "/boards/{scope}",
    "/wall/{scope}",
    "/learners/{handle}",
    "/classes",
    "/classes/{id}",
    "/author",
    "/operations",
    "/join/{code}",
    "/sign-in",
    "/register",
];
/// Beside `assets/`: files that are asked for by these names.
const NAMED: &[&str] = &["theme.js", "favicon.svg"];

/// No script and no sheet but our own files, nothing from elsewhere, nobody's frame. Style attributes are let through, because a
/// browser makes some by itself where one types over highlighted text in the editor; statements have none left.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// One file in every form there is.
#[derive(Debug)]
struct File {
    kind: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// Everything the page is made of, by path below the folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Page {
    files: Arc<HashMap<String, File>>,
}

impl Page {
    /// Reads the folder; a folder that is missing is a page that says so.
    pub fn read(folder: &Path) -> Self {
        let mut files = HashMap::new();
        if let Err(error) = read_into(&mut files, folder, "") {
            tracing::warn!(folder = %folder.display(), %error, "there is no web page; LAUREL_PAGE_FOLDER names its folder");
            files.clear();
        }
        Self { files: Arc::new(files) }
    }

    fn answer(&self, name: &str, asked: &HeaderMap, kept: &'static str) -> Option<Response> {
        let file = self.files.get(name)?;
        let etag = file.etag.to_str().unwrap_or_default();
        let headers = [(CACHE_CONTROL, HeaderValue::from_static(kept)), (ETAG, file.etag.clone())];
        if crate::etag::has_already(asked, etag) {
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        let (encoding, bytes) = file.packed(asked);
        let mut response = (headers, [(CONTENT_TYPE, file.kind)], bytes).into_response();
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

impl File {
    fn packed(&self, asked: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let forms = [("br", &self.brotli), ("gzip", &self.gzip)];
        let packed = forms.into_iter().find_map(|(name, form)| {
            form.as_ref().filter(|_| takes(asked, name)).map(|bytes| (Some(name), bytes.clone()))
        });
        packed.unwrap_or_else(|| (None, self.plain.clone()))
    }
}

/// Whether the client takes this encoding. Browsers name what they take without weights; `q=0` means that they do not.
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let lists = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(encoding) && weight > 0.0
    })
}

fn read_into(files: &mut HashMap<String, File>, folder: &Path, below: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() {
            read_into(files, &entry.path(), &path)?;
            continue;
        }
        let Some(kind) = kind_of(&path) else { continue };
        let plain = fs::read(entry.path())?;
        let packed =
            |ending: &str| fs::read(format!("{}.{ending}", entry.path().display())).ok().map(Bytes::from);
        let etag = format!("\"{}\"", &package::digest(&plain)[..32]);
        let file = File {
            kind,
            etag: HeaderValue::from_str(&etag).expect("hexadecimal digits in quotes are fit for a header"),
            brotli: packed("br"),
            gzip: packed("gz"),
            plain: plain.into(),
        };
        files.insert(path, file);
    }
    Ok(())
}

/// The media type, by the name's end; `None` for what is not served by its own name.
fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

pub fn router(page: Page) -> Router {
    let mut router = Router::new().route("/assets/{file}", get(asset));
    for name in NAMED {
        let named = get(async move |State(page): State<Page>, asked: HeaderMap| {
            page.answer(name, &asked, ASK_FIRST).ok_or_else(missing)
        });
        router = router.route(&format!("/{name}"), named);
    }
    for path in PAGES {
        router = router.route(path, get(index));
    }
    router.with_state(page)
}

async fn asset(
    State(page): State<Page>,
    PathSegment(file): PathSegment<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    page.answer(&format!("assets/{file}"), &asked, FOR_EVER).ok_or_else(missing)
}

async fn index(State(page): State<Page>, asked: HeaderMap) -> Response {
    const POLICY_HEADER: (HeaderName, &str) = (CONTENT_SECURITY_POLICY, POLICY);
    match page.answer("index.html", &asked, ASK_FIRST) {
        Some(response) => ([POLICY_HEADER], response).into_response(),
        None => Html(include_str!("page.html")).into_response(),
    }
}

fn missing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "page_file_unknown",
        "The page has no such file: it may be of another release. Loading the page anew helps.",
    )
}

#[cfg(test)]
mod tests;
