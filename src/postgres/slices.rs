//! Looking through a big table a slice of its pages at a time.
//!
//! A look at a hundred thousand rows in one statement keeps one core of the database busy for tens of milliseconds, and
//! everybody else feels it. In slices, with a rest after each, nobody waits for longer than one slice takes.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::StorageError;

/// Pages of a slice: a millisecond or two.
const PAGES: u32 = 1024;

/// The rest after a slice: most of the time belongs to others, and a table of a million rows is still looked through
/// within seconds.
pub const REST: Duration = Duration::from_millis(10);

/// A run of pages. A row that is written again may move out of it before it is looked at; the next round finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    first: u32,
    /// The first page that is not in it any more.
    end: u32,
}

impl Slice {
    /// The whole table.
    pub const WHOLE: Self = Self { first: 0, end: u32::MAX };

    /// The place (`tid`) at which it begins.
    pub fn begins(&self) -> String {
        format!("({},0)", self.first)
    }

    /// The place at which it has ended.
    pub fn ends(&self) -> String {
        format!("({},0)", self.end)
    }

    fn all(pages: u32) -> Vec<Self> {
        let mut slices: Vec<Self> =
            (0..pages.max(1)).step_by(PAGES as usize).map(|first| Self { first, end: first + PAGES }).collect();
        if let Some(last) = slices.last_mut() {
            last.end = Self::WHOLE.end;
        }
        slices
    }
}

/// The slices of `table`; the last one has no end, so that what is added meanwhile is looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn slices(conn: &mut AsyncPgConnection, table: &str) -> Result<Vec<Slice>, StorageError> {
    #[derive(QueryableByName)]
    struct Size {
        #[diesel(sql_type = BigInt)]
        pages: i64,
    }
    let size: Size = diesel::sql_query(
        "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint AS pages",
    )
    .bind::<Text, _>(table)
    .get_result(conn)
    .await?;
    Ok(Slice::all(u32::try_from(size.pages).unwrap_or(u32::MAX - PAGES)))
}

/// Rests after a slice; of no rest at all the timer would make a millisecond.
pub async fn rest(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_leave_no_page_out() {
        for pages in [0, 1, PAGES - 1, PAGES, PAGES + 1, 10 * PAGES + 7] {
            let slices = Slice::all(pages);
            assert_eq!(slices[0].first, 0);
            assert_eq!(slices[slices.len() - 1].end, Slice::WHOLE.end);
            assert!(slices.windows(2).all(|two| two[0].end == two[1].first));
            assert_eq!(slices.len() as u32, pages.div_ceil(PAGES).max(1));
        }
        assert_eq!(Slice::all(0), [Slice::WHOLE]);
    }
}
