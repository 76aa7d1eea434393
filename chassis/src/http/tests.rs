use super::*;
use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::unfold;
use std::net::Ipv4Addr;
use testkit::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const HALF_A_HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: laurel\r\nX-Slow: ";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: laurel\r\n\r\n";

/// Nobody waits as long as these in a test.
const PATIENT: Bounds = Bounds {
    first_head_within: Duration::from_mins(10),
    next_head_within: Duration::from_mins(10),
    taken_within: Duration::from_mins(10),
    connections_max: 1_000,
};
/// What must end for a bound's sake ends within this, however busy the machine.
const WITHIN: Duration = Duration::from_secs(30);

struct Serving {
    address: SocketAddr,
    open: Gauge,
    shutdown: Shutdown,
    ended: JoinHandle<()>,
}

async fn serve(bounds: Bounds, router: Router) -> io::Result<Serving> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (open, shutdown) = (Gauge::default(), Shutdown::new());
    let server = HttpServer { bounds, open: open.clone() };
    let ended = tokio::spawn(server.serve(listener, router, shutdown.clone()));
    Ok(Serving { address, open, shutdown, ended })
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

impl Serving {
    async fn connect(&self, said: &[u8]) -> io::Result<TcpStream> {
        let mut tcp = TcpStream::connect(self.address).await?;
        tcp.write_all(said).await?;
        Ok(tcp)
    }

    async fn end(self) -> anyhow::Result<()> {
        self.shutdown.begin();
        Ok(tokio::time::timeout(WITHIN, self.ended).await??)
    }
}

/// Reads until `wanted` was read.
async fn hear(tcp: &mut TcpStream, wanted: &str) -> anyhow::Result<()> {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(wanted) {
        let read = tokio::time::timeout(WITHIN, tcp.read_buf(&mut heard)).await??;
        anyhow::ensure!(read > 0, "closed after {:?}", String::from_utf8_lossy(&heard));
    }
    Ok(())
}

/// Waits until the other side has closed, reading what comes before.
async fn closed(tcp: &mut TcpStream) -> anyhow::Result<()> {
    let mut rest = Vec::new();
    match tokio::time::timeout(WITHIN, tcp.read_to_end(&mut rest)).await? {
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error.into()),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn half_a_head_is_not_waited_for_and_others_are_answered_meanwhile() -> anyhow::Result<()> {
    let bounds = Bounds { first_head_within: Duration::from_secs(2), ..PATIENT };
    let serving = serve(bounds, hello()).await?;
    let mut honest = serving.connect(REQUEST).await?;
    hear(&mut honest, "hello").await?;
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(serving.connect(HALF_A_HEAD).await?);
    }
    for _ in 0..10 {
        honest.write_all(REQUEST).await?;
        hear(&mut honest, "hello").await?;
        hear(&mut serving.connect(REQUEST).await?, "hello").await?;
    }
    for ended in join_all(slow.iter_mut().map(closed)).await {
        ended?;
    }
    // A connection that has asked once is not bound by the first head's time.
    honest.write_all(REQUEST).await?;
    hear(&mut honest, "hello").await?;
    serving.end().await
}

#[tokio::test]
async fn a_kept_connection_ends_when_no_other_request_comes() -> anyhow::Result<()> {
    let bounds = Bounds { next_head_within: Duration::from_secs(1), ..PATIENT };
    let serving = serve(bounds, hello()).await?;
    for more in [&b""[..], HALF_A_HEAD] {
        let mut tcp = serving.connect(REQUEST).await?;
        hear(&mut tcp, "hello").await?;
        tcp.write_all(more).await?;
        closed(&mut tcp).await?;
    }
    serving.end().await
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_let_go() -> anyhow::Result<()> {
    let bounds = Bounds { taken_within: Duration::from_millis(300), ..PATIENT };
    let endless = || futures_util::stream::repeat(Ok::<_, Infallible>(Bytes::from_static(&[b'a'; 8_192])));
    let router = Router::new().route("/", get(async move || Body::from_stream(endless())));
    let serving = serve(bounds, router).await?;
    let deaf = serving.connect(REQUEST).await?;
    let open = serving.open.clone();
    eventually(WITHIN, async || {
        anyhow::ensure!(open.get() == 1);
        Ok(())
    })
    .await?;
    eventually(WITHIN, async || {
        anyhow::ensure!(open.get() == 0);
        Ok(())
    })
    .await?;
    drop(deaf);
    serving.end().await
}

/// A stream is an answer: no bound of a head ends it, and neither does silence.
#[tokio::test]
async fn a_stream_outlives_every_bound() -> anyhow::Result<()> {
    let short = Duration::from_secs(1);
    let bounds = Bounds { first_head_within: short, next_head_within: short, taken_within: short, ..PATIENT };
    let (say, said) = mpsc::channel::<String>(1);
    let said = Arc::new(std::sync::Mutex::new(Some(said)));
    let stream = async move || {
        let said = said.lock().expect("not poisoned").take().expect("asked once");
        Body::from_stream(unfold(said, async |mut said| {
            said.recv().await.map(|message| (Ok::<_, Infallible>(message), said))
        }))
    };
    let serving = serve(bounds, hello().route("/stream", get(stream))).await?;
    let mut listening = serving.connect(b"GET /stream HTTP/1.1\r\nHost: laurel\r\n\r\n").await?;
    hear(&mut listening, "\r\n\r\n").await?;
    for number in 0..2 {
        // Opened later and closed by its bound, which is therefore over for the stream, too.
        closed(&mut serving.connect(b"").await?).await?;
        say.send(format!("message {number}")).await?;
        hear(&mut listening, &format!("message {number}")).await?;
    }
    drop(say);
    serving.end().await
}

#[tokio::test]
async fn who_comes_when_all_places_are_taken_waits_for_one() -> anyhow::Result<()> {
    let serving = serve(Bounds { connections_max: 2, ..PATIENT }, hello()).await?;
    let mut first = serving.connect(REQUEST).await?;
    let mut second = serving.connect(REQUEST).await?;
    hear(&mut first, "hello").await?;
    hear(&mut second, "hello").await?;
    let mut third = serving.connect(REQUEST).await?;
    second.write_all(REQUEST).await?;
    hear(&mut second, "hello").await?;
    anyhow::ensure!(serving.open.get() == 2, "{} are open", serving.open.get());
    drop(first);
    hear(&mut third, "hello").await?;
    serving.end().await
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_lets_requests_end() -> anyhow::Result<()> {
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (entering, going_on) = (Arc::clone(&entered), Arc::clone(&go_on));
    let slow = async move || {
        entering.notify_one();
        going_on.notified().await;
        "done"
    };
    let serving = serve(PATIENT, hello().route("/slow", get(slow))).await?;
    let mut idle = serving.connect(REQUEST).await?;
    hear(&mut idle, "hello").await?;
    let mut new = serving.connect(b"").await?;
    let mut busy = serving.connect(b"GET /slow HTTP/1.1\r\nHost: laurel\r\n\r\n").await?;
    tokio::time::timeout(WITHIN, entered.notified()).await?;
    serving.shutdown.begin();
    closed(&mut idle).await?;
    closed(&mut new).await?;
    let address = serving.address;
    eventually(WITHIN, async || {
        anyhow::ensure!(TcpStream::connect(address).await.is_err());
        Ok(())
    })
    .await?;
    go_on.notify_one();
    hear(&mut busy, "done").await?;
    serving.end().await
}
