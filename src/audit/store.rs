//! The audit log's rows.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
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
             WHEN 'domain' THEN coalesce( \
                 (SELECT id FROM domains WHERE id = e.id), (SELECT chain_id FROM audit_heads WHERE chain_id = e.id)) END, \
             e.at, e.subject, e.action, e.object, e.decision, e.reason, e.correlation_id \
         FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY \
             AS e (at, subject, action, object, kind, id, decision, reason, correlation_id, place) \
         ORDER BY e.place RETURNING 1) \
     SELECT count(*) FROM written"
             WHEN 'api_token' THEN (SELECT i.domain_id FROM api_tokens t JOIN identities i \
                 ON i.id = split_part(t.identity_ref, ':', 2)::uuid AND i.kind = split_part(t.identity_ref, ':', 1) \
                 WHERE t.id = e.id) \
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
#[derive(Clone, Debug, Queryable)]
pub(super) struct Waiting {
    pub id: i64,
    domain_id: Option<Uuid>,
    at: DateTime<Utc>,
    subject: String,
    action: String,
    object: String,
    decision: String,
    reason: Option<String>,
    correlation_id: String,
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
    let first: Option<DateTime<Utc>> =
        audit_entries::table.order(audit_entries::id).select(audit_entries::at).first(conn).await.optional()?;
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

/// The first committed entries, leaving `out` chains.
pub(super) async fn waiting(
    conn: &mut AsyncPgConnection,
    out: &[Chain],
    limit: i64,
) -> Result<Vec<Waiting>, StorageError> {
    let mut query = audit_entries::table.into_boxed();
    let domains: Vec<Uuid> = out.iter().filter(|chain| **chain != Chain::Platform).map(|chain| chain.id()).collect();
    if !domains.is_empty() {
        query = query.filter(audit_entries::domain_id.is_null().or(audit_entries::domain_id.ne_all(domains)));
    }
    if out.contains(&Chain::Platform) {
        query = query.filter(audit_entries::domain_id.is_not_null());
    }
    Ok(query.order(audit_entries::id).limit(limit).load(conn).await?)
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

/// The heads of chains, and whether they have entries beyond: both of one moment.
pub(super) async fn heads_of(
    conn: &mut AsyncPgConnection,
    chains: &[Chain],
) -> Result<HashMap<Chain, (Option<Head>, bool)>, StorageError> {
    let rows: Vec<HeadRow> = diesel::sql_query(
        "SELECT c.chain_id, h.seq, h.hash, h.signed_at, h.key_id, h.signature, \
             EXISTS (SELECT FROM audit_chain e WHERE e.chain_id = c.chain_id AND e.seq > coalesce(h.seq, 0)) AS beyond \
         FROM unnest($1) AS c (chain_id) LEFT JOIN audit_heads h USING (chain_id)",
    )
    .bind::<Array<SqlUuid>, _>(chains.iter().map(|chain| chain.id()).collect::<Vec<_>>())
    .load(conn)
    .await?;
    let one = |row: HeadRow| (Chain::from_id(row.chain_id), row.beyond, row.head());
    Ok(rows.into_iter().map(one).map(|(chain, beyond, head)| (chain, (head, beyond))).collect())
}

/// As [`heads_of`], of one chain.
pub(super) async fn head(conn: &mut AsyncPgConnection, chain: Chain) -> Result<(Option<Head>, bool), StorageError> {
    Ok(heads_of(conn, &[chain]).await?.remove(&chain).unwrap_or_default())
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
    let mut query = audit_heads::table.into_boxed();
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
    let row: Option<ChainRow> = audit_chain::table.find((chain.id(), seq)).first(conn).await.optional()?;
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

/// Entries of a chain with numbers after `after` and up to `to`, in order.
pub(super) async fn entries(
    conn: &mut AsyncPgConnection,
    chain: Chain,
    after: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<Numbered>, StorageError> {
    let rows: Vec<ChainRow> = audit_chain::table
        .filter(audit_chain::chain_id.eq(chain.id()))
        .filter(audit_chain::seq.gt(after).and(audit_chain::seq.le(to)))
        .order(audit_chain::seq)
        .limit(limit)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Numbered::from).collect())
}

#[derive(Queryable)]
struct ChainRow {
    _chain_id: Uuid,
    seq: i64,
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

/// What a sealed key is bound to.
fn key_row(chain: Chain, key_id: SigningKeyId, what: &str) -> Vec<u8> {
    [b"plexsphere/audit-key/", what.as_bytes(), chain.id().as_bytes(), key_id.0.as_bytes()].concat()
}

/// The public half of a key that has signed heads of `chain`, if whoever put it there had the master key.
///
/// # Errors
/// [`StorageError`].
pub async fn public_key(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chain: Chain,
    key_id: SigningKeyId,
) -> Result<Option<Vec<u8>>, StorageError> {
    let row: Option<(Uuid, Vec<u8>)> = audit_keys::table
        .find(key_id.0)
        .select((audit_keys::chain_id, audit_keys::sealed_public_key))
        .first(conn)
        .await
        .optional()?;
    let Some((owner, sealed)) = row.map(|(owner, sealed)| (Chain::from_id(owner), sealed)) else { return Ok(None) };
    // The platform's key closes the chain of a Domain that is gone.
    if owner != chain && owner != Chain::Platform {
        return Ok(None);
    }
    Ok(sealer.open(&sealed, &key_row(owner, key_id, "public")).ok().map(|public| public.to_vec()))
}

/// The keys that sign the heads of `chains`: each Domain's active one, and the platform's for itself and for those that
/// are gone. One that was never used is put among the audit log's keys.
pub(super) async fn signers_of(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Chain, EventSigner>, StorageError> {
    let domains: Vec<Uuid> = chains.iter().filter(|chain| **chain != Chain::Platform).map(|chain| chain.id()).collect();
    let active: Vec<Uuid> = signing_keys::table
        .filter(signing_keys::domain_id.eq_any(domains))
        .filter(signing_keys::state.eq("active"))
        .select(signing_keys::key_id)
        .load(conn)
        .await?;
    let active: Vec<SigningKeyId> = active.into_iter().map(SigningKeyId).collect();
    let mut found = BTreeMap::new();
    for (domain_id, signer) in opened(conn, sealer, &active).await? {
        found.insert(Chain::Domain(domain_id), signer);
    }
    let known: Vec<Uuid> = audit_keys::table
        .filter(audit_keys::key_id.eq_any(found.values().map(|signer| signer.key_id().0).collect::<Vec<_>>()))
        .select(audit_keys::key_id)
        .load(conn)
        .await?;
    for (chain, signer) in &found {
        if !known.contains(&signer.key_id().0) {
            insert_key(conn, sealer, *chain, signer, None, now).await?;
        }
    }
    for chain in chains {
        if !found.contains_key(chain) {
            found.insert(*chain, platform_signer(conn, sealer, now).await?);
        }
    }
    Ok(found)
}

/// Keys of Domains, opened. One that does not open is left out: the others' chains must go on.
async fn opened(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    keys: &[SigningKeyId],
) -> Result<Vec<(DomainId, EventSigner)>, StorageError> {
    match signers(conn, sealer, keys).await {
        Ok(all) => return Ok(all.into_values().collect()),
        Err(KeyError::Storage(error)) => return Err(error),
        Err(KeyError::Seal(_)) => {}
    }
    let mut open = Vec::new();
    for key in keys {
        match signers(conn, sealer, std::slice::from_ref(key)).await {
            Ok(one) => open.extend(one.into_values()),
            Err(KeyError::Storage(error)) => return Err(error),
            Err(KeyError::Seal(error)) => tracing::error!(%key, %error, "a signing key cannot be used"),
        }
    }
    Ok(open)
}

async fn insert_key(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chain: Chain,
    signer: &EventSigner,
    sealed_private_key: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let (key_id, public_key) = (signer.key_id(), signer.public_key());
    let sealed = sealer.seal(&public_key, &key_row(chain, key_id, "public")).map_err(KeyError::from)?;
    diesel::insert_into(audit_keys::table)
        .values((
            audit_keys::key_id.eq(key_id.0),
            audit_keys::chain_id.eq(chain.id()),
            audit_keys::public_key.eq(public_key.as_slice()),
            audit_keys::sealed_public_key.eq(sealed),
            audit_keys::sealed_private_key.eq(sealed_private_key),
            audit_keys::master_key_version.eq(sealer.version()),
            audit_keys::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The platform's own key; the first time it is asked for it is made.
async fn platform_signer(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    now: DateTime<Utc>,
) -> Result<EventSigner, StorageError> {
    let row: Option<(Uuid, Option<Vec<u8>>)> = audit_keys::table
        .filter(audit_keys::chain_id.eq(Chain::Platform.id()))
        .filter(audit_keys::sealed_private_key.is_not_null())
        .select((audit_keys::key_id, audit_keys::sealed_private_key))
        .first(conn)
        .await
        .optional()?;
    if let Some((key_id, Some(sealed))) = row {
        let key_id = SigningKeyId(key_id);
        let opened = sealer.open(&sealed, &key_row(Chain::Platform, key_id, "private")).map_err(KeyError::from)?;
        let seed: &[u8; MASTER_KEY_BYTES] =
            opened.as_slice().try_into().map_err(|_| KeyError::from(SealError::DoesNotOpen))?;
        return Ok(EventSigner::new(key_id, seed));
    }
    let (key_id, seed) = (SigningKeyId::new(now), random().map_err(KeyError::from)?);
    let signer = EventSigner::new(key_id, &seed);
    let sealed = sealer.seal(seed.as_ref(), &key_row(Chain::Platform, key_id, "private")).map_err(KeyError::from)?;
    insert_key(conn, sealer, Chain::Platform, &signer, Some(sealed), now).await?;
    Ok(signer)
}

/// What a sealed pseudonym key is bound to.
fn pseudonym_row(chain: Chain) -> Vec<u8> {
    [b"plexsphere/audit-pseudonyms".as_slice(), chain.id().as_bytes()].concat()
}

/// The key of the pseudonyms of each of `chains`, where there is one that opens.
pub(super) async fn pseudonym_keys(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
) -> Result<BTreeMap<Chain, PseudonymKey>, StorageError> {
    let rows: Vec<(Uuid, Vec<u8>)> = audit_pseudonym_keys::table
        .filter(audit_pseudonym_keys::chain_id.eq_any(chains.iter().map(|chain| chain.id()).collect::<Vec<_>>()))
        .select((audit_pseudonym_keys::chain_id, audit_pseudonym_keys::sealed_key))
        .load(conn)
        .await?;
    let open = |(chain, sealed): (Uuid, Vec<u8>)| {
        let chain = Chain::from_id(chain);
        let opened = sealer.open(&sealed, &pseudonym_row(chain)).ok()?;
        Some((chain, PseudonymKey::new(&opened)?))
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// As [`pseudonym_keys`]; makes those that are not there.
pub(super) async fn own_pseudonym_keys(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Chain, PseudonymKey>, StorageError> {
    let mut keys = pseudonym_keys(conn, sealer, chains).await?;
    for chain in chains {
        if keys.contains_key(chain) {
            continue;
        }
        let bytes = random().map_err(KeyError::from)?;
        let made = diesel::insert_into(audit_pseudonym_keys::table)
            .values((
                audit_pseudonym_keys::chain_id.eq(chain.id()),
                audit_pseudonym_keys::sealed_key
                    .eq(sealer.seal(bytes.as_ref(), &pseudonym_row(*chain)).map_err(KeyError::from)?),
                audit_pseudonym_keys::master_key_version.eq(sealer.version()),
                audit_pseudonym_keys::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        // One that is there already and does not open is not replaced: pseudonyms would change unseen.
        if let (1, Some(key)) = (made, PseudonymKey::new(bytes.as_ref())) {
            keys.insert(*chain, key);
        }
    }
    Ok(keys)
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
