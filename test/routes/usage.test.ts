import { beforeAll, describe, expect, it } from "vitest";
import { call, createTenant, IMAGE, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, parseCsv, submitImage, tokenFor, wholeLedger } from "../support/operator.ts";

type Row = Record<string, string | number | null>;
interface Usage {
  readonly rows: Row[];
  readonly nextCursor: string | null;
}

const today = () => new Date().toISOString().slice(0, 10);

describe("usage", () => {
  let tenant: TestTenant;
  let otherKey: { keyId: string; key: string };

  beforeAll(async () => {
    tenant = await createTenant({ prices: [{ model: IMAGE.model, credits: 5 }] }, { name: "backend" });
    const created = await operate<{ keyId: string; key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
      name: "app",
    });
    otherKey = created.data;
    const [alice, bob] = await Promise.all([
      tokenFor(tenant, { endUser: "alice" }),
      tokenFor(tenant, { endUser: "bob" }),
    ]);
    const submitted = await Promise.all([
      submitImage(alice),
      submitImage(alice, "fail"),
      submitImage(bob),
      submitImage(bob, "cancel"),
      submitImage({ authorization: `Bearer ${otherKey.key}` }),
      // Refused by the upstream: no task, no use.
      submitImage(tenant.auth, "generate=code:50014"),
    ]);
    expect(submitted.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 422]);
    await Promise.all(submitted.slice(0, 5).map(({ data }) => untilEnded(tenant, data.taskId)));
    // Runs on, and holds.
    await submitImage(tenant.auth, "never");
  });

  const usage = async (query: string) =>
    (await call<Usage>("GET", `/api/v1/usage${query}`, { headers: tenant.auth })).data;

  it("is by day of this month by default", async () => {
    expect((await usage("")).rows).toEqual([
      { day: today(), tasks: 6, credits: 20, completed: 3, failed: 1, cancelled: 1, running: 1 },
    ]);
  });

  it("is by model, by key with its name, and by end user", async () => {
    expect((await usage("?groupBy=model")).rows).toEqual([
      { model: IMAGE.model, tasks: 6, credits: 20, completed: 3, failed: 1, cancelled: 1, running: 1 },
    ]);
    const keys = new Map((await usage("?groupBy=key")).rows.map((row) => [row.key, row]));
    expect(keys.get(tenant.keyId)).toMatchObject({ keyName: "backend", tasks: 5, credits: 15 });
    expect(keys.get(otherKey.keyId)).toMatchObject({ keyName: "app", tasks: 1, credits: 5 });
    const users = (await usage("?groupBy=endUser")).rows;
    expect(users.map(({ endUser, tasks, credits }) => [endUser, tasks, credits])).toEqual([
      [null, 2, 10],
      ["alice", 2, 5],
      ["bob", 2, 5],
    ]);
  });

  it("sums up to the ledger, however it is grouped", async () => {
    const entries = await wholeLedger(tenant.tenantId);
    const spent = 0 - entries.filter(({ taskId }) => taskId !== null).reduce((sum, { credits }) => sum + credits, 0);
    for (const groupBy of ["day", "model", "key", "endUser"]) {
      const { rows } = await usage(`?groupBy=${groupBy}`);
      expect(rows.reduce((sum, { credits }) => sum + Number(credits), 0)).toBe(spent);
    }
  });

  it("can be cut anywhere in a day: the parts sum up to the whole", async () => {
    const [{ at = "" } = {}] = (await wholeLedger(tenant.tenantId)).filter(({ kind }) => kind === "hold").slice(2, 3);
    const cut = Date.parse(at);
    const before = await usage(`?from=${today()}&to=${new Date(cut - 1).toISOString()}`);
    const after = await usage(`?from=${new Date(cut).toISOString()}`);
    const sum = (rows: Row[], name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
    expect(sum(before.rows, "tasks")).toBeGreaterThan(0);
    expect(sum(before.rows, "tasks") + sum(after.rows, "tasks")).toBe(6);
    expect(sum(before.rows, "credits") + sum(after.rows, "credits")).toBe(20);
    expect((await usage("?from=2026-01-01&to=2026-01-31")).rows).toEqual([]);
    expect((await usage("?from=2020-01-01&to=2059-12-31")).rows).toHaveLength(1);
  });

  it("pages when asked to", async () => {
    const first = await usage("?groupBy=endUser&limit=2");
    expect(first.rows.map(({ endUser }) => endUser)).toEqual([null, "alice"]);
    const second = await usage(`?groupBy=endUser&limit=2&cursor=${first.nextCursor}`);
    expect(second.rows.map(({ endUser }) => endUser)).toEqual(["bob"]);
    expect(second.nextCursor).toBeNull();
  });

  it("comes as CSV with the same rows", async () => {
    const csv = await call("GET", "/api/v1/usage?groupBy=key", { headers: { ...tenant.auth, accept: "text/csv" } });
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(csv.headers.get("ratelimit")).not.toBeNull();
    const [header, ...records] = parseCsv(csv.text);
    const { rows } = await usage("?groupBy=key");
    expect(header).toEqual(Object.keys(rows[0] ?? {}));
    expect(records).toEqual(rows.map((row) => Object.values(row).map(String)));
  });

  it("is the same for the operator", async () => {
    const path = `/tenants/${tenant.tenantId}/usage?groupBy=endUser`;
    expect((await operate<Usage>("GET", path)).data.rows).toEqual((await usage("?groupBy=endUser")).rows);
    const csv = await call("GET", `/admin/v1${path}`, { headers: { ...OPERATOR, accept: "text/csv" } });
    expect(parseCsv(csv.text)[1]).toEqual(["", "2", "10", "1", "0", "0", "1"]);
  });

  it("has a cursor behind the group without an end user too, which is no empty text", async () => {
    const users: unknown[] = [];
    let page = await usage("?groupBy=endUser&limit=1");
    for (;;) {
      users.push(...page.rows.map(({ endUser }) => endUser));
      if (!page.nextCursor) break;
      page = await usage(`?groupBy=endUser&limit=1&cursor=${page.nextCursor}`);
    }
    expect(users).toEqual([null, "alice", "bob"]);
  });

  it.each([
    "groupBy=week",
    "from=x",
    "limit=0",
    "cursor=%21",
    "groupBy=day&cursor=YWJj",
    "groupBy=day&cursor=",
    "groupBy=day&cursor=-",
  ])("refuses ?%s", async (query) => {
    const refused = await call("GET", `/api/v1/usage?${query}`, { headers: tenant.auth });
    expect(refused).toMatchObject({ status: 400, code: 30001 });
  });

  it("equals the account's figures of this month", async () => {
    const { data } = await call<{ usage: object }>("GET", "/api/v1/account", { headers: tenant.auth });
    expect(data.usage).toMatchObject({ tasks: 6, credits: 20 });
  });
});
