-- Counts the secrets that the token has had: what was opened with an earlier one must end.
ALTER TABLE api_tokens ADD COLUMN secret_version integer NOT NULL DEFAULT 1;
