/** A PUT or PATCH that changes nothing is answered as usual, and leaves no entry in the audit log. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { AuditLog } from "../../src/directory/audit-log.ts";
import { call, createTenant, type TestTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";
import { sqlIn } from "../support/tenant-object.ts";

const { DIRECTORY } = env as unknown as Bindings;

/** Number of entries of an action, of a tenant or of none. */
function entries(action: string, tenantId: string | null = null): Promise<number> {
  return runInDurableObject(DIRECTORY.getByName(DIRECTORY_NAME), (_, { storage }) => {
    const statement = "SELECT COUNT(*) AS count FROM audit WHERE action = ? AND tenant_id IS ?";
    return storage.sql.exec<{ count: number }>(statement, action, tenantId).one().count;
  });
}

/** One change: how it is made, and how an equal one is made once more. */
interface Change {
  readonly name: string;
  readonly action: string;
  readonly isOfTenant: boolean;
  readonly make: (tenant: TestTenant) => Promise<() => Promise<{ readonly status: number }>>;
}

const MODEL = "Imagen Nano Banana 2";
const SETTINGS = {
  markup: 1.5,
  models: [MODEL],
  note: "n",
  metadata: { a: "1" },
  status: "suspended",
  prices: [{ model: MODEL, credits: 7 }],
};

const CHANGES: readonly Change[] = [
  {
    name: "PATCH of a tenant",
    action: "tenant.update",
    isOfTenant: true,
    make:
      async ({ tenantId }) =>
      () =>
        operate("PATCH", `/tenants/${tenantId}`, SETTINGS),
  },
  {
    name: "PATCH of a tenant without fields",
    action: "tenant.update",
    isOfTenant: true,
    make: async ({ tenantId }) => {
      await operate("PATCH", `/tenants/${tenantId}`, { note: "other" });
      return () => operate("PATCH", `/tenants/${tenantId}`, {});
    },
  },
  {
    name: "PATCH of a key",
    action: "key.update",
    isOfTenant: true,
    make:
      async ({ tenantId, keyId }) =>
      () =>
        operate("PATCH", `/tenants/${tenantId}/keys/${keyId}`, { name: "n", models: [MODEL], expiresAt: null }),
  },
  {
    name: "DELETE of portal sessions when there are none",
    action: "portal-sessions.end",
    isOfTenant: true,
    make:
      async ({ tenantId }) =>
      () =>
        operate("DELETE", `/tenants/${tenantId}/portal-sessions`),
  },
  {
    name: "PATCH of an operator",
    action: "operator.update",
    isOfTenant: false,
    make: async () => {
      const { data } = await operate<{ operatorId: string }>("POST", "/operators", { name: "a", scopes: ["read"] });
      return () => operate("PATCH", `/operators/${data.operatorId}`, { name: "b", scopes: ["read"] });
    },
  },
  {
    name: "PUT of the operator's webhook",
    action: "operator_webhook.update",
    isOfTenant: false,
    make: async () => () => operate("PUT", "/webhook", { url: "https://hooks.example/unchanged" }),
  },
  {
    name: "PUT of the price list",
    action: "prices.update",
    isOfTenant: false,
    make: async () => () => operate("PUT", "/prices", { prices: [{ model: MODEL, credits: 11 }] }),
  },
];

describe("a change that is repeated", () => {
  it.each(CHANGES)("leaves one entry in the audit log: $name", async ({ action, isOfTenant, make }) => {
    const tenant = await createTenant();
    const of = isOfTenant ? tenant.tenantId : null;
    const change = await make(tenant);
    const first = await change();
    expect(first.status).toBe(200);
    const known = await entries(action, of);
    const second = await change();
    expect(second.status).toBe(200);
    expect(await entries(action, of)).toBe(known);
  });

  it("of a tenant asks for no report and keeps the list of the Directory", async () => {
    const { tenantId } = await createTenant();
    await operate("PATCH", `/tenants/${tenantId}`, { note: "once" });
    const state = () => sqlIn(tenantId, "SELECT name, value FROM meta WHERE name IN ('tenant', 'rollup')");
    const before = await state();
    expect((await operate("PATCH", `/tenants/${tenantId}`, { note: "once" })).status).toBe(200);
    expect(await state()).toEqual(before);
  });

  it("of the tenant's webhook by a person of the tenant leaves one entry", async () => {
    const tenant = await createTenant();
    const headers = { ...SAME_ORIGIN, ...(await signIn(tenant)) };
    const put = (url: string) => call("PUT", portalPath(headers, "/webhook"), { headers, body: { url, events: null } });
    for (let time = 0; time < 3; time += 1) {
      expect(await put("https://receiver.example/hook")).toMatchObject({ status: 200 });
    }
    expect(await entries("webhook.update", tenant.tenantId)).toBe(1);
    expect(await put("https://receiver.example/other")).toMatchObject({ status: 200 });
    expect(await entries("webhook.update", tenant.tenantId)).toBe(2);
  });
});

describe("the audit log", () => {
  it("keeps a bounded number of entries, the newest, for changes by every kind of actor", () =>
    runInDurableObject(DIRECTORY.getByName(crypto.randomUUID()), (_, { storage: { sql } }) => {
      const enter = (log: AuditLog, number: number) => {
        const actor = { actor: "operator", actor_id: "root", actor_name: "root" };
        const what = { action: "tenant.update", target: null, before: null, after: null, request_id: "r" };
        log.enter(null, { id: `e${number}`, at: Date.now() + number, ...actor, ...what });
        log.removeOld(null, Date.now());
      };
      const log = new AuditLog(sql, 50);
      for (let number = 0; number < 80; number += 1) enter(log, number);
      // A repeated entry is not another one.
      enter(log, 79);
      const ids = () =>
        sql
          .exec<{ id: string }>("SELECT id FROM audit ORDER BY seq")
          .toArray()
          .map(({ id }) => id);
      expect(ids()).toEqual(Array.from({ length: 50 }, (_, index) => `e${index + 30}`));
      // After a restart with a lower bound the log shrinks with each entry.
      const next = new AuditLog(sql, 20);
      for (let number = 80; number < 84; number += 1) enter(next, number);
      expect(ids()).toHaveLength(20);
    }));
});
