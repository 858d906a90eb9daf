/** Notices for the operator: a tenant that repeats what causes them must not flood the operator's endpoint. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";

const { TENANTS } = env as unknown as Bindings;

it("are at most ten of one type in an hour, and of other types all the same", async () => {
  await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
    const world = await ScriptedTenant.create(storage, { lowBalance: 50 });
    /** Turns the endpoint off again and again, and sends each notice at once. */
    const repeat = async (times: number) => {
      const { commit, notices } = world.services;
      let sent = 0;
      for (let time = 0; time < times; time += 1) {
        await commit.run(() => notices.webhookDisabled(world.now));
        const pending = notices.pending();
        sent += pending.length;
        await commit.run(() => notices.sent(pending.at(-1)?.number ?? 0));
      }
      return sent;
    };
    expect(await repeat(100)).toBe(10);
    const { commit, notices } = world.services;
    await commit.run(() => notices.balanceMoved(60, 40, world.now));
    expect(notices.pending()).toMatchObject([{ type: "tenant.credits_low" }]);
    await commit.run(() => notices.sent(Number.MAX_SAFE_INTEGER));
    // After a restart too, and then again in the next hour.
    world.die();
    expect(await repeat(10)).toBe(0);
    await world.advance(3_600_000);
    expect(await repeat(100)).toBe(10);
    await storage.deleteAlarm();
  });
});
