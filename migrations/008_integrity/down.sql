DROP TABLE integrity_violations;
