-- Events, written with the change they tell of, and taken from here by the relay in order of position.
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope_kind text NOT NULL CHECK (scope_kind IN ('node', 'domain', 'operators')),
    scope_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    event_type text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

-- Plain rows, written in the transaction of what they record.
CREATE TABLE audit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain_id uuid,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('allowed', 'denied', 'none')),
    reason text,
    correlation_id text NOT NULL
);
CREATE INDEX audit_entries_domain_idx ON audit_entries (domain_id, id);
