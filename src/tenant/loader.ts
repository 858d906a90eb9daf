/** The way into a tenant's object: its parts, wired on the first call of its life, and the question of access. */
import { DIRECTORY_NAME, readConfig, signingSecretsOf } from "../config.ts";
import { NearCourier } from "../courier/direct-courier.ts";
import { type Refusal, refusal } from "../errors.ts";
import { logEvent } from "../lib/log.ts";
import { schemaVersion } from "../lib/migrations.ts";
import { TimeLimits } from "../lib/time-limit.ts";
import type { Caller, Reply } from "./api.ts";
import { addRetentionJobs } from "./handlers/retention.ts";
import { addTenantDeletionJob } from "./handlers/tenant-deletion.ts";
import { PERMISSIONS, type PermissionName } from "./permissions.ts";
import { type DirectoryPort, REAL_CHANCE } from "./ports.ts";
import type { Access } from "./rules/access.ts";
import { Tenancy } from "./services.ts";

export class TenantDoor {
  readonly #ctx: DurableObjectState;
  readonly #env: () => Bindings;
  #tenancy: Tenancy | null = null;

  constructor(ctx: DurableObjectState, env: () => Bindings) {
    this.#ctx = ctx;
    this.#env = env;
  }

  /** What is on disk has changed behind the parts' back: the next call wires them anew. */
  close(): void {
    this.#tenancy = null;
  }

  /**
   * @param fresh whether writes that nobody has waited for yet are made first, so that a reader sees them
   * @returns the tenant's parts, or null for an object that is no tenant, or not one any more.
   */
  async open(fresh = true): Promise<Tenancy | null> {
    const tenancy = this.#tenancy ?? (await this.#wire());
    return tenancy && this.#enter(tenancy, fresh);
  }

  #enter(tenancy: Tenancy, fresh: boolean): Tenancy | null {
    if (tenancy.schedule.isOverdue(Date.now())) {
      logEvent("warn", "alarm-overdue");
      void tenancy.runner.wake();
    }
    if (fresh) tenancy.commit.flush();
    return tenancy.meta.tenant() ? tenancy : null;
  }

  /** @returns null for an object without a tenant's tables */
  async #wire(): Promise<Tenancy | null> {
    if (schemaVersion(this.#ctx.storage) === 0) return null;
    const read = await readConfig(this.#env());
    if (!read.ok) throw new Error(read.problem);
    const secrets = await signingSecretsOf(read.config);
    // A second call may have come this far meanwhile; two sets of parts would mean two schedules.
    if (this.#tenancy) return this.#tenancy;
    const { Courier } = this.#ctx.exports as unknown as LoopbackExports;
    const limits = new TimeLimits();
    const tenancy = new Tenancy({
      storage: this.#ctx.storage,
      config: read.config,
      secrets,
      courier: new NearCourier(Courier, read.config, limits),
      directory: this.#directory(),
      limits,
      chance: REAL_CHANCE,
      log: logEvent,
    });
    addRetentionJobs(tenancy);
    addTenantDeletionJob(tenancy);
    this.#tenancy = tenancy;
    // What came due while this object was away does not wait for the alarm.
    if (tenancy.schedule.due(Date.now()).length > 0) void tenancy.runner.wake();
    tenancy.deliveries.startDue();
    void tenancy.audit.deliver();
    return tenancy;
  }

  #directory(): DirectoryPort {
    const { DIRECTORY } = this.#env();
    // A stub for each call: one whose call has failed may be of no use any more.
    const stub = () => DIRECTORY.getByName(DIRECTORY_NAME);
    return {
      report: (report) => stub().report(report),
      priceOf: (shape, sharedVersion) => stub().priceOf(shape, sharedVersion),
      remove: (tenantId) => stub().remove(tenantId),
      enterAudit: (tenantId, entries) => stub().enterAudit(tenantId, entries),
    };
  }

  /**
   * Asks whether the credential counts, then does the work, and tells both in one answer.
   *
   * @param options.fresh see `open`
   * @param options.counted false for a call that continues a request that was counted already
   */
  async withAccess<T>(
    caller: Caller,
    permission: PermissionName,
    work: (t: Tenancy, access: Access) => Promise<T | Refusal>,
    { fresh = true, counted = true }: { readonly fresh?: boolean; readonly counted?: boolean } = {},
  ): Promise<Reply<T>> {
    const tenancy = this.#tenancy ? this.#enter(this.#tenancy, fresh) : await this.open(fresh);
    if (!tenancy) return { ok: false, rate: null, refusal: refusal(20008) };
    const access = tenancy.access.authorize(caller, PERMISSIONS[permission], tenancy.chance.now(), counted);
    if (!access.ok) return access;
    tenancy.lastUsed.seen(access.key.lastUsedAt);
    const done = await work(tenancy, access);
    if (isRefusal(done)) return { ok: false, rate: access.rate, refusal: done };
    return { ok: true, rate: access.rate, data: done };
  }

  /** @returns the parts of a tenant that is not deleted, or null */
  async openLive(): Promise<Tenancy | null> {
    const tenancy = await this.open();
    return tenancy?.meta.tenant()?.deletedAt === null ? tenancy : null;
  }
}

/** Type guard: a refusal among the answers of the tenant's parts. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "code" in value && "status" in value && "msg" in value;
}
