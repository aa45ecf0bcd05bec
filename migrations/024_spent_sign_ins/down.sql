COMMENT ON TABLE sign_in_flows IS NULL;
DROP TABLE spent_sign_ins;
