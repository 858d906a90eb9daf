/** The list of tenants and the log of what operators did. */

import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
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
    const all = await directory.listAudit(null, 10, null);
    expect(all.map(({ action }) => action)).toEqual(["three", "two", "one"]);
    expect(all[0]).toMatchObject({ actor: "operator", tenantId: "ten_a", after: '{"a":1}', requestId: "r-1" });
    expect(all.every(({ at }) => at >= from && at <= Date.now())).toBe(true);
    expect((await directory.listAudit(null, 10, "ten_a")).map(({ action }) => action)).toEqual(["three", "one"]);
    const [newest] = await directory.listAudit(null, 1, null);
    expect((await directory.listAudit(newest?.seq ?? 0, 1, null)).map(({ action }) => action)).toEqual(["two"]);
  });

  it("enters once what comes twice", async () => {
    await directory.enterAudit("ten_twice", [entry("t1", "one"), entry("t2", "two")]);
    await directory.enterAudit("ten_twice", [entry("t2", "two"), entry("t3", "three")]);
    const all = await directory.listAudit(null, 10, "ten_twice");
    expect(all.map(({ action }) => action)).toEqual(["three", "two", "one"]);
  });
});
