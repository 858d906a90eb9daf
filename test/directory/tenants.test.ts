/** The list of tenants and the log of what operators did. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditQuery } from "../../src/directory/audit-log.ts";
import type { Directory } from "../../src/directory/object.ts";

const { DIRECTORY } = env as unknown as Bindings;

let directory: DurableObjectStub<Directory>;
beforeEach(() => {
  // One of its own for each test; the gateway's is another.
  directory = DIRECTORY.getByName(crypto.randomUUID());
});
const listed = async (q: string | null = null, before: number | null = null, limit = 100) =>
  (await directory.list(before, limit, q)).map(({ tenantId }) => tenantId);

describe("the list of tenants", () => {
  it("has each once, newest first, under its latest name", async () => {
    await directory.put("ten_a", "Acme", 1);
    await directory.put("ten_b", "Beta", 2);
    await directory.put("ten_a", "Zeta", 1);
    await directory.put("ten_a", "Zeta", 1);
    expect(await listed()).toEqual(["ten_b", "ten_a"]);
    expect(await listed("acme")).toEqual([]);
    expect(await listed("zeta")).toEqual(["ten_a"]);
    await directory.remove("ten_b");
    await directory.remove("ten_b");
    expect(await listed()).toEqual(["ten_a"]);
  });

  it("comes in pages that are not disturbed by new tenants", async () => {
    for (let count = 0; count < 7; count += 1) await directory.put(`ten_${count}`, "x", count);
    const first = await directory.list(null, 3, null);
    await directory.put("ten_new", "x", 9);
    const second = await directory.list(first.at(-1)?.seq ?? null, 3, null);
    expect([...first, ...second].map(({ tenantId }) => tenantId)).toEqual([6, 5, 4, 3, 2, 1].map((n) => `ten_${n}`));
  });

  it.each([
    "100%",
    "a_b",
    "back\\slash",
    "it's",
    '"quoted"',
    "ünï",
    "x".repeat(200),
  ])("finds a part of a name whatever it is made of: %s", async (part) => {
    await directory.put("ten_1", `before ${part} after`, 1);
    await directory.put("ten_2", "100 aXb backslash its quoted", 2);
    expect(await listed(part)).toEqual(["ten_1"]);
    expect(await listed(part.replace(/[a-z]/g, (letter) => letter.toUpperCase()))).toEqual(["ten_1"]);
  });

  it("is still there after the object went away", async () => {
    await directory.put("ten_1", "one", 1);
    await evictDurableObject(directory);
    expect(await listed("ten_")).toEqual(["ten_1"]);
  });
});

const EVERYTHING = { actor: null, action: null, tenantId: null, from: null, to: null };
async function page(after: AuditQuery["after"], limit: number, filter: object = {}) {
  const found = await directory.listAudit(null, limit, null, { ...EVERYTHING, ...filter, after });
  if (Array.isArray(found)) throw new Error("a page of the previous release");
  return found;
}
const actions = async (filter: object) => (await page(null, 10, filter)).rows.map(({ action }) => action);

describe("the audit log", () => {
  const entry = (id: string, action: string) => ({
    id,
    at: Date.now(),
    actor: "operator",
    action,
    target: null,
    before: null,
    after: '{"a":1}',
    request_id: "r-1",
  });

  it("keeps every entry in order, of one tenant or of all", async () => {
    const from = Date.now();
    await directory.enterAudit("ten_a", [entry("1", "one")]);
    await directory.enterAudit("ten_b", [entry("2", "two")]);
    await directory.enterAudit("ten_a", [entry("3", "three")]);
    await evictDurableObject(directory);
    const { rows: all } = await page(null, 10);
    expect(all.map(({ action }) => action)).toEqual(["three", "two", "one"]);
    expect(all[0]).toMatchObject({
      actorId: "root",
      actorName: "root",
      tenantId: "ten_a",
      after: '{"a":1}',
      requestId: "r-1",
    });
    expect(all.every(({ at }) => at >= from && at <= Date.now())).toBe(true);
    expect(await actions({ tenantId: "ten_a" })).toEqual(["three", "one"]);
    const { next } = await page(null, 1);
    const second = await page(next, 1);
    expect(second.rows.map(({ action }) => action)).toEqual(["two"]);
    // A Worker of the previous release, in a gradual deployment, pages by `seq`.
    const previous = (before: number | null, limit: number) => directory.listAudit(before, limit, "ten_a") as never;
    const [newest, oldest] = (await previous(null, 10)) as { seq: number; action: string; actor: string }[];
    expect([newest, oldest]).toMatchObject([{ action: "three", actor: "root" }, { action: "one" }]);
    expect(await previous(newest?.seq ?? 0, 10)).toMatchObject([{ action: "one" }]);
  });

  it("filters by actor, action and time, and finds entries of earlier releases by their kind", async () => {
    const start = Date.now();
    const old = { ...entry("o1", "key.create"), at: start };
    const { rows: before } = await page(null, 1);
    expect(before).toEqual([]);
    await directory.enterAudit("ten_f", [old, { ...entry("o2", "portal.sign-in"), actor: "portal", at: start + 1 }]);
    const named = { actor_id: "opr_0011223344556677", actor_name: "Ann" };
    await directory.enterAudit("ten_f", [{ ...entry("o3", "key.create"), ...named, at: start + 2 }]);
    expect(await actions({ actor: "root" })).toEqual(["key.create"]);
    expect(await actions({ actor: "portal" })).toEqual(["portal.sign-in"]);
    expect(await actions({ actor: named.actor_id, action: "key.create" })).toEqual(["key.create"]);
    expect(await actions({ from: start, to: start + 1 })).toEqual(["portal.sign-in", "key.create"]);
    expect(await actions({ from: start + 3 })).toEqual([]);
    const { rows } = await page(null, 1);
    expect(rows).toMatchObject([{ actorId: named.actor_id, actorName: "Ann" }]);
  });

  it("finds the entries of an actor, an action, a tenant or a time without reading all others", async () => {
    const plans = await runInDurableObject(directory, (_, { storage }) =>
      [
        "COALESCE(actor_id, CASE actor WHEN 'operator' THEN 'root' ELSE actor END) = 'x'",
        "action = 'x'",
        "tenant_id = 'x'",
        "at <= 5",
      ].map((condition) =>
        storage.sql
          .exec(`EXPLAIN QUERY PLAN SELECT * FROM audit WHERE ${condition} ORDER BY at DESC, seq DESC LIMIT 5`)
          .toArray()
          .map(({ detail }) => detail),
      ),
    );
    const indexes = ["audit_by_actor_time", "audit_by_action_time", "audit_by_tenant_time", "audit_by_time"];
    plans.forEach((plan, index) => {
      expect(plan).toHaveLength(1);
      expect(plan[0]).toContain(`USING INDEX ${indexes[index]} `);
    });
  });

  it("enters once what comes twice", async () => {
    await directory.enterAudit("ten_twice", [entry("t1", "one"), entry("t2", "two")]);
    await directory.enterAudit("ten_twice", [entry("t2", "two"), entry("t3", "three")]);
    expect(await actions({ tenantId: "ten_twice" })).toEqual(["three", "two", "one"]);
  });
});
