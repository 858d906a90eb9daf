/** `GET /admin/v1/tenants`: order, filters, cursors and the size of a page. */
import { describe, expect, it } from "vitest";
import { call, createTenant, untilEnded } from "../support/gateway.ts";
import { giveCredits, operate, parseCsv, submitImage } from "../support/operator.ts";
import { reportNow } from "../support/report.ts";
import { openInbox } from "../support/webhook-inbox.ts";

interface Page {
  readonly tenants: { readonly tenantId: string; readonly balance: number; readonly lastActiveAt: string | null }[];
  readonly nextCursor: string | null;
}

const get = (query: Record<string, string | number>) => {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return operate<Page>("GET", `/tenants?${parameters}`);
};

/** The ids in the list, by pages of this size. */
async function idsOf(query: Record<string, string | number>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { data, status }: Awaited<ReturnType<typeof get>> = await get(cursor === "" ? query : { ...query, cursor });
    expect(status).toBe(200);
    ids.push(...data.tenants.map(({ tenantId }) => tenantId));
    cursor = data.nextCursor;
  }
  return ids;
}

describe("the order of the list", () => {
  it("is by name, time of creation and balance, up and down, page by page, as of the operator's last call", async () => {
    const mark = crypto.randomUUID();
    const made = [];
    for (const [name, credits] of [
      ["beta", 30],
      ["Alpha", 10],
      ["gamma", 20],
    ] as const) {
      const { tenantId } = await createTenant({ name: `${name} ${mark}` });
      await giveCredits(tenantId, credits);
      made.push(tenantId);
    }
    const [beta, alpha, gamma] = made;
    const orders = {
      name: [alpha, beta, gamma],
      created: [beta, alpha, gamma],
      balance: [alpha, gamma, beta],
    };
    for (const [sort, ids] of Object.entries(orders)) {
      expect(await idsOf({ q: mark, sort, limit: 2 }), sort).toEqual(ids);
      expect(await idsOf({ q: mark, sort: `-${sort}`, limit: 1 }), `-${sort}`).toEqual(ids.toReversed());
    }
    expect(await idsOf({ q: mark })).toEqual([gamma, alpha, beta]);
    await operate("PATCH", `/tenants/${beta}`, { name: `zeta ${mark}` });
    expect(await idsOf({ q: mark, sort: "name" })).toEqual([alpha, gamma, beta]);
  });

  it("by lastActive follows the tenants' reports", async () => {
    const mark = crypto.randomUUID();
    const tenants = [];
    for (const name of ["one", "two", "idle"]) tenants.push(await createTenant({ name: `${name} ${mark}` }));
    const [one, two, idle] = tenants;
    expect((await submitImage(two?.auth ?? { authorization: "" })).status).toBe(200);
    expect((await submitImage(one?.auth ?? { authorization: "" })).status).toBe(200);
    const ids = [one?.tenantId, two?.tenantId, idle?.tenantId];
    for (const tenantId of ids) if (tenantId !== undefined) await reportNow(tenantId);
    await expect.poll(() => idsOf({ q: mark, sort: "-lastActive", limit: 1 }), { timeout: 10_000 }).toEqual(ids);
    const { data } = await get({ q: mark, sort: "lastActive" });
    expect(data.tenants.map(({ lastActiveAt }) => lastActiveAt === null)).toEqual([true, false, false]);
  }, 20_000);
});

describe("a filter of the list", () => {
  it("by status and billing has what the operator last set, at once", async () => {
    const mark = crypto.randomUUID();
    const { tenantId: prepaid } = await createTenant({ name: mark, billing: "prepaid" });
    const { tenantId: other } = await createTenant({ name: mark });
    expect(await idsOf({ q: mark, billing: "prepaid" })).toEqual([prepaid]);
    expect(await idsOf({ q: mark, status: "suspended" })).toEqual([]);
    await operate("PATCH", `/tenants/${other}`, { status: "suspended", billing: "prepaid" });
    expect(await idsOf({ q: mark, status: "suspended" })).toEqual([other]);
    expect(await idsOf({ q: mark, status: "active" })).toEqual([prepaid]);
    expect(await idsOf({ q: mark, billing: "prepaid", sort: "created" })).toEqual([prepaid, other]);
    expect(await idsOf({ q: mark, billing: "unmetered" })).toEqual([]);
  });

  it.each([
    "sort=age",
    "sort=--name",
    "sort=",
    "status=gone",
    "billing=free",
    "cursor=",
    "cursor=W10",
    "limit=0",
    "order=name",
  ])("refuses %s", async (query) => {
    expect(await operate("GET", `/tenants?${query}`)).toMatchObject({ status: 400, code: 30001 });
  });

  it("refuses a cursor of another order", async () => {
    await Promise.all([createTenant(), createTenant()]);
    const { data } = await get({ limit: 1, sort: "name" });
    const cursor = data.nextCursor ?? "";
    expect((await get({ limit: 1, sort: "name", cursor })).status).toBe(200);
    for (const sort of ["-name", "balance", "-created"]) {
      expect(await get({ limit: 1, sort, cursor })).toMatchObject({ status: 400, code: 30001 });
    }
    const [sort, , tenantId, since] = JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))) as unknown[];
    for (const forged of [
      [sort, 1, tenantId, since],
      [sort, "a", 1, since],
      [sort, "a", tenantId, "1 OR 1"],
      [sort],
      {},
    ]) {
      const text = btoa(JSON.stringify(forged)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      expect(await get({ sort: "name", cursor: text })).toMatchObject({ status: 400, code: 30001 });
    }
  });
});

describe("a page of the list", () => {
  it("follows a cursor of the previous release, which is a number, in the default order", async () => {
    const mark = crypto.randomUUID();
    const [first, second] = [await createTenant({ name: `${mark} 1` }), await createTenant({ name: `${mark} 2` })];
    const { data } = await get({ q: mark, limit: 1 });
    expect(data.tenants.map(({ tenantId }) => tenantId)).toEqual([second.tenantId]);
    const [, seq] = JSON.parse(atob((data.nextCursor ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as number[];
    const next = await get({ q: mark, cursor: String(seq) });
    expect(next.data.tenants.map(({ tenantId }) => tenantId)).toEqual([first.tenantId]);
    expect(await get({ sort: "name", cursor: String(seq) })).toMatchObject({ status: 400, code: 30001 });
  });

  it("ends by bytes, and the next one begins where it ended", async () => {
    const mark = crypto.randomUUID();
    const pairs = Array.from({ length: 16 }, (_, index) => [`${index}`.padEnd(40, "k"), "\u{1F40E}".repeat(500)]);
    const large = {
      name: mark,
      note: "x".repeat(2_000),
      metadata: Object.fromEntries(pairs) as Record<string, string>,
    };
    for (let count = 0; count < 70; count += 10) {
      await Promise.all(Array.from({ length: 10 }, () => operate("POST", "/tenants", large)));
    }
    const { data, text } = await get({ q: mark, limit: 100 });
    expect(text.length).toBeLessThan(1_010_000);
    expect(data.tenants.length).toBeLessThan(70);
    expect(data.nextCursor).not.toBeNull();
    expect(new Set(await idsOf({ q: mark, limit: 100 })).size).toBe(70);
  }, 30_000);
});

interface Summary {
  readonly tenantId: string;
  readonly balance: number;
  readonly lowBalance: number | null;
  readonly note: string | null;
  readonly externalId: string | null;
  readonly webhook: string | null;
}

const summaries = async (query: string) =>
  (await operate<{ tenants: Summary[] }>("GET", `/tenant-summaries?${query}`)).data.tenants;
const counts = async (query = "") =>
  (await operate<Record<string, number>>("GET", `/tenant-counts${query}`)).data as Record<string, number>;

describe("filters of the list", () => {
  it("find tenants below their lowBalance as of the operator's last call, in the list, its summaries and the counts", async () => {
    const mark = crypto.randomUUID();
    const before = await counts();
    const low = await createTenant({ name: `low ${mark}`, lowBalance: 10, note: "pays late", externalId: mark });
    const fine = await createTenant({ name: `fine ${mark}`, lowBalance: 10 });
    await createTenant({ name: `no limit ${mark}` });
    await giveCredits(fine.tenantId, 10);
    // The settings of a creation come with its first report, or with the next change.
    for (const { tenantId } of [low, fine]) await operate("PATCH", `/tenants/${tenantId}`, { lowBalance: 10 });
    await expect
      .poll(() => summaries(`q=${mark}&lowBalance=true`), { timeout: 10_000 })
      .toMatchObject([{ tenantId: low.tenantId, lowBalance: 10, note: "pays late", externalId: mark, webhook: null }]);
    expect(await idsOf({ q: mark, lowBalance: "true" })).toEqual([low.tenantId]);
    expect((await counts()).lowBalance).toBe((before.lowBalance ?? 0) + 1);
    expect((await counts()).total).toBe((before.total ?? 0) + 3);
  });

  it("find tenants without a task for some days, of whose endpoint nothing is known", async () => {
    const mark = crypto.randomUUID();
    const idle = await createTenant({ name: `idle ${mark}` });
    const busy = await createTenant({ name: `busy ${mark}` });
    await submitImage(busy.auth);
    await reportNow(busy.tenantId);
    await expect.poll(() => idsOf({ q: mark, inactiveDays: 1 }), { timeout: 10_000 }).toEqual([idle.tenantId]);
    expect(await idsOf({ q: mark, webhook: "failing" })).toEqual([]);
    expect(await idsOf({ q: mark, webhook: "off" })).toEqual([]);
    const { inactive = 0, total = 0 } = await counts("?inactiveDays=1");
    expect(inactive).toBeLessThan(total);
  });

  it("find tenants with webhook events to be sent, in the list, its summaries and as CSV", async () => {
    const mark = crypto.randomUUID();
    await createTenant({ name: `idle ${mark}` });
    const busy = await createTenant({ name: `busy ${mark}` });
    const inbox = await openInbox({ status: 500 });
    await call("PUT", "/api/v1/webhook", { headers: busy.auth, body: { url: inbox.url } });
    await untilEnded(busy, (await submitImage(busy.auth)).data.taskId);
    await inbox.until(1);
    await reportNow(busy.tenantId);
    const query = { q: mark, waiting: "deliveries" };
    await expect.poll(() => idsOf(query), { timeout: 10_000 }).toEqual([busy.tenantId]);
    const listed = await summaries(`q=${mark}&waiting=deliveries`);
    expect(listed).toMatchObject([{ tenantId: busy.tenantId, deliveriesWaiting: 1, copiesWaiting: 0 }]);
    expect(await idsOf({ q: mark, waiting: "copies" })).toEqual([]);
    const { text } = await operate("GET", `/tenants?q=${mark}&waiting=deliveries`, undefined, { accept: "text/csv" });
    const [header = [], ...rows] = parseCsv(text);
    expect(rows.map((row) => row[header.indexOf("deliveriesWaiting")])).toEqual(["1"]);
  });

  it.each([
    "waiting=all",
    "lowBalance=1",
    "lowBalance=false",
    "webhook=broken",
    "inactiveDays=0",
    "inactiveDays=1.5",
    "inactiveDays=1000",
    "lowBalance=true&lowBalance=true",
  ])("refuse %s", async (query) => {
    for (const list of ["tenants", "tenant-summaries"]) {
      expect(await operate("GET", `/${list}?${query}`)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("refuse pages that are too large, and unknown parameters of the counts", async () => {
    expect(await operate("GET", "/tenants?limit=101")).toMatchObject({ status: 400, code: 30001 });
    expect(await operate("GET", "/tenant-summaries?limit=500")).toMatchObject({ status: 200 });
    for (const query of ["tenant-summaries?limit=501", "tenant-counts?inactiveDays=0", "tenant-counts?q=a"]) {
      expect(await operate("GET", `/${query}`)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("apply to the list as CSV", async () => {
    const mark = crypto.randomUUID();
    const { tenantId } = await createTenant({ name: `=csv ${mark}` });
    await createTenant({ name: `other ${crypto.randomUUID()}` });
    for (const list of ["tenants", "tenant-summaries"]) {
      const { text, headers } = await operate("GET", `/${list}?q=${mark}`, undefined, { accept: "text/csv" });
      expect(headers.get("content-disposition")).toContain("tenants.csv");
      const [header, ...rows] = parseCsv(text);
      expect(header?.slice(0, 4)).toEqual(["tenantId", "name", "externalId", "status"]);
      expect(rows.map(([id, name]) => [id, name])).toEqual([[tenantId, `'=csv ${mark}`]]);
    }
  });
});
