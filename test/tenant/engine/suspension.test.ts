/** What becomes of tasks that were answered and not submitted yet when their tenant is suspended (docs/decisions/0017). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PHASE } from "../../../src/domain/task.ts";
import type { TenantSettings } from "../../../src/tenant/settings.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const MODEL = "Imagen Nano Banana 2";

function tell(story: (tenant: ScriptedTenant) => Promise<void>): Promise<void> {
  const stub = TENANTS.getByName(crypto.randomUUID());
  return runInDurableObject(stub, async (_, { storage }) => story(await ScriptedTenant.create(storage)));
}

const submission = (submit: Script["submit"], query: Script["query"] = ["completed"]) => ({
  script: { submit, credits: 3, query, copy: ["stored"] } satisfies Script,
  shape: JSON.stringify([MODEL, "txt", null, null, 1, "1K", null, null]),
  idempotencyKey: null,
  byToken: false,
});

/** Through the services that lives now: after a crash it is another. */
const become = ({ services }: ScriptedTenant, status: TenantSettings["status"]) =>
  services.commit.run(() => {
    const tenant = services.meta.tenant();
    if (tenant) services.meta.putTenant({ ...tenant, settings: { ...tenant.settings, status } });
  });

describe("a task that waits for the upstream when its tenant is suspended", () => {
  it.each([
    ["got no answer", ["unheard", "accept"]],
    ["was refused under every master key", ["late-key-refused", "late-key-refused", "accept"]],
  ] as const)("and %s is not submitted, though the object dies, until the tenant is active again", (_, script) =>
    tell(async (tenant) => {
      expect(await tenant.submit(submission(script))).toBe(200);
      await become(tenant, "suspended");
      const before = script.length - 1;
      for (let hour = 0; hour < 3; hour += 1) await tenant.advance(3_600_000);
      await tenant.crash();
      await tenant.advance(60_000);
      expect(tenant.upstream.masterKeysUsed).toHaveLength(before);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.submitting, answered: 1 }]);
      await become(tenant, "active");
      await tenant.advance(30_000);
      expect(tenant.upstream.accepted.size).toBe(1);
      await tenant.finish();
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "captured" }]);
    }));

  it("fails at its deadline, and its hold is released", () =>
    tell(async (tenant) => {
      await tenant.submit(submission(["unheard", "accept"]));
      await become(tenant, "suspended");
      await tenant.finish();
      expect(tenant.upstream.accepted.size).toBe(0);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, status: 3, settled: "released" }]);
      expect(tenant.services.ledger.balance()).toBe(0);
    }));
});

it("a task that runs upstream is followed to its end while its tenant is suspended", () =>
  tell(async (tenant) => {
    await tenant.submit(submission(["accept"], ["running", "completed"]));
    await become(tenant, "suspended");
    await tenant.finish();
    expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, status: 2, settled: "captured" }]);
  }));
