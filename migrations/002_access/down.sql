DROP TABLE credential_changes, relation_tuples, api_tokens;
