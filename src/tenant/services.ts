/** One tenant's parts, wired once per object instance: tables, money, access, work. */
import type { Config } from "../config.ts";
import type { CourierPort } from "../courier/port.ts";
import type { SigningSecret } from "../domain/signing-secrets.ts";
import { PHASE, STATUS, type TaskRow } from "../domain/task.ts";
import { firstPollAt } from "../domain/task-lifecycle.ts";
import { GroupCommit } from "../lib/group-commit.ts";
import { countCompleted, countFailed, countProblem } from "../metrics/isolate-counters.ts";
import { DeliveryStore } from "../webhooks/delivery-store.ts";
import { WebhookEndpoint } from "../webhooks/endpoint.ts";
import type { TenantContext } from "./context.ts";
import { expectAging } from "./engine/aging.ts";
import { Alarm } from "./engine/alarm.ts";
import { CachePurges } from "./engine/cache-purges.ts";
import { Deliveries } from "./engine/deliveries.ts";
import { DirectoryReport } from "./engine/directory-report.ts";
import { Jobs } from "./engine/jobs.ts";
import { LANES, type LaneName, laneOf } from "./engine/lanes.ts";
import { TaskSteps } from "./engine/task-steps.ts";
import { TaskWindow } from "./engine/task-window.ts";
import { WorkQueue } from "./engine/work-queue.ts";
import type { Clock, Dependencies, DirectoryPort, Log, RandomSource } from "./ports.ts";
import { AccessControl } from "./rules/access.ts";
import { AGAIN_MS, AuditTrail } from "./rules/audit-trail.ts";
import { EventStreams } from "./rules/event-streams.ts";
import { LastUsed } from "./rules/key-last-used.ts";
import { Ledger } from "./rules/ledger.ts";
import { OperatorNotices } from "./rules/operator-notices.ts";
import { PriceBook } from "./rules/price-book.ts";
import { PriceLookup } from "./rules/price-lookup.ts";
import { SentUrls } from "./rules/sent-urls.ts";
import { StorageLimit } from "./rules/storage-limit.ts";
import { UsualDurations } from "./rules/usual-durations.ts";
import { Watchers } from "./rules/watchers.ts";
import { ClientTokenStore } from "./store/client-tokens.ts";
import { EndUserStore } from "./store/end-users.ts";
import { IdempotencyStore } from "./store/idempotency.ts";
import { KeyStore } from "./store/keys.ts";
import { LedgerStore } from "./store/ledger.ts";
import { LedgerDays } from "./store/ledger-days.ts";
import { MetaStore } from "./store/meta.ts";
import { PortalStore } from "./store/portal.ts";
import { PriceStore } from "./store/prices.ts";
import { TaskStore } from "./store/tasks.ts";
import { UploadStore } from "./store/uploads.ts";
import { UsageStore } from "./store/usage.ts";

/** Alarms are rounded up to this at the default pace, less when polling is set faster. */
const ALARM_GRAIN_MS = 250;
/** Latest time after an admission at which an alarm takes over its submission, in ms. */
const RESUMED_MS = 10_000;
/** Log events of which the operator is notified at once. */
const URGENT_EVENTS: ReadonlySet<string> = new Set(["master-key-refused", "master-key-recovered"]);
/** Retry delay after an unexpected error in a task's work. */
const TASK_RETRY_MS = 5_000;

/** Arguments of the composition root. */
export interface TenantServicesParts extends Dependencies {
  readonly storage: DurableObjectStorage;
  readonly secrets: readonly SigningSecret[];
  readonly directory: DirectoryPort;
}

/** The composition root: every part of a tenant's object. */
export class TenantServices implements TenantContext {
  readonly config: Config;
  readonly secrets: readonly SigningSecret[];
  readonly sql: SqlStorage;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly courier: CourierPort;
  readonly directory: DirectoryPort;
  readonly commit: GroupCommit;
  readonly meta: MetaStore;
  readonly keys: KeyStore;
  readonly tasks: TaskStore;
  readonly ledgerStore: LedgerStore;
  readonly learnedPrices: PriceStore;
  readonly prices: PriceBook;
  readonly durations: UsualDurations;
  readonly usage: UsageStore;
  readonly ledgerDays: LedgerDays;
  readonly tokens: ClientTokenStore;
  readonly endUsers: EndUserStore;
  readonly idempotency: IdempotencyStore;
  readonly uploads: UploadStore;
  readonly portal: PortalStore;
  readonly ledger: Ledger;
  readonly storageLimit: StorageLimit;
  readonly access: AccessControl;
  readonly alarm: Alarm;
  /** All background work; shares the object's one alarm. */
  readonly queue: WorkQueue<LaneName>;
  /** The tasks in the queue. */
  readonly work: TaskWindow;
  readonly taskSteps: TaskSteps;
  readonly jobs: Jobs;
  readonly watchers = new Watchers();
  readonly streams = new EventStreams();
  readonly endpoint: WebhookEndpoint;
  readonly sentUrls: SentUrls;
  readonly notices: OperatorNotices;
  readonly deliveries: Deliveries;
  readonly priceLookup: PriceLookup;
  readonly lastUsed: LastUsed;
  readonly report: DirectoryReport;
  readonly audit: AuditTrail;
  readonly cachePurges: CachePurges;
  /** Tasks whose first request waits for its response. */
  readonly awaitingResponse = new Set<number>();
  /** Uploads in parts that a request is completing: until when others wait for it, in ms since epoch. */
  readonly completing = new Map<string, number>();
  /** Number of tasks that have not ended, of each key that has any. */
  #active = new Map<string, number>();

  constructor(parts: TenantServicesParts) {
    const { storage, config, clock, random, courier } = parts;
    const log: Log = (level, event, fields) => {
      parts.log(level, event, { tenantId: this.meta.tenant()?.tenantId, ...fields });
      if (level !== "info") {
        countProblem(event);
        this.report.noticed(event);
      }
      if (URGENT_EVENTS.has(event)) this.report.urgent();
    };
    const sql = storage.sql;
    this.sql = sql;
    this.config = config;
    this.secrets = parts.secrets;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.courier = courier;
    this.directory = parts.directory;
    this.commit = new GroupCommit(storage, () => this.reload());
    this.meta = new MetaStore(sql);
    this.keys = new KeyStore(sql);
    this.tasks = new TaskStore(sql, this.meta);
    this.notices = new OperatorNotices(this.meta, () => this.report.urgent());
    this.ledgerStore = new LedgerStore(sql, (before, after, at) => {
      this.deliveries.balanceMoved(before, after, at);
      this.notices.balanceMoved(before, after, at);
    });
    this.learnedPrices = new PriceStore(sql);
    this.prices = new PriceBook(this.learnedPrices, this.meta, config.defaultHoldCredits);
    this.durations = new UsualDurations(this.meta);
    this.usage = new UsageStore(sql, this.meta);
    this.ledgerDays = new LedgerDays(sql, this.meta);
    this.tokens = new ClientTokenStore(sql);
    this.endUsers = new EndUserStore(sql);
    this.idempotency = new IdempotencyStore(sql);
    this.uploads = new UploadStore(sql);
    this.portal = new PortalStore(sql);
    this.ledger = new Ledger(this.ledgerStore, random, this.prices, this.tokens, this.usage, {
      wanted: () => (this.meta.tenant()?.settings.monthlyCredits ?? null) !== null,
      moved: (before, after, at) => this.notices.spendMoved(before, after, at),
    });
    this.storageLimit = new StorageLimit(sql, config.tenantStorageBytes);
    this.access = new AccessControl(this.meta, this.keys, this.tokens, this.endUsers);
    this.alarm = new Alarm(storage, Math.min(ALARM_GRAIN_MS, config.pollMinMs / 10), log);
    this.queue = new WorkQueue(LANES, { alarm: this.alarm, clock, log });
    const run = (taskId: number) => this.taskSteps.run(taskId);
    this.work = new TaskWindow({ queue: this.queue, clock, tasks: this.tasks, run, retryMs: TASK_RETRY_MS });
    this.jobs = new Jobs(this.queue);
    this.endpoint = new WebhookEndpoint(this.meta);
    this.sentUrls = new SentUrls(this);
    this.deliveries = new Deliveries(this, new DeliveryStore(sql), log, (at, turnedOff) => {
      if (turnedOff) this.notices.webhookDisabled(at);
      this.report.touchSettings();
    });
    this.taskSteps = new TaskSteps(this);
    this.#load();
    this.priceLookup = new PriceLookup(this);
    this.lastUsed = new LastUsed(this);
    this.report = new DirectoryReport(this);
    this.cachePurges = new CachePurges(this);
    this.audit = new AuditTrail(this, () => {
      this.jobs.due("audit", clock.now() + AGAIN_MS);
      void this.queue.arm();
    });
    // After a crash, waiting events are sent as soon as a request (loader.ts) or an alarm starts the object.
    const dueAt = this.audit.isBehind ? clock.now() : null;
    this.jobs.add("audit", () => this.audit.bringAll().then(() => null), dueAt);
  }

  /** Loads due work from disk: after an eviction, a deployment or a crash nothing else is left. */
  #load(): void {
    this.#active = this.tasks.countActiveByKey();
    this.work.load();
    this.deliveries.load();
  }

  /** Counts an admitted task and queues its due time. */
  admitted(task: TaskRow): void {
    this.#countActive(task, 1);
    this.work.set(task.task_id, this.#resumedAt(task), laneOf(task.phase));
    this.lastUsed.flush();
    this.report.touch();
  }

  /**
   * Returns when an alarm takes over the submission of an admitted task if this object stops: at its first poll, so that
   * one alarm serves both, but soon.
   */
  #resumedAt(task: TaskRow): number {
    const { created_at, shape, due_at } = task;
    const firstAt = firstPollAt(task, this.config, { now: created_at, usual: this.durations.of(shape) });
    return Math.max(due_at ?? created_at, Math.min(firstAt, created_at + RESUMED_MS));
  }

  /** @returns the number of tasks that have not ended: of one key, or of all (null) */
  activeTasks(keyId: string | null): number {
    if (keyId !== null) return this.#active.get(keyId) ?? 0;
    return [...this.#active.values()].reduce((sum, count) => sum + count, 0);
  }

  #countActive({ key_id }: TaskRow, change: 1 | -1): void {
    const count = (this.#active.get(key_id) ?? 0) + change;
    if (count > 0) this.#active.set(key_id, count);
    else this.#active.delete(key_id);
  }

  /** What follows from a change of a task, inside its transaction. */
  taskChanged(task: TaskRow, ended: boolean): void {
    this.watchers.notify(task.task_id);
    if (!ended) return;
    // A task that was removed before a caller had its taskId never reaches this phase.
    if (task.phase === PHASE.ended) {
      this.#count(task);
      this.deliveries.taskEnded(task);
    }
    this.#countActive(task, -1);
    expectAging(this, task.token_id !== null);
    this.report.taskEnded();
  }

  #count({ status, settled, task_type, created_at, upstream_credits, fail_reason }: TaskRow): void {
    const cost = upstream_credits == null ? null : Number(upstream_credits);
    if (settled === "captured") {
      countCompleted(task_type === 1 ? "video" : "image", this.clock.now() - created_at, cost);
    } else if (status === STATUS.failed) countFailed(fail_reason);
  }

  /** Loads everything again after a transaction was undone, or rows were changed without the caches. */
  reload(): void {
    this.meta.clearCache();
    this.keys.clearCache();
    this.tasks.clearCache();
    this.prices.clearCache();
    this.durations.clearCache();
    this.ledger.clearCache();
    this.alarm.clear();
    this.cachePurges.clearCache();
    this.#load();
  }
}
