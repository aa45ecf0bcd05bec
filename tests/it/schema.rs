//! `src/postgres/schema.rs` and the migrated database describe the same tables.

use std::collections::BTreeSet;

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use regex::Regex;

use crate::harness::Cluster;

const SCHEMA: &str = include_str!("../../src/postgres/schema.rs");

/// A line a column: table, name, type as diesel writes it, place in the primary key.
const COLUMNS: &str = "
    SELECT format('%s.%s -> %s key %s', c.relname, a.attname,
        CASE WHEN a.attnotnull THEN t.diesel ELSE format('Nullable<%s>', t.diesel) END,
        coalesce(array_position(i.indkey::int2[], a.attnum), -1)) AS line
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    CROSS JOIN LATERAL (SELECT format_type(a.atttypid, NULL) AS name) named
    LEFT JOIN (VALUES ('bigint', 'Int8'), ('boolean', 'Bool'), ('bytea', 'Bytea'), ('cidr', 'Cidr'),
        ('double precision', 'Float8'), ('inet', 'Inet'), ('integer', 'Int4'), ('jsonb', 'Jsonb'), ('smallint', 'Int2'),
        ('text', 'Text'), ('timestamp with time zone', 'Timestamptz'), ('uuid', 'Uuid')) t (name, diesel) USING (name)
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
        AND c.relname <> '__diesel_schema_migrations'";

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The columns of schema.rs in the same words, and its tables.
fn mirrored() -> (BTreeSet<String>, BTreeSet<String>) {
    let table = Regex::new(r"(?s)diesel::table! \{\s*(\w+) \(([^)]*)\) \{(.*?)\}").unwrap();
    let column = Regex::new(r"(\w+) -> ([\w<>]+),").unwrap();
    let mut columns = BTreeSet::new();
    let mut tables = BTreeSet::new();
    for found in table.captures_iter(SCHEMA) {
        let key: Vec<&str> = found[2].split(", ").collect();
        for member in column.captures_iter(&found[3]) {
            let place = key.iter().position(|name| *name == &member[1]).map_or("-1".to_owned(), |at| at.to_string());
            columns.insert(format!("{}.{} -> {} key {place}", &found[1], &member[1], &member[2]));
        }
        tables.insert(found[1].to_owned());
    }
    (columns, tables)
}

#[tokio::test]
async fn the_schema_file_mirrors_the_migrated_database() {
    let cluster = Cluster::get().await;
    let database = cluster.fresh_database().await;
    let lines: Vec<Line> = diesel::sql_query(COLUMNS).load(&mut cluster.connect(&database).await).await.unwrap();
    let migrated: BTreeSet<String> = lines.into_iter().map(|line| line.line).collect();
    let (mirrored, tables) = mirrored();
    let missing: Vec<_> = migrated.difference(&mirrored).collect();
    let extra: Vec<_> = mirrored.difference(&migrated).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "src/postgres/schema.rs is not the migrated database; run `make schema`.\nlacks {missing:#?}\nhas besides {extra:#?}"
    );
    let (_, joined) = SCHEMA.split_once("allow_tables_to_appear_in_same_query!(").unwrap();
    let joined: BTreeSet<String> =
        Regex::new(r"\w+").unwrap().find_iter(joined).map(|name| name.as_str().to_owned()).collect();
    assert_eq!(joined, tables, "run `make schema`");
}

/// Without an index the database reads a whole table for each row that is deleted.
#[tokio::test]
async fn what_refers_to_a_node_or_a_project_is_found_by_an_index() {
    let database = Cluster::get().await.fresh_database().await;
    let references = "SELECT c.conrelid::regclass::text AS line FROM pg_constraint c \
         WHERE c.contype = 'f' AND c.confrelid IN ('nodes'::regclass, 'projects'::regclass)";
    let unfound = format!(
        "{references} AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL \
             AND i.indkey[0] = c.conkey[1])"
    );
    let mut conn = Cluster::get().await.connect(&database).await;
    let all: Vec<Line> = diesel::sql_query(references).load(&mut conn).await.unwrap();
    let unfound: Vec<Line> = diesel::sql_query(unfound).load(&mut conn).await.unwrap();
    assert!(all.len() >= 6, "{}", all.len());
    assert_eq!(unfound.into_iter().map(|row| row.line).collect::<Vec<_>>(), Vec::<String>::new());
}
