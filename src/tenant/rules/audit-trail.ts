/**
 * What the operator and the tenant's people do here, for the audit log: entered in the transaction that does it, so that
 * neither can be without the other, and then brought to the Directory as often as it takes (docs/decisions/0015).
 */
import { type Actor, type AuditedChange, auditEntry } from "../../domain/audit.ts";
import { encodeHex } from "../../lib/bytes.ts";
import { within } from "../../lib/time-limit.ts";
import type { TenantContext } from "../context.ts";
import { AuditStore } from "../store/audit.ts";

/** Entries that are brought at once. */
const AT_ONCE = 100;
/** How long an actor waits for the Directory. */
const PATIENCE_MS = 3_000;
/** How soon the Directory is asked again that could not be reached. */
export const AGAIN_MS = 30_000;

/** Records audit events in the transaction of the change, and brings them to the Directory. */
export class AuditTrail {
  readonly #context: TenantContext;
  readonly #store: AuditStore;
  readonly #retryLater: () => void;
  #bringing: Promise<void> | null = null;

  /** @param retryLater called when the Directory was out of reach: `bringAll` is to be called again in {@link AGAIN_MS} */
  constructor(context: TenantContext, retryLater: () => void) {
    this.#context = context;
    this.#store = new AuditStore(context.sql);
    this.#retryLater = retryLater;
  }

  /** Whether there are entries that the Directory does not have yet. */
  get isBehind(): boolean {
    return this.#store.first(1).length > 0;
  }

  /** Inside the transaction of the deed. @param actor undefined: code of another version, which enters it by itself */
  enter(actor: Actor | undefined, change: AuditedChange): void {
    const { clock, random } = this.#context;
    if (actor === undefined) return;
    this.#store.add(auditEntry(actor, change, { id: encodeHex(random.bytes(16)), at: clock.now() }));
  }

  /** Brings what was entered to the Directory, before whoever did it is answered. Never throws: a job repeats it. */
  async deliver(): Promise<void> {
    const { log } = this.#context;
    try {
      const brought = this.bringAll().then(() => true);
      if (await within(brought, PATIENCE_MS, false)) return;
      throw new Error("no answer in time");
    } catch (error) {
      log("warn", "audit", { error: String(error) });
      this.#retryLater();
    }
  }

  /** One at a time, and each sees everything that was entered before it was called. */
  async bringAll(): Promise<void> {
    await this.#bringing?.catch(() => {});
    this.#bringing ??= this.#bring().finally(() => {
      this.#bringing = null;
    });
    await this.#bringing;
  }

  async #bring(): Promise<void> {
    const { meta, directory, commit } = this.#context;
    const tenantId = meta.tenant()?.tenantId;
    if (tenantId === undefined) return;
    for (let entries = this.#store.first(AT_ONCE); entries.length > 0; entries = this.#store.first(AT_ONCE)) {
      await directory.enterAudit(tenantId, entries);
      const last = entries.at(-1)?.number ?? 0;
      await commit.run(() => this.#store.removeUpTo(last));
    }
  }
}
