/** Incidents of the deployment: SQL only. A closed one stays, so that late evidence from before its end does not open it again. */
import { INCIDENTS, type Incident, type OperatorEvent } from "../domain/operator-event.ts";
import { isoTime } from "../lib/iso-time.ts";
import { Store } from "../lib/store.ts";

/** Adds an event for the operator, inside the caller's transaction. `at` in ms since epoch. */
export type Announce = (type: OperatorEvent, data: Readonly<Record<string, unknown>>, at: number) => void;

/** Rows of the table `incidents`. Call its methods inside a transaction. */
export class Incidents extends Store {
  readonly #announce: Announce;

  /** @param announce called once when an incident opens, and once when it closes */
  constructor(sql: SqlStorage, announce: Announce) {
    super(sql);
    this.#announce = announce;
  }

  /**
   * Opens an incident unless it is open, or closed since `since`.
   *
   * @param subject what the incident is about, such as a tenant's id; empty for the whole deployment
   * @param since when the incident began; ms since epoch
   */
  open(kind: Incident, subject: string, data: Readonly<Record<string, unknown>>, since: number, now: number): void {
    const known = this.first<{ closed_at: number | null }>(
      "SELECT closed_at FROM incidents WHERE kind = ? AND subject = ?",
      kind,
      subject,
    );
    if (known !== null && (known.closed_at === null || known.closed_at >= since)) return;
    this.sql.exec(
      "INSERT OR REPLACE INTO incidents (kind, subject, opened_at, closed_at, data) VALUES (?,?,?,NULL,?)",
      kind,
      subject,
      since,
      JSON.stringify(data),
    );
    this.#announce(kind, { ...data, since: isoTime(since) }, now);
  }

  /**
   * Closes an open incident that began before `at`.
   *
   * @param at when it was over; ms since epoch
   * @param changes fields that differ from those of its beginning
   */
  close(kind: Incident, subject: string, at: number, changes: Readonly<Record<string, unknown>> = {}): void {
    const closed = this.first<{ opened_at: number; data: string }>(
      `UPDATE incidents SET closed_at = ? WHERE kind = ? AND subject = ? AND closed_at IS NULL AND opened_at <= ?
       RETURNING opened_at, data`,
      at,
      kind,
      subject,
      at,
    );
    if (closed === null) return;
    const data = { ...(JSON.parse(closed.data) as object), ...changes, since: isoTime(closed.opened_at) };
    this.#announce(INCIDENTS[kind], data, at);
  }

  /** @returns the subjects of the open incidents of a kind */
  subjects(kind: Incident): string[] {
    return this.all<{ subject: string }>(
      "SELECT subject FROM incidents WHERE kind = ? AND closed_at IS NULL",
      kind,
    ).map(({ subject }) => subject);
  }

  /** @returns the number of open incidents of every kind */
  counts(): Record<string, number> {
    const rows = this.sql.exec<{ kind: string; open: number }>(
      "SELECT kind, COUNT(*) AS open FROM incidents WHERE closed_at IS NULL GROUP BY kind",
    );
    const none = Object.keys(INCIDENTS).map((kind) => [kind, 0] as const);
    return Object.fromEntries([...none, ...[...rows].map(({ kind, open }) => [kind, open] as const)]);
  }

  /** Closes what is open about a subject that is gone, and deletes its rows. */
  remove(kind: Incident, subject: string, now: number): void {
    this.close(kind, subject, now);
    this.sql.exec("DELETE FROM incidents WHERE kind = ? AND subject = ?", kind, subject);
  }

  /** @returns whether any incident is open */
  get areOpen(): boolean {
    return this.has("SELECT 1 FROM incidents WHERE closed_at IS NULL LIMIT 1");
  }
}
