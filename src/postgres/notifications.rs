use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::{FutureExt, StreamExt};

use super::StorageError;

/// A connection on which nothing has come for so long is asked whether it is still there: nothing else would tell.
const QUIET: Duration = Duration::from_secs(5);
/// How long it may take to say so.
const ANSWER: Duration = Duration::from_secs(1);

/// A connection that the database's notifications come in on. They only wake: what was missed while there was none is
/// found by looking.
pub struct Notifications {
    conn: AsyncPgConnection,
}

impl Notifications {
    pub(super) async fn open(mut conn: AsyncPgConnection, channels: &[&str]) -> Result<Self, StorageError> {
        let listen: Vec<String> = channels.iter().map(|channel| format!("LISTEN {channel}")).collect();
        conn.batch_execute(&listen.join("; ")).await?;
        Ok(Self { conn })
    }

    /// Returns on the next notifications with their channels.
    ///
    /// # Errors
    /// [`StorageError`]: the connection is gone.
    pub async fn next(&mut self) -> Result<Vec<String>, StorageError> {
        loop {
            let waited = tokio::time::timeout(QUIET, async {
                let mut notifications = std::pin::pin!(self.conn.notifications_stream());
                let mut channels = Vec::new();
                if let Some(first) = notifications.next().await {
                    channels.push(first?.channel);
                }
                // What has come with it is told with it.
                while let Some(Some(more)) = notifications.next().now_or_never() {
                    let channel = more?.channel;
                    if !channels.contains(&channel) {
                        channels.push(channel);
                    }
                }
                Ok::<_, diesel::result::Error>(channels)
            })
            .await;
            match waited {
                Ok(Ok(channels)) if channels.is_empty() => {
                    return Err(StorageError::Unavailable("the listening connection has ended".into()));
                }
                Ok(channels) => return Ok(channels?),
                Err(_) => match tokio::time::timeout(ANSWER, self.conn.batch_execute("SELECT 1")).await {
                    Ok(answered) => answered?,
                    Err(_) => return Err(StorageError::Unavailable("the listening connection does not answer".into())),
                },
            }
        }
    }
}
