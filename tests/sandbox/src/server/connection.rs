//! One connection: requests in, and out whatever they meet.

use std::{
    future::{pending, poll_fn},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use super::Shared;
use crate::{
    deliver::Ending,
    http::{Answer, Request},
};

/// How a connection is to end that does not end as HTTP wants it to.
type End = Mutex<Option<Ending>>;

/// Speaks HTTP, or TLS where the client begins with that and the server can.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    match &shared.tls {
        Some(tls) if begins_with_tls(&stream).await => {
            // A client that does not trust the certificate goes away.
            let Ok(stream) = tls.acceptor().accept(stream).await else { return };
            exchange(stream, &shared, |stream| stream.get_ref().0.set_zero_linger()).await;
        }
        _ => exchange(stream, &shared, TcpStream::set_zero_linger).await,
    }
}

/// Whether the first byte is that of a handshake.
async fn begins_with_tls(stream: &TcpStream) -> bool {
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    stream.peek(&mut first).await.is_ok() && first == [HANDSHAKE]
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: &Shared,
    reset: impl Fn(&S) -> io::Result<()>,
) {
    let end = End::default();
    let service = service_fn(|request| Box::pin(answer(request, shared, &end)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut stream = connection.into_parts().io.into_inner();
    let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
    // The client may have gone; then there is nobody left to disturb.
    let _ = match end {
        Some(Ending::Cut(answer)) => write_half(&mut stream, &answer).await,
        Some(_) => reset(&stream),
        // TLS has an end of its own, which says that nothing is missing.
        None => stream.shutdown().await,
    };
}

/// The answer to a request, or an error where there is none: the connection is given back then.
async fn answer(
    request: hyper::Request<Incoming>,
    shared: &Shared,
    end: &End,
) -> io::Result<hyper::Response<Full<Bytes>>> {
    let request = read(request).await.map_err(io::Error::other)?;
    let delivery = shared.deliver(&request);
    sleep(delivery.delay).await;
    match delivery.ending {
        Ending::Answer(answer) => return Ok(write(answer)),
        Ending::Hang => pending().await,
        Ending::Refused => closed(shared).await,
        Ending::Reset | Ending::Cut(_) => {}
    }
    *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(delivery.ending);
    Err(io::Error::other("the answer is lost"))
}

/// Waits until the port is closed, where it is to be: the client may come back at once.
async fn closed(shared: &Shared) {
    let mut open = shared.open.subscribe();
    if shared.settle() {
        let _ = open.wait_for(|open| !open).await;
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, hyper::Error> {
    let (head, body) = request.into_parts();
    Ok(Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.collect().await?.to_bytes().to_vec(),
    })
}

fn write(answer: Answer) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body.into())).expect("the sandbox's own headers are valid")
}

/// The head, which promises the whole body, and half of the body.
async fn write_half<S: AsyncWrite + Unpin>(stream: &mut S, answer: &Answer) -> io::Result<()> {
    let status = StatusCode::from_u16(answer.status).unwrap_or_default();
    let lines: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head =
        format!("HTTP/1.1 {status}\r\n{}Content-Length: {}\r\n\r\n", lines.concat(), answer.body.len());
    stream.write_all(&[head.as_bytes(), &answer.body[..answer.body.len() / 2]].concat()).await?;
    stream.flush().await
}
