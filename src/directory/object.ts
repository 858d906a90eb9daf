/**
 * The one Directory: the list of tenants, the audit log, and the tenants' reports, one a minute each. No tenant's
 * request calls it, except a submission of a shape for which its tenant has no price from the last ten minutes.
 */
import { readConfig } from "../config.ts";
import type { Actor, AuditEntry, AuditedChange } from "../domain/audit.ts";
import type { MarginPage, MarginQuery } from "../domain/earnings.ts";
import type { FilePurge } from "../domain/file-cache.ts";
import { tenantPrefixes } from "../domain/file-link.ts";
import { KEY_REST_MS } from "../domain/key-trouble.ts";
import { STORAGE_HIGH } from "../domain/operator-event.ts";
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
import type { ApiError } from "../errors.ts";
import type { CounterSums } from "../lib/counters.ts";
import { isSame } from "../lib/is-same.ts";
import { logEvent } from "../lib/log.ts";
import { within } from "../lib/time-limit.ts";
import { type CachePurgeParts, CachePurger } from "./cache-purges.ts";
import { CounterStore } from "./counter-store.ts";
import { EarningsStore } from "./earnings.ts";
import { Incidents } from "./incidents.ts";
import { IntentStore, type RecordedIntent, type TenantIntent } from "./intents.ts";
import { OperatorDirectory } from "./operator-directory.ts";
import { OperatorWebhook, type OperatorWebhookSettings, type OperatorWebhookView } from "./operator-webhook.ts";
import { PriceMemory, type PriceRollout, type UpstreamPricePage, type UpstreamPriceQuery } from "./price-memory.ts";
import { ReportStore } from "./reports.ts";
import { type SearchedFor, TenantSearch } from "./search.ts";
import { Settings } from "./settings.ts";
import { type Creation, type Holder, type Reservation, TenantList } from "./tenant-list.ts";
import { checkDueAt, Watch } from "./watch.ts";

/** Tenants to which a new price list or a decision of the operator is sent at once. */
const PUSH_AT_ONCE = 50;
/** Longest wait for one tenant's object. */
const OBJECT_PATIENCE_MS = 10_000;
/** Attempts to delete an unreachable tenant that also delete its files, in case uploads or copies were under way. */
const FILE_REMOVALS = 3;
const WATCHDOG_MS = 60_000;
const NEVER = Number.POSITIVE_INFINITY;
/** Row of `settings`. */
const OPERATOR_ORIGIN = "operator-origin";

/** The one object for all tenants: list, reports, prices for all, audit log. */
export class Directory extends OperatorDirectory {
  readonly #sql: SqlStorage;
  readonly #reports: ReportStore;
  readonly #earnings: EarningsStore;
  readonly #prices: PriceMemory;
  readonly #tenants: TenantList;
  readonly #intents: IntentStore;
  readonly #search: TenantSearch;
  readonly #settings: Settings;
  readonly #webhook: OperatorWebhook;
  readonly #incidents: Incidents;
  readonly #counters: CounterStore;
  readonly #watch: Watch;
  readonly #purger: CachePurger;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#reports = new ReportStore(this.#sql);
    this.#earnings = new EarningsStore(this.#sql);
    this.#settings = new Settings(this.#sql);
    this.#prices = new PriceMemory(this.#sql, this.#settings);
    this.#tenants = new TenantList(this.#sql);
    this.#intents = new IntentStore(this.#sql);
    this.#counters = new CounterStore(this.#sql);
    this.#search = new TenantSearch(this.#sql);
    const { storage } = ctx;
    const { Courier, Files } = ctx.exports as unknown as LoopbackExports;
    this.#webhook = new OperatorWebhook({
      storage,
      settings: this.#settings,
      courier: Courier,
      config: () => this.#config(),
      origin: () => this.#settings.get(OPERATOR_ORIGIN),
    });
    this.#incidents = new Incidents(this.#sql, (type, data, at) => this.#webhook.announce(type, data, at));
    this.#watch = new Watch(storage, this.#incidents, {
      ask: (tenantId) => this.#askTenant(tenantId),
      record: (report) => this.#record(report),
    });
    const purge: CachePurgeParts["purge"] = (call) => (env.EDGE ?? Files).purge(call);
    this.#purger = new CachePurger({ storage, settings: this.#settings, purge, now: Date.now });
  }

  async #config() {
    const read = await readConfig(this.env);
    if (!read.ok) throw new Error(read.problem);
    return read.config;
  }

  // ---- tenants ---------------------------------------------------------------------------------------------------

  /** Adds or renames a tenant, unless its deletion is pending. Safe to repeat. */
  async put(tenantId: string, name: string, createdAt: number): Promise<void> {
    if (this.#intents.get(tenantId) === "delete") return;
    this.ctx.storage.transactionSync(() => {
      if (this.#tenants.put(tenantId, name, createdAt)) this.#reports.add(tenantId);
    });
  }

  /** Lists a tenant before its object is created; see `TenantList.reserve`. */
  async reserve(creation: Creation): Promise<Reservation> {
    return this.ctx.storage.transactionSync(() => {
      const reservation = this.#tenants.reserve(creation);
      if (reservation.kind === "reserved" && !reservation.replayed) {
        const { tenantId, status = "active", billing = "unmetered" } = creation;
        this.#reports.add(tenantId, { status, billing });
      }
      return reservation;
    });
  }

  /** Gives a tenant another external id, or none; see `TenantList.setExternalId`. */
  async setExternalId(tenantId: string, externalId: string | null): Promise<Holder | boolean> {
    return this.ctx.storage.transactionSync(() => this.#tenants.setExternalId(tenantId, externalId));
  }

  /**
   * Records what a call of the operator has changed, so that the list has it before the tenant's next report.
   *
   * @returns the Directory's record of the tenant; null if it is not listed
   */
  async change(tenantId: string, { name, ...changes }: ListingChanges): Promise<ListedTenant | null> {
    return this.ctx.storage.transactionSync(() => {
      const known = this.#tenants.find(tenantId);
      if (known === null) return null;
      if (name !== undefined) this.#tenants.put(tenantId, name, known.createdAt);
      this.#reports.change(tenantId, changes, Date.now());
      return this.#tenants.find(tenantId);
    });
  }

  async remove(tenantId: string): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#remove(tenantId));
  }

  #remove(tenantId: string): boolean {
    this.#earnings.remove(tenantId);
    this.#reports.remove(tenantId);
    this.#incidents.remove("storage.high", tenantId, Date.now());
    return this.#tenants.remove(tenantId);
  }

  /** @returns the Directory's record of a tenant; null if it is not listed */
  async find(tenantId: string): Promise<ListedTenant | null> {
    return this.#tenants.find(tenantId);
  }

  /** Returns one page of the list; see `TenantList.page`. */
  async page(query: TenantListQuery): Promise<TenantPage> {
    return this.#tenants.page(query, Date.now());
  }

  /** Returns how many tenants each filter of the list finds. */
  async tenantCounts(inactiveDays: number): Promise<TenantCounts> {
    return this.#tenants.counts(inactiveDays, Date.now());
  }

  /** Returns what completed tasks earned and cost; see `EarningsStore.page`. */
  async margins(query: MarginQuery): Promise<MarginPage> {
    return this.#earnings.page(query);
  }

  /** Returns one page of the upstream's known prices; see `PriceMemory.page`. */
  async upstreamPrices(query: UpstreamPriceQuery): Promise<UpstreamPricePage> {
    return this.#prices.page(query);
  }

  /** Returns how far the present price list for all has come; null before the first one. */
  async priceRollout(): Promise<PriceRollout | null> {
    return this.#prices.rollout();
  }

  /** Returns the newest tenants of the list that match, however many must be read for them. */
  async list(before: number | null, limit: number, q: string | null): Promise<ListedTenant[]> {
    const found: ListedTenant[] = [];
    let after: TenantListQuery["after"] = before === null ? null : { value: before, tenantId: "", since: 0 };
    do {
      const query = { sort: "created", descending: true, q, status: null, billing: null } as const;
      const { tenants, next } = this.#tenants.page({ ...query, limit: limit - found.length, after }, Date.now());
      found.push(...tenants);
      after = next && { ...next, since: 0 };
    } while (after !== null && found.length < limit);
    return found;
  }

  /** Returns the tenants whose objects a search has to ask; see `TenantSearch`. */
  async searched(what: SearchedFor, limit: number): Promise<string[]> {
    return this.#search.candidates(what, limit, Date.now());
  }

  /**
   * Records a decision of the operator about a tenant whose object is not reachable; the alarm carries it out.
   *
   * @returns false if there is no such tenant
   */
  async intend(tenantId: string, intent: TenantIntent, actor: Actor): Promise<boolean> {
    const now = Date.now();
    const recorded = this.ctx.storage.transactionSync(() => {
      const before = this.#tenants.find(tenantId);
      if (before === null) return false;
      if (this.#intents.get(tenantId) === intent) return true;
      if (intent === "delete") this.#remove(tenantId);
      if (intent === "delete") this.#purger.add({ tenantId });
      this.#intents.put(tenantId, intent, now);
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
   * tenant's object was not reachable is brought to it at once: the object answers again, and may be spending.
   */
  async report(report: TenantReport): Promise<ReportResult> {
    const now = Date.now();
    if (this.#intents.hurry(report.tenantId, now)) await this.#armBy(now);
    await this.put(report.tenantId, report.name, report.createdAt);
    this.#record(report);
    await this.#armBy(Math.min(this.#webhook.nextDueAt() ?? NEVER, checkDueAt(report.gauges) ?? NEVER));
    return this.#listIfNewer(report.sharedVersion);
  }

  #record(report: TenantReport): void {
    const now = Date.now();
    const { tenantId, name, gauges, days, earned = [], prices, notices = [] } = report;
    this.ctx.storage.transactionSync(() => {
      const taken = this.#reports.lastNotice(tenantId);
      for (const { number, type, at, data } of notices) {
        if (number > taken) this.#webhook.announce(type, { tenantId, name, ...data }, at);
      }
      const notice = Math.max(taken, notices.at(-1)?.number ?? 0);
      const latest = this.#earnings.record(tenantId, earned, now);
      this.#reports.record(tenantId, gauges, days, { notice, earned: latest }, now);
      this.#reports.recordTrouble(report);
      for (const { shape, credits, at = now } of prices) this.#prices.learn(shape, { credits, at });
      this.#noticeIncidents(report, now);
      if (report.counters !== undefined) this.#counters.add(report.counters, now);
    });
  }

  /** Opens and closes the incidents for which a report is evidence, inside a transaction. */
  #noticeIncidents({ tenantId, name, gauges, masterKeys, masterKeysWorked = [] }: TenantReport, now: number): void {
    for (const { id, code, until } of masterKeys) {
      this.#incidents.open("master_key.refused", id, { masterKeyId: id, code }, until - KEY_REST_MS, now);
    }
    for (const { id, at } of masterKeysWorked) this.#incidents.close("master_key.refused", id, at);
    const { storageBytes = 0, storageLimitBytes = 0 } = gauges;
    const storage = { storageBytes, storageLimitBytes };
    if (storageBytes > storageLimitBytes * STORAGE_HIGH) {
      this.#incidents.open("storage.high", tenantId, { tenantId, name, ...storage }, now, now);
    } else this.#incidents.close("storage.high", tenantId, now, storage);
  }

  /** @returns the report of a tenant's object, null if there is no such tenant, undefined if it does not answer in time */
  async #askTenant(tenantId: string): Promise<TenantReport | null | undefined> {
    const answer = this.env.TENANTS.getByName(tenantId).currentReport();
    return within<TenantReport | null | undefined, undefined>(
      answer.catch(() => undefined),
      OBJECT_PATIENCE_MS,
      undefined,
    );
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
    const price = this.#prices.priceOf(shape) ?? { credits: null };
    return { ...price, dearest: this.#prices.dearestOf(shape), ...this.#listIfNewer(sharedVersion) };
  }

  async overview(days: number): Promise<Overview> {
    const now = Date.now();
    return { ...this.#reports.overview(days, now), ...this.#counters.figures(days, now) };
  }

  /** Adds what an isolate of the Worker has counted. */
  async addCounters(sums: CounterSums): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#counters.add(sums, Date.now()));
  }

  /** Returns what only `/metrics` shows. */
  async workFigures(): Promise<WorkFigures> {
    return { ...this.#reports.work(), incidents: this.#incidents.counts(), counters: this.#counters.total() };
  }

  async sharedPrices(): Promise<SharedPrices> {
    return this.#prices.shared();
  }

  /** Replaces the price list for all tenants; the alarm sends it to every tenant. */
  async putSharedPrices(rules: readonly PriceRule[], actor: Actor): Promise<SharedPrices> {
    const known = this.#prices.shared();
    if (isSame(rules, known.rules)) return known;
    const shared = this.ctx.storage.transactionSync(() => {
      const before = known.rules;
      const after = this.#prices.putShared(rules, this.#tenants.count(), Date.now());
      this.enterChange(null, actor, { action: "prices.update", before, after: after.rules });
      return after;
    });
    // Not the current millisecond, in which the last push may be running (docs/reliability.md).
    await this.ctx.storage.setAlarm(Date.now() + 1);
    return shared;
  }

  #listIfNewer(sharedVersion: number): ReportResult {
    const shared = this.#prices.shared();
    return { shared: shared.version === sharedVersion ? null : shared };
  }

  /** Sends a new price list to all tenants, and recorded decisions to the tenants that were not reachable. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG_MS);
    await Promise.all([
      this.#pushPrices(),
      this.#carryOutIntents(),
      this.#checkWork(),
      this.#webhook.deliverDue(),
      this.#purger.run(),
    ]);
    // A decision made meanwhile has set an alarm, which the watchdog's or the deletion's must not replace.
    const dueAt = Math.min(
      this.#prices.push() === null ? NEVER : 0,
      ...[this.#intents, this.#webhook, this.#purger].map((part) => part.nextDueAt() ?? NEVER),
      this.#watch.nextCheckAt() ?? NEVER,
    );
    if (dueAt === NEVER) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(dueAt, Date.now() + 1));
  }

  /** Checks work and copies, and closes incidents of master keys that are configured no more. Never throws. */
  async #checkWork(): Promise<void> {
    try {
      await this.#watch.check();
      const configured = new Set((await this.#config()).masterKeys.map(({ id }) => id));
      const gone = this.#incidents.subjects("master_key.refused").filter((id) => !configured.has(id));
      this.ctx.storage.transactionSync(() => {
        for (const id of gone) this.#incidents.remove("master_key.refused", id, Date.now());
      });
    } catch (error) {
      logEvent("error", "watch", { error: String(error) });
    }
  }

  /** Sends a new price list to tenants. A tenant that is not reachable gets it with its next report. */
  async #pushPrices(): Promise<void> {
    for (let push = this.#prices.push(); push !== null; push = this.#prices.push()) {
      const page = this.#sql
        .exec<{ seq: number; tenant_id: string }>(
          "SELECT seq, tenant_id FROM tenants WHERE seq > ? ORDER BY seq LIMIT ?",
          push.after,
          PUSH_AT_ONCE,
        )
        .toArray();
      const shared = this.#prices.shared();
      const sent = await Promise.all(
        page.map(({ tenant_id }) => this.#succeeds(this.env.TENANTS.getByName(tenant_id).adoptPrices(shared))),
      );
      const failed = sent.filter((succeeded) => !succeeded).length;
      if (failed > 0) logEvent("warn", "prices-push", { failed });
      // A list stored meanwhile has started a push of its own.
      if (this.#prices.push()?.version !== push.version) continue;
      const last = page.at(-1);
      this.#prices.sent(push, last?.seq ?? null, { updated: page.length - failed, unreachable: failed }, Date.now());
    }
  }

  async #carryOutIntents(): Promise<void> {
    const due = this.#intents.due(Date.now(), PUSH_AT_ONCE);
    await Promise.all(due.map((intent) => this.#carryOut(intent)));
  }

  async #carryOut(recorded: RecordedIntent): Promise<void> {
    const { tenantId, intent, at, attempts } = recorded;
    const tenant = this.env.TENANTS.getByName(tenantId);
    const isDeletion = intent === "delete";
    if (isDeletion && attempts < FILE_REMOVALS) await this.#succeeds(this.#removeFiles(tenantId));
    const call = isDeletion ? tenant.delete() : tenant.patch({ status: intent }, undefined, at);
    const answered = await this.#succeeds(call);
    if (answered) this.#intents.done(recorded);
    else this.#intents.failed(recorded, Date.now());
    logEvent(answered ? "info" : "warn", "tenant-intent", { tenantId, intent, answered });
  }

  async #removeFiles(tenantId: string): Promise<void> {
    const { Courier } = this.ctx.exports as unknown as LoopbackExports;
    for (const prefix of tenantPrefixes(tenantId)) await Courier.removeFiles(prefix);
  }

  /** @returns whether a call succeeded in time */
  async #succeeds(call: Promise<unknown>): Promise<boolean> {
    const ended = call.then(
      () => true,
      () => false,
    );
    return within(ended, OBJECT_PATIENCE_MS, false);
  }

  // ---- edge cache ------------------------------------------------------------------------------------------------

  /** Records what the edge cache must forget; the alarm purges. Safe to repeat. */
  async purgeFiles(purge: FilePurge): Promise<void> {
    this.#purger.add(purge);
    await this.#armBy(this.#purger.nextDueAt() ?? NEVER);
  }

  // ---- origin ----------------------------------------------------------------------------------------------------

  /** Records the origin of an authenticated call of the operator (contract section 9, "Settings"). */
  async recordOperatorOrigin(origin: string): Promise<void> {
    if (this.#settings.get(OPERATOR_ORIGIN) !== origin) this.#settings.put(OPERATOR_ORIGIN, origin);
  }

  /** @returns the origin of the last authenticated call of the operator, or null before the first */
  async operatorOrigin(): Promise<string | null> {
    return this.#settings.get(OPERATOR_ORIGIN);
  }

  // ---- webhook ---------------------------------------------------------------------------------------------------

  async operatorWebhook(): Promise<OperatorWebhookView | ApiError> {
    return this.#webhook.get();
  }

  /** Sets the operator's endpoint. @param wanted validated. @returns its secret if it was created now */
  async putOperatorWebhook(wanted: OperatorWebhookSettings, actor: Actor) {
    // Paths of such URLs are secrets, so the audit log has the host only.
    const { url, ...rest } = wanted;
    const after = { host: new URL(url).host, ...rest };
    return this.#changeWebhook(actor, { action: "operator_webhook.update", after }, () => this.#webhook.put(wanted));
  }

  /** Removes the operator's endpoint and what waits for it. */
  async deleteOperatorWebhook(actor: Actor) {
    return this.#changeWebhook(actor, { action: "operator_webhook.delete" }, () => this.#webhook.remove());
  }

  /** Creates a new secret; both sign for 24 h. */
  async rotateOperatorWebhook(actor: Actor) {
    return this.#changeWebhook(actor, { action: "operator_webhook.rotate" }, () => this.#webhook.rotate());
  }

  /** Sends one `webhook.test` and waits for its response. */
  async testOperatorWebhook() {
    return this.#webhook.test();
  }

  #changeWebhook<T extends object>(actor: Actor, change: AuditedChange, work: () => T): T {
    return this.ctx.storage.transactionSync(() => {
      const before = this.#webhook.get();
      const done = work();
      if (!("status" in done) && !isSame(done, before)) this.enterChange(null, actor, change);
      return done;
    });
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
