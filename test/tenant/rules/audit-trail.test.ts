/** What is done is in the audit log and what is not is not, whatever breaks off (docs/decisions/0015). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import type { Actor, AuditEntry } from "../../../src/domain/audit.ts";
import { addCredits } from "../../../src/tenant/handlers/credits.ts";
import { revokeKey } from "../../../src/tenant/handlers/keys.ts";
import { deleteTenant } from "../../../src/tenant/handlers/tenant-deletion.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";

const { TENANTS } = env as unknown as Bindings;
const OPERATOR_ACTOR: Actor = { kind: "operator", requestId: "r-1" };

/** The Directory's log, which has each entry once, and may be out of reach. */
class Log {
  readonly entries = new Map<string, AuditEntry>();
  readonly enterAudit = vi.fn(async (_tenantId: string, entries: readonly AuditEntry[]) => {
    for (const entry of entries) this.entries.set(entry.id, entry);
  });

  get actions(): string[] {
    return [...this.entries.values()].map(({ action }) => action);
  }
}

function tell(story: (tenant: ScriptedTenant, log: Log) => Promise<void>): Promise<void> {
  const log = new Log();
  return runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_, { storage }) =>
    story(await ScriptedTenant.create(storage, {}, undefined, log), log),
  );
}

const giveCredits = ({ services }: ScriptedTenant, key: string | null = null) =>
  addCredits(
    services,
    { credits: 5, note: null, idempotency: key === null ? null : { key, fingerprint: "f" } },
    OPERATOR_ACTOR,
  );

it("an event is recorded with actor, action and time, and removed once the Directory has it", () =>
  tell(async (tenant, log) => {
    await giveCredits(tenant);
    const [key] = tenant.services.keys.list();
    await revokeKey(tenant.services, key?.keyId ?? "", OPERATOR_ACTOR);
    await tenant.services.audit.deliver();
    expect([...log.entries.values()]).toMatchObject([
      { actor: "operator", action: "credits.add", at: tenant.now, request_id: "r-1", before: null },
      { action: "key.revoke", target: key?.keyId, after: expect.stringContaining('"status":"revoked"') },
    ]);
    await tenant.services.audit.deliver();
    expect(log.enterAudit).toHaveBeenCalledTimes(1);
  }));

it("the event of an undone change is not recorded, and a repeated one is recorded once", () =>
  tell(async (tenant, log) => {
    const { commit, audit } = tenant.services;
    const undone = commit.run(() => {
      audit.enter(OPERATOR_ACTOR, { action: "undone" });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    for (let repetition = 0; repetition < 3; repetition += 1) await giveCredits(tenant, "top-up");
    await audit.deliver();
    expect(log.actions).toEqual(["credits.add"]);
  }));

it("while the Directory is not reachable a change succeeds, and its event is sent later, even after an eviction", () =>
  tell(async (tenant, log) => {
    log.enterAudit.mockRejectedValueOnce(new Error("out of reach"));
    await giveCredits(tenant);
    await tenant.services.audit.deliver();
    expect(tenant.services.ledger.balance()).toBe(5);
    expect(log.actions).toEqual([]);
    await tenant.advance(29_000);
    expect(log.actions).toEqual([]);
    await tenant.advance(1_000);
    expect(log.actions).toEqual(["credits.add"]);

    log.enterAudit.mockRejectedValueOnce(new Error("out of reach"));
    await giveCredits(tenant);
    await tenant.services.audit.deliver();
    await tenant.crash();
    expect(log.actions).toEqual(["credits.add", "credits.add"]);
  }));

it("the deletion of a tenant is entered, with what was not entered before", () =>
  tell(async (tenant, log) => {
    log.enterAudit.mockRejectedValue(new Error("out of reach"));
    await giveCredits(tenant);
    await deleteTenant(tenant.services, OPERATOR_ACTOR);
    await tenant.services.audit.deliver();
    expect(tenant.ledger()).toEqual([]);
    log.enterAudit.mockReset();
    const entered: AuditEntry[][] = [];
    log.enterAudit.mockImplementation(async (_, entries) => {
      entered.push([...entries]);
    });
    await tenant.crash();
    expect(entered).toMatchObject([
      [{ action: "credits.add" }, { action: "tenant.delete", before: expect.stringContaining('"balance":5') }],
    ]);
  }));
