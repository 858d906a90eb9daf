/** A tenant's database never fills up: from 90 % of TENANT_STORAGE_MB nothing new is taken (contract section 9). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { beginUpload } from "../../../src/tenant/handlers/uploads.ts";
import { StorageLimit } from "../../../src/tenant/rules/storage-limit.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const SCRIPT: Script = { submit: ["accept"], credits: 10, query: ["running", "completed"], copy: ["stored"] };

describe("the limit of a tenant's storage", () => {
  it.each([
    [899, null],
    [900, 70009],
    [1_000, 70009],
  ])("with %d of 1000 bytes in use refuses with %s", (databaseSize, code) => {
    expect(new StorageLimit({ databaseSize }, 1_000).fullError()?.code ?? null).toBe(code);
  });

  it("when reached refuses submissions and uploads; repetitions are answered, and running tasks end", () =>
    runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
      const world = await ScriptedTenant.create(storage);
      const submit = (idempotencyKey: string) =>
        world.submit({ script: SCRIPT, shape: SHAPE, idempotencyKey, byToken: false });
      expect(await submit("one")).toBe(200);
      await world.crash({ tenantStorageBytes: 1_000 });
      expect(await submit("two")).toBe(507);
      expect(await submit("one")).toBe(200);
      const tenant = world.services.meta.tenant();
      const access = { tenant, key: { keyId: "key" }, caller: { kind: "key" } } as never;
      expect(await beginUpload(world.services, access, 10)).toMatchObject({ code: 70009, status: 507 });
      await world.finish();
      expect(world.tasks()).toMatchObject([{ phase: 3, status: 2, settled: "captured" }]);
      await world.crash({ tenantStorageBytes: 10_000_000_000 });
      expect(await submit("two")).toBe(200);
      await storage.deleteAlarm();
    }));
});
