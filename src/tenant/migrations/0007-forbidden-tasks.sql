ALTER TABLE tasks ADD COLUMN forbidden_since INTEGER;
