-- Deliveries that were given up are few among many, and are what the list of deliveries is asked for. A person who is
-- signed in to the portal has a name, and a page to return to.
CREATE INDEX deliveries_failed ON deliveries (event_id)
  WHERE due_at IS NULL AND COALESCE(json_extract(log, '$[#-1].status'), 0) NOT BETWEEN 200 AND 299;
ALTER TABLE portal ADD COLUMN person TEXT;
ALTER TABLE portal ADD COLUMN return_url TEXT;
