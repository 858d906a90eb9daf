/** Export of a tenant, and what a restore would lose (docs/recovery.md). */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { Tenant } from "../../src/tenant/object.ts";
import { breakObject } from "../support/break-object.ts";
import { createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { balanceOf, giveCredits, operate, submitImage } from "../support/operator.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";
import { pass } from "../support/until.ts";

type Line = { readonly type: string } & Record<string, unknown>;

async function linesOf({ tenantId }: Pick<TestTenant, "tenantId">) {
  const { status, text, headers } = await operate("GET", `/tenants/${tenantId}/export`);
  expect(status).toBe(200);
  expect(text.endsWith("\n")).toBe(true);
  return {
    headers,
    text,
    lines: text
      .trimEnd()
      .split("\n")
      .map((one) => JSON.parse(one) as Line),
  };
}
const ofType = (lines: readonly Line[], type: string) => lines.filter((one) => one.type === type);

describe("the export of a tenant", () => {
  it("has the tenant, its keys without texts, every entry and task, and sums in the last line", async () => {
    const tenant = await createTenant({ name: "Straße" });
    await giveCredits(tenant.tenantId, 1_000);
    const seed = "9223372036854775807";
    const ids: number[] = [];
    for (const directive of ["", "fail", ""]) ids.push((await submitImage(tenant.auth, directive)).data.taskId);
    for (const id of ids) await untilEnded(tenant, id);
    await sqlIn(tenant.tenantId, `UPDATE tasks SET snapshot = '{"seed":${seed}}' WHERE task_id = ?`, ids[0]);
    await evictDurableObject(tenantStub(tenant.tenantId));
    const { lines, text, headers } = await linesOf(tenant);
    expect(text).toContain(`"seed":${seed}`);
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(lines[0]).toMatchObject({
      type: "tenant",
      format: 1,
      tenant: { tenantId: tenant.tenantId, name: "Straße" },
    });
    expect(ofType(lines, "key")).toMatchObject([{ keyId: tenant.keyId, status: "active" }]);
    expect(text).not.toContain(tenant.key);
    expect(text).not.toMatch(/"(hash|file_secret|upstream\w*)"/);
    const entries = ofType(lines, "entry") as unknown as { credits: number; kind: string }[];
    const tasks = ofType(lines, "task") as unknown as { task: { taskId: number } }[];
    expect(tasks.map(({ task }) => task.taskId)).toEqual(ids.toReversed());
    expect(entries.at(-1)).toMatchObject({ kind: "credit", credits: 1_000 });
    const balance = await balanceOf(tenant.tenantId);
    expect(entries.reduce((sum, { credits }) => sum + credits, 0)).toBe(balance);
    expect(lines.at(-1)).toEqual({
      type: "end",
      keys: 1,
      endUsers: 0,
      entries: entries.length,
      tasks: 3,
      credits: balance,
      balance,
      files: [`results/${tenant.tenantId}/`, `uploads/${tenant.tenantId}/`],
    });
  });

  it("has every end user with limits or a block, over many pages, between keys and entries", async () => {
    const tenant = await createTenant();
    await giveCredits(tenant.tenantId, 5);
    const limits = { blocked: true, dailyCredits: 5, monthlyCredits: null, dailyTasks: 0, concurrentTasks: null };
    const endUser = 'Zoë/"\u2028';
    await operate("PUT", `/tenants/${tenant.tenantId}/end-users/${encodeURIComponent(endUser)}`, limits);
    await operate("PUT", `/tenants/${tenant.tenantId}/end-users/unlimited`, {});
    await sqlIn(
      tenant.tenantId,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO end_users (end_user, blocked) SELECT printf('user %04d', i), 1 FROM n`,
    );
    const { lines } = await linesOf(tenant);
    const endUsers = ofType(lines, "endUser");
    expect(endUsers).toHaveLength(1_001);
    expect(new Set(endUsers.map((line) => line.endUser)).size).toBe(1_001);
    expect(endUsers).toContainEqual({ type: "endUser", endUser, ...limits });
    expect([...new Set(lines.map(({ type }) => type))]).toEqual(["tenant", "key", "endUser", "entry", "end"]);
    expect(lines.at(-1)).toMatchObject({ type: "end", keys: 1, endUsers: 1_001, entries: 1 });
  });

  it("of an empty tenant has zeros", async () => {
    const tenant = await createTenant();
    const { lines } = await linesOf(tenant);
    expect(lines.at(-1)).toMatchObject({ type: "end", entries: 0, tasks: 0, credits: 0, balance: 0 });
  });

  it("goes on over many pages, and what happens meanwhile does not change its sums", async () => {
    const tenant = await createTenant();
    await giveCredits(tenant.tenantId, 5);
    await sqlIn(
      tenant.tenantId,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       INSERT INTO ledger (entry_id, at, kind, credits, balance) SELECT i, i, 'credit', 0, 0 FROM n`,
    );
    const { ledger } = Tenant.prototype;
    let pages = 0;
    const spy = vi.spyOn(Tenant.prototype, "ledger").mockImplementation(async function (this: Tenant, query) {
      const page = await ledger.call(this, query);
      pages += 1;
      await this.addCredits({ credits: 7, note: null, idempotency: null });
      return page;
    });
    const { lines } = await linesOf(tenant);
    spy.mockRestore();
    expect(pages).toBe(3);
    expect(lines.at(-1)).toMatchObject({ type: "end", entries: 2_501, credits: 5, balance: 5 });
    expect(await balanceOf(tenant.tenantId)).toBe(26);
  });

  it("breaks off without the last line if a page fails", async () => {
    const tenant = await createTenant();
    const spy = vi.spyOn(Tenant.prototype, "operatorTasks").mockRejectedValue(new Error("broken"));
    await expect(operate("GET", `/tenants/${tenant.tenantId}/export`)).rejects.toThrow();
    spy.mockRestore();
  });

  it("is 404 for an unknown or deleted tenant, 400 with a parameter and 503 while the tenant does not answer", async () => {
    const tenant = await createTenant();
    const path = `/tenants/${tenant.tenantId}/export`;
    expect(await operate("GET", "/tenants/ten_00000000000000000000/export")).toMatchObject({ status: 404 });
    expect(await operate("GET", `${path}?limit=1`)).toMatchObject({ status: 400, code: 30001 });
    const mend = await breakObject(tenant, "fails");
    expect(await operate("GET", path)).toMatchObject({ status: 503, code: 10001 });
    mend();
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect(await operate("GET", path)).toMatchObject({ status: 404, code: 40002 });
  });
});

describe("a dry run of a restore", () => {
  it("counts what happened since, and changes nothing", async () => {
    const tenant = await createTenant();
    const path = `/tenants/${tenant.tenantId}/restore`;
    await giveCredits(tenant.tenantId, 100);
    await pass(5);
    const at = new Date().toISOString();
    await pass(5);
    const { taskId } = (await submitImage(tenant.auth, "fail")).data;
    await untilEnded(tenant, taskId);
    await giveCredits(tenant.tenantId, 7);
    await operate("DELETE", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`);
    const answer = await operate("POST", path, { at, dryRun: true });
    expect(answer).toMatchObject({
      status: 200,
      data: { at, dryRun: true, tasks: 1, credits: 7, keysCreated: 0, keysRevoked: 1, complete: true },
    });
    expect(answer.data.byKind).toContainEqual({ kind: "credit", entries: 1, credits: 7 });
    expect(await balanceOf(tenant.tenantId)).toBe(107);
    const before = await operate("POST", path, { at: "2026-01-01T00:00:00Z", dryRun: true });
    expect(before.data).toMatchObject({ tasks: 1, credits: 107, keysCreated: 1 });
  });

  it.each([
    {},
    { at: "2026-01-01T00:00:00Z" },
    { at: "2026-01-01T00:00:00Z", dryRun: false },
    { at: "2026-01-01T00:00:00Z", dryRun: "true" },
    { at: "2100-01-01T00:00:00Z", dryRun: true },
    { at: "2026-01-01", dryRun: true },
    { at: 1, dryRun: true },
    { at: "2026-01-01T00:00:00Z", dryRun: true, more: 1 },
  ])("is refused for %j", async (body) => {
    const tenant = await createTenant();
    expect(await operate("POST", `/tenants/${tenant.tenantId}/restore`, body)).toMatchObject({
      status: 400,
      code: 30001,
    });
  });
});
