/**
 * Reports this tenant's totals to the Directory: soon after a change, then at most once a minute. A report contains
 * absolute figures, the last reported state is on disk, and once a day all recent days are reported again, so a lost or
 * repeated report corrects itself (docs/decisions/0009). The same transaction folds the ledger into usage.
 */
import { masterKeyHealth } from "../../courier/master-keys.ts";
import { DAY_MS, dayNumber, MINUTE_MS } from "../../domain/calendar.ts";
import type { DayEarnings } from "../../domain/earnings.ts";
import { isSharedShape } from "../../domain/price-list.ts";
import { taskIdTime } from "../../domain/task-id.ts";
import { type DaySums, LISTED_NOTE, type TenantReport } from "../../domain/tenant-report.ts";
import { isolateCounters } from "../../metrics/isolate-counters.ts";
import type { WebhookEndpoint } from "../../webhooks/endpoint.ts";
import type { TenantContext } from "../context.ts";
import type { LastUsed } from "../rules/key-last-used.ts";
import type { Ledger } from "../rules/ledger.ts";
import type { OperatorNotices } from "../rules/operator-notices.ts";
import type { PriceBook } from "../rules/price-book.ts";
import type { StorageLimit } from "../rules/storage-limit.ts";
import type { TenantRecord } from "../store/meta.ts";
import { pendingSums } from "../store/pending-sums.ts";
import type { Alarm } from "./alarm.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Jobs } from "./jobs.ts";
import type { LaneName } from "./lanes.ts";
import type { WorkQueue } from "./work-queue.ts";

const SOON_MS = 1_000;
const EVERY_MS = MINUTE_MS;
/** How much later the end of a task is reported, so that the report needs no alarm of its own. */
const WITH_ALARM_MS = 30_000;
/** Least time between two reports when one is urgent. */
const URGENT_EVERY_MS = 10_000;
/** Trouble of a master key is reported for this long, unless a success ends it. */
const TROUBLE_REPORTED_MS = 5 * MINUTE_MS;
/**
 * Copies and webhooks can end without a ledger entry. While any are waiting, the totals are reported at this interval.
 */
const WAITING_MS = 10 * MINUTE_MS;
/** Days that are reported again once a day. */
const RECENT_DAYS = 35;
const REPORTED = "rollup";
/** Most kinds of problems kept. A kind is the name of a log event, so there are few. */
const MAX_PROBLEMS = 50;

/** State of the last report; `at` in ms since epoch. */
interface Reported {
  /** The newest ledger entry that was reported. */
  readonly entry: number;
  readonly at: number;
}

/** Dependencies of the report. */
type ReportParts = TenantContext & {
  readonly jobs: Jobs;
  readonly ledger: Ledger;
  readonly storageLimit: StorageLimit;
  readonly prices: PriceBook;
  readonly endpoint: WebhookEndpoint;
  readonly lastUsed: LastUsed;
  readonly deliveries: Deliveries;
  readonly notices: OperatorNotices;
  readonly queue: WorkQueue<LaneName>;
  readonly alarm: Alarm;
};

/** Reports this tenant's totals to the Directory. */
export class DirectoryReport {
  readonly #parts: ReportParts;
  readonly #problems = new Map<string, number>();
  #lastAt: number;

  constructor(parts: ReportParts) {
    this.#parts = parts;
    const { jobs, clock } = parts;
    this.#lastAt = this.#reported()?.at ?? Number.NEGATIVE_INFINITY;
    // A new tenant's first report contains its first second, prices included; after a restart nothing is put off again.
    const firstAt = (parts.meta.tenant()?.createdAt ?? 0) + SOON_MS;
    const dueAt = Math.max(clock.now() + this.#minuteLeftMs(), firstAt);
    jobs.add("report", () => this.#report(), this.#isBehind() ? dueAt : null);
  }

  /** Schedules a report after a change that the operator sees. The caller arms the alarm. */
  touch(): void {
    this.#parts.jobs.due("report", this.#soonestAt());
  }

  /** Schedules a report after the end of a task: with an alarm that comes within half a minute anyway, if there is one. */
  taskEnded(): void {
    const { jobs, alarm } = this.#parts;
    const soonestAt = this.#soonestAt();
    jobs.due("report", alarm.between(soonestAt, soonestAt + WITH_ALARM_MS));
  }

  #soonestAt(): number {
    return this.#parts.clock.now() + Math.max(SOON_MS, this.#minuteLeftMs());
  }

  /** Schedules a report of which the operator is notified at once. The caller arms the alarm. */
  urgent(): void {
    const { jobs, clock } = this.#parts;
    const now = clock.now();
    jobs.due("report", now + Math.min(URGENT_EVERY_MS, Math.max(SOON_MS, this.#lastAt + URGENT_EVERY_MS - now)));
  }

  /** Time in ms until the next report is allowed. At most a minute, even if the clock moved back. */
  #minuteLeftMs(): number {
    return Math.min(EVERY_MS, Math.max(0, this.#lastAt + EVERY_MS - this.#parts.clock.now()));
  }

  /**
   * Schedules a report after a change that adds no ledger entry. Call it inside the transaction: the request for a
   * report is on disk, so it survives a crash.
   */
  touchSettings(): void {
    this.#parts.meta.remove(REPORTED);
    this.touch();
  }

  /** Records a logged problem. A kind that is new is reported at once: it is in memory only, and an idle object goes. */
  noticed(kind: string): void {
    const { jobs, clock } = this.#parts;
    const isNew = !this.#problems.has(kind);
    if (isNew && this.#problems.size >= MAX_PROBLEMS) return;
    this.#problems.set(kind, clock.now());
    if (isNew) jobs.due("report", clock.now() + SOON_MS);
    else this.touch();
  }

  #isBehind(): boolean {
    const { meta, ledgerStore } = this.#parts;
    if (!isLive(meta.tenant())) return false;
    return ledgerStore.lastId() !== (this.#reported()?.entry ?? -1) || this.#parts.notices.pending().length > 0;
  }

  #reported(): Reported | null {
    return this.#parts.meta.read(REPORTED);
  }

  async #report(): Promise<number | null> {
    const { meta, ledgerStore, prices, commit, directory, clock } = this.#parts;
    const tenant = meta.tenant();
    if (!isLive(tenant)) return null;
    const now = clock.now();
    this.#lastAt = now;
    commit.flush();
    // Not after the report: a Directory that does not respond must not let the part that is not folded grow.
    await this.foldAll();
    const entry = ledgerStore.lastId();
    const report = this.#compose(tenant, this.#reported(), now);
    const counters = isolateCounters.take();
    const { shared } = await directory
      .report(counters === null ? report : { ...report, counters })
      .catch((error: unknown) => {
        if (counters !== null) isolateCounters.merge(counters);
        throw error;
      });
    const notice = report.notices?.at(-1);
    await commit.run(() => {
      if (!isLive(meta.tenant())) return;
      if (notice !== undefined) this.#parts.notices.sent(notice.number);
      meta.write<Reported>(REPORTED, { entry, at: now });
      if (shared !== null) prices.adoptShared(shared);
      this.#parts.lastUsed.flush();
    });
    const { copiesWaiting, deliveriesWaiting } = report.gauges;
    return copiesWaiting + deliveriesWaiting > 0 ? now + WAITING_MS : null;
  }

  /** Folds the ledger into its sums, in transactions that are short enough for other calls. */
  async foldAll(): Promise<void> {
    const { commit, meta } = this.#parts;
    while (await commit.run(() => isLive(meta.tenant()) && this.#fold())) {
      // A commit alone lets no other call in.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** @returns true if there may be more */
  #fold(): boolean {
    return [this.#parts.usage, this.#parts.ledgerDays].map((sums) => sums.fold()).includes(true);
  }

  /** Returns a report of this moment, which changes nothing; null for a deleted tenant. */
  current(): TenantReport | null {
    const tenant = this.#parts.meta.tenant();
    return isLive(tenant) ? this.#compose(tenant, this.#reported(), this.#parts.clock.now()) : null;
  }

  #compose(tenant: TenantRecord, reported: Reported | null, now: number): TenantReport {
    const { sql, tasks, ledger, learnedPrices, prices, deliveries, endpoint, storageLimit, notices, queue } =
      this.#parts;
    const { status, billing, name, note = null, lowBalance } = tenant.settings;
    const { held, ...pending } = pendingSums(sql);
    return {
      tenantId: tenant.tenantId,
      name,
      createdAt: tenant.createdAt,
      gauges: {
        status,
        billing,
        balance: ledger.balance(),
        running: this.#parts.activeTasks(null),
        held,
        ...pending,
        deliveriesWaiting: deliveries.waiting,
        deliveryAt: deliveries.oldestWaitingAt(),
        storageBytes: storageLimit.used,
        storageLimitBytes: storageLimit.limit,
        workAt: queue.nextWorkAt(),
        lastActiveAt: tasks.lastAt(),
        note: note === null ? null : note.slice(0, LISTED_NOTE),
        lowBalance,
        webhookDisabled: endpoint.trouble() === "off",
        webhookFailing: endpoint.trouble() === "failing",
      },
      days: this.#days(reported, now),
      earned: this.#earned(reported, now),
      prices: learnedPrices.learnedSince(reported?.at ?? 0).filter(({ shape }) => isSharedShape(shape)),
      masterKeys: [...masterKeyHealth.shared(now - TROUBLE_REPORTED_MS)].map(([id, { code, until }]) => ({
        id,
        code,
        until,
      })),
      masterKeysWorked: this.#parts.config.masterKeys.flatMap(({ id }) => {
        const at = masterKeyHealth.workedAt(id);
        return at === null ? [] : [{ id, at }];
      }),
      problems: [...this.#problems].map(([kind, at]) => ({ kind, at })),
      sharedVersion: prices.shared().version,
      notices: notices.pending(),
    };
  }

  /** Returns the days on which tasks completed since the last report; for the first report of a day, all recent days. */
  #earned(reported: Reported | null, now: number): DayEarnings[] {
    const today = dayNumber(now);
    const isRecent = reported !== null && dayNumber(reported.at) === today;
    // The last reported entry may be of an earlier day than its report.
    const first = isRecent ? dayNumber(taskIdTime(reported.entry)) : today - RECENT_DAYS;
    const byDay = Map.groupBy(this.#parts.ledgerDays.between(first, Number.MAX_SAFE_INTEGER), ({ day }) => day);
    return [...byDay].flatMap(([day, rows]) => {
      const earning = rows.filter(({ completed, revenue, cost }) => completed !== 0 || revenue !== 0 || cost !== 0);
      if (earning.length === 0) return [];
      const models = earning.map(
        ({ model, completed, revenue, cost }) => [model, { tasks: completed, revenue, cost }] as const,
      );
      return [{ day, models: Object.fromEntries(models) }];
    });
  }

  /** Returns the days that changed since the last report; for the first report of a day, all recent days. */
  #days(reported: Reported | null, now: number): DaySums[] {
    const { usage } = this.#parts;
    const changed = usage.daysChangedSince(reported?.entry ?? 0);
    const today = dayNumber(now);
    if (reported !== null && dayNumber(reported.at) === today) return changed;
    const recent = usage.days({ from: (today - RECENT_DAYS) * DAY_MS, to: (today + 2) * DAY_MS - 1 });
    return [...new Map([...recent, ...changed].map((sums) => [sums.day, sums])).values()];
  }
}

function isLive(tenant: TenantRecord | null): tenant is TenantRecord {
  return tenant !== null && tenant.deletedAt === null;
}
