-- A key that is rotated again has several previous texts that still work. The columns for a single one stay, unused, so
-- that a deployment can be rolled back.
ALTER TABLE keys ADD COLUMN previous TEXT;
UPDATE keys SET previous = json_array(json_object('hash', previous_hash, 'signedBy', previous_signed_by,
    'expiresAt', previous_expires_at))
  WHERE previous_hash IS NOT NULL;
