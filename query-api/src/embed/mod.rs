//! A board to put into another page: `<iframe src="https://…/embed/board/global?window=week&limit=10">`. It is small, needs no
//! token, keeps itself up to date by the live stream, and may be framed by the origins an operator names and nobody else.
//!
//! Its script and style are files of their own, so the content security policy needs no hole, and what it shows is put in as
//! text.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use chassis::cors::Origins;
use chassis::headers::FramedBy;

const SCRIPT: &str = include_str!("board.js");
const STYLE: &str = include_str!("board.css");
const PAGE: &str = include_str!("board.html");

pub fn router(framed_by: &Origins) -> Router {
    let framed_by = FramedBy(framed_by.frame_ancestors().into());
    let page = get(async move || {
        let mut page = Html(PAGE).into_response();
        page.extensions_mut().insert(framed_by.clone());
        page
    });
    let file = |kind: &'static str, text: &'static str| get(async move || ([(CONTENT_TYPE, kind)], text));
    Router::new()
        .route("/embed/board/{scope}", page)
        .route("/embed/board.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/embed/board.css", file("text/css; charset=utf-8", STYLE))
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn the_page_brings_its_own_files_and_is_framed_by_whom_it_may() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let page = test.get("/embed/board/global?limit=5").await;
        assert_eq!(page.status, 200);
        let text = String::from_utf8(page.bytes.clone())?;
        assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/embed/board.js\"").count());
        assert!(!text.contains("style=") && !text.contains("<style"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors https://classes.example.org"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "", "it would keep the allowed ones out too");
        for file in ["/embed/board.js", "/embed/board.css"] {
            let file = test.get(file).await;
            assert!(file.status == 200 && file.header("content-type").starts_with("text/"), "{file:?}");
        }
        // Nothing else may be framed.
        let other = test.get("/").await;
        assert_eq!(other.header("x-frame-options"), "DENY");
        assert!(other.header("content-security-policy").contains("frame-ancestors 'none'"));
        Ok(())
    }
}
