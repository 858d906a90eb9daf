/** Which tenants a search asks: bounded, and the likeliest first. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Directory } from "../../src/directory/object.ts";
import { TenantSearch } from "../../src/directory/search.ts";
import { firstTaskIdAt } from "../../src/domain/task-id.ts";
import type { DaySums, TenantGauges } from "../../src/domain/tenant-report.ts";

const { DIRECTORY } = env as unknown as Bindings;
const DAY_MS = 86_400_000;
const MINUTE = 60_000;
/** Noon, so that minutes before it are the same day. */
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const TODAY = Math.floor(NOW / DAY_MS);
const GAUGES: TenantGauges = {
  status: "active",
  billing: "unmetered",
  balance: 0,
  running: 0,
  held: 0,
  copiesWaiting: 0,
  deliveriesWaiting: 0,
  webhookDisabled: false,
};

let directory: DurableObjectStub<Directory>;
beforeEach(() => {
  directory = DIRECTORY.getByName(crypto.randomUUID());
});

const sumsOf = (day: number): DaySums => ({ day, tasks: 1, credits: 1, completed: 1, failed: 0, cancelled: 0 });

/** A tenant that reported these days, at this time. */
async function reported(tenantId: string, days: readonly number[], at: number): Promise<void> {
  const report = { name: tenantId, createdAt: 1, gauges: GAUGES, prices: [], masterKeys: [], problems: [] };
  await directory.report({ ...report, tenantId, days: days.map(sumsOf), sharedVersion: 0 });
  await runInDurableObject(directory, (_, { storage }) => {
    storage.sql.exec("UPDATE rollups SET at = ? WHERE tenant_id = ?", at, tenantId);
  });
}

const asked = (what: { taskId?: number; keyId?: string; tenantId?: string }, limit = 100, now = NOW) =>
  runInDurableObject(directory, (_, { storage }) =>
    new TenantSearch(storage.sql).candidates({ tenantId: "ten_", taskId: null, keyId: null, ...what }, limit, now),
  );

describe("a search for a task", () => {
  it("asks the tenants that had tasks on its day, and those that have never reported", async () => {
    await reported("ten_before", [TODAY - 3], NOW);
    await reported("ten_both", [TODAY - 3, TODAY - 2, TODAY], NOW);
    await reported("ten_after", [TODAY], NOW);
    await reported("ten_never", [], NOW);
    await directory.put("ten_new", "new", 2);
    await directory.put("ten_later", "later", NOW);
    const noon = (day: number) => firstTaskIdAt(day * DAY_MS + DAY_MS / 2);
    expect(await asked({ taskId: noon(TODAY - 3) })).toEqual(["ten_both", "ten_before", "ten_new"]);
    expect(await asked({ taskId: noon(TODAY - 2) })).toEqual(["ten_both", "ten_new"]);
    expect(await asked({ taskId: noon(TODAY - 1) })).toEqual(["ten_new"]);
    await directory.remove("ten_both");
    expect(await asked({ taskId: noon(TODAY - 2) })).toEqual(["ten_new"]);
  });

  it("asks the tenants too whose report may not contain a task of the last minutes, after the likely ones", async () => {
    await reported("ten_idle", [TODAY - 3], NOW - 3 * DAY_MS);
    await reported("ten_today", [TODAY], NOW - 5 * MINUTE);
    await reported("ten_after", [TODAY - 1], NOW);
    await directory.put("ten_created_now", "new", NOW - MINUTE);
    const taskId = firstTaskIdAt(NOW - 2 * MINUTE);
    expect(await asked({ taskId: firstTaskIdAt(NOW - MINUTE) })).toEqual(["ten_today", "ten_idle", "ten_created_now"]);
    expect(await asked({ taskId })).toEqual(["ten_today", "ten_idle", "ten_created_now"]);
    expect(await asked({ taskId }, 1)).toEqual(["ten_today"]);
    expect(await asked({ taskId: firstTaskIdAt(NOW - 20 * MINUTE) })).toEqual(["ten_today"]);
  });

  it("asks none for an id of the future, and all that existed for one older than the days that are kept", async () => {
    await reported("ten_old", [TODAY - 3], NOW);
    await directory.put("ten_new", "new", NOW);
    expect(await asked({ taskId: firstTaskIdAt(NOW + DAY_MS) })).toEqual([]);
    const later = NOW + 400 * DAY_MS;
    expect(await asked({ taskId: firstTaskIdAt(NOW - DAY_MS) }, 100, later)).toEqual(["ten_old"]);
  });
});

describe("a search for a key", () => {
  it("asks the tenants first that created such a key, then the others", async () => {
    for (const name of ["ten_a", "ten_b", "ten_c"]) await reported(name, [], NOW);
    const entry = { at: Date.now(), actor: "operator", before: null, after: null, request_id: "r" };
    await directory.enterAudit("ten_b", [{ ...entry, id: "1", action: "key.create", target: "key_00ff000000000000" }]);
    await directory.enterAudit("ten_a", [{ ...entry, id: "2", action: "key.revoke", target: "key_00ff000000000000" }]);
    expect(await asked({ keyId: "key_00ff" })).toEqual(["ten_b", "ten_c", "ten_a"]);
    expect(await asked({ keyId: "key_00ff000000000000" }, 1)).toEqual(["ten_b"]);
    expect(await asked({ keyId: "key_00fe" })).toEqual(["ten_c", "ten_b", "ten_a"]);
    expect(await asked({ tenantId: "ten_c" })).toEqual(["ten_c"]);
  });
});
