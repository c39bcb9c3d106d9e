//! The port: open, or closed for a time.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    time::{sleep, timeout},
};

use super::{Shared, connection};

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(20);

/// Serves connections until it is aborted, or until the port cannot be had any more.
pub(super) async fn listen(listener: std::net::TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    let mut listener = TcpListener::from_std(listener)?;
    loop {
        if shared.settle() {
            listener = stay_closed(listener, &shared).await?;
        }
        if let Ok(Ok((stream, _))) = timeout(TICK, listener.accept()).await {
            tokio::spawn(connection::serve(stream, Arc::clone(&shared)));
        }
    }
}

/// Closes the port, and opens it when it is time.
async fn stay_closed(listener: TcpListener, shared: &Shared) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    drop(listener);
    // Who holds a port and does not listen refuses connections, and nobody else gets it meanwhile.
    let held = hold(address)?;
    shared.set_open(false);
    while shared.settle() {
        sleep(TICK).await;
    }
    let listener = held.listen(1024)?;
    shared.set_open(true);
    Ok(listener)
}

fn hold(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
