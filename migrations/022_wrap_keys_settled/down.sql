ALTER TABLE wrap_keys DROP COLUMN settled_at;
