/** The sorted list of tenants: pages by index, for many tenants, while their figures change. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Directory } from "../../src/directory/object.ts";
import { TENANT_SORTS, type TenantListQuery, type TenantPage } from "../../src/domain/tenant-report.ts";
import { countRowsRead } from "../support/row-meter.ts";

const { DIRECTORY } = env as unknown as Bindings;
const MANY = 1_200;

let directory: DurableObjectStub<Directory>;
beforeEach(() => {
  directory = DIRECTORY.getByName(crypto.randomUUID());
});

/** Tenants whose names, balances and latest tasks each come in another order, many of them the same. */
const seed = (count: number) =>
  runInDurableObject(directory, (_, { storage }) => {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    storage.sql.exec(`${numbers} INSERT INTO tenants (tenant_id, name, created_at)
      SELECT printf('ten_%06d', (i * 7919) % 100003), printf('%s %d', CASE i % 3 WHEN 0 THEN 'acme' WHEN 1 THEN 'Acme' ELSE 'beta' END, i % 50), i
      FROM n`);
    storage.sql.exec(`INSERT INTO rollups (tenant_id, at, status, billing, balance, running, held, copies_waiting,
        deliveries_waiting, webhook_disabled, last_active)
      SELECT tenant_id, 1, CASE seq % 10 WHEN 0 THEN 'suspended' ELSE 'active' END,
        CASE seq % 4 WHEN 0 THEN 'prepaid' ELSE 'unmetered' END, (seq * 31) % 97 - 40, 0, 0, 0, 0, 0, (seq * 17) % 101
      FROM tenants`);
  });

const QUERY: TenantListQuery = {
  sort: "created",
  descending: false,
  q: null,
  status: null,
  billing: null,
  limit: 100,
  after: null,
};
type Row = TenantPage["tenants"][number];

/** Reads the list page by page. @param between is called with the number of each page that was read */
async function readAll(query: Partial<TenantListQuery>, between: (page: number) => Promise<void> = async () => {}) {
  const rows: Row[] = [];
  let after: TenantListQuery["after"] = null;
  for (let pages = 1; ; pages += 1) {
    const { tenants, next, since } = await directory.page({ ...QUERY, ...query, after });
    rows.push(...tenants);
    if (next === null) return { rows, pages };
    if (pages > 2 * MANY) throw new Error("the list does not end");
    after = { ...next, since };
    await between(pages);
  }
}

const VALUE: Record<TenantListQuery["sort"], (row: Row) => string | number> = {
  name: ({ name }) => name.toLowerCase(),
  created: ({ createdAt }) => createdAt,
  balance: ({ balance }) => balance,
  lastActive: ({ lastActiveAt }) => lastActiveAt,
};

const CASES = TENANT_SORTS.flatMap((sort) => [false, true].map((descending) => ({ sort, descending })));

it.each([
  ["copies", "copies_waiting"],
  ["deliveries", "deliveries_waiting"],
] as const)("the list of tenants with waiting %s has all of them, and the numbers", async (waiting, column) => {
  await seed(MANY);
  await runInDurableObject(directory, (_, { storage }) =>
    storage.sql.exec(`UPDATE rollups SET ${column} = 7 WHERE balance = 0`).toArray(),
  );
  const { rows } = await readAll({ waiting });
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.every(({ balance }) => balance === 0)).toBe(true);
  const numbers = rows.map(({ copiesWaiting, deliveriesWaiting }) => [copiesWaiting, deliveriesWaiting]);
  expect(new Set(numbers.map(String))).toEqual(new Set([waiting === "copies" ? "7,0" : "0,7"]));
});

describe.each(CASES)("the list by $sort (descending: $descending)", ({ sort, descending }) => {
  it("has each of many tenants once and in order", async () => {
    await seed(MANY);
    const { rows } = await readAll({ sort, descending });
    expect(new Set(rows.map(({ tenantId }) => tenantId)).size).toBe(MANY);
    expect(rows).toHaveLength(MANY);
    const values = rows.map(VALUE[sort]);
    for (const [index, value] of values.slice(1).entries()) {
      const before = values[index] ?? 0;
      expect(descending ? value <= before : value >= before).toBe(true);
    }
  });

  it("reads no more rows for a page in the middle than a few for each tenant on it", async () => {
    await seed(MANY);
    const first = await directory.page({ ...QUERY, sort, descending, limit: 500 });
    const after = first.next && { ...first.next, since: first.since };
    await runInDurableObject(directory, async (object, { storage }) => {
      const read = countRowsRead(storage.sql);
      expect((await object.page({ ...QUERY, sort, descending, limit: 20, after })).tenants).toHaveLength(20);
      expect(read()).toBeLessThanOrEqual(100);
    });
  });

  it("ends and repeats nobody while balances and tasks go up and down", async () => {
    await seed(MANY);
    const { rows } = await readAll({ sort, descending, limit: 20 }, async (page) => {
      await runInDurableObject(directory, async (object, { storage }) => {
        const [moved] = storage.sql.exec("SELECT tenant_id FROM tenants ORDER BY random() LIMIT 1").toArray();
        const tenantId = String(moved?.tenant_id);
        await object.change(tenantId, { balance: page % 2 === 0 ? page * 1_000 : -page * 1_000 });
        // What a report of a later task does.
        const statement = "UPDATE rollups SET last_active = ?, moved_at = ? WHERE tenant_id = ?";
        storage.sql.exec(statement, 1_000 + page, Date.now(), tenantId);
      });
    });
    const ids = rows.map(({ tenantId }) => tenantId);
    expect(new Set(ids).size).toBe(ids.length);
    // At most the tenants that moved are missing.
    expect(ids.length).toBeGreaterThanOrEqual(MANY - MANY / 20);
  });
});

describe("filters of the list", () => {
  it("hold for every sort", async () => {
    await seed(MANY);
    for (const { sort, descending } of CASES) {
      const filter = { status: "active", billing: "prepaid", q: "ACME" } as const;
      const { rows } = await readAll({ sort, descending, ...filter });
      const all = (await readAll({ sort, descending })).rows;
      const wanted = all.filter(
        ({ status, billing, name }) => status === "active" && billing === "prepaid" && /acme/i.test(name),
      );
      expect(wanted.length).toBeGreaterThan(100);
      expect(rows.map(({ tenantId }) => tenantId)).toEqual(wanted.map(({ tenantId }) => tenantId));
    }
  });

  it("that few tenants pass have short pages that lead to all of them", async () => {
    await seed(12_000);
    await directory.setExternalId("ten_007919", "Straße 1"); // the first
    await directory.change("ten_000007", { name: "needle" });
    const first = await directory.page({ ...QUERY, descending: true, q: "STRASSE" });
    expect(first.tenants).toEqual([]);
    expect(first.next).not.toBeNull();
    const { rows, pages } = await readAll({ descending: true, q: "STRASSE" });
    expect(rows).toMatchObject([{ tenantId: "ten_007919", externalId: "Straße 1" }]);
    expect(pages).toBe(3);
  });
});

describe("a change by the operator", () => {
  it("is in the list at once, and a tenant that was never reported is too", async () => {
    await directory.reserve({
      ...{ tenantId: "ten_new", name: "new", createdAt: 5, idempotency: null },
      ...{ externalId: "x", status: "suspended", billing: "prepaid" },
    });
    await directory.put("ten_old", "old", 4);
    for (const { sort } of CASES) expect((await readAll({ sort })).rows).toHaveLength(2);
    expect((await readAll({ status: "suspended", billing: "prepaid" })).rows).toMatchObject([{ tenantId: "ten_new" }]);
    const changed = await directory.change("ten_new", { name: "newer", status: "active", balance: 70 });
    expect(changed).toMatchObject({
      name: "newer",
      status: "active",
      billing: "prepaid",
      balance: 70,
      externalId: "x",
    });
    expect((await readAll({ sort: "balance", descending: true })).rows[0]).toMatchObject({ tenantId: "ten_new" });
    expect(await directory.change("ten_none", { balance: 1 })).toBeNull();
    await directory.remove("ten_new");
    expect((await readAll({ sort: "balance" })).rows).toMatchObject([{ tenantId: "ten_old" }]);
  });
});
