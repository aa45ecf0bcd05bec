-- The numbered, signed events. Only the relay appends, in one order, without gaps; readers go on from a number.
CREATE TABLE event_log (
    sequence bigint PRIMARY KEY,
    -- The same event is never numbered twice.
    id uuid NOT NULL CONSTRAINT event_log_id_key UNIQUE,
    scope_kind text NOT NULL CHECK (scope_kind IN ('node', 'domain', 'operators')),
    scope_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    event_type text NOT NULL,
    -- The envelope as it is sent.
    line text NOT NULL,
    appended_at timestamptz NOT NULL
);
CREATE INDEX event_log_scope_idx ON event_log (scope_id, scope_kind, sequence);

-- The last number given, and the first one that is still kept.
CREATE TABLE event_log_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_sequence bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO event_log_head DEFAULT VALUES;
CREATE TABLE event_log_oldest (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    first_sequence bigint NOT NULL DEFAULT 1
);
INSERT INTO event_log_oldest DEFAULT VALUES;

-- The key that must sign the event; null: the Domain's active one. The news of a rotation is signed by the outgoing key.
ALTER TABLE outbox ADD COLUMN signing_key_id uuid;
CREATE INDEX outbox_signing_key_idx ON outbox (domain_id, position) WHERE signing_key_id IS NOT NULL;
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- Until when agents are told of a key that no longer signs.
ALTER TABLE signing_keys ADD COLUMN transition_expires timestamptz;

-- Events that cannot be signed: set aside, so that they hold nobody up, and kept, so that nothing is lost unseen.
CREATE TABLE outbox_dead_letters (
    position bigint PRIMARY KEY,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    event_type text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    signing_key_id uuid,
    reason text NOT NULL,
    buried_at timestamptz NOT NULL
);
