//! Pages of a list: how many rows, and after which one. Rows are in order of id, so a page costs the same wherever
//! it lies and rows that come and go in between move nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::problem::ProblemCode;

/// Rows of a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 50;
/// Most rows of a page: an answer stays small enough to be built in memory.
pub const MOST: u32 = 200;

const ID_BYTES: usize = 16;
/// Enough that nobody meets a collision; the binding is no secret and guards none.
const BINDING_BYTES: usize = 16;

/// Which rows of a list are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Most rows to show, 1 to [`MOST`].
    pub limit: u32,
    /// Show rows whose id is greater.
    pub after: Option<Uuid>,
    asked: [u8; 32],
}

/// The page that is asked for cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The limit is out of bounds.
    #[error("limit must be from 1 to {MOST}")]
    InvalidQuery,
    /// The cursor is not one of ours, or another caller's, or another query's.
    #[error("cursor must be the next_cursor of the page before, sent by the same caller with the same query")]
    InvalidCursor,
}

impl PageError {
    /// The code that it is answered with.
    pub const fn code(self) -> ProblemCode {
        match self {
            Self::InvalidQuery => ProblemCode::InvalidQuery,
            Self::InvalidCursor => ProblemCode::InvalidCursor,
        }
    }
}

impl Page {
    /// Reads `limit` and `cursor` as `subject` sent them. `query` is the operation and its filters: a cursor is good
    /// for the caller and the query that it was given out for.
    ///
    /// # Errors
    /// [`PageError`].
    pub fn read(limit: Option<u32>, cursor: Option<String>, subject: &str, query: &str) -> Result<Self, PageError> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MOST).contains(&limit) {
            return Err(PageError::InvalidQuery);
        }
        let mut asked = Sha256::new();
        // The length keeps subject and query apart.
        asked.update((subject.len() as u64).to_be_bytes());
        asked.update(subject);
        asked.update(query);
        let page = Self { limit, after: None, asked: asked.finalize().into() };
        let after = cursor.map(|cursor| page.open(&cursor).ok_or(PageError::InvalidCursor)).transpose()?;
        Ok(Self { after, ..page })
    }

    /// How many rows to fetch: one more than is shown tells whether there is another page.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts the fetched rows to the page. Also returns the cursor of the next one, if there is one.
    pub fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> (Vec<T>, Option<String>) {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| self.next_cursor(id(last)));
        (rows, next)
    }

    /// The cursor of the rows after `last`.
    pub fn next_cursor(&self, last: Uuid) -> String {
        let mut bytes = [0; ID_BYTES + BINDING_BYTES];
        bytes[..ID_BYTES].copy_from_slice(last.as_bytes());
        bytes[ID_BYTES..].copy_from_slice(&self.binding(last));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, cursor: &str) -> Option<Uuid> {
        let bytes: [u8; ID_BYTES + BINDING_BYTES] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
        let (id, binding) = bytes.split_at(ID_BYTES);
        let id = Uuid::from_slice(id).ok()?;
        (self.binding(id) == binding).then_some(id)
    }

    fn binding(&self, id: Uuid) -> [u8; BINDING_BYTES] {
        let digest: [u8; 32] = Sha256::new().chain_update(id.as_bytes()).chain_update(self.asked).finalize().into();
        let mut binding = [0; BINDING_BYTES];
        binding.copy_from_slice(&digest[..BINDING_BYTES]);
        binding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(limit: Option<u32>, cursor: Option<String>, subject: &str, query: &str) -> Result<Page, PageError> {
        Page::read(limit, cursor, subject, query)
    }

    fn first(limit: u32) -> Page {
        read(Some(limit), None, "user:a", "ListThings").unwrap()
    }

    #[test]
    fn a_limit_has_bounds_and_a_default() {
        assert_eq!(read(None, None, "s", "q").unwrap().limit, 50);
        assert_eq!(read(Some(1), None, "s", "q").unwrap().limit, 1);
        assert_eq!(read(Some(200), None, "s", "q").unwrap().limit, 200);
        assert_eq!(read(Some(0), None, "s", "q"), Err(PageError::InvalidQuery));
        assert_eq!(read(Some(201), None, "s", "q"), Err(PageError::InvalidQuery));
    }

    #[test]
    fn a_cursor_leads_to_the_next_page_whatever_its_limit() {
        let last = Uuid::from_u128(7);
        let cursor = first(2).next_cursor(last);
        assert_eq!(read(Some(9), Some(cursor), "user:a", "ListThings").unwrap().after, Some(last));
    }

    #[test]
    fn a_cursor_is_good_for_one_caller_and_one_query() {
        let cursor = first(2).next_cursor(Uuid::from_u128(7));
        for (subject, query) in [("user:b", "ListThings"), ("user:a", "ListOthers"), ("user:aL", "istThings")] {
            assert_eq!(read(None, Some(cursor.clone()), subject, query), Err(PageError::InvalidCursor));
        }
        for text in ["", "x", "AAAA", &format!("{cursor}A"), &cursor.replace(&cursor[..1], "_")] {
            assert_eq!(read(None, Some(text.to_owned()), "user:a", "ListThings"), Err(PageError::InvalidCursor));
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let rows = |n: u128| (1..=n).map(Uuid::from_u128).collect::<Vec<_>>();
        let page = first(2);
        assert_eq!(page.fetch(), 3);
        assert_eq!(page.cut(rows(0), |id| *id), (rows(0), None));
        assert_eq!(page.cut(rows(2), |id| *id), (rows(2), None));
        assert_eq!(page.cut(rows(3), |id| *id), (rows(2), Some(page.next_cursor(Uuid::from_u128(2)))));
    }
}
