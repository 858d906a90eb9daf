/** Incidents and notices become events for the operator exactly once, whatever is repeated, late or lost. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Directory } from "../../src/directory/object.ts";
import { KEY_REST_MS } from "../../src/domain/key-trouble.ts";
import type { TenantGauges, TenantReport } from "../../src/domain/tenant-report.ts";
import { createTenant } from "../support/gateway.ts";
import { openInbox } from "../support/webhook-inbox.ts";

const { DIRECTORY } = env as unknown as Bindings;
const MINUTE_MS = 60_000;
const ACTOR = { kind: "operator", requestId: "test" } as const;

let directory: DurableObjectStub<Directory>;
let url: string;
beforeEach(async () => {
  // One of its own for each test. Its receiver wants every event tomorrow, so that all stay in the Directory.
  directory = DIRECTORY.getByName(crypto.randomUUID());
  url = (await openInbox({ status: 503, headers: { "retry-after": "86400" } })).url;
  await directory.putOperatorWebhook({ url, events: null, format: "standard" }, ACTOR);
});

function report(tenantId: string, changes: Partial<TenantReport> = {}, gauges: Partial<TenantGauges> = {}) {
  return {
    tenantId,
    name: `name of ${tenantId}`,
    createdAt: 1,
    gauges: {
      status: "active",
      billing: "prepaid",
      balance: 100,
      running: 0,
      held: 0,
      copiesWaiting: 0,
      deliveriesWaiting: 0,
      webhookDisabled: false,
      ...gauges,
    },
    days: [],
    prices: [],
    masterKeys: [],
    problems: [],
    sharedVersion: 0,
    ...changes,
  } satisfies TenantReport;
}

interface Event {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Every event recorded so far, oldest first. */
function events(): Promise<Event[]> {
  return runInDurableObject(directory, (_, { storage }) =>
    storage.sql
      .exec<{ type: string; data: string }>("SELECT type, data FROM deliveries ORDER BY event_id")
      .toArray()
      .map(({ type, data }) => ({ type, data: JSON.parse(data) as Record<string, unknown> })),
  );
}
const types = async () => (await events()).map(({ type }) => type);

describe("trouble of a master key", () => {
  const refusedAt = (at: number) => ({ masterKeys: [{ id: "abc", code: 20008, until: at + KEY_REST_MS }] });

  it("is one event however many tenants report it, and one more when the key works again", async () => {
    const start = Date.now() - MINUTE_MS;
    for (const tenant of ["a", "b", "a"]) await directory.report(report(tenant, refusedAt(start)));
    await directory.report(report("b", refusedAt(start + 25_000)));
    expect(await events()).toEqual([
      {
        type: "master_key.refused",
        data: { masterKeyId: "abc", code: 20008, since: new Date(start).toISOString() },
      },
    ]);
    const worked = { masterKeysWorked: [{ id: "abc", at: start + 30_000 }] };
    await directory.report(report("a", worked));
    await directory.report(report("b", worked));
    expect(await types()).toEqual(["master_key.refused", "master_key.recovered"]);
  });

  it("is not reopened by a late report of a time before its end, and is by a new refusal", async () => {
    const start = Date.now() - MINUTE_MS;
    await directory.report(report("a", refusedAt(start)));
    await directory.report(report("a", { masterKeysWorked: [{ id: "abc", at: start + 10_000 }] }));
    await directory.report(report("b", refusedAt(start + 5_000)));
    expect(await types()).toEqual(["master_key.refused", "master_key.recovered"]);
    await directory.report(report("b", refusedAt(start + 20_000)));
    expect(await types()).toEqual(["master_key.refused", "master_key.recovered", "master_key.refused"]);
  });

  it("is not ended by a success from before it", async () => {
    const start = Date.now() - MINUTE_MS;
    await directory.report(report("a", refusedAt(start)));
    await directory.report(report("b", { masterKeysWorked: [{ id: "abc", at: start - 1 }] }));
    expect(await types()).toEqual(["master_key.refused"]);
  });

  it("ends when the key is configured no more", async () => {
    await directory.report(report("a", refusedAt(Date.now())));
    await runDurableObjectAlarm(directory);
    expect(await types()).toEqual(["master_key.refused", "master_key.recovered"]);
  });

  it("survives the object: it is still the same incident", async () => {
    const start = Date.now() - MINUTE_MS;
    await directory.report(report("a", refusedAt(start)));
    await evictDurableObject(directory);
    await directory.report(report("a", refusedAt(start + 25_000)));
    expect(await types()).toEqual(["master_key.refused"]);
  });
});

describe("a tenant's storage", () => {
  const filled = (storageBytes: number) => report("a", {}, { storageBytes, storageLimitBytes: 1_000 });

  it("is one event above 80 % of its limit, and one below again", async () => {
    for (const bytes of [800, 801, 900, 950]) await directory.report(filled(bytes));
    expect(await events()).toMatchObject([
      {
        type: "storage.high",
        data: { tenantId: "a", name: "name of a", storageBytes: 801, storageLimitBytes: 1_000 },
      },
    ]);
    for (const bytes of [700, 600]) await directory.report(filled(bytes));
    expect(await events()).toMatchObject([{}, { type: "storage.recovered", data: { storageBytes: 700 } }]);
  });

  it("is over when the tenant is deleted", async () => {
    await directory.report(filled(900));
    await directory.remove("a");
    await directory.remove("a");
    expect(await types()).toEqual(["storage.high", "storage.recovered"]);
  });
});

describe("notices of a tenant", () => {
  const notice = (number: number) =>
    ({ number, type: "tenant.credits_low", at: Date.now(), data: { balance: number, lowBalance: 50 } }) as const;

  it("are taken once each, however often a report repeats them", async () => {
    await directory.report(report("a", { notices: [notice(1), notice(2)] }));
    await directory.report(report("a", { notices: [notice(1), notice(2)] }));
    await evictDurableObject(directory);
    await directory.report(report("a", { notices: [notice(2), notice(3)] }));
    await directory.report(report("a"));
    await directory.report(report("a", { notices: [notice(3)] }));
    expect((await events()).map(({ data }) => data.balance)).toEqual([1, 2, 3]);
    expect((await events())[0]?.data).toEqual({ tenantId: "a", name: "name of a", balance: 1, lowBalance: 50 });
  });

  it("leave places for incidents of the deployment, however many wait", async () => {
    for (let first = 1; first < 1_100; first += 100) {
      const notices = Array.from({ length: 100 }, (_, index) => notice(first + index));
      await directory.report(report("a", { notices }));
    }
    expect(await events()).toHaveLength(500);
    await directory.report(report("b", { masterKeys: [{ id: "abc", code: 20008, until: Date.now() + KEY_REST_MS }] }));
    expect((await types()).at(-1)).toBe("master_key.refused");
  });

  it("of which the endpoint gets none are not recorded", async () => {
    const wanted = { url, events: ["work.overdue"], format: "standard" } as const;
    await directory.putOperatorWebhook(wanted, ACTOR);
    await directory.report(report("a", { notices: [notice(1)] }));
    expect(await events()).toEqual([]);
  });
});

describe("overdue work and stuck copies", () => {
  const now = () => Date.now();
  /** Lets the check run that the alarm has scheduled for later. */
  async function check(): Promise<void> {
    await evictDurableObject(directory);
    await runDurableObjectAlarm(directory);
  }

  /** Runs a check that no tenant's object answers. */
  function checkWithoutAnswers(): Promise<void> {
    return runInDurableObject(directory, (object) => {
      const unreachable = { getByName: () => ({ currentReport: () => Promise.reject(new Error("gone")) }) };
      Object.assign(object, { env: { ...env, TENANTS: unreachable } });
      return object.alarm();
    });
  }

  it.each([
    ["work.overdue", "work.recovered", "workAt", 5],
    ["copies.stuck", "copies.recovered", "copyAt", 15],
  ] as const)("of an object that does not answer are %s, and %s with its next report", async (opened, closed, gauge, minutes) => {
    const { tenantId } = await createTenant();
    const at = now() - (minutes + 1) * MINUTE_MS;
    await directory.report(report(tenantId, {}, { [gauge]: at }));
    await checkWithoutAnswers();
    const data = { tenantId, name: `name of ${tenantId}`, tenants: 1, oldestAt: new Date(at).toISOString() };
    expect(await events()).toMatchObject([{ type: opened, data }]);
    await directory.report(report(tenantId, {}, { [gauge]: null }));
    await check();
    expect(await types()).toEqual([opened, closed]);
  });

  it("are no incident a minute before their age", async () => {
    const { tenantId } = await createTenant();
    await directory.report(report(tenantId, {}, { workAt: now() - 4 * MINUTE_MS, copyAt: now() - 14 * MINUTE_MS }));
    await checkWithoutAnswers();
    expect(await events()).toEqual([]);
  });

  it("are no incident if the object has done the work since its report", async () => {
    const { tenantId } = await createTenant();
    await directory.report(report(tenantId, {}, { workAt: now() - 6 * MINUTE_MS, copyAt: now() - 16 * MINUTE_MS }));
    await check();
    expect(await events()).toEqual([]);
    const left = await runInDurableObject(directory, (_, { storage }) =>
      storage.sql.exec("SELECT COUNT(*) AS late FROM rollups WHERE copy_at < ?", now() - 15 * MINUTE_MS).one(),
    );
    expect(left).toEqual({ late: 0 });
  });

  it("are checked by the alarm of a report, without another request", async () => {
    const { tenantId } = await createTenant();
    const workAt = now() + MINUTE_MS;
    await directory.report(report(tenantId, {}, { workAt }));
    const alarmAt = await runInDurableObject(directory, (_, { storage }) => storage.getAlarm());
    expect(alarmAt).toBeLessThanOrEqual(workAt + 5 * MINUTE_MS + 1);
    expect(alarmAt).toBeGreaterThan(workAt);
  });

  it("of a tenant that is gone are dropped", async () => {
    await directory.report(report("ten_00000000000000000000", {}, { workAt: now() - 6 * MINUTE_MS }));
    await check();
    expect(await events()).toEqual([]);
  });
});
