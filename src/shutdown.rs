//! The signals that end the process, and the one that reloads its certificate.
//!
//! The first SIGTERM or SIGINT asks for an ordered stop; the next one says that it takes too long.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// SIGHUP, once for each time that it came since it was last asked for; several at once count as one.
pub struct Hangups(Signal);

impl Signals {
    /// Takes the signals over from the system, whose answer to each is to end the process; so also SIGHUP, whether
    /// there is a certificate to reload or not.
    ///
    /// # Errors
    /// When the system refuses.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn install() -> io::Result<(Self, Hangups)> {
        let signals = Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
        Ok((signals, Hangups(signal(SignalKind::hangup())?)))
    }

    /// Returns on the first signal, with its name.
    pub async fn first(&mut self) -> &'static str {
        self.next().await
    }

    /// Returns on the next signal after the first, with its name.
    pub async fn second(&mut self) -> &'static str {
        self.next().await
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            () = received(&mut self.terminate) => "SIGTERM",
            () = received(&mut self.interrupt) => "SIGINT",
        }
    }
}

impl Hangups {
    /// Returns on the next SIGHUP.
    pub async fn next(&mut self) {
        received(&mut self.0).await;
    }
}

/// Never returns once no signal can come any more.
async fn received(signal: &mut Signal) {
    if signal.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    /// Signals reach the whole process, so all of them are looked at in one test.
    #[tokio::test]
    async fn signals_are_told_one_after_the_other() {
        let (mut signals, mut hangups) = Signals::install().unwrap();
        assert!(signals.first().now_or_never().is_none());
        raise("TERM").await;
        assert_eq!(signals.first().await, "SIGTERM");
        assert!(signals.second().now_or_never().is_none(), "one signal is told once");
        raise("INT").await;
        assert_eq!(signals.second().await, "SIGINT");
        raise("HUP").await;
        hangups.next().await;
        assert!(hangups.next().now_or_never().is_none());
    }

    async fn raise(name: &str) {
        let sent = tokio::process::Command::new("kill").args(["-s", name, &std::process::id().to_string()]).status();
        assert!(sent.await.unwrap().success());
    }
}
