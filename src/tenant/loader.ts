/** Loads a tenant's object: wires its parts at the first call, and checks access. */
import { DIRECTORY_NAME, readConfig, signingSecretsOf } from "../config.ts";
import { directCourier } from "../courier/direct-courier.ts";
import { type ApiError, apiError, isApiError } from "../errors.ts";
import { logEvent } from "../lib/log.ts";
import { schemaVersion } from "../lib/migrations.ts";
import type { Caller, Result } from "./api.ts";
import { authorizePortalCaller } from "./handlers/portal-caller.ts";
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

  /** Drops the parts, because the data on disk was replaced: the next call wires them again. */
  close(): void {
    this.#services = null;
  }

  /**
   * @param fresh true if deferred writes are flushed first, so that a reader sees them
   * @returns the tenant's parts, or null for an object that is no tenant, or no longer one
   */
  async open(fresh = true): Promise<TenantServices | null> {
    const services = this.#services ?? (await this.#wire());
    return services && this.#enter(services, fresh);
  }

  /** Opens the parts for the alarm, which starts due work and then arms the next alarm. */
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
    // A concurrent call may have wired the parts meanwhile; two sets of parts would mean two queues.
    if (this.#services) return this.#services;
    const { Courier } = this.#ctx.exports as unknown as LoopbackExports;
    const services = new TenantServices({
      storage: this.#ctx.storage,
      config: read.config,
      secrets,
      courier: directCourier(Courier, read.config),
      directory: this.#directory(),
      clock: REAL_CLOCK,
      random: REAL_RANDOM,
      log: logEvent,
    });
    addRetentionJobs(services);
    addTenantDeletionJob(services);
    this.#services = services;
    services.alarm.restore(alarmAt);
    // Where the alarm is as it should be, older due times only mean that later ones were kept in memory.
    const now = REAL_CLOCK.now();
    services.queue.restored(services.alarm.isOverdue(now) ? (alarmAt ?? 0) : alarmAt === null ? 0 : now);
    return services;
  }

  #directory(): DirectoryPort {
    const { DIRECTORY } = this.#env();
    // A new stub for each call, because a stub may be unusable after a failed call.
    const stub = () => DIRECTORY.getByName(DIRECTORY_NAME);
    return {
      report: (report) => stub().report(report),
      priceOf: (shape, sharedVersion) => stub().priceOf(shape, sharedVersion),
      remove: (tenantId) => stub().remove(tenantId),
      enterAudit: (tenantId, entries) => stub().enterAudit(tenantId, entries),
      operatorOrigin: () => stub().operatorOrigin(),
      purgeFiles: (purge) => stub().purgeFiles(purge),
    };
  }

  /**
   * Checks the credential, then does the work, and returns both results.
   *
   * @param options.fresh see `open`
   * @param options.counted false for a call that continues a counted request
   */
  async withAccess<T>(
    caller: Caller,
    permission: PermissionName,
    work: (services: TenantServices, access: Access) => T | ApiError | Promise<T | ApiError>,
    { fresh = true, counted = true }: { readonly fresh?: boolean; readonly counted?: boolean } = {},
  ): Promise<Result<T>> {
    const services = this.#services ? this.#enter(this.#services, fresh) : await this.open(fresh);
    if (!services) return { ok: false, rate: null, error: apiError(20008) };
    const access =
      caller.kind === "portal"
        ? authorizePortalCaller(services, caller, PERMISSIONS[permission], counted)
        : services.access.authorize(caller, PERMISSIONS[permission], services.clock.now(), counted);
    if (!access.ok) return access;
    if (caller.kind !== "portal") services.lastUsed.seen(access.key.lastUsedAt);
    const done = await work(services, access);
    if (isApiError(done)) return { ok: false, rate: access.rate, error: done };
    return { ok: true, rate: access.rate, data: done };
  }

  /** @returns the parts of a tenant that is not deleted, or null */
  async openLive(): Promise<TenantServices | null> {
    const services = await this.open();
    return services?.meta.tenant()?.deletedAt === null ? services : null;
  }

  /** Does work for a tenant that is not deleted. @returns null if there is no such tenant */
  async live<T>(work: (services: TenantServices) => T | Promise<T>): Promise<T | null> {
    const services = await this.openLive();
    return services && work(services);
  }

  /** The same for a change that records an audit event: sends the event before it returns. */
  audited<T>(change: (services: TenantServices) => Promise<T>): Promise<T | null> {
    return this.live(async (services) => {
      const done = await change(services);
      await services.audit.deliver();
      return done;
    });
  }
}
