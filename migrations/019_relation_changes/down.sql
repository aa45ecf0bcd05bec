DROP TABLE relations_carried;
DROP TRIGGER relation_tuples_replaced ON relation_tuples;
DROP TRIGGER relation_tuples_removed ON relation_tuples;
DROP TRIGGER relation_tuples_added ON relation_tuples;
DROP FUNCTION relation_tuples_replaced();
DROP FUNCTION relation_tuples_removed();
DROP FUNCTION relation_tuples_added();
DROP TABLE relation_changes;
