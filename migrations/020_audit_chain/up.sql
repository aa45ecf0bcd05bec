-- The audit log: chains of numbered, hashed entries, one for each Domain and one for the platform (the nil UUID). A chain
-- outlives its Domain, so nothing here refers to one. Only the chainer writes; audit_entries is what waits for it.
CREATE TABLE audit_chain (
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    -- People and programs stand under pseudonyms, also in what was done to them and why.
    subject text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    decision text NOT NULL,
    reason text,
    correlation_id text NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (chain_id, seq)
);
CREATE INDEX audit_chain_subject_idx ON audit_chain (chain_id, subject, seq);
CREATE INDEX audit_chain_object_idx ON audit_chain (chain_id, object, seq);
CREATE INDEX audit_chain_action_idx ON audit_chain (chain_id, action, seq);
CREATE INDEX audit_chain_denied_idx ON audit_chain (chain_id, seq) WHERE decision = 'denied';

-- The newest entry of each chain, signed: a chain that is shorter than its head says was cut off.
CREATE TABLE audit_heads (
    chain_id uuid PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    key_id uuid NOT NULL,
    signature bytea NOT NULL
) WITH (fillfactor = 50);

-- Keys that have signed heads; a Domain's stay when the Domain goes. The public half is also sealed under the master key:
-- whoever can write here and no more cannot pass a key of their own for one.
CREATE TABLE audit_keys (
    key_id uuid PRIMARY KEY,
    chain_id uuid NOT NULL,
    public_key bytea NOT NULL,
    sealed_public_key bytea NOT NULL,
    -- Of the platform's own key; a Domain's lies with the Domain.
    sealed_private_key bytea,
    master_key_version integer NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX audit_keys_own_key ON audit_keys (chain_id) WHERE sealed_private_key IS NOT NULL;

-- What pseudonyms are made with. Without it nobody can tell whose they are.
CREATE TABLE audit_pseudonym_keys (
    chain_id uuid PRIMARY KEY,
    sealed_key bytea NOT NULL,
    master_key_version integer NOT NULL,
    created_at timestamptz NOT NULL
);

-- A queue: written at one end and emptied at the other.
DROP INDEX audit_entries_domain_idx;
ALTER TABLE audit_entries SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
