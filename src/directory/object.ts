/**
 * The one Directory: the list of tenants, the audit log, and the tenants' reports, one a minute each. A tenant's request
 * waits for it only to submit a shape for which there is no price from the last ten minutes, or to send an audit event.
 * Isolates send what they have counted behind a response (`middleware/count-requests.ts`).
 */
import type { Actor, AuditEntry } from "../domain/audit.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import type { MarginPage, MarginQuery } from "../domain/earnings.ts";
import type { FilePurge } from "../domain/file-cache.ts";
import type { PriceRule } from "../domain/price-list.ts";
import type {
  ListedTenant,
  ListingChanges,
  Overview,
  PriceResult,
  ReportResult,
  SharedPrices,
  TenantCounts,
  TenantListQuery,
  TenantPage,
  TenantReport,
  WorkFigures,
} from "../domain/tenant-report.ts";
import type { CounterSums } from "../lib/counters.ts";
import { isSame } from "../lib/is-same.ts";
import { nextWorkAt, runDueWork } from "./due-work.ts";
import type { TenantIntent } from "./intents.ts";
import { OperatorDirectory } from "./operator-directory.ts";
import type { PriceRollout, UpstreamPricePage, UpstreamPriceQuery } from "./price-memory.ts";
import { recordReport } from "./record-report.ts";
import type { SearchedFor } from "./search.ts";
import type { Creation, Holder, Reservation } from "./tenant-list.ts";
import { checkDueAt } from "./watch.ts";

const WATCHDOG_MS = MINUTE_MS;
const NEVER = Number.POSITIVE_INFINITY;

/** The one object for all tenants: list, reports, prices for all, audit log. */
export class Directory extends OperatorDirectory {
  // ---- tenants ---------------------------------------------------------------------------------------------------

  /** Adds or renames a tenant, unless its deletion is pending. Safe to repeat. */
  async put(tenantId: string, name: string, createdAt: number): Promise<void> {
    this.#put(tenantId, name, createdAt);
  }

  #put(tenantId: string, name: string, createdAt: number): void {
    if (this.parts.intents.get(tenantId) === "delete") return;
    this.ctx.storage.transactionSync(() => {
      if (this.parts.tenants.put(tenantId, name, createdAt)) this.parts.reports.addTenant(tenantId);
    });
  }

  /** Lists a tenant before its object is created; see `TenantList.reserve`. */
  async reserve(creation: Creation): Promise<Reservation> {
    return this.ctx.storage.transactionSync(() => {
      const reservation = this.parts.tenants.reserve(creation);
      if (reservation.kind === "reserved" && !reservation.replayed) {
        const { tenantId, status = "active", billing = "unmetered" } = creation;
        this.parts.reports.addTenant(tenantId, { status, billing });
      }
      return reservation;
    });
  }

  /** Gives a tenant another external id, or none; see `TenantList.setExternalId`. */
  async setExternalId(tenantId: string, externalId: string | null): Promise<Holder | boolean> {
    return this.ctx.storage.transactionSync(() => this.parts.tenants.setExternalId(tenantId, externalId));
  }

  /** Replaces the hashes of the e-mail addresses of a tenant's people. */
  async setPortalEmails(tenantId: string, hashes: readonly string[]): Promise<void> {
    this.ctx.storage.transactionSync(() => this.parts.portalEmails.put(tenantId, hashes));
  }

  /** Returns the tenants that may know an address; see `PortalEmails`. */
  async tenantsOfEmail(hash: string): Promise<string[]> {
    return this.parts.portalEmails.tenantsOf(hash);
  }

  /**
   * Records what a call of the operator has changed, so that the list has it before the tenant's next report.
   *
   * @returns the Directory's record of the tenant; null if it is not listed
   */
  async change(tenantId: string, { name, ...changes }: ListingChanges): Promise<ListedTenant | null> {
    return this.ctx.storage.transactionSync(() => {
      const known = this.parts.tenants.find(tenantId);
      if (known === null) return null;
      if (name !== undefined) this.parts.tenants.put(tenantId, name, known.createdAt);
      this.parts.reports.changeListing(tenantId, changes, Date.now());
      return this.parts.tenants.find(tenantId);
    });
  }

  async remove(tenantId: string): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#remove(tenantId));
  }

  #remove(tenantId: string): boolean {
    this.parts.earnings.remove(tenantId);
    this.parts.reports.remove(tenantId);
    this.parts.portalEmails.remove(tenantId);
    this.parts.incidents.remove("storage.high", tenantId, Date.now());
    return this.parts.tenants.remove(tenantId);
  }

  /** @returns the Directory's record of a tenant; null if it is not listed */
  async find(tenantId: string): Promise<ListedTenant | null> {
    return this.parts.tenants.find(tenantId);
  }

  /** Returns one page of the list; see `TenantList.page`. */
  async page(query: TenantListQuery): Promise<TenantPage> {
    return this.parts.tenants.page(query, Date.now());
  }

  /** Returns how many tenants each filter of the list finds. */
  async tenantCounts(inactiveDays: number): Promise<TenantCounts> {
    return this.parts.tenants.counts(inactiveDays, Date.now());
  }

  /** Returns what completed tasks earned and cost; see `EarningsStore.page`. */
  async margins(query: MarginQuery): Promise<MarginPage> {
    return this.parts.earnings.page(query);
  }

  /** Returns one page of the upstream's known prices; see `PriceMemory.page`. */
  async upstreamPrices(query: UpstreamPriceQuery): Promise<UpstreamPricePage> {
    return this.parts.prices.page(query);
  }

  /** Returns how far the present price list for all has come; null before the first one. */
  async priceRollout(): Promise<PriceRollout | null> {
    return this.parts.prices.rollout();
  }

  /** Returns the newest tenants of the list that match, however many must be read for them. */
  async list(before: number | null, limit: number, q: string | null): Promise<ListedTenant[]> {
    const found: ListedTenant[] = [];
    let after: TenantListQuery["after"] = before === null ? null : { value: before, tenantId: "", since: 0 };
    do {
      const query = { sort: "created", descending: true, q, status: null, billing: null } as const;
      const { tenants, next } = this.parts.tenants.page({ ...query, limit: limit - found.length, after }, Date.now());
      found.push(...tenants);
      after = next && { ...next, since: 0 };
    } while (after !== null && found.length < limit);
    return found;
  }

  /** Returns the tenants whose objects a search has to ask; see `TenantSearch`. */
  async searched(what: SearchedFor, limit: number): Promise<string[]> {
    return this.parts.search.candidates(what, limit, Date.now());
  }

  /**
   * Records a decision of the operator about a tenant whose object is not reachable; the alarm carries it out.
   *
   * @returns false if there is no such tenant
   */
  async intend(tenantId: string, intent: TenantIntent, actor: Actor): Promise<boolean> {
    const now = Date.now();
    const recorded = this.ctx.storage.transactionSync(() => {
      const before = this.parts.tenants.find(tenantId);
      if (before === null) return false;
      if (this.parts.intents.get(tenantId) === intent) return true;
      if (intent === "delete") this.#remove(tenantId);
      if (intent === "delete") this.parts.purger.add({ tenantId });
      this.parts.intents.put(tenantId, intent, now);
      const change =
        intent === "delete"
          ? { action: "tenant.delete", before }
          : { action: "tenant.update", before: { status: before.status }, after: { status: intent } };
      this.enterChange(tenantId, actor, change);
      return true;
    });
    if (recorded) await this.ctx.storage.setAlarm(now + 1);
    return recorded;
  }

  // ---- reports and prices ----------------------------------------------------------------------------------------

  /**
   * Stores one tenant's report; also adds a tenant that is missing from the list. Safe to repeat. A decision recorded while the
   * tenant's object was not reachable is brought to it at once: the object responds again, and may be spending.
   */
  async report(report: TenantReport): Promise<ReportResult> {
    const now = Date.now();
    if (this.parts.intents.hurry(report.tenantId, now)) await this.#armBy(now);
    this.#put(report.tenantId, report.name, report.createdAt);
    recordReport(this.parts, report);
    await this.#armBy(Math.min(this.parts.webhook.nextDueAt() ?? NEVER, checkDueAt(report.gauges) ?? NEVER));
    return this.#listIfNewer(report.sharedVersion);
  }

  /** Sets the alarm to `at` (ms since epoch) unless it is set to an earlier time. */
  async #armBy(at: number): Promise<void> {
    if (at === NEVER) return;
    const armed = await this.ctx.storage.getAlarm();
    // While the alarm runs none is set but its watchdog; its end looks for everything that is due.
    if (armed === null || armed > at) await this.ctx.storage.setAlarm(Math.max(at, Date.now() + 1));
  }

  /**
   * Returns the upstream's latest price of this shape to any tenant, in its credits, and the highest of the shape's
   * model.
   */
  async priceOf(shape: string, sharedVersion: number): Promise<PriceResult> {
    const price = this.parts.prices.priceOf(shape) ?? { credits: null };
    return { ...price, dearest: this.parts.prices.dearestOf(shape), ...this.#listIfNewer(sharedVersion) };
  }

  async overview(days: number): Promise<Overview> {
    const now = Date.now();
    return { ...this.parts.reports.overview(days, now), ...this.parts.counters.figures(days, now) };
  }

  /** Adds what an isolate of the Worker has counted. */
  async addCounters(sums: CounterSums): Promise<void> {
    this.ctx.storage.transactionSync(() => this.parts.counters.add(sums, Date.now()));
  }

  /** Returns what only `/metrics` shows. */
  async workFigures(): Promise<WorkFigures> {
    return {
      ...this.parts.reports.workFigures(),
      incidents: this.parts.incidents.counts(),
      counters: this.parts.counters.total(),
    };
  }

  async sharedPrices(): Promise<SharedPrices> {
    return this.parts.prices.shared();
  }

  /** Replaces the price list for all tenants; the alarm sends it to every tenant. */
  async putSharedPrices(rules: readonly PriceRule[], actor: Actor): Promise<SharedPrices> {
    const known = this.parts.prices.shared();
    if (isSame(rules, known.rules)) return known;
    const shared = this.ctx.storage.transactionSync(() => {
      const before = known.rules;
      const after = this.parts.prices.putShared(rules, this.parts.tenants.count(), Date.now());
      this.enterChange(null, actor, { action: "prices.update", before, after: after.rules });
      return after;
    });
    // Not the current millisecond, in which the last push may be running (docs/reliability.md).
    await this.ctx.storage.setAlarm(Date.now() + 1);
    return shared;
  }

  #listIfNewer(sharedVersion: number): ReportResult {
    const shared = this.parts.prices.shared();
    return { shared: shared.version === sharedVersion ? null : shared };
  }

  /** Sends a new price list to all tenants, and recorded decisions to the tenants that were not reachable. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG_MS);
    await runDueWork(this.parts);
    // A decision made meanwhile has set an alarm, which the watchdog's or the deletion's must not replace.
    const dueAt = nextWorkAt(this.parts);
    if (dueAt === NEVER) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(dueAt, Date.now() + 1));
  }

  // ---- edge cache ------------------------------------------------------------------------------------------------

  /** Records what the edge cache must drop; the alarm purges. Safe to repeat. */
  async purgeFiles(purge: FilePurge): Promise<void> {
    this.parts.purger.add(purge);
    await this.#armBy(this.parts.purger.nextDueAt() ?? NEVER);
  }

  // ---- audit -----------------------------------------------------------------------------------------------------

  /** Stores audit events of a tenant's object. Safe to repeat. */
  async enterAudit(tenantId: string, entries: readonly AuditEntry[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const entry of entries) this.audit.enter(tenantId, entry);
      this.audit.removeOld(tenantId, Date.now());
    });
  }
}
