-- Since when no live PSK is sealed under an older version, nor can one come to be. The first version has none before it.
ALTER TABLE wrap_keys ADD COLUMN settled_at timestamptz;
UPDATE wrap_keys SET settled_at = created_at;
