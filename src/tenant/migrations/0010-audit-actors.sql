-- Who acted, by id and name. An entry without them is of an earlier release, whose only operator was root.
ALTER TABLE audit ADD COLUMN actor_id TEXT;
ALTER TABLE audit ADD COLUMN actor_name TEXT;
