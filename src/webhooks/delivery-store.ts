/** The rows of `deliveries`: SQL only, no decisions. */
import type { DeliveryChanges, DeliveryLane, DeliveryRow, DueDelivery } from "../domain/delivery.ts";
import { Store } from "../lib/store.ts";

/** Waiting deliveries of which the oldest is looked for. */
const MOST_COMPARED = 1_000;

/** The rows of `deliveries`. */
export class DeliveryStore extends Store {
  insert(row: DeliveryRow): void {
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(",");
    this.sql.exec(`INSERT INTO deliveries (${columns.join(",")}) VALUES (${marks})`, ...Object.values(row));
  }

  get(eventId: number): DeliveryRow | null {
    return this.first("SELECT * FROM deliveries WHERE event_id = ?", eventId);
  }

  update(eventId: number, changes: DeliveryChanges): void {
    const assignments = Object.keys(changes).map((column) => `${column} = ?`);
    this.sql.exec(
      `UPDATE deliveries SET ${assignments.join(", ")} WHERE event_id = ?`,
      ...Object.values(changes),
      eventId,
    );
  }

  remove(eventId: number): void {
    this.sql.exec("DELETE FROM deliveries WHERE event_id = ?", eventId);
  }

  /** @returns the smallest id of an event without a task that is still stored (these ids count down), or null */
  lastEventOfNoTask(): number | null {
    const statement = "SELECT event_id FROM deliveries WHERE event_id < 0 ORDER BY event_id LIMIT 1";
    return this.first<{ event_id: number }>(statement)?.event_id ?? null;
  }

  /** @returns the number of deliveries with an attempt left, counted in an index */
  countWithWork(): number {
    return this.value("SELECT COUNT(*) FROM deliveries INDEXED BY deliveries_due WHERE due_at IS NOT NULL");
  }

  /**
   * Returns deliveries of one lane with an attempt left, in the order of their due times, with the columns that scheduling
   * needs.
   *
   * @param after the place of the last one that is known; null: from the start
   */
  dueAfter(
    { toEndpoint, isRetry }: DeliveryLane,
    after: { readonly dueAt: number; readonly id: number } | null,
    limit: number,
  ): DueDelivery[] {
    return this.all(
      `SELECT event_id, due_at, url, attempts FROM deliveries INDEXED BY deliveries_by_lane
       WHERE due_at IS NOT NULL AND (url IS NULL) = ? AND (attempts > 0) = ? AND (due_at, event_id) > (?, ?)
       ORDER BY due_at, event_id LIMIT ?`,
      toEndpoint ? 1 : 0,
      isRetry ? 1 : 0,
      after?.dueAt ?? -1,
      after?.id ?? 0,
      limit,
    );
  }

  /** @returns up to `limit` deliveries that are due, first attempts before retries; `now` in ms since epoch */
  due(now: number, limit: number): DeliveryRow[] {
    return this.all<DeliveryRow>(
      `SELECT * FROM deliveries INDEXED BY deliveries_due WHERE due_at IS NOT NULL AND due_at <= ?
       ORDER BY attempts > 0, due_at LIMIT ?`,
      now,
      limit,
    );
  }

  /** @returns the time at which the next attempt is due, in ms since epoch, or null */
  nextDueAt(): number | null {
    return this.value<number | null>(
      "SELECT MIN(due_at) AS at FROM deliveries INDEXED BY deliveries_due WHERE due_at IS NOT NULL",
    );
  }

  /** @returns the number of stored deliveries, and the greatest event id; 0 if there is none */
  extent(): { readonly count: number; readonly lastId: number } {
    return this.one<{ count: number; lastId: number }>(
      "SELECT COUNT(*) AS count, COALESCE(MAX(event_id), 0) AS lastId FROM deliveries",
    );
  }

  /**
   * Returns the time of the oldest event with an attempt left, in ms since epoch, or null: of the tasks that were made first and of the
   * first events of no task, because ids have the order of making and there may be hundreds of thousands.
   */
  oldestWaitingAt(): number | null {
    const oldest = (condition: string, order: string) =>
      `SELECT * FROM (SELECT at FROM deliveries INDEXED BY deliveries_due WHERE due_at IS NOT NULL AND event_id ${condition}
       ORDER BY event_id ${order} LIMIT ${MOST_COMPARED})`;
    return this.value<number | null>(
      `SELECT MIN(at) AS at FROM (${oldest("> 0", "ASC")} UNION ALL ${oldest("< 0", "DESC")})`,
    );
  }

  removeAll(): void {
    this.sql.exec("DELETE FROM deliveries");
  }

  /**
   * Deletes finished deliveries of events before `at`, at most `limit`.
   *
   * @param lastId the greatest event id that can be that old: bounds what is read
   * @returns the number of deleted rows
   */
  removeFinished(at: number, lastId: number, limit: number): number {
    return this.all(
      `DELETE FROM deliveries WHERE event_id IN
         (SELECT event_id FROM deliveries WHERE event_id <= ? AND due_at IS NULL AND at < ? LIMIT ?)
       RETURNING event_id`,
      lastId,
      at,
      limit,
    ).length;
  }

  /** @returns the time of the oldest event of a task, or null if there is none */
  oldestAt(): number | null {
    const statement = "SELECT at FROM deliveries WHERE event_id > 0 ORDER BY event_id LIMIT 1";
    return this.first<{ at: number }>(statement)?.at ?? null;
  }
}
