/** What sign-ins with keys may take of what all of a tenant's people, and all tenants, share. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { createKey } from "../../../src/tenant/handlers/keys.ts";
import { createPortalLink, signInByKey } from "../../../src/tenant/handlers/portal-sign-in.ts";
import { DEFAULT_KEY_SETTINGS } from "../../../src/tenant/settings.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";

const { TENANTS } = env as unknown as Bindings;

/** A tenant with ten keys, and a sign-in with one of them. */
function inWorld(work: (world: ScriptedTenant, signIn: (key: number) => Promise<string>) => Promise<void>) {
  return runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
    const world = await ScriptedTenant.create(storage);
    const keyIds: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      const settings = { ...DEFAULT_KEY_SETTINGS, name: `key ${index}`, scopes: ["portal"] as const };
      const key = await createKey(world.services, "secret", settings);
      if ("keyId" in key) keyIds.push(key.keyId);
    }
    await work(world, async (index) => {
      const row = world.services.keys.get(keyIds[index] ?? "");
      if (row === null) throw new Error("no such key");
      const signedIn = await signInByKey(world.services, { keyId: row.keyId, keyHash: row.hash, address: null });
      return "code" in signedIn ? `${signedIn.code} ${signedIn.msg}` : "signed in";
    });
    await storage.deleteAlarm();
  });
}

it("are at most 60 a minute of one tenant, with however many keys, because each is in the audit log", async () => {
  await inWorld(async (world, signIn) => {
    const outcomes: string[] = [];
    for (let index = 0; index < 150; index += 1) outcomes.push(await signIn(index % 10));
    expect(outcomes.filter((outcome) => outcome === "signed in")).toHaveLength(60);
    await world.advance(60_000);
    expect(await signIn(0)).toBe("signed in");
  });
});

it("are refused before sessions take the places of the operator's links", async () => {
  await inWorld(async ({ services, now }, signIn) => {
    const person = { role: "admin", person: null, returnUrl: null } as const;
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 3_600_000 };
    await services.commit.run(() => {
      for (let index = 0; index < 1_900; index += 1) {
        services.portal.put(`hash ${index}`, "session", {
          ...person,
          ...times,
          keyId: "key_0",
          keyText: "",
          method: "key",
        });
      }
    });
    expect(await signIn(0)).toBe("70001 Too many portal links and sessions at once: end some of them first");
    expect(await createPortalLink(services)).toMatchObject({ role: "admin" });
  });
});
