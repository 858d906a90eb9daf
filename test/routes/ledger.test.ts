import { describe, expect, it } from "vitest";
import { firstTaskIdAt } from "../../src/domain/task-id.ts";
import { call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import {
  balanceOf,
  giveCredits,
  type LedgerEntry,
  operate,
  parseCsv,
  submitImage,
  tokenFor,
  wholeLedger,
} from "../support/operator.ts";
import { expectBooksInOrder, sqlIn } from "../support/tenant-object.ts";

const LISTED = { prices: [{ model: IMAGE.model, credits: 5 }] };
interface Page {
  readonly entries: readonly LedgerEntry[];
  readonly groups: readonly {
    readonly taskId: number | null;
    readonly credits: number;
  }[];
  readonly openingBalance: number | null;
  readonly closingBalance: number | null;
  readonly nextCursor: string | null;
}
const NO_TENANT = "ten_00000000000000000000";

describe("POST /admin/v1/tenants/{id}/credits", () => {
  const add = (tenantId: string, body: unknown, headers: Record<string, string> = {}) =>
    operate<LedgerEntry>("POST", `/tenants/${tenantId}/credits`, body, headers);

  it("moves the balance both ways and keeps the note", async () => {
    const { tenantId } = await createTenant();
    expect((await add(tenantId, { credits: 1_000, note: "invoice 7" })).data).toMatchObject({
      kind: "credit",
      credits: 1_000,
      balance: 1_000,
      note: "invoice 7",
      taskId: null,
    });
    expect((await add(tenantId, { credits: -1_200 })).data).toMatchObject({
      credits: -1_200,
      balance: -200,
      note: null,
    });
    expect(await balanceOf(tenantId)).toBe(-200);
  });

  it("books once per idempotency key, marks a replay, and refuses the key for any other request", async () => {
    const { tenantId } = await createTenant();
    const headers = { "x-idempotency-key": "payment-1" };
    const answers = await Promise.all(Array.from({ length: 5 }, () => add(tenantId, { credits: 10 }, headers)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === "true")).toHaveLength(4);
    expect(await add(tenantId, { credits: 11 }, headers)).toMatchObject({ status: 422, code: 70003 });
    expect(await add(tenantId, { credits: 10, note: null }, headers)).toMatchObject({ status: 200 });
    expect(await balanceOf(tenantId)).toBe(10);
  });

  it("shares no idempotency key with the tenant's own submissions", async () => {
    const tenant = await createTenant();
    const headers = { "idempotency-key": "same" };
    await add(tenant.tenantId, { credits: 10 }, headers);
    expect(await submitImage({ ...tenant.auth, ...headers })).toMatchObject({ status: 200 });
    expect(await add(tenant.tenantId, { credits: 10 }, headers)).toMatchObject({ status: 200 });
  });

  it.each<[unknown]>([
    [{}],
    [{ credits: 0 }],
    [{ credits: 1.5 }],
    [{ credits: "10" }],
    [{ credits: 1e13 }],
    [{ credits: 1, note: "a\u0000" }],
    [{ credits: 1, notes: "x" }],
  ])("refuses %j", async (body) => {
    const { tenantId } = await createTenant();
    expect(await add(tenantId, body)).toMatchObject({ status: 400, code: 30001 });
    expect(await balanceOf(tenantId)).toBe(0);
  });

  it("is 404 for a tenant that is not there, and 30001 for a bad idempotency key", async () => {
    expect(await add(NO_TENANT, { credits: 1 })).toMatchObject({ status: 404, code: 40002 });
    const { tenantId } = await createTenant();
    expect(await add(tenantId, { credits: 1 }, { "x-idempotency-key": "k".repeat(256) })).toMatchObject({
      code: 30001,
    });
  });
});

describe("GET /admin/v1/tenants/{id}/ledger", () => {
  it("shows a task's hold and its end, newest first, with who made it", async () => {
    const tenant = await createTenant(LISTED);
    const headers = await tokenFor(tenant, { endUser: "=alice" });
    const good = (await submitImage(headers)).data.taskId;
    const bad = (await submitImage(tenant.auth, 'fail="no luck"')).data.taskId;
    await Promise.all([untilEnded(tenant, good), untilEnded(tenant, bad)]);
    const entries = await wholeLedger(tenant.tenantId);
    expect(entries.map(({ entryId }) => entryId)).toEqual(entries.map(({ entryId }) => entryId).sort((a, b) => b - a));
    const of = (taskId: number) =>
      entries
        .filter((entry) => entry.taskId === taskId)
        .reverse()
        .map(({ kind, credits, note }) => ({ kind, credits, note }));
    expect(of(good)).toEqual([
      { kind: "hold", credits: -5, note: null },
      { kind: "capture", credits: 0, note: null },
    ]);
    expect(of(bad)).toEqual([
      { kind: "hold", credits: -5, note: null },
      { kind: "release", credits: 5, note: "failed" },
    ]);
    expect(entries.find((entry) => entry.taskId === good)).toMatchObject({
      keyId: tenant.keyId,
      model: IMAGE.model,
      endUser: "=alice",
    });
    await expectBooksInOrder(tenant.tenantId);
  });

  it("filters by kind, and has balances only where nothing is left out", async () => {
    const tenant = await createTenant(LISTED);
    await giveCredits(tenant.tenantId, 50);
    await untilEnded(tenant, (await submitImage(tenant.auth, 'fail="no luck"')).data.taskId);
    const page = (query: string) => operate<Page>("GET", `/tenants/${tenant.tenantId}/ledger?${query}`);
    for (const kind of ["hold", "release", "credit"]) {
      const { data } = await page(`kind=${kind}`);
      expect(data.entries.map((entry) => entry.kind)).toEqual([kind]);
      const grouped = (await page(`kind=${kind}&groupBy=task`)).data;
      expect(grouped).toMatchObject({ openingBalance: null, closingBalance: null, nextCursor: null });
      expect(grouped.groups).toHaveLength(1);
    }
    expect((await page("kind=capture")).data).toMatchObject({ entries: [], nextCursor: null });
    expect((await page("groupBy=task")).data).toMatchObject({ openingBalance: 0, closingBalance: 50 });
    expect((await page("groupBy=task&limit=1")).data).toMatchObject({ openingBalance: 50, closingBalance: 50 });
    expect((await page("groupBy=task&to=2026-01-01")).data).toMatchObject({
      groups: [],
      openingBalance: 0,
      closingBalance: 0,
    });
    expect((await page("groupBy=task&from=2050-01-01")).data).toMatchObject({
      groups: [],
      openingBalance: 50,
      closingBalance: 50,
    });
  });

  it("groups a page by task: each task once with its net, and opening balance + groups = closing balance", async () => {
    const tenant = await createTenant(LISTED);
    await giveCredits(tenant.tenantId, 50);
    const good = (await submitImage(tenant.auth)).data.taskId;
    const bad = (await submitImage(tenant.auth, 'fail="no luck"')).data.taskId;
    await Promise.all([untilEnded(tenant, good), untilEnded(tenant, bad)]);
    const path = `/tenants/${tenant.tenantId}/ledger?groupBy=task`;
    const { data } = await operate<Page>("GET", path);
    expect(data).toMatchObject({ openingBalance: 0, closingBalance: 45, nextCursor: null });
    const byTask = new Map(data.groups.map((group) => [group.taskId, group]));
    expect(byTask.get(good)).toMatchObject({ credits: -5, model: IMAGE.model, keyId: tenant.keyId, note: null });
    expect(byTask.get(bad)).toMatchObject({ credits: 0, note: "failed", kinds: ["hold", "release"] });
    expect(byTask.get(null)).toMatchObject({ credits: 50, model: null });
    expect(data.groups).toHaveLength(3);
    const csv = await operate("GET", path, undefined, { accept: "text/csv" });
    const [header, ...rows] = parseCsv(csv.text);
    expect(header).toContain("kinds");
    expect(rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe(45);
  });

  it("pages by task without loss: a page has `limit` groups, and the pages' balances meet", async () => {
    const tenant = await createTenant(LISTED);
    for (let credits = 1; credits <= 4; credits++) await giveCredits(tenant.tenantId, credits);
    const tasks = await Promise.all([1, 2, 3].map(() => submitImage(tenant.auth)));
    await Promise.all(tasks.map(({ data }) => untilEnded(tenant, data.taskId)));
    let sum = 0;
    let cursor: string | null = "";
    let balance = await balanceOf(tenant.tenantId);
    while (cursor !== null) {
      const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const path = `/tenants/${tenant.tenantId}/ledger?groupBy=task&limit=2${next}`;
      const { data }: { data: Page } = await operate<Page>("GET", path);
      expect(data.groups.length).toBeLessThanOrEqual(2);
      expect(data.closingBalance).toBe(balance);
      const ofPage = data.groups.reduce((total, { credits }) => total + credits, 0);
      expect((data.openingBalance ?? 0) + ofPage).toBe(data.closingBalance);
      sum += ofPage;
      balance = data.openingBalance ?? 0;
      cursor = data.nextCursor;
    }
    expect(sum).toBe(await balanceOf(tenant.tenantId));
    expect(balance).toBe(0);
  });

  it.each([
    "kind=",
    "kind=spend",
    "groupBy=model",
    "groupBy=task&groupBy=task",
    "taskId=x",
    "limit=0",
    "kind=hold&kind=hold",
  ])("refuses %s", async (query) => {
    const { tenantId } = await createTenant();
    expect(await operate("GET", `/tenants/${tenantId}/ledger?${query}`)).toMatchObject({ status: 400, code: 30001 });
  });

  it("pages without loss or repetition, and by task and date", async () => {
    const { tenantId, auth } = await createTenant(LISTED);
    for (let credits = 1; credits <= 7; credits++) await giveCredits(tenantId, credits);
    const { taskId } = (await submitImage(auth)).data;
    const entries = (await wholeLedger(tenantId, 3)).filter(({ kind }) => kind === "credit");
    expect(entries.map(({ credits }) => credits)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const filtered = await operate<{ entries: LedgerEntry[] }>("GET", `/tenants/${tenantId}/ledger?taskId=${taskId}`);
    expect(filtered.data.entries[0]).toMatchObject({ taskId });
    const today = new Date().toISOString().slice(0, 10);
    const empty = await operate<{ entries: LedgerEntry[] }>("GET", `/tenants/${tenantId}/ledger?to=2026-01-02`);
    expect(empty.data).toEqual({ entries: [], nextCursor: null });
    const full = await operate<{ entries: LedgerEntry[] }>(
      "GET",
      `/tenants/${tenantId}/ledger?from=${today}&to=${today}`,
    );
    expect(full.data.entries.length).toBeGreaterThanOrEqual(8);
  });

  it.each(["limit=0", "limit=101", "cursor=x", "from=yesterday", "taskId=1.5"])("refuses ?%s", async (query) => {
    const { tenantId } = await createTenant();
    expect(await operate("GET", `/tenants/${tenantId}/ledger?${query}`)).toMatchObject({ status: 400, code: 30001 });
  });

  it("comes as CSV that reads back to the same entries and is safe in a spreadsheet", async () => {
    const tenant = await createTenant(LISTED);
    await operate("POST", `/tenants/${tenant.tenantId}/credits`, { credits: -3, note: '=1+1, "quoted"' });
    const headers = await tokenFor(tenant, { endUser: '+bob, the "builder"' });
    await untilEnded(tenant, (await submitImage(headers)).data.taskId);
    const answer = await call("GET", `/admin/v1/tenants/${tenant.tenantId}/ledger`, {
      headers: { ...OPERATOR, accept: "text/csv" },
    });
    expect(answer.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(answer.headers.get("content-disposition")).toContain(`ledger-${tenant.tenantId}.csv`);
    const [header = [], ...records] = parseCsv(answer.text);
    const entries = await wholeLedger(tenant.tenantId);
    const read = records.map((record) => Object.fromEntries(header.map((name, index) => [name, record[index]])));
    const written = entries.map((entry) =>
      Object.fromEntries(
        Object.entries(entry).map(([name, value]) => {
          const text = value === null ? "" : String(value);
          return [name, typeof value === "string" && /^[=+\-@]/.test(text) ? `'${text}` : text];
        }),
      ),
    );
    expect(read).toEqual(written);
    expect(answer.text).not.toMatch(/(^|,)"?[=+@]/m);
  });
});

describe("an export of thousands of rows", () => {
  it("has every row once, however many pages it took, and usage by as many end users adds up", async () => {
    const { tenantId, auth, keyId } = await createTenant();
    // 2,500 tasks of yesterday's, each with its own end user and price.
    await sqlIn(
      tenantId,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       INSERT INTO ledger (entry_id, at, kind, credits, balance, task_id, key_id, model, end_user, note)
       SELECT ?1 + i, ?2, 'hold', -i, -i * (i + 1) / 2, ?1 + i, ?3, ?4, 'user' || i, NULL FROM n`,
      firstTaskIdAt(Date.now() - 86_400_000),
      Date.now() - 86_400_000,
      keyId,
      IMAGE.model,
    );
    const csv = await call("GET", `/admin/v1/tenants/${tenantId}/ledger`, {
      headers: { ...OPERATOR, accept: "text/csv" },
    });
    const [header = [], ...records] = parseCsv(csv.text);
    expect(records.map((record) => Number(record[header.indexOf("credits")]))).toEqual(
      Array.from({ length: 2_500 }, (_, index) => index - 2_500),
    );
    const from = new Date(Date.now() - 2 * 86_400_000).toISOString();
    const { data } = await call<{ rows: { endUser: string; credits: number }[] }>(
      "GET",
      `/api/v1/usage?groupBy=endUser&from=${from}`,
      { headers: auth },
    );
    expect(new Set(data.rows.map(({ endUser }) => endUser)).size).toBe(2_500);
    expect(data.rows.reduce((sum, { credits }) => sum + credits, 0)).toBe((2_500 * 2_501) / 2);
  });
});

describe("GET /admin/v1/tenants/{id}/tasks", () => {
  it("shows what the tenant sees, and whose it is and what it cost", async () => {
    const tenant = await createTenant(LISTED);
    const headers = await tokenFor(tenant, { endUser: "alice" });
    const { taskId } = (await submitImage(headers, "", { metadata: { order: "7" } })).data;
    await untilEnded(tenant, taskId);
    const { data, text } = await operate<{ tasks: Record<string, unknown>[] }>(
      "GET",
      `/tenants/${tenant.tenantId}/tasks`,
    );
    for (const name of ["createdAt", "endedAt"]) expect(text.split(`"${name}"`)).toHaveLength(2);
    const tenants = await call<{ tasks: Record<string, unknown>[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(data.tasks).toEqual([
      {
        ...tenants.data.tasks[0],
        keyId: tenant.keyId,
        endUser: "alice",
        tokenId: expect.stringMatching(/^tok_/),
        credits: 5,
        settlement: "captured",
        createdAt: expect.any(String),
        endedAt: expect.any(String),
      },
    ]);
  });

  it("pages, filters, and comes as CSV", async () => {
    const tenant = await createTenant({ ...LISTED, concurrentTasks: 100 });
    const ids: number[] = [];
    for (let index = 0; index < 5; index++) ids.push((await submitImage(tenant.auth, "never")).data.taskId);
    const path = `/tenants/${tenant.tenantId}/tasks`;
    type Page = { tasks: { taskId: number }[]; nextCursor: string | null };
    const first = (await operate<Page>("GET", `${path}?limit=3`)).data;
    const second = (await operate<Page>("GET", `${path}?limit=3&cursor=${first.nextCursor}`)).data;
    expect([...first.tasks, ...second.tasks].map(({ taskId }) => taskId)).toEqual(ids.toReversed());
    expect(second.nextCursor).toBeNull();
    expect((await operate<Page>("GET", `${path}?status=3`)).data.tasks).toEqual([]);
    const csv = await call("GET", `/admin/v1${path}`, {
      headers: { ...OPERATOR, accept: "text/csv, application/json;q=0.5" },
    });
    const [header = [], ...records] = parseCsv(csv.text);
    expect(records.map(([taskId]) => Number(taskId))).toEqual(ids.toReversed());
    expect(records[0]?.[header.indexOf("settlement")]).toBe("open");
    expect(csv.text).not.toContain("orange cat");
  });

  it("is 404 for a tenant that is not there, as JSON and as CSV", async () => {
    for (const accept of ["application/json", "text/csv"]) {
      for (const list of ["tasks", "ledger", "usage"]) {
        const answer = await call("GET", `/admin/v1/tenants/${NO_TENANT}/${list}`, {
          headers: { ...OPERATOR, accept },
        });
        expect(answer).toMatchObject({ status: 404, code: 40002 });
      }
    }
  });
});
