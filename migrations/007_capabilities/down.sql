DROP TABLE node_capabilities;
