use super::*;
use access::policy::{POLICY as RULES, Who};
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use chassis::problem::surround;
use std::path::PathBuf;
use tower::ServiceExt;

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("laurel-page-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("assets")).expect("a folder");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

async fn ask(router: &Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 100_000).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).expect("a text"))
}

fn built() -> (Folder, Router) {
    let folder = Folder::new("built");
    folder.write("index.html", "<!doctype html><title>Laurel</title>");
    folder.write("favicon.svg", "<svg/>");
    folder.write("assets/app-1a2b.js", "plain");
    folder.write("assets/app-1a2b.js.br", "brotli");
    folder.write("assets/app-1a2b.js.gz", "gzip");
    let router = surround(router(Page::read(&folder.0)));
    (folder, router)
}

#[tokio::test]
async fn every_address_of_the_page_is_the_same_small_file() {
    let (_folder, router) = built();
    for path in PAGES {
        let (status, headers, text) = ask(&router, &path.replace(['{', '}'], ""), &[]).await;
        assert_eq!((status, &text[..9]), (StatusCode::OK, "<!doctype"), "{path}");
        assert_eq!(headers["cache-control"], "no-cache");
        let policy = headers["content-security-policy"].to_str().expect("ASCII");
        assert!(policy.contains("script-src 'self'; style-src 'self';"), "{path}: {policy}");
        let etag = headers["etag"].to_str().expect("ASCII");
        let (again, ..) = ask(&router, &path.replace(['{', '}'], ""), &[("if-none-match", etag)]).await;
        assert_eq!(again, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(ask(&router, "/v1/nothing", &[]).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn assets_are_sent_as_they_were_packed_and_kept_for_ever() {
    let (_folder, router) = built();
    let path = "/assets/app-1a2b.js";
    for (accepted, sent, encoding) in [
        ("gzip, deflate, br, zstd", "brotli", Some("br")),
        ("gzip", "gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.5", "gzip", Some("gzip")),
        ("identity", "plain", None),
    ] {
        let (status, headers, text) = ask(&router, path, &[("accept-encoding", accepted)]).await;
        assert_eq!((status, text.as_str()), (StatusCode::OK, sent), "{accepted}");
        let said = headers.get("content-encoding").map(|value| value.to_str().expect("ASCII"));
        assert_eq!(said, encoding);
        assert_eq!(headers["cache-control"], FOR_EVER);
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(headers["vary"], "accept-encoding");
    }
    for gone in ["/assets/app-0000.js", "/assets/app-1a2b.js.br", "/assets/..%2Findex.html", "/theme.js"] {
        assert_eq!(ask(&router, gone, &[]).await.0, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn a_page_that_was_not_built_says_what_to_do() {
    let router = surround(router(Page::read(Path::new("/nonexistent"))));
    let (status, _, text) = ask(&router, "/", &[]).await;
    assert!(status == StatusCode::OK && text.contains("LAUREL_PAGE_FOLDER"), "{text}");
}

#[test]
fn everybody_may_see_the_page() {
    let named = NAMED.iter().map(|name| format!("/{name}"));
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(named).chain(["/assets/{file}".to_owned()])
    {
        let rule = RULES.iter().find(|rule| rule.path == path && *rule.method == Method::GET);
        assert_eq!(rule.map(|rule| rule.who), Some(Who::Anyone), "{path}");
    }
}
