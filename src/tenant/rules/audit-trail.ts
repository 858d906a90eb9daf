/**
 * What the operator and the tenant's people do here, for the audit log: entered in the transaction that does it, so that
 * neither can be without the other, and then brought to the Directory as often as it takes (docs/decisions/057).
 */
import { auditEntry, type Deed, type Doer } from "../../domain/audit.ts";
import { encodeHex } from "../../lib/bytes.ts";
import type { Tenancy } from "../services.ts";
import { AuditStore } from "../store/audit.ts";

/** Entries that are brought at once. */
const AT_ONCE = 100;
/** How soon the Directory is asked again that could not be reached. */
const AGAIN_MS = 30_000;

export class AuditTrail {
  readonly #tenancy: Tenancy;
  readonly #store: AuditStore;
  #bringing: Promise<void> | null = null;

  constructor(tenancy: Tenancy) {
    this.#tenancy = tenancy;
    this.#store = new AuditStore(tenancy.sql);
    const { chores, chance } = tenancy;
    // What a crash left here is brought by whatever wakes the object, a request (`TenantDoor`) or an alarm.
    const dueAt = this.#store.first(1).length > 0 ? chance.now() : null;
    chores.add("audit", () => this.#bringAll().then(() => null), dueAt, AGAIN_MS);
  }

  /** Inside the transaction of the deed. @param doer undefined: code of another version, which enters it by itself */
  enter(doer: Doer | undefined, deed: Deed): void {
    const { chance } = this.#tenancy;
    if (doer === undefined) return;
    this.#store.add(auditEntry(doer, deed, { id: encodeHex(chance.randomBytes(16)), at: chance.now() }));
  }

  /** Brings what was entered to the Directory, before whoever did it is answered. Never throws: a chore repeats it. */
  async deliver(): Promise<void> {
    const { log, chores, chance, schedule } = this.#tenancy;
    try {
      await this.#bringAll();
    } catch (error) {
      log("warn", "audit", { error: String(error) });
      chores.due("audit", chance.now() + AGAIN_MS);
      await schedule.arm(chance.now()).catch(() => {});
    }
  }

  /** One at a time, and each sees everything that was entered before it was called. */
  async #bringAll(): Promise<void> {
    await this.#bringing?.catch(() => {});
    this.#bringing ??= this.#bring().finally(() => {
      this.#bringing = null;
    });
    await this.#bringing;
  }

  async #bring(): Promise<void> {
    const { meta, directory, commit } = this.#tenancy;
    const tenantId = meta.tenant()?.tenantId;
    if (tenantId === undefined) return;
    for (let entries = this.#store.first(AT_ONCE); entries.length > 0; entries = this.#store.first(AT_ONCE)) {
      await directory.enterAudit(tenantId, entries);
      const last = entries.at(-1)?.number ?? 0;
      await commit.run(() => this.#store.removeUpTo(last));
    }
  }
}
