use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio_postgres::config::SslMode;

use crate::config::parse_database_url;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(800);

/// Limits of every session: no statement, lock wait or idle transaction may hold others up for long.
const SESSION: &str = "SET statement_timeout = '15s'; SET lock_timeout = '8s'; \
                       SET idle_in_transaction_session_timeout = '10s'; SET TimeZone = 'UTC'";

/// Opens one connection, over TLS unless the URL says `sslmode=disable` or names a Unix socket.
pub(super) async fn connect(url: String) -> ConnectionResult<AsyncPgConnection> {
    connect_with(url, "").await
}

/// As [`connect`], and runs the statements `session` first.
pub(super) async fn connect_with(url: String, session: &'static str) -> ConnectionResult<AsyncPgConnection> {
    match tokio::time::timeout(CONNECT_TIMEOUT, open(&url, session)).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectionError::BadConnection("no connection in time".into())),
    }
}

async fn open(url: &str, session: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut config = parse_database_url(url).map_err(bad)?;
    // A peer that fell silent without a word (a failover, a cut cable) is given up in seconds, not in the kernel's
    // quarter of an hour.
    config
        .application_name("plexsphere")
        .keepalives_idle(Duration::from_secs(5))
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(5));
    let local = config.get_hosts().iter().all(|host| matches!(host, tokio_postgres::config::Host::Unix(_)));
    let mut conn = if local || config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(bad)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await?
    } else {
        // Or a server that says it has no TLS would be talked to without.
        config.ssl_mode(SslMode::Require);
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(crate::tls::client_config().map_err(bad)?);
        let (client, connection) = config.connect(tls).await.map_err(bad)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await?
    };
    conn.batch_execute(&format!("{SESSION}; {session}")).await.map_err(bad)?;
    Ok(conn)
}

/// With its causes: the driver itself says no more than that the handshake failed.
fn bad(error: impl std::error::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}
