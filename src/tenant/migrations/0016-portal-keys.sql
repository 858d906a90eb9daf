-- Which text of which key made a link to the portal: link and session end with it.
ALTER TABLE portal ADD COLUMN key_id TEXT;
ALTER TABLE portal ADD COLUMN key_text TEXT;
