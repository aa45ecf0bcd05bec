-- What was added to and taken from relation_tuples, by which transaction: replicas keep the tuples in memory and read
-- here, exactly once, what has become visible since they last read. Written by triggers, so that no statement is
-- forgotten. Numbers would not do for reading on: a lower one may commit later.
CREATE TABLE relation_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The full transaction id, of which bigint has room for all that will ever be.
    transaction_id bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    -- 1: added, -1: taken away, 0: all were taken away.
    change smallint NOT NULL CHECK (change IN (-1, 0, 1)),
    tuple_id uuid,
    object_type text NOT NULL DEFAULT '',
    object_id text NOT NULL DEFAULT '',
    relation text NOT NULL DEFAULT '',
    subject_type text NOT NULL DEFAULT '',
    subject_id text NOT NULL DEFAULT '',
    subject_relation text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX relation_changes_transaction_idx ON relation_changes (transaction_id);
CREATE INDEX relation_changes_at_idx ON relation_changes (changed_at);

CREATE FUNCTION relation_tuples_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO relation_changes (change, tuple_id, object_type, object_id, relation, subject_type, subject_id, subject_relation)
    SELECT 1, id, object_type, object_id, relation, subject_type, subject_id, subject_relation FROM changed;
    RETURN NULL;
END $$;

CREATE FUNCTION relation_tuples_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO relation_changes (change, tuple_id, object_type, object_id, relation, subject_type, subject_id, subject_relation)
    SELECT -1, id, object_type, object_id, relation, subject_type, subject_id, subject_relation FROM changed;
    RETURN NULL;
END $$;

-- A tuple never changes, but nobody can forbid it to whoever has a prompt: then all is read again.
CREATE FUNCTION relation_tuples_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO relation_changes (change) VALUES (0);
    RETURN NULL;
END $$;

CREATE TRIGGER relation_tuples_added AFTER INSERT ON relation_tuples
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION relation_tuples_added();
CREATE TRIGGER relation_tuples_removed AFTER DELETE ON relation_tuples
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION relation_tuples_removed();
CREATE TRIGGER relation_tuples_replaced AFTER UPDATE OR TRUNCATE ON relation_tuples
    FOR EACH STATEMENT EXECUTE FUNCTION relation_tuples_replaced();

-- How far the tuples have been carried to a SpiceDB, where one answers: the snapshot up to which, and the token of the
-- last write. Whoever carries holds the row.
CREATE TABLE relations_carried (
    -- Which SpiceDB: another one begins from nothing.
    target text PRIMARY KEY,
    -- Empty: nothing has been carried.
    snapshot text NOT NULL DEFAULT '',
    origin text NOT NULL DEFAULT '',
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The name of the last write, and its token.
    write_id text NOT NULL DEFAULT '',
    zed_token text NOT NULL DEFAULT ''
);
