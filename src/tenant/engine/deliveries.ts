/**
 * Webhook deliveries: an event is recorded in the transaction that causes it, and sent from here at least once.
 * Deliveries have lanes of their own (lanes.ts), so that slow or failing receivers delay neither polls, copies, nor the
 * tenant's own endpoint.
 */
import { DAY_MS, HOUR_MS } from "../../domain/calendar.ts";
import {
  crossesBelow,
  type DeliveryLane,
  type DeliveryRow,
  type DueDelivery,
  endingEvent,
  type QueuedDelivery,
  type WebhookResponse,
} from "../../domain/delivery.ts";
import type { TaskRow } from "../../domain/task.ts";
import { lastTaskIdAt, nextTaskId, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import { readFiles } from "../../domain/task-mirroring.ts";
import { encodeHex } from "../../lib/bytes.ts";
import { recordAttempt, sendWebhook } from "../../webhooks/attempts.ts";
import type { DeliveryStore } from "../../webhooks/delivery-store.ts";
import type { Log } from "../ports.ts";
import { composeMessage, type MessageParts } from "../rules/webhook-message.ts";
import { DueWindow } from "./due-window.ts";
import type { Jobs } from "./jobs.ts";
import type { LaneName } from "./lanes.ts";
import type { WorkItems } from "./work-items.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Retry delay after an unexpected error. */
const AFTER_FAILURE_MS = 5_000;
/** Age at which a finished delivery is deleted (job `deliveries`). */
const KEPT_MS = 30 * DAY_MS;
const REMOVAL_LIMIT = 500;
const REMOVAL_EVERY_MS = HOUR_MS;

/** The tenant's endpoint has lanes of its own; all other receivers share lanes. */
const LANES = [
  { name: "endpoint", toEndpoint: true, isRetry: false },
  { name: "endpointRetries", toEndpoint: true, isRetry: true },
  { name: "receivers", toEndpoint: false, isRetry: false },
  { name: "receiverRetries", toEndpoint: false, isRetry: true },
] as const satisfies readonly (DeliveryLane & { readonly name: LaneName })[];

interface LaneWindow {
  readonly lane: (typeof LANES)[number];
  readonly window: DueWindow<number, DueDelivery>;
}

/** What deliveries need. */
type DeliveryParts = MessageParts & { readonly queue: WorkQueue<LaneName>; readonly jobs: Jobs };

/** Records webhook events and delivers them. */
export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #store: DeliveryStore;
  readonly #log: Log;
  readonly #endpointChanged: (at: number, turnedOff: boolean) => void;
  readonly #items: WorkItems<number, LaneName>;
  /** What of each lane is in memory. */
  readonly #windows: readonly LaneWindow[];
  /** See `waiting`; null: not counted since the start. */
  #waiting: number | null = null;

  /** @param endpointChanged called inside the transaction in which the tenant's endpoint is turned off, or begins or ceases to fail */
  constructor(
    parts: DeliveryParts,
    store: DeliveryStore,
    log: Log,
    endpointChanged: (at: number, turnedOff: boolean) => void,
  ) {
    this.#parts = parts;
    this.#store = store;
    this.#log = log;
    this.#endpointChanged = endpointChanged;
    const run = (eventId: number) => this.#deliver(eventId);
    const logged = (eventId: number) => (eventId > 0 ? { taskId: eventId } : { eventId });
    this.#items = parts.queue.register({ name: "webhook", run, logged, retryMs: AFTER_FAILURE_MS });
    this.#windows = LANES.map((lane) => ({ lane, window: this.#windowOf(lane) }));
  }

  #windowOf(lane: LaneWindow["lane"]): LaneWindow["window"] {
    return new DueWindow({
      read: (after, limit) => this.#store.dueAfter(lane, after, limit),
      keyOf: ({ due_at, event_id }) => ({ dueAt: due_at, id: event_id }),
      put: (row) => this.#items.set(row.event_id, row.due_at, lane.name, groupOf(row.url)),
      // The due time of a running item is null, and what it writes at its end is decided then.
      drop: (id) => {
        if (this.#items.dueAt(id) !== null) this.#items.set(id, null, lane.name);
      },
    });
  }

  /** Queues the deliveries on disk that are due first. */
  load(): void {
    this.#items.clear();
    this.#waiting = null;
    for (const { window } of this.#windows) window.load();
  }

  /** Number of deliveries that have an attempt left, in memory or not. The first look counts them, because no request needs the number. */
  get waiting(): number {
    this.#waiting ??= this.#store.countWithWork();
    return this.#waiting;
  }

  /** Number of deliveries in memory. */
  get queued(): number {
    return this.#items.size;
  }

  /** Returns the time of the oldest event with an attempt left, in ms since epoch, or null. */
  oldestWaitingAt(): number | null {
    return this.#items.size === 0 ? null : this.#store.oldestWaitingAt();
  }

  // ---- inside the transaction that makes the event happen ----------------------------------------------------------

  /** Records the event of an ended task. Writes nothing if there is no receiver for it. */
  taskEnded(task: TaskRow): void {
    if (task.webhook_url === null && !this.#parts.endpoint.gets(endingEvent(task.status))) return;
    this.#add(endingOf(task, this.#parts.clock.now()));
  }

  /**
   * Records `credits.low` for the endpoint when the balance falls below the threshold: once per crossing (contract
   * section 4).
   */
  balanceMoved(before: number, after: number, now: number): void {
    const { meta, endpoint, random } = this.#parts;
    const lowBalance = meta.tenant()?.settings.lowBalance ?? null;
    if (!crossesBelow(lowBalance, before, after) || !endpoint.gets("credits.low")) return;
    const last = this.#store.lastEventOfNoTask();
    const idRandom = Math.floor(random.fraction() * TASK_ID_RANDOM_RANGE);
    this.#add({
      event_id: -nextTaskId(last === null ? null : -last, now, idRandom),
      webhook_id: `msg_${encodeHex(random.bytes(16))}`,
      type: "credits.low",
      at: now,
      url: null,
      due_at: now,
      attempts: 0,
      data: JSON.stringify({ balance: after }),
      files: null,
      log: "[]",
    });
  }

  /** Sends the event of this ended task again, now and under the same id, with a new series of attempts. */
  redeliver(task: TaskRow): void {
    const now = this.#parts.clock.now();
    const row = this.#store.get(task.task_id);
    if (row === null) {
      this.#add(endingOf(task, now));
      return;
    }
    this.#store.update(task.task_id, { due_at: now, attempts: 0 });
    this.#moved(row, { event_id: task.task_id, due_at: now, url: task.webhook_url, attempts: 0 });
  }

  /** Sends events that were given up again, each with a new series of attempts. */
  redeliverAll(given: readonly QueuedDelivery[]): void {
    const now = this.#parts.clock.now();
    for (const row of given) {
      this.#store.update(row.event_id, { due_at: now, attempts: 0 });
      this.#moved(row, { ...row, due_at: now, attempts: 0 });
    }
  }

  /** @returns the delivery of this task's event, or null */
  of(taskId: number): DeliveryRow | null {
    return this.#store.get(taskId);
  }

  /** Removes the delivery of a task that is being deleted. */
  remove(taskId: number): void {
    const row = this.#store.get(taskId);
    if (row === null) return;
    this.#store.remove(taskId);
    this.#moved(row, { ...row, due_at: null });
  }

  /** Adds a delivery without arming the alarm: the work that ended the task starts it, or the caller arms the alarm. */
  #add(row: DeliveryRow): void {
    this.#store.insert(row);
    this.#moved(null, row);
    this.#parts.jobs.due("deliveries", row.at + KEPT_MS);
  }

  // ---- in the background -------------------------------------------------------------------------------------------

  /** Makes one attempt and sets when the next one is due. */
  async #deliver(eventId: number): Promise<null | undefined> {
    const { clock, commit, meta } = this.#parts;
    const row = this.#store.get(eventId);
    // A tenant that is being deleted sends nothing more.
    if (!row || row.due_at === null || meta.tenant()?.deletedAt !== null) {
      this.#leave(eventId);
      return null;
    }
    const message = await composeMessage(this.#parts, row);
    if (message === null) {
      await commit.later(() => this.#drop(row));
      return undefined;
    }
    const startedAt = clock.now();
    const response = await sendWebhook(this.#parts.courier, message);
    await commit.later(() => this.#record(row, message.url, response, startedAt));
    return undefined;
  }

  /** Writes the outcome of one attempt, inside a transaction. */
  #record(before: DeliveryRow, url: string, response: WebhookResponse, startedAt: number): void {
    const { clock, random, config, endpoint } = this.#parts;
    const now = clock.now();
    const context = { url, startedAt, now, random: random.fraction(), retrySeconds: config.webhookRetrySeconds };
    const known = this.#store.get(before.event_id);
    const recorded = recordAttempt({ store: this.#store, endpoint, log: this.#log }, before, response, context);
    if (recorded === null) return;
    if (recorded.turnedOff || recorded.changedState) this.#endpointChanged(now, recorded.turnedOff);
    this.#moved(known, recorded.row);
  }

  /** Ends a delivery that has no receiver any more; its attempts stay on record. */
  #drop(row: DeliveryRow): void {
    if (row.data === null) this.#store.update(row.event_id, { due_at: null });
    else this.#store.remove(row.event_id);
    this.#moved(row, { ...row, due_at: null });
  }

  /**
   * Queues a delivery whose due time or lane was written, inside that transaction. What is due after the work in memory
   * stays on disk, and is read when there is room.
   */
  #moved(before: QueuedDelivery | null, { event_id, due_at, url, attempts }: QueuedDelivery): void {
    if (this.#waiting !== null) this.#waiting += Number(due_at !== null) - Number((before?.due_at ?? null) !== null);
    const isIn = ({ lane }: LaneWindow) => lane.toEndpoint === (url === null) && lane.isRetry === attempts > 0;
    for (const one of this.#windows) {
      if (due_at === null || !isIn(one)) one.window.leave(event_id);
      else {
        const dueAt = one.window.takes({ dueAt: due_at, id: event_id }) ? due_at : null;
        this.#items.set(event_id, dueAt, one.lane.name, groupOf(url));
      }
    }
    if (due_at === null) this.#items.set(event_id, null, "endpoint");
    for (const { window } of this.#windows) window.balance();
  }

  /** Notes that a delivery is no longer in memory. */
  #leave(eventId: number): void {
    for (const { window } of this.#windows) {
      window.leave(eventId);
      window.balance();
    }
  }

  /** @returns the time at which the oldest delivery expires, in ms since epoch, or null */
  nextExpiry(): number | null {
    const oldest = this.#store.oldestAt();
    return oldest === null ? null : oldest + KEPT_MS;
  }

  /** Deletes expired deliveries. @returns the time at which more expire, in ms since epoch, or null */
  async removeExpired(): Promise<number | null> {
    const { clock, commit } = this.#parts;
    const now = clock.now();
    const before = now - KEPT_MS;
    const removed = await commit.run(() => this.#store.removeFinished(before, lastTaskIdAt(before), REMOVAL_LIMIT));
    if (removed === REMOVAL_LIMIT) return now + 1_000;
    const next = this.nextExpiry();
    return next && Math.max(next, now + REMOVAL_EVERY_MS);
  }
}

/** Receivers take turns by origin; the tenant's endpoint is alone in its lanes. */
function groupOf(url: string | null): string {
  return url === null ? "" : (URL.parse(url)?.origin ?? url);
}

/** Returns the event of a task's end. Its id is derived from the task, so it is the same each time it is sent. */
function endingOf(task: TaskRow, now: number): DeliveryRow {
  const copying = readFiles(task).some(({ state }) => state === "waiting");
  return {
    event_id: task.task_id,
    webhook_id: `msg_${task.task_no}`,
    type: endingEvent(task.status),
    at: task.ended_at ?? now,
    url: task.webhook_url,
    due_at: now,
    attempts: 0,
    data: null,
    files: copying ? task.files : null,
    log: "[]",
  };
}
