ALTER TABLE api_tokens DROP COLUMN secret_version;
