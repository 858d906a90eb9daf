/**
 * Audit events of the operator and the tenant's people. Each is recorded in the transaction of its change, so that
 * neither exists without the other, and then sent to the Directory until it arrives (docs/decisions/0015).
 */
import { type Actor, type AuditedChange, auditEntry } from "../../domain/audit.ts";
import { encodeHex } from "../../lib/bytes.ts";
import { within } from "../../lib/time-limit.ts";
import type { TenantContext } from "../context.ts";
import { AuditStore } from "../store/audit.ts";

/** Events sent in one call. */
const AT_ONCE = 100;
/** Longest time for which an actor waits for the Directory. */
const DELIVERY_WAIT_MS = 3_000;
/** Delay before a retry when the Directory was not reachable. */
export const AGAIN_MS = 30_000;

/** Records audit events in the transaction of the change, and sends them to the Directory. */
export class AuditTrail {
  readonly #context: TenantContext;
  readonly #store: AuditStore;
  readonly #retryLater: () => void;
  #bringing: Promise<void> | null = null;

  /**
   * @param retryLater called when the Directory was not reachable: `bringAll` must be called again in {@link AGAIN_MS}
   */
  constructor(context: TenantContext, retryLater: () => void) {
    this.#context = context;
    this.#store = new AuditStore(context.sql);
    this.#retryLater = retryLater;
  }

  /** True if there are events that the Directory does not have yet. */
  get isBehind(): boolean {
    return this.#store.oldest(1).length > 0;
  }

  /**
   * Records an event inside the transaction of its change. @param actor undefined: the Worker runs another version,
   * which records the event itself
   */
  enter(actor: Actor | undefined, change: AuditedChange): void {
    const { clock, random } = this.#context;
    if (actor === undefined) return;
    this.#store.add(auditEntry(actor, change, { id: encodeHex(random.bytes(16)), at: clock.now() }));
  }

  /** Sends recorded events to the Directory before the caller gets its response. Never throws: a job retries. */
  async deliver(): Promise<void> {
    const { log } = this.#context;
    try {
      const brought = this.bringAll().then(() => true);
      if (await within(brought, DELIVERY_WAIT_MS, false)) return;
      throw new Error("no response in time");
    } catch (error) {
      log("warn", "audit", { error: String(error) });
      this.#retryLater();
    }
  }

  /** Sends all events. Calls run one at a time, and each includes every event recorded before it. */
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
    for (let entries = this.#store.oldest(AT_ONCE); entries.length > 0; entries = this.#store.oldest(AT_ONCE)) {
      await directory.enterAudit(tenantId, entries);
      const last = entries.at(-1)?.number ?? 0;
      await commit.run(() => this.#store.removeUpTo(last));
    }
  }
}
