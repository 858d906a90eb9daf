/** The list of a tenant's deliveries: SQL only. */
import type { DeliveryRow, DeliveryState, QueuedDelivery } from "../../domain/delivery.ts";

/** One delivery without the responses that it got. Times are ms since epoch, those of attempts ISO 8601. */
export interface ListedDelivery extends Omit<DeliveryRow, "data" | "files" | "log"> {
  readonly state: DeliveryState;
  /** JSON text of the last attempt without its response; null before the first. */
  readonly last: string | null;
}

/** Most rows that are read for one page. */
const READ_AT_ONCE = 2_000;
/** The condition of the index `deliveries_failed`. */
const FAILED = "due_at IS NULL AND COALESCE(json_extract(log, '$[#-1].status'), 0) NOT BETWEEN 200 AND 299";
const COLUMNS = `event_id, webhook_id, type, at, url, due_at, json_array_length(log) AS attempts,
  json_remove(json_extract(log, '$[#-1]'), '$.response') AS last,
  CASE WHEN due_at IS NOT NULL THEN 'pending' WHEN ${FAILED} THEN 'failed' ELSE 'delivered' END AS state`;
const CONDITIONS = { pending: "due_at IS NOT NULL", failed: FAILED, delivered: "true" } as const;

/**
 * Returns deliveries, the newest event first. Event ids count up for tasks and down for other events, and contain the time
 * either way.
 *
 * @param before number of the previous page's last event: its id without the sign; null for the first page
 * @returns at most `limit` deliveries, and where the next page begins; null at the end
 */
export function listDeliveries(
  sql: SqlStorage,
  state: DeliveryState | null,
  before: number | null,
  limit: number,
): { readonly deliveries: readonly ListedDelivery[]; readonly next: number | null } {
  const last = before ?? Number.MAX_SAFE_INTEGER;
  // Only the condition of delivered ones is not in an index, and it is checked row by row.
  const window = state === "delivered" ? READ_AT_ONCE + 1 : limit + 1;
  const condition = state === null ? "true" : CONDITIONS[state];
  const rows = sql.exec(
    `SELECT * FROM (SELECT * FROM (SELECT ${COLUMNS} FROM deliveries WHERE event_id > 0 AND event_id < ?1 AND ${condition}
       ORDER BY event_id DESC LIMIT ${window})
     UNION ALL
     SELECT * FROM (SELECT ${COLUMNS} FROM deliveries WHERE event_id < 0 AND event_id > -?1 AND ${condition}
       ORDER BY event_id LIMIT ${window}))
     ORDER BY abs(event_id) DESC`,
    last,
  );
  const deliveries: ListedDelivery[] = [];
  let next: number | null = null;
  let read = 0;
  for (const row of rows as unknown as Iterable<ListedDelivery>) {
    if (deliveries.length === limit || read === READ_AT_ONCE) return { deliveries, next };
    read += 1;
    next = Math.abs(row.event_id);
    if (state === null || row.state === state) deliveries.push(row);
  }
  return { deliveries, next: null };
}

/**
 * Returns one delivery, or null.
 *
 * @param taskId task in the delivery's id; null for an event of no task, of which only a few are stored
 */
export function findListed(sql: SqlStorage, webhookId: string, taskId: number | null): ListedDelivery | null {
  const [row] = sql
    .exec(
      `SELECT ${COLUMNS} FROM deliveries WHERE webhook_id = ?1 AND (event_id = ?2 OR event_id < 0) LIMIT 1`,
      webhookId,
      taskId,
    )
    .toArray();
  return row === undefined ? null : (row as unknown as ListedDelivery);
}

/**
 * Returns deliveries of tasks that were given up, the oldest first.
 *
 * @param withEndpoint false: only those to a task's own URL
 */
export function failedDeliveries(sql: SqlStorage, withEndpoint: boolean, limit: number): QueuedDelivery[] {
  return sql
    .exec(
      `SELECT event_id, due_at, url, attempts FROM deliveries INDEXED BY deliveries_failed
       WHERE ${FAILED} AND event_id > 0 AND (? OR url IS NOT NULL) ORDER BY event_id LIMIT ?`,
      withEndpoint ? 1 : 0,
      limit,
    )
    .toArray() as never;
}
