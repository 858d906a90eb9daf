/** The list of tenants with the Directory's record of each, and the idempotency keys of their creations. SQL only. */
import { DAY_MS } from "../domain/calendar.ts";
import { IDEMPOTENCY_TTL_MS } from "../domain/idempotency.ts";
import type { ListedTenant, TenantCounts, TenantListQuery, TenantPage } from "../domain/tenant-report.ts";
import { foldCase } from "../lib/fold-case.ts";
import { Store } from "../lib/store.ts";

/** A tenant to be created. A Worker of an earlier release does not pass the optional fields. */
export interface Creation {
  readonly tenantId: string;
  readonly name: string;
  /** ms since epoch. */
  readonly createdAt: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly externalId?: string | null;
  readonly status?: ListedTenant["status"];
  readonly billing?: ListedTenant["billing"];
}

/** The tenant that has an external id. */
export interface Holder {
  readonly kind: "taken";
  readonly tenantId: string;
  /** ms since epoch. */
  readonly createdAt: number;
}

/** The tenant that a creation is for: an earlier one if its idempotency key was used before. */
export type Reservation =
  | {
      readonly kind: "reserved";
      readonly tenantId: string;
      readonly replayed: boolean;
      /** As in the creation. A Directory of the previous release leaves it out and has not stored it. */
      readonly externalId?: string | null;
    }
  /** The key was used for different settings. */
  | { readonly kind: "conflict" }
  | Holder;

const FIELDS = `seq, tenants.tenant_id AS tenantId, name, created_at AS createdAt, external_id AS externalId,
  COALESCE(intents.intent, rollups.status, 'active') AS status, COALESCE(rollups.billing, 'unmetered') AS billing,
  COALESCE(rollups.balance, 0) AS balance, COALESCE(rollups.running, 0) AS runningTasks,
  COALESCE(rollups.copies_waiting, 0) AS copiesWaiting, COALESCE(rollups.deliveries_waiting, 0) AS deliveriesWaiting,
  COALESCE(rollups.last_active, 0) AS lastActiveAt, rollups.low_balance AS lowBalance, rollups.note AS note,
  CASE WHEN rollups.webhook_disabled THEN 'off' WHEN rollups.webhook_failing THEN 'failing' END AS webhook`;
const FROM_TENANTS = "LEFT JOIN rollups USING (tenant_id) LEFT JOIN intents USING (tenant_id)";
const FROM_ROLLUPS = "CROSS JOIN tenants USING (tenant_id) LEFT JOIN intents USING (tenant_id)";

/** By what a list is sorted, and the tables in the order of the index that has it. */
const SORTS = {
  name: {
    column: "tenants.name COLLATE NOCASE",
    id: "tenants.tenant_id",
    from: `tenants INDEXED BY tenants_by_name ${FROM_TENANTS}`,
  },
  created: { column: "tenants.seq", id: "tenants.tenant_id", from: `tenants ${FROM_TENANTS}` },
  balance: {
    column: "rollups.balance",
    id: "rollups.tenant_id",
    from: `rollups INDEXED BY rollups_by_balance ${FROM_ROLLUPS}`,
  },
  lastActive: {
    column: "rollups.last_active",
    id: "rollups.tenant_id",
    from: `rollups INDEXED BY rollups_by_activity ${FROM_ROLLUPS}`,
  },
} as const satisfies Record<TenantListQuery["sort"], object>;

/** Most tenants that are read for one page: a filter that few tenants pass has short pages. */
const READ_AT_ONCE = 5_000;

/** Rows of the tables `tenants` and `creations`. */
export class TenantList extends Store {
  /** Adds or renames a tenant. Safe to repeat. @returns whether it is new */
  put(tenantId: string, name: string, createdAt: number, externalId: string | null = null): boolean {
    // Read first: an INSERT that changes nothing is billed as a row written all the same.
    const known = this.first<{ name: string }>("SELECT name FROM tenants WHERE tenant_id = ?", tenantId);
    if (known?.name === name) return false;
    this.sql.exec(
      `INSERT INTO tenants (tenant_id, name, created_at, external_id) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name`,
      tenantId,
      name,
      createdAt,
      externalId,
    );
    return known === null;
  }

  /** Lists a tenant before its object is created, or finds the one created under the same idempotency key. */
  reserve({ tenantId, name, createdAt, idempotency, externalId = null }: Creation): Reservation {
    this.sql.exec("DELETE FROM creations WHERE at <= ?", createdAt - IDEMPOTENCY_TTL_MS);
    if (idempotency !== null) {
      const known = this.first<{ tenant_id: string; fingerprint: string }>(
        "SELECT tenant_id, fingerprint FROM creations WHERE key = ?",
        idempotency.key,
      );
      if (known !== null && known.fingerprint !== idempotency.fingerprint) return { kind: "conflict" };
      if (known !== null) return { kind: "reserved", tenantId: known.tenant_id, replayed: true, externalId };
    }
    const holder = this.#holderOf(externalId);
    if (holder !== null) return holder;
    if (idempotency !== null) {
      this.sql.exec(
        "INSERT INTO creations (key, fingerprint, tenant_id, at) VALUES (?,?,?,?)",
        idempotency.key,
        idempotency.fingerprint,
        tenantId,
        createdAt,
      );
    }
    this.put(tenantId, name, createdAt, externalId);
    return { kind: "reserved", tenantId, replayed: false, externalId };
  }

  #holderOf(externalId: string | null): Holder | null {
    const holder = this.first<Omit<Holder, "kind">>(
      "SELECT tenant_id AS tenantId, created_at AS createdAt FROM tenants WHERE external_id = ?",
      externalId,
    );
    return holder && { kind: "taken", ...holder };
  }

  /** Gives a tenant another external id, or none. @returns another tenant that has it, otherwise whether there is the tenant */
  setExternalId(tenantId: string, externalId: string | null): Holder | boolean {
    const holder = this.#holderOf(externalId);
    if (holder !== null) return holder.tenantId === tenantId || holder;
    const known = this.find(tenantId);
    if (known === null || (known.externalId ?? null) === externalId) return known !== null;
    this.sql.exec("UPDATE tenants SET external_id = ? WHERE tenant_id = ?", externalId, tenantId);
    return true;
  }

  /**
   * Removes a tenant from the list and frees its external id and idempotency key. Safe to repeat. @returns whether it was
   * listed
   */
  remove(tenantId: string): boolean {
    this.sql.exec("DELETE FROM creations WHERE tenant_id = ?", tenantId);
    return this.has("DELETE FROM tenants WHERE tenant_id = ? RETURNING seq", tenantId);
  }

  /** @returns the tenant, or null if it is not listed */
  find(tenantId: string): ListedTenant | null {
    return this.first(`SELECT ${FIELDS} FROM tenants ${FROM_TENANTS} WHERE tenants.tenant_id = ?`, tenantId);
  }

  /**
   * Returns one page of the list. A tenant whose balance or last task has changed since the first page is left out of later
   * pages of a list sorted by it: it could have been on an earlier page, and the list must end.
   *
   * @param now ms since epoch
   */
  page(query: TenantListQuery, now: number): TenantPage {
    const { sort, descending, limit, after } = query;
    const { column, id, from } = SORTS[sort];
    const since = after?.since ?? now;
    const [direction, beyond] = descending ? ["DESC", "<"] : ["ASC", ">"];
    const isMoving = sort === "balance" || sort === "lastActive";
    // The first comparison is for the index, which SQLite does not use for a row of values with a collation.
    const isLater = `${column} ${beyond}= ?1 AND (${column}, ${id}) ${beyond} (?1, ?2)`;
    const where = after === null ? "" : `WHERE ${isLater} ${isMoving ? "AND rollups.moved_at < ?3" : ""}`;
    const rows = this.each<ListedTenant & { value: string | number }>(
      `SELECT ${FIELDS}, ${column} AS value FROM ${from} ${where}
       ORDER BY ${column} ${direction}, ${id} ${direction} LIMIT ${READ_AT_ONCE + 1}`,
      ...(after === null ? [] : [after.value, after.tenantId, ...(isMoving ? [since] : [])]),
    );
    const passes = filterOf(query, now);
    const tenants: TenantPage["tenants"][number][] = [];
    let next: TenantPage["next"] = null;
    let read = 0;
    for (const { value, ...listed } of rows) {
      if (tenants.length === limit || read === READ_AT_ONCE) return { tenants, next, since };
      read += 1;
      next = { value, tenantId: listed.tenantId };
      if (passes(listed)) tenants.push({ ...listed, position: next });
    }
    return { tenants, next: null, since };
  }

  /** Returns the number of tenants. */
  count(): number {
    return this.value("SELECT COUNT(*) FROM tenants");
  }

  /** Returns how many tenants each filter finds. @param inactiveDays days without a task @param now ms since epoch */
  counts(inactiveDays: number, now: number): TenantCounts {
    const count = (condition: string) => `COALESCE(SUM(${condition}), 0)`;
    return this.one<TenantCounts>(
      `SELECT COUNT(*) AS total, ${count("status = 'active'")} AS active, ${count("status = 'suspended'")} AS suspended,
         ${count("billing = 'prepaid'")} AS prepaid, ${count("billing = 'unmetered'")} AS unmetered,
         ${count("balance < lowBalance")} AS lowBalance, ${count("webhook = 'failing'")} AS webhookFailing,
         ${count("webhook = 'off'")} AS webhookOff, ${count("lastActiveAt < ?")} AS inactive
       FROM (SELECT ${FIELDS} FROM tenants ${FROM_TENANTS})`,
      now - inactiveDays * DAY_MS,
    );
  }
}

/** Returns whether a tenant is wanted. */
function filterOf(query: TenantListQuery, now: number): (listed: ListedTenant) => boolean {
  const { q, status, billing, lowBalance = false, webhook = null, waiting = null, inactiveDays = null } = query;
  const wanted = foldCase(q ?? "");
  const activeUntil = inactiveDays === null ? Number.POSITIVE_INFINITY : now - inactiveDays * DAY_MS;
  return (listed) => {
    if (status !== null && listed.status !== status) return false;
    if (billing !== null && listed.billing !== billing) return false;
    if (webhook !== null && listed.webhook !== webhook) return false;
    if (waiting === "copies" && listed.copiesWaiting === 0) return false;
    if (waiting === "deliveries" && listed.deliveriesWaiting === 0) return false;
    if (lowBalance && !(listed.balance < (listed.lowBalance ?? Number.NEGATIVE_INFINITY))) return false;
    if (listed.lastActiveAt >= activeUntil) return false;
    // SQLite folds the case of ASCII only.
    const texts = [listed.name, listed.tenantId, listed.externalId ?? ""];
    return texts.some((text) => foldCase(text).includes(wanted));
  };
}
