//! The audit log's rows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::chain::{Chain, Hash, Head, Numbered, Unsigned, to_millis};
use super::keys::pseudonym_keys;
use super::writer::Decided;
use super::{Entry, Filter, PseudonymKey};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::schema::{audit_chain, audit_entries, audit_heads, domains};
use crate::postgres::{StorageError, mark, prepared};
use crate::signing::Sealer;

/// What reads go over.
pub type Connection = AsyncPgConnection;

/// Entries that are counted for the metrics; beyond that only "many" matters.
const COUNTED: i64 = 100_000;

/// A time as it can be read. The database has times that nobody else has, infinity one of them; whoever puts one there
/// must not keep anybody from reading on. It is read as a time that was neither hashed nor signed.
macro_rules! legible {
    ($column:literal) => {
        concat!("least(greatest(", $column, ", '0001-01-01T00:00:00Z'), '9999-12-31T23:59:59Z')")
    };
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct NewRow<'r> {
    domain_id: Option<Uuid>,
    at: DateTime<Utc>,
    subject: &'r str,
    action: &'r str,
    object: &'r str,
    decision: &'r str,
    reason: Option<&'r str>,
    correlation_id: &'r str,
}

/// Writes one entry in the caller's transaction.
///
/// # Errors
/// [`StorageError`].
pub async fn append(conn: &mut AsyncPgConnection, entry: &Entry<'_>) -> Result<(), StorageError> {
    append_all(conn, std::slice::from_ref(entry)).await
}

/// Writes many entries in the caller's transaction, with one statement.
///
/// # Errors
/// [`StorageError`].
pub async fn append_all(conn: &mut AsyncPgConnection, entries: &[Entry<'_>]) -> Result<(), StorageError> {
    let rows: Vec<NewRow<'_>> = entries
        .iter()
        .map(|entry| NewRow {
            domain_id: entry.domain_id.map(|id| id.0),
            at: entry.at,
            subject: &entry.subject,
            action: entry.action,
            object: &entry.object,
            decision: entry.decision.as_str(),
            reason: entry.reason.as_deref(),
            correlation_id: entry.correlation_id,
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(conn).await?;
    mark();
    Ok(())
}

prepared! {
    /// Each in the log of the Domain that it is about, if there is such a one.
    Record<'d> {
        at: Vec<DateTime<Utc>> => Array<Timestamptz>,
        subjects: Vec<&'d str> => Array<Text>,
        actions: Vec<&'d str> => Array<Text>,
        objects: Vec<&'d str> => Array<Text>,
        kinds: Vec<&'d str> => Array<Text>,
        ids: Vec<Uuid> => Array<SqlUuid>,
        decisions: Vec<&'d str> => Array<Text>,
        reasons: Vec<Option<&'d str>> => Array<Nullable<Text>>,
        correlation_ids: Vec<&'d str> => Array<Text>,
    } -> (BigInt):
    "WITH written AS ( \
         INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, reason, correlation_id) \
         SELECT CASE e.kind \
             WHEN 'node' THEN (SELECT domain_id FROM nodes WHERE id = e.id) \
             WHEN 'project' THEN (SELECT domain_id FROM projects WHERE id = e.id) \
             WHEN 'violation' THEN (SELECT domain_id FROM integrity_violations WHERE id = e.id) \
             WHEN 'api_token' THEN (SELECT i.domain_id FROM api_tokens t JOIN identities i \
                 ON i.id = split_part(t.identity_ref, ':', 2)::uuid AND i.kind = split_part(t.identity_ref, ':', 1) \
                 WHERE t.id = e.id) \
             WHEN 'domain' THEN coalesce( \
                 (SELECT id FROM domains WHERE id = e.id), (SELECT chain_id FROM audit_heads WHERE chain_id = e.id)) END, \
             e.at, e.subject, e.action, e.object, e.decision, e.reason, e.correlation_id \
         FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY \
             AS e (at, subject, action, object, kind, id, decision, reason, correlation_id, place) \
         ORDER BY e.place RETURNING 1) \
     SELECT count(*) FROM written"
}

/// Writes decisions, with one statement, which is its own transaction.
pub(super) async fn record(conn: &mut AsyncPgConnection, decided: &[Decided]) -> Result<(), StorageError> {
    let of = |member: fn(&Decided) -> &str| decided.iter().map(member).collect();
    let record = Record {
        at: decided.iter().map(|one| one.at).collect(),
        subjects: of(|one| &one.subject),
        actions: of(|one| one.action),
        objects: of(|one| &one.object),
        kinds: of(|one| one.about.kind()),
        ids: decided.iter().map(|one| one.about.id()).collect(),
        decisions: of(|one| one.decision.as_str()),
        reasons: decided.iter().map(|one| one.reason.as_deref()).collect(),
        correlation_ids: of(|one| &one.correlation_id),
    };
    let _written: (i64,) = record.get_result(conn).await?;
    Ok(())
}

/// An entry that has no number yet.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Waiting {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    domain_id: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    object: String,
    #[diesel(sql_type = Text)]
    decision: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Text)]
    correlation_id: String,
}

/// The columns of [`Waiting`], of entries `e`.
macro_rules! waiting {
    () => {
        concat!(
            "e.id, e.domain_id, ",
            legible!("e.at"),
            " AS at, e.subject, e.action, e.object, e.decision, e.reason, e.correlation_id"
        )
    };
}

impl Waiting {
    pub fn chain(&self) -> Chain {
        Chain::of(self.domain_id.map(DomainId))
    }

    /// As it will stand in its chain after the entry with this number and hash.
    pub fn numbered(self, pseudonyms: &PseudonymKey, chain: Chain, seq: i64, hash: Hash) -> Numbered {
        let mut entry = Numbered {
            seq,
            at: to_millis(self.at),
            subject: pseudonyms.hide(&self.subject),
            action: self.action,
            object: pseudonyms.hide(&self.object),
            decision: self.decision,
            reason: self.reason.map(|reason| pseudonyms.hide(&reason)),
            correlation_id: self.correlation_id,
            prev_hash: hash,
            hash,
        };
        entry.follow(chain, seq, hash);
        entry
    }
}

/// How many entries wait (at most [`COUNTED`]), and since when the first one.
pub(super) async fn depth(conn: &mut AsyncPgConnection) -> Result<(i64, Option<DateTime<Utc>>), StorageError> {
    let at = sql::<Timestamptz>(legible!("at"));
    let first: Option<DateTime<Utc>> =
        audit_entries::table.order(audit_entries::id).select(at).first(conn).await.optional()?;
    if first.is_none() {
        return Ok((0, None));
    }
    #[derive(QueryableByName)]
    struct Depth {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let depth: Depth = diesel::sql_query("SELECT count(*) AS n FROM (SELECT FROM audit_entries LIMIT $1) t")
        .bind::<BigInt, _>(COUNTED)
        .get_result(conn)
        .await?;
    Ok((depth.n, first))
}

/// The first committed entries, `limit` of them or a few more, leaving `out` chains; those of one chain in their order.
///
/// What is left out is stepped over and not read, however much of it waits.
pub(super) async fn waiting(
    conn: &mut AsyncPgConnection,
    out: &[Chain],
    limit: i64,
) -> Result<Vec<Waiting>, StorageError> {
    if out.is_empty() {
        let first = concat!("SELECT ", waiting!(), " FROM audit_entries e ORDER BY e.id LIMIT $1");
        return Ok(diesel::sql_query(first).bind::<BigInt, _>(limit).load(conn).await?);
    }
    let domains: Vec<Uuid> = out.iter().filter(|chain| **chain != Chain::Platform).map(|chain| chain.id()).collect();
    // The platform's are ordered by both columns, of which one is the same: by the id alone the planner may read them all.
    let chain_by_chain = concat!(
        "WITH RECURSIVE d (domain_id) AS ( \
             (SELECT domain_id FROM audit_entries WHERE domain_id IS NOT NULL ORDER BY domain_id LIMIT 1) \
             UNION ALL \
             SELECT (SELECT w.domain_id FROM audit_entries w WHERE w.domain_id > d.domain_id ORDER BY w.domain_id LIMIT 1) \
             FROM d WHERE d.domain_id IS NOT NULL \
         ) (SELECT ",
        waiting!(),
        " FROM d CROSS JOIN LATERAL \
             (SELECT * FROM audit_entries w WHERE w.domain_id = d.domain_id ORDER BY w.id LIMIT $1) e \
         WHERE d.domain_id <> ALL ($2) LIMIT $1) \
         UNION ALL (SELECT ",
        waiting!(),
        " FROM audit_entries e WHERE e.domain_id IS NULL AND NOT $3 ORDER BY e.domain_id, e.id LIMIT $1)"
    );
    let mut rows: Vec<Waiting> = diesel::sql_query(chain_by_chain)
        .bind::<BigInt, _>(limit)
        .bind::<Array<SqlUuid>, _>(domains)
        .bind::<Bool, _>(out.contains(&Chain::Platform))
        .load(conn)
        .await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = SqlUuid)]
    chain_id: Uuid,
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<Binary>)]
    hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    signed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    key_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    signature: Option<Vec<u8>>,
    /// There are entries that the head does not cover.
    #[diesel(sql_type = Bool)]
    beyond: bool,
    /// Its key is another one than the Domain's, and no change of the key waits.
    #[diesel(sql_type = Bool)]
    retired: bool,
}

/// How a chain ends.
#[derive(Default)]
pub(super) struct End {
    /// Its head, if there is one.
    pub head: Option<Head>,
    /// There are entries that the head does not cover.
    pub beyond: bool,
    /// The key of the head was retired before the head was signed.
    pub retired: bool,
}

impl End {
    /// Whether the key of the head was still in use.
    pub fn key_in_use(&self) -> Result<(), Unsigned> {
        if self.retired { Err(Unsigned::Retired) } else { Ok(()) }
    }
}

impl HeadRow {
    fn head(self) -> Option<Head> {
        let (seq, hash) = (self.seq?, hash(&self.hash?));
        Some(Head {
            seq,
            hash,
            signed_at: self.signed_at?,
            key_id: SigningKeyId(self.key_id?),
            signature: self.signature?,
        })
    }
}

/// A hash as it is stored. What cannot be one is found by whoever verifies, and must not keep anybody from reading on.
fn hash(bytes: &[u8]) -> Hash {
    Hash::from_slice(bytes).unwrap_or(Hash([0xff; 32]))
}

/// How chains end, all of it of one moment.
///
/// A change of a Domain's key is an entry, which waits from the moment of the change until a head is signed with the new
/// key. So a head of another key of the Domain's, while no such entry waits, was signed by somebody else.
pub(super) async fn ends_of(
    conn: &mut AsyncPgConnection,
    chains: &[Chain],
) -> Result<HashMap<Chain, End>, StorageError> {
    let rows: Vec<HeadRow> = diesel::sql_query(concat!(
        "SELECT c.chain_id, h.seq, h.hash, ",
        legible!("h.signed_at"),
        " AS signed_at, h.key_id, h.signature, \
             EXISTS (SELECT FROM audit_chain e WHERE e.chain_id = c.chain_id AND e.seq > coalesce(h.seq, 0)) AS beyond, \
             EXISTS (SELECT FROM audit_keys k WHERE k.key_id = h.key_id AND k.chain_id = c.chain_id \
                     AND k.sealed_private_key IS NULL) \
                 AND NOT EXISTS (SELECT FROM signing_keys k WHERE k.key_id = h.key_id AND k.state = 'active') \
                 AND NOT EXISTS (SELECT FROM audit_entries w WHERE w.domain_id = c.chain_id \
                     AND w.action IN ('signing_key.rotate', 'domain.delete')) AS retired \
         FROM unnest($1) AS c (chain_id) LEFT JOIN audit_heads h USING (chain_id)",
    ))
    .bind::<Array<SqlUuid>, _>(chains.iter().map(|chain| chain.id()).collect::<Vec<_>>())
    .load(conn)
    .await?;
    let one = |row: HeadRow| {
        let (chain, beyond, retired) = (Chain::from_id(row.chain_id), row.beyond, row.retired);
        (chain, End { head: row.head(), beyond, retired })
    };
    Ok(rows.into_iter().map(one).collect())
}

/// As [`ends_of`], of one chain.
pub(super) async fn end(conn: &mut AsyncPgConnection, chain: Chain) -> Result<End, StorageError> {
    Ok(ends_of(conn, &[chain]).await?.remove(&chain).unwrap_or_default())
}

/// Heads of all chains after `after`, in order of their ids.
///
/// # Errors
/// [`StorageError`].
pub async fn heads(
    conn: &mut AsyncPgConnection,
    after: Option<Chain>,
    limit: i64,
) -> Result<Vec<(Chain, Head)>, StorageError> {
    type Row = (Uuid, i64, Vec<u8>, DateTime<Utc>, Uuid, Vec<u8>);
    let signed_at = sql::<Timestamptz>(legible!("signed_at"));
    let mut query = audit_heads::table
        .select((
            audit_heads::chain_id,
            audit_heads::seq,
            audit_heads::hash,
            signed_at,
            audit_heads::key_id,
            audit_heads::signature,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(audit_heads::chain_id.gt(after.id()));
    }
    let rows: Vec<Row> = query.order(audit_heads::chain_id).limit(limit).load(conn).await?;
    let one = |(chain, seq, found, signed_at, key_id, signature): Row| {
        let head = Head { seq, hash: hash(&found), signed_at, key_id: SigningKeyId(key_id), signature };
        (Chain::from_id(chain), head)
    };
    Ok(rows.into_iter().map(one).collect())
}

/// All chains that have entries or a head, in order of their ids.
///
/// # Errors
/// [`StorageError`].
pub async fn chains(conn: &mut AsyncPgConnection) -> Result<Vec<Chain>, StorageError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        chain_id: Uuid,
    }
    let rows: Vec<Row> =
        diesel::sql_query("SELECT chain_id FROM audit_heads UNION SELECT chain_id FROM audit_chain ORDER BY 1")
            .load(conn)
            .await?;
    Ok(rows.into_iter().map(|row| Chain::from_id(row.chain_id)).collect())
}

/// One entry.
///
/// # Errors
/// [`StorageError`].
pub async fn find(conn: &mut AsyncPgConnection, chain: Chain, seq: i64) -> Result<Option<Numbered>, StorageError> {
    let row: Option<ChainRow> =
        audit_chain::table.find((chain.id(), seq)).select(ChainRow::as_select()).first(conn).await.optional()?;
    Ok(row.map(Numbered::from))
}

/// Whether the chain's Domain is there, or has left a chain.
///
/// # Errors
/// [`StorageError`].
pub async fn is_known(conn: &mut AsyncPgConnection, chain: Chain) -> Result<bool, StorageError> {
    use diesel::dsl::{exists, select};
    let domain = exists(domains::table.find(chain.id()));
    let left = exists(audit_heads::table.find(chain.id()));
    Ok(select(domain.or(left)).get_result(conn).await?)
}

/// Entries of a chain that `filter` lets through, with numbers after `after`, in order.
///
/// # Errors
/// [`StorageError`].
pub async fn page(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chain: Chain,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<Numbered>, StorageError> {
    let mut query = audit_chain::table
        .filter(audit_chain::chain_id.eq(chain.id()).and(audit_chain::seq.gt(after)))
        .order(audit_chain::seq)
        .limit(limit)
        .select(ChainRow::as_select())
        .into_boxed();
    if filter.subject.is_some() || filter.object.is_some() {
        let keys = pseudonym_keys(conn, sealer, &[chain]).await?;
        // Without a key there is no pseudonym, and nobody to be found.
        let hidden = |text: &String| keys.get(&chain).map_or_else(|| text.clone(), |key| key.hide(text));
        if let Some(subject) = &filter.subject {
            query = query.filter(audit_chain::subject.eq(hidden(subject)));
        }
        if let Some(object) = &filter.object {
            query = query.filter(audit_chain::object.eq(hidden(object)));
        }
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit_chain::action.eq(action));
    }
    if let Some(decision) = filter.decision {
        query = query.filter(audit_chain::decision.eq(decision.as_str()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_chain::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit_chain::at.lt(to));
    }
    let rows: Vec<ChainRow> = query.load(conn).await?;
    Ok(rows.into_iter().map(Numbered::from).collect())
}

/// Entries of a chain with numbers after `after`, or from wherever it begins, and up to `to`, in order.
pub(super) async fn entries(
    conn: &mut AsyncPgConnection,
    chain: Chain,
    after: Option<i64>,
    to: i64,
    limit: i64,
) -> Result<Vec<Numbered>, StorageError> {
    let mut query = audit_chain::table
        .filter(audit_chain::chain_id.eq(chain.id()).and(audit_chain::seq.le(to)))
        .order(audit_chain::seq)
        .limit(limit)
        .select(ChainRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(audit_chain::seq.gt(after));
    }
    let rows: Vec<ChainRow> = query.load(conn).await?;
    Ok(rows.into_iter().map(Numbered::from).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_chain)]
struct ChainRow {
    seq: i64,
    #[diesel(select_expression = sql(legible!("at")), select_expression_type = SqlLiteral<Timestamptz>)]
    at: DateTime<Utc>,
    subject: String,
    action: String,
    object: String,
    decision: String,
    reason: Option<String>,
    correlation_id: String,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl From<ChainRow> for Numbered {
    fn from(row: ChainRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            subject: row.subject,
            action: row.action,
            object: row.object,
            decision: row.decision,
            reason: row.reason,
            correlation_id: row.correlation_id,
            prev_hash: hash(&row.prev_hash),
            hash: hash(&row.hash),
        }
    }
}

/// Moves entries from what waits into their chains, whose heads become `heads`.
pub(super) async fn put(
    conn: &mut AsyncPgConnection,
    entries: &[(Chain, Numbered)],
    heads: &[(Chain, Head)],
    waited: &[i64],
) -> Result<(), StorageError> {
    let of = |member: fn(&Numbered) -> &str| entries.iter().map(|(_, entry)| member(entry)).collect::<Vec<_>>();
    // One array a column: many entries cost no more to parse than one, and no statement has too many parameters.
    diesel::sql_query(
        "INSERT INTO audit_chain \
             (chain_id, seq, at, subject, action, object, decision, reason, correlation_id, prev_hash, hash) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind::<Array<SqlUuid>, _>(entries.iter().map(|(chain, _)| chain.id()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(entries.iter().map(|(_, entry)| entry.seq).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(entries.iter().map(|(_, entry)| entry.at).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of(|entry| &entry.subject))
    .bind::<Array<Text>, _>(of(|entry| &entry.action))
    .bind::<Array<Text>, _>(of(|entry| &entry.object))
    .bind::<Array<Text>, _>(of(|entry| &entry.decision))
    .bind::<Array<Nullable<Text>>, _>(entries.iter().map(|(_, entry)| entry.reason.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of(|entry| &entry.correlation_id))
    .bind::<Array<Binary>, _>(entries.iter().map(|(_, entry)| entry.prev_hash.0.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(entries.iter().map(|(_, entry)| entry.hash.0.as_slice()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    diesel::sql_query(
        "INSERT INTO audit_heads (chain_id, seq, hash, signed_at, key_id, signature) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (chain_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, \
             signed_at = excluded.signed_at, key_id = excluded.key_id, signature = excluded.signature",
    )
    .bind::<Array<SqlUuid>, _>(heads.iter().map(|(chain, _)| chain.id()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(heads.iter().map(|(_, head)| head.seq).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(heads.iter().map(|(_, head)| head.hash.0.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(heads.iter().map(|(_, head)| head.signed_at).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(heads.iter().map(|(_, head)| head.key_id.0).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(heads.iter().map(|(_, head)| head.signature.as_slice()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    diesel::sql_query("DELETE FROM audit_entries WHERE id = ANY($1)")
        .bind::<Array<BigInt>, _>(waited)
        .execute(conn)
        .await?;
    Ok(())
}
