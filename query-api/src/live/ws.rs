//! The live messages over a WebSocket, for clients that have no server-sent events: the same, each as one text.

use super::client::{End, Message};
use super::{LiveParams, subscribe};
use crate::app::App;
use crate::extract::Params;
use crate::positions::Wanted;
use access::Caller;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use futures_util::{SinkExt, Stream, StreamExt};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

const PING_EVERY: Duration = Duration::from_secs(15);
/// How long a message may take to be taken; the kernel gives a connection up after as long.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);
/// Clients have nothing to say but pings and their farewell.
const HEARD_BYTES_MAX: usize = 4 * 1_024;

/// Live updates over a WebSocket.
///
/// Each message is one text: `{"event": …, "id": …, "data": …}`, as `/v1/live` has them. What a client says is not looked at.
/// The last message is `end`; the close frame says the same reason.
#[utoipa::path(
    get, path = "/v1/live/ws", tag = "live",
    params(LiveParams, ("Last-Event-ID" = Option<String>, Header, description = "The position to go on from")),
    responses(
        (status = 101, description = "Messages `ready`, `received`, `queue`, `progress`, `judged`, `board`, `board_changes`, `you`, `end`"),
        (status = 400, body = ProblemBody, description = "`subscription_missing`, `submissions_invalid`, `me_invalid`, `position_invalid`, …"),
        (status = 401, body = ProblemBody, description = "`token_missing`: `submissions=mine` and `me=true` need a token"),
        (status = 404, body = ProblemBody, description = "`board_unknown`"),
        (status = 426, body = ProblemBody, description = "`websocket_expected`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `too_many_streams`, `boards_busy`, `read_model_unavailable`"),
    )
)]
pub async fn live(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Result<Caller, Problem>,
    Params(params): Params<LiveParams>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Ok(upgrade) = upgrade else { return Ok(websocket_expected()) };
    let messages = subscribe(&app, wanted, caller, &params, &headers).await?;
    Ok(upgrade.max_message_size(HEARD_BYTES_MAX).on_upgrade(async move |socket| tell(socket, messages).await))
}

fn websocket_expected() -> Response {
    let detail = "This is a WebSocket; `/v1/live` tells the same as server-sent events.";
    let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, "websocket_expected", detail);
    let mut response = problem.into_response();
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// Until the stream ends or nobody takes it any more. While one message is on its way no other is taken from the queue, so
/// a client that is too slow is cut off by the hub like any other.
async fn tell(socket: WebSocket, messages: impl Stream<Item = Message> + Send) {
    let (mut out, mut heard) = socket.split();
    let mut messages = pin!(messages);
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (frame, end) = tokio::select! {
            message = messages.next() => match message {
                Some(message) => (Frame::Text(message.to_text().into()), message.end_reason()),
                None => return,
            },
            _ = pings.tick() => (Frame::Ping(Vec::new().into()), None),
            heard = heard.next() => match heard {
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if !matches!(timeout(TAKEN_WITHIN, out.send(frame)).await, Ok(Ok(()))) {
            return;
        }
        if let Some(end) = end {
            let farewell = Frame::Close(Some(CloseFrame { code: code(end), reason: end.reason().into() }));
            let _gone_already = timeout(TAKEN_WITHIN, out.send(farewell)).await;
            return;
        }
    }
}

fn code(end: End) -> u16 {
    match end {
        End::SlowConsumer => close_code::AGAIN,
        End::ShuttingDown => close_code::AWAY,
        End::TokenExpired | End::AccessChanged => close_code::POLICY,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, WITHIN, part_of};
    use chassis::http::HttpServer;
    use events::account::Role;
    use futures_util::StreamExt;
    use serde_json::{Value, json};
    use testkit::build;
    use tokio::net::TcpListener;
    use tokio_tungstenite::connect_async;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    #[tokio::test]
    async fn the_same_messages_come_over_a_websocket_and_its_end_has_a_reason() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let serving =
            HttpServer::new(&test.observatory).serve(listener, test.router.clone(), test.shutdown.clone());
        let serving = tokio::spawn(serving);
        let (learner, key) = test.register(1).await?;
        let exercise = build::exercise("sum-of-two");
        test.publish(&exercise).await?;
        let token = test.token(learner, &[Role::Learner]);
        let url = format!("ws://{address}/v1/live/ws?submissions=mine&board=global&access_token={token}");
        let (mut socket, _) = connect_async(url).await?;
        let mut hear = async || loop {
            match tokio::time::timeout(WITHIN, socket.next()).await? {
                Some(Ok(Message::Text(text))) => break Ok(serde_json::from_str::<Value>(&text)?),
                Some(Ok(Message::Close(Some(frame)))) => {
                    break Ok(json!({ "closed": u16::from(frame.code) }));
                }
                Some(Ok(_)) => {}
                other => anyhow::bail!("no message: {other:?}"),
            }
        };
        // A board may have moved before the submissions were read.
        let mut first = [hear().await?, hear().await?].map(|message| message["event"].clone());
        first.sort_by_key(ToString::to_string);
        assert_eq!(first, ["board", "ready"]);
        let id = test.submit(1, learner, &key, &exercise, "x", 2).await?;
        test.advance(part_of(learner), 2, None).await?;
        let mut received = hear().await?;
        while received["event"] != "received" {
            received = hear().await?;
        }
        assert_eq!(received["data"]["submission"]["submission_id"], json!(id));
        assert_eq!(received["id"], received["data"]["position"]);

        // Without an upgrade, and with nobody's token.
        assert_eq!(test.get("/v1/live/ws?board=global").await.problem(), (426, "websocket_expected"));
        assert!(connect_async(format!("ws://{address}/v1/live/ws?submissions=mine")).await.is_err());

        test.shutdown.begin();
        let mut last = hear().await?;
        while last["event"] == "board" || last["event"] == "queue" {
            last = hear().await?;
        }
        assert_eq!((&last["event"], &last["data"]), (&json!("end"), &json!({ "reason": "shutting_down" })));
        assert_eq!(hear().await?, json!({ "closed": u16::from(CloseCode::Away) }));
        tokio::time::timeout(WITHIN, serving).await??;
        Ok(())
    }
}
