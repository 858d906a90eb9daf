-- Work in memory is what is due first in each lane (engine/due-window.ts).
CREATE INDEX deliveries_by_lane ON deliveries (url IS NULL, attempts > 0, due_at, event_id)
  WHERE due_at IS NOT NULL;
