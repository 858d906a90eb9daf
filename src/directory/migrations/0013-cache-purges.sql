-- What the edge cache must forget (cache-purges.ts): JSON of a purge, null for everything.
CREATE TABLE cache_purges (number INTEGER PRIMARY KEY, purge TEXT NOT NULL);
