import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { revokeKey } from "../../../src/tenant/handlers/keys.ts";
import { deleteTenant } from "../../../src/tenant/handlers/tenant-deletion.ts";
import type { TenantServices } from "../../../src/tenant/services.ts";
import type { TenantSettings } from "../../../src/tenant/settings.ts";
import { ScriptedTenant, type Submission } from "../../support/scripted-tenant.ts";

const { TENANTS } = env as unknown as Bindings;

const SUBMISSION: Submission = {
  script: { submit: ["accept"], credits: 7, query: ["running"], copy: ["stored"] },
  shape: JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]),
  idempotencyKey: null,
  byToken: false,
};

function change(services: TenantServices, settings: Partial<TenantSettings>): Promise<unknown> {
  return services.commit.run(() => {
    const tenant = services.meta.tenant();
    if (tenant) services.meta.putTenant({ ...tenant, settings: { ...tenant.settings, ...settings } });
  });
}

describe("a submission that was let in a moment ago", () => {
  it.each<[string, (services: TenantServices) => Promise<unknown>, number]>([
    ["its tenant is suspended", (services) => change(services, { status: "suspended" }), 403],
    ["its tenant is deleted", deleteTenant, 401],
    ["its key is revoked", (services) => revokeKey(services, services.keys.list()[0]?.keyId ?? ""), 401],
    ["its tenant loses the model", (services) => change(services, { models: [] }), 403],
    [
      "its tenant becomes prepaid with nothing on the balance",
      (services) => change(services, { billing: "prepaid" }),
      402,
    ],
  ])("spends nothing when meanwhile %s", async (_, meanwhile, status) => {
    let answer: (() => void) | null = null;
    const priceOf = () =>
      new Promise<{ credits: null; shared: null }>((resolve) => {
        answer = () => resolve({ credits: null, shared: null });
      });
    await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, state) => {
      const world = await ScriptedTenant.create(state.storage, {}, undefined, { priceOf });
      const submitted = world.submit(SUBMISSION);
      await meanwhile(world.services);
      expect(answer).not.toBeNull();
      answer?.();
      expect(await submitted).toBe(status);
      expect(world.ledger()).toEqual([]);
      expect(world.upstream.accepted.size).toBe(0);
      await state.storage.deleteAlarm();
    });
  });
});
