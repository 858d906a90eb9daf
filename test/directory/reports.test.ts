import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Directory } from "../../src/directory/object.ts";
import type { DaySums, TenantReport } from "../../src/domain/tenant-report.ts";
import { failureSeries } from "../../src/metrics/catalogue.ts";
import { countRowsRead, countRowsWritten } from "../support/row-meter.ts";

const { DIRECTORY } = env as unknown as Bindings;
const DAY_MS = 86_400_000;
const today = () => Math.floor(Date.now() / DAY_MS);

let directory: DurableObjectStub<Directory>;
beforeEach(() => {
  // One of its own for each test; the gateway's is another.
  directory = DIRECTORY.getByName(crypto.randomUUID());
});

function report(tenantId: string, changes: Partial<TenantReport> = {}): TenantReport {
  return {
    tenantId,
    name: tenantId,
    createdAt: 1,
    gauges: {
      status: "active",
      billing: "prepaid",
      balance: 100,
      running: 2,
      held: 8,
      copiesWaiting: 1,
      deliveriesWaiting: 3,
      webhookDisabled: false,
    },
    days: [],
    prices: [],
    masterKeys: [],
    problems: [],
    sharedVersion: 0,
    ...changes,
  };
}

const day = (sums: Partial<DaySums>): DaySums => ({
  day: today(),
  tasks: 0,
  credits: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  ...sums,
});

describe("the Directory's overview", () => {
  it("adds up tenants, their balances by billing, and what waits", async () => {
    const { gauges } = report("a");
    await directory.report(report("a"));
    await directory.report(
      report("b", {
        gauges: {
          ...gauges,
          status: "suspended",
          billing: "unmetered",
          balance: -5,
          webhookDisabled: true,
          storageBytes: 850,
          storageLimitBytes: 1_000,
        },
      }),
    );
    await directory.put("c", "never reported", 1);
    expect(await directory.overview(1)).toMatchObject({
      tenants: { total: 3, active: 2, suspended: 1 },
      runningTasks: 4,
      creditsHeld: 16,
      balance: { prepaid: 100, unmetered: -5 },
      copiesWaiting: 2,
      deliveriesWaiting: 6,
      webhooksDisabled: 1,
      storage: { largestBytes: 850, above80Percent: 1 },
    });
  });

  it("is not changed by a report that comes twice, and follows one that corrects", async () => {
    const sums = day({ tasks: 5, credits: 50, completed: 2 });
    await directory.report(report("a", { days: [sums] }));
    await directory.report(report("a", { days: [sums] }));
    await directory.report(report("b", { days: [day({ tasks: 1, credits: 7, failed: 1 })] }));
    const corrected = day({ tasks: 5, credits: 40, completed: 4, failed: 1 });
    await directory.report(report("a", { days: [corrected] }));
    const { days, totals } = await directory.overview(2);
    expect(days).toEqual([day({ day: today() - 1 }), day({ tasks: 6, credits: 47, completed: 4, failed: 2 })]);
    expect(totals).toEqual({ tasks: 6, credits: 47, completed: 4, failed: 2, cancelled: 0 });
  });

  it("names the tenants that spent most in the days asked for", async () => {
    await directory.report(report("old", { days: [day({ day: today() - 9, tasks: 1, credits: 1_000 })] }));
    for (let index = 0; index < 12; index++) {
      await directory.report(report(`t${index}`, { days: [day({ tasks: 1, credits: index })] }));
    }
    const { topTenants } = await directory.overview(7);
    expect(topTenants.map(({ tenantId }) => tenantId)).toEqual(
      Array.from({ length: 10 }, (_, index) => `t${11 - index}`),
    );
    expect((await directory.overview(10)).topTenants[0]).toMatchObject({ tenantId: "old", credits: 1_000 });
  });

  it("deletes a tenant's rows, and keeps its spending in the totals", async () => {
    await directory.report(report("a", { days: [day({ tasks: 2, credits: 9 })] }));
    await directory.remove("a");
    const overview = await directory.overview(1);
    expect(overview).toMatchObject({ tenants: { total: 0 }, runningTasks: 0, totals: { tasks: 2, credits: 9 } });
    expect(overview.topTenants).toEqual([]);
    expect(await directory.list(null, 10, null)).toEqual([]);
  });

  it("follows a tenant from day to day, and corrections of days gone by", async () => {
    const days = (back: number, tasks: number) => [day({ day: today() - back, tasks, credits: 10 * tasks })];
    await directory.report(report("a", { days: days(2, 1) }));
    await directory.report(report("b", { days: [...days(2, 5), ...days(1, 1)] }));
    await directory.report(report("a", { days: days(1, 3) }));
    await directory.report(report("a", { days: days(2, 2) }));
    await directory.report(report("a", { days: [...days(0, 4), ...days(1, 2)] }));
    await directory.report(report("a", { days: [] }));
    const overview = await directory.overview(3);
    expect(overview.days.map(({ tasks }) => tasks)).toEqual([7, 3, 4]);
    expect(overview.totals).toMatchObject({ tasks: 14, credits: 140 });
    expect(overview.topTenants).toMatchObject([
      { tenantId: "a", tasks: 8 },
      { tenantId: "b", tasks: 6 },
    ]);
    await directory.remove("a");
    expect((await directory.overview(3)).days.map(({ tasks }) => tasks)).toEqual([7, 3, 4]);
  });

  it("costs one row a report", async () => {
    const sums = (tasks: number) => ({ days: [day({ tasks, credits: 7 * tasks })] });
    await directory.report(report("a", sums(1)));
    await runInDurableObject(directory, async (object, { storage }) => {
      const written = countRowsWritten(storage.sql);
      await object.report(report("a", sums(2)));
      await object.report(report("a", sums(3)));
      expect(written()).toEqual({ "UPDATE rollups": 2 });
    });
  });

  it("costs no more than three rows for a report with another balance and a later task", async () => {
    const gauges = { ...report("a").gauges };
    await directory.report(report("a"));
    await runInDurableObject(directory, async (object, { storage }) => {
      const written = countRowsWritten(storage.sql);
      await object.report(report("a", { gauges: { ...gauges, balance: 77, lastActiveAt: 5 } }));
      expect(written()).toEqual({ "UPDATE rollups": 3 });
    });
  });

  it("puts a tenant back into a list that has lost it", async () => {
    await directory.report(report("a", { name: "Lost and found" }));
    expect((await directory.list(null, 10, "found")).map(({ tenantId }) => tenantId)).toEqual(["a"]);
  });

  it("keeps the latest trouble of each master key and kind", async () => {
    const trouble = (code: number, until: number) => [{ id: "0123456789ab", code, until }];
    await directory.report(report("a", { masterKeys: trouble(20008, 2_000), problems: [{ kind: "copy", at: 20 }] }));
    await directory.report(report("b", { masterKeys: trouble(60001, 1_000), problems: [{ kind: "copy", at: 10 }] }));
    const { masterKeys, problems } = await directory.overview(1);
    expect(masterKeys).toEqual(trouble(20008, 2_000));
    expect(problems).toEqual([{ kind: "copy", at: 20 }]);
  });

  it("deletes a tenant's days after 400 days", async () => {
    const old = day({ day: today() - 399, tasks: 1 });
    await directory.report(report("a", { days: [old, day({ day: today() - 500, tasks: 1 }), day({})] }));
    const kept = () =>
      runInDurableObject(directory, (_object, state) =>
        state.storage.sql.exec("SELECT day FROM tenant_days ORDER BY day").toArray(),
      );
    expect(await kept()).toEqual([{ day: old.day }]);
    expect((await directory.overview(1)).totals.tasks).toBe(1);
  });
});

describe("reasons of failures", () => {
  it("are counted if they come again, whatever else one tenant's requests provoke", async () => {
    const failed = (reasons: readonly string[]) =>
      directory.addCounters({
        counts: Object.fromEntries(reasons.map((reason) => [failureSeries(reason), 1])),
        histograms: {},
      });
    await failed(Array.from({ length: 200 }, (_, index) => `no image at https://example.com/${index}`));
    for (let minute = 0; minute < 30; minute += 1) await failed(["The upstream lost its storage"]);
    const { failures } = await directory.overview(1);
    expect(failures).toContainEqual({ reason: "The upstream lost its storage", count: 30 });
    expect(failures).toContainEqual({ reason: "other", count: 152 });
  });
});

describe("the Directory's memory of prices", () => {
  it("returns a price known to any tenant, and a newer list", async () => {
    expect(await directory.priceOf('["one",1]', -1)).toEqual({
      credits: null,
      dearest: null,
      shared: { version: 0, rules: [] },
    });
    const said = { shape: '["one",1]', credits: 7, at: 1_000 };
    expect(await directory.report(report("a", { prices: [said] }))).toEqual({ shared: null });
    expect(await directory.priceOf('["one",1]', 0)).toEqual({ credits: 7, at: 1_000, dearest: 7, shared: null });
    const rules = [{ model: "Seedance 2.0", credits: 4 }];
    const { version } = await directory.putSharedPrices(rules, { kind: "operator", requestId: "r-1" });
    expect(await directory.priceOf('["one",1]', 0)).toEqual({
      credits: 7,
      at: 1_000,
      dearest: 7,
      shared: { version, rules },
    });
    expect(await directory.priceOf('["one",1]', version)).toEqual({ credits: 7, at: 1_000, dearest: 7, shared: null });
    expect((await directory.putSharedPrices([], { kind: "operator", requestId: "r-1" })).version).toBeGreaterThan(
      version,
    );
  });

  it("returns the highest price of each model", async () => {
    const prices = [
      { shape: '["dear",1]', credits: 900, at: 1 },
      { shape: '["dear",2]', credits: 90, at: 1 },
      { shape: '["cheap",1]', credits: 2, at: 1 },
    ];
    await directory.report(report("a", { prices }));
    expect(await directory.priceOf('["dear",3]', 0)).toMatchObject({ credits: null, dearest: 900 });
    expect(await directory.priceOf('["cheap",1]', 0)).toMatchObject({ credits: 2, dearest: 2 });
    expect(await directory.priceOf('["other",1]', 0)).toMatchObject({ credits: null, dearest: null });
  });

  it("reads no more for the highest price of a model with thousands of shapes, once it is known", async () => {
    const shape = (index: number) => `["dear",${index}]`;
    const prices = Array.from({ length: 3_000 }, (_, index) => ({ shape: shape(index), credits: index, at: 1 }));
    await directory.report(report("a", { prices }));
    expect(await directory.priceOf(shape(-1), 0)).toMatchObject({ credits: null, dearest: 2_999 });
    const read = await runInDurableObject(directory, async (object, { storage }) => {
      const rowsRead = countRowsRead(storage.sql);
      for (let index = 0; index < 10; index += 1) await object.priceOf(shape(-index), 0);
      return rowsRead();
    });
    // One of these shapes has a price. A sum over all shapes counts as one row, too.
    expect(read).toBe(1);
    // A change of any of its prices is seen.
    await directory.report(report("b", { prices: [{ shape: shape(2_999), credits: 5, at: 2 }] }));
    expect(await directory.priceOf(shape(-1), 0)).toMatchObject({ dearest: 2_998 });
  });

  it("keeps the latest price, in whatever order tenants report", async () => {
    const tell = (name: string, credits: number, at: number) =>
      directory.report(report(name, { prices: [{ shape: "[2]", credits, at }] }));
    await tell("a", 9, 2_000);
    await tell("b", 7, 1_000);
    expect(await directory.priceOf("[2]", 0)).toMatchObject({ credits: 9, at: 2_000 });
    await tell("b", 8, 3_000);
    expect(await directory.priceOf("[2]", 0)).toMatchObject({ credits: 8, at: 3_000 });
    await tell("a", 8, 4_000);
    expect(await directory.priceOf("[2]", 0)).toMatchObject({ credits: 8, at: 4_000 });
  });
});
