-- The database looks for what refers to a Node before it deletes one. Without these, deleting a project with
-- thousands of former Nodes reads whole tables for each of them.
CREATE INDEX node_secret_keys_node_idx ON node_secret_keys (node_id);
CREATE INDEX peers_node_idx ON peers (node_id);
CREATE INDEX pre_shared_keys_node_idx ON pre_shared_keys (node_id);
