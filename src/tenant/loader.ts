/** The way into a tenant's object: its parts, wired on the first call of its life, and the question of access. */
import { DIRECTORY_NAME, readConfig, signingSecretsOf } from "../config.ts";
import { NearCourier } from "../courier/direct-courier.ts";
import { type ApiError, apiError } from "../errors.ts";
import { logEvent } from "../lib/log.ts";
import { schemaVersion } from "../lib/migrations.ts";
import type { Caller, Result } from "./api.ts";
import { addRetentionJobs } from "./handlers/retention.ts";
import { addTenantDeletionJob } from "./handlers/tenant-deletion.ts";
import { PERMISSIONS, type PermissionName } from "./permissions.ts";
import { type DirectoryPort, REAL_CLOCK, REAL_RANDOM } from "./ports.ts";
import type { Access } from "./rules/access.ts";
import { TenantServices } from "./services.ts";

/** Wires the parts of the object at its first call. */
export class TenantLoader {
  readonly #ctx: DurableObjectState;
  readonly #env: () => Bindings;
  #services: TenantServices | null = null;

  constructor(ctx: DurableObjectState, env: () => Bindings) {
    this.#ctx = ctx;
    this.#env = env;
  }

  /** What is on disk has changed behind the parts' back: the next call wires them anew. */
  close(): void {
    this.#services = null;
  }

  /**
   * @param fresh whether writes that nobody has waited for yet are made first, so that a reader sees them
   * @returns the tenant's parts, or null for an object that is no tenant, or not one any more.
   */
  async open(fresh = true): Promise<TenantServices | null> {
    const services = this.#services ?? (await this.#wire());
    return services && this.#enter(services, fresh);
  }

  /** For the alarm, which begins what is due and then arms the next one. */
  openForAlarm(): Promise<TenantServices | null> {
    return this.#services ? Promise.resolve(this.#services) : this.#wire();
  }

  #enter(services: TenantServices, fresh: boolean): TenantServices | null {
    if (services.queue.isLate()) void services.queue.arm();
    if (fresh) services.commit.flush();
    return services.meta.tenant() ? services : null;
  }

  /** @returns null for an object without a tenant's tables */
  async #wire(): Promise<TenantServices | null> {
    if (schemaVersion(this.#ctx.storage) === 0) return null;
    const read = await readConfig(this.#env());
    if (!read.ok) throw new Error(read.problem);
    const secrets = await signingSecretsOf(read.config);
    const alarmAt = await this.#ctx.storage.getAlarm();
    // A second call may have come this far meanwhile; two sets of parts would mean two queues.
    if (this.#services) return this.#services;
    const { Courier } = this.#ctx.exports as unknown as LoopbackExports;
    const services = new TenantServices({
      storage: this.#ctx.storage,
      config: read.config,
      secrets,
      courier: new NearCourier(Courier, read.config),
      directory: this.#directory(),
      clock: REAL_CLOCK,
      random: REAL_RANDOM,
      log: logEvent,
    });
    addRetentionJobs(services);
    addTenantDeletionJob(services);
    this.#services = services;
    services.alarm.restore(alarmAt);
    return services;
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
      operatorOrigin: () => stub().operatorOrigin(),
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
    work: (t: TenantServices, access: Access) => Promise<T | ApiError>,
    { fresh = true, counted = true }: { readonly fresh?: boolean; readonly counted?: boolean } = {},
  ): Promise<Result<T>> {
    const services = this.#services ? this.#enter(this.#services, fresh) : await this.open(fresh);
    if (!services) return { ok: false, rate: null, error: apiError(20008) };
    const access = services.access.authorize(caller, PERMISSIONS[permission], services.clock.now(), counted);
    if (!access.ok) return access;
    services.lastUsed.seen(access.key.lastUsedAt);
    const done = await work(services, access);
    if (isApiError(done)) return { ok: false, rate: access.rate, error: done };
    return { ok: true, rate: access.rate, data: done };
  }

  /** @returns the parts of a tenant that is not deleted, or null */
  async openLive(): Promise<TenantServices | null> {
    const services = await this.open();
    return services?.meta.tenant()?.deletedAt === null ? services : null;
  }
}

/** Type guard: a refusal among the answers of the tenant's parts. */
export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "status" in value && "msg" in value;
}
