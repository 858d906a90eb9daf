-- Uploads under way are counted; what release 0.1 had under way expires within an hour.
ALTER TABLE uploads ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0;
