use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Client, contract};

/// Nothing that a test waits for takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open event stream, read frame by frame.
pub struct Followed {
    response: reqwest::Response,
    /// Read and not yet taken.
    buffer: Vec<u8>,
    /// What the server has said of when to come back.
    pub retry_millis: u64,
}

/// What comes on a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Comment(String),
    Event { id: i64, event_type: String, line: String },
}

impl Item {
    /// The number of an event.
    #[track_caller]
    pub fn id(&self) -> i64 {
        match self {
            Self::Event { id, .. } => *id,
            Self::Comment(text) => panic!("a comment: {text}"),
        }
    }

    #[track_caller]
    pub fn event_type(&self) -> &str {
        match self {
            Self::Event { event_type, .. } => event_type,
            Self::Comment(text) => panic!("a comment: {text}"),
        }
    }

    /// The envelope of an event.
    #[track_caller]
    pub fn envelope(&self) -> Value {
        match self {
            Self::Event { line, .. } => serde_json::from_str(line).unwrap(),
            Self::Comment(text) => panic!("a comment: {text}"),
        }
    }
}

impl Client {
    /// Opens the stream at `path`, after `last_event_id` if one is given.
    pub async fn follow(&self, path: &str, last_event_id: Option<i64>) -> Followed {
        let mut request = self.request(Method::GET, path);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id.to_string());
        }
        Self::follow_request(path, request).await
    }

    /// Opens the stream at `path` with a request that is filled in already.
    pub async fn follow_request(path: &str, request: reqwest::RequestBuilder) -> Followed {
        let response = request.send().await.unwrap();
        if response.status() != StatusCode::OK {
            panic!("{} {}", response.status(), response.text().await.unwrap());
        }
        contract::check(&Method::GET, path, response.status(), response.headers(), b"");
        for (name, value) in
            [("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
        {
            assert_eq!(response.headers()[name], value);
        }
        let mut followed = Followed { response, buffer: Vec::new(), retry_millis: 0 };
        let first = followed.block().await.expect("it ends at once");
        followed.retry_millis = first.strip_prefix("retry: ").expect(&first).parse().unwrap();
        assert!((1000..=10_000).contains(&followed.retry_millis));
        followed
    }
}

impl Followed {
    /// The next block of lines; `None`: the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(String::from_utf8(block).unwrap().trim_end_matches('\n').to_owned());
            }
            let more = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing comes");
            match more {
                Ok(Some(bytes)) => self.buffer.extend_from_slice(&bytes),
                Ok(None) => {
                    assert!(self.buffer.is_empty(), "it ends within a frame");
                    return None;
                }
                // Cut off.
                Err(_) => return None,
            }
        }
    }

    /// What comes next; `None`: the stream has ended.
    pub async fn next(&mut self) -> Option<Item> {
        let block = self.block().await?;
        if let Some(comment) = block.strip_prefix(':') {
            return Some(Item::Comment(comment.to_owned()));
        }
        let lines: Vec<&str> = block.split('\n').collect();
        let [id, event, data] = lines[..] else { panic!("no frame: {block}") };
        assert!(data.len() < 64 * 1024);
        Some(Item::Event {
            id: id.strip_prefix("id: ").expect(&block).parse().unwrap(),
            event_type: event.strip_prefix("event: ").expect(&block).to_owned(),
            line: data.strip_prefix("data: ").expect(&block).to_owned(),
        })
    }

    /// The next event; comments are passed over.
    pub async fn event(&mut self) -> Item {
        loop {
            match self.next().await.expect("the stream has ended") {
                Item::Comment(text) => assert_eq!(text, "keep-alive"),
                event => return event,
            }
        }
    }

    /// The numbers of the next `count` events.
    pub async fn ids(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            ids.push(self.event().await.id());
        }
        ids
    }

    /// Everything up to the end of the stream but keep-alives.
    pub async fn rest(&mut self) -> Vec<Item> {
        let mut rest = Vec::new();
        while let Some(item) = self.next().await {
            if item != Item::Comment("keep-alive".to_owned()) {
                rest.push(item);
            }
        }
        rest
    }

    /// Waits until it ends, with a last comment and nothing else.
    pub async fn closes(&mut self) {
        assert_eq!(self.rest().await, [Item::Comment("closing".to_owned())]);
    }
}
