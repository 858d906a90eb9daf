/**
 * The queue of webhooks: events are recorded in the transaction that makes them happen, and sent from here, at least
 * once. Its due times share the object's alarm; its calls have limits of their own, so that receivers that are slow or
 * down hold up neither polls nor copies nor each other.
 */
import {
  afterAttempt,
  crossesBelow,
  type DeliveryRow,
  endingEvent,
  isDelivered,
  isGone,
  type WebhookAnswer,
} from "../../domain/delivery.ts";
import type { TaskRow } from "../../domain/task.ts";
import { lastTaskIdAt, nextTaskId, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import { readFiles } from "../../domain/task-lifecycle.ts";
import { encodeHex } from "../../lib/bytes.ts";
import type { Log } from "../ports.ts";
import { composeMessage, type MessageParts, type WebhookMessage } from "../rules/webhook-message.ts";
import type { DeliveryStore } from "../store/deliveries.ts";
import type { Schedule } from "./alarm.ts";
import type { Chores } from "./jobs.ts";

/** Deliveries of one tenant under way at once, and of those to one origin (or to the endpoint). */
const MAX_AT_ONCE = 32;
const MAX_PER_LANE = 24;
/** How soon the alarm looks again after deliveries that are under way or wait for room. */
const WATCHDOG_MS = 20_000;
const AFTER_FAILURE_MS = 5_000;
/** How long the log of deliveries is kept (the chore `deliveries`). */
const KEPT_MS = 30 * 86_400_000;
const SWEEP_LIMIT = 500;
const SWEEP_EVERY_MS = 3_600_000;

/** What deliveries need. */
type DeliveryParts = MessageParts & { readonly schedule: Schedule; readonly chores: Chores };

interface Pending {
  readonly dueAt: number;
  /** What it shares its limit with: an origin, or "" for the tenant's endpoint. */
  readonly lane: string;
}

export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #store: DeliveryStore;
  readonly #log: Log;
  readonly #pending = new Map<number, Pending>();
  /** Deliveries under way and their lanes. */
  readonly #working = new Map<number, string>();
  /** Up to here due deliveries have been looked at, or are about to be: what is left of them waits for room. */
  #seenUntil = Number.NEGATIVE_INFINITY;
  #wakeAhead = false;

  constructor(parts: DeliveryParts, store: DeliveryStore, log: Log) {
    this.#parts = parts;
    this.#store = store;
    this.#log = log;
  }

  /** Takes up what is on disk. */
  load(): void {
    this.#pending.clear();
    this.#seenUntil = Number.NEGATIVE_INFINITY;
    for (const { event_id, due_at, url } of this.#store.withWork()) this.#setDue(event_id, due_at, url);
  }

  /** How many have an attempt left. */
  get waiting(): number {
    return this.#pending.size;
  }

  // ---- inside the transaction that makes the event happen ----------------------------------------------------------

  /** A task has ended for the tenant. Where nobody wants to know, nothing is written. */
  taskEnded(task: TaskRow): void {
    if (task.webhook_url === null && !this.#parts.endpoint.gets(endingEvent(task.status))) return;
    this.#add(endingOf(task, this.#parts.clock.now()));
  }

  /** The balance has moved. `credits.low` goes to the endpoint, once per crossing (contract section 4). */
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

  /** Sends the ending of this ended task again, at once and under the same id; a new series of attempts begins. */
  redeliver(task: TaskRow): void {
    const now = this.#parts.clock.now();
    if (this.#store.get(task.task_id) === null) {
      this.#add(endingOf(task, now));
      return;
    }
    this.#store.update(task.task_id, { due_at: now, attempts: 0 });
    this.#expect(task.task_id, now, task.webhook_url);
  }

  /** @returns what is recorded of the delivery of this task's ending, or null */
  of(taskId: number): DeliveryRow | null {
    return this.#store.get(taskId);
  }

  /** The task is being deleted: what is recorded of its deliveries goes with it. */
  forget(taskId: number): void {
    this.#store.remove(taskId);
    this.#pending.delete(taskId);
  }

  #add(row: DeliveryRow): void {
    this.#store.insert(row);
    this.#expect(row.event_id, row.due_at ?? row.at, row.url);
    this.#parts.chores.due("deliveries", row.at + KEPT_MS);
  }

  /** Due at once: started as soon as this transaction is over; if the object dies first, the alarm finds it. */
  #expect(eventId: number, now: number, url: string | null): void {
    const { schedule } = this.#parts;
    this.#setDue(eventId, now, url);
    this.#seenUntil = Math.max(this.#seenUntil, now);
    void schedule.arm(now);
    if (this.#wakeAhead) return;
    this.#wakeAhead = true;
    queueMicrotask(() => {
      this.#wakeAhead = false;
      this.startDue();
    });
  }

  // ---- in the background -------------------------------------------------------------------------------------------

  /** @returns when the alarm must come for a delivery, or null */
  nextDueAt(now: number): number | null {
    if (this.#isOver()) return null;
    let next: number | null = null;
    for (const { dueAt } of this.#pending.values()) {
      const at = dueAt <= this.#seenUntil ? now + WATCHDOG_MS : dueAt;
      next = Math.min(next ?? at, at);
    }
    return next;
  }

  /** Starts the deliveries that are due and have room, without waiting for them. */
  startDue(): void {
    const now = this.#parts.clock.now();
    this.#seenUntil = Math.max(this.#seenUntil, now);
    if (this.#working.size >= MAX_AT_ONCE || this.#isOver()) return;
    const inLane = new Map<string, number>();
    for (const lane of this.#working.values()) inLane.set(lane, (inLane.get(lane) ?? 0) + 1);
    for (const [eventId, { dueAt, lane }] of this.#pending) {
      if (this.#working.size >= MAX_AT_ONCE) return;
      const others = inLane.get(lane) ?? 0;
      if (dueAt > now || this.#working.has(eventId) || others >= MAX_PER_LANE) continue;
      inLane.set(lane, others + 1);
      void this.#work(eventId, lane);
    }
  }

  /** A tenant that is being deleted sends nothing more. */
  #isOver(): boolean {
    return this.#parts.meta.tenant()?.deletedAt !== null;
  }

  async #work(eventId: number, lane: string): Promise<void> {
    const { clock, schedule } = this.#parts;
    this.#working.set(eventId, lane);
    try {
      await this.#deliver(eventId);
    } catch (error) {
      this.#log("error", "webhook", { error: String(error) });
      if (this.#pending.has(eventId)) this.#pending.set(eventId, { dueAt: clock.now() + AFTER_FAILURE_MS, lane });
    } finally {
      this.#working.delete(eventId);
      this.startDue();
      await schedule.arm(clock.now()).catch((error: unknown) => {
        this.#log("error", "webhook-arm", { error: String(error) });
      });
    }
  }

  async #deliver(eventId: number): Promise<void> {
    const { clock, commit } = this.#parts;
    const row = this.#store.get(eventId);
    if (!row || row.due_at === null) {
      this.#pending.delete(eventId);
      return;
    }
    const message = await composeMessage(this.#parts, row);
    if (message === null) {
      await commit.later(() => this.#drop(row));
      return;
    }
    const startedAt = clock.now();
    const answer = await this.#send(message);
    await commit.later(() => this.#record(row, message.url, answer, startedAt));
  }

  async #send(message: WebhookMessage): Promise<WebhookAnswer> {
    try {
      return await this.#parts.courier.deliver(message);
    } catch {
      // The call to the Courier itself broke: whether it had sent anything is not known.
      return { status: null, durationMs: 0, response: "", retryAfterMs: null, error: "the attempt broke off" };
    }
  }

  /** Writes the outcome of one attempt, inside a transaction. */
  #record(before: DeliveryRow, url: string, answer: WebhookAnswer, startedAt: number): void {
    const { clock, random, config, endpoint } = this.#parts;
    const row = this.#store.get(before.event_id);
    if (!row) return;
    const now = clock.now();
    const context = { url, startedAt, now, random: random.fraction(), retrySeconds: config.webhookRetrySeconds };
    const changes = afterAttempt(row, before, answer, context);
    if (row.url === null && isGone(answer.status) && endpoint.disable(url, now)) {
      this.#log("warn", "webhook-endpoint-disabled", { webhookId: row.webhook_id });
    }
    const dueAt = changes.due_at === undefined ? row.due_at : changes.due_at;
    if (dueAt === null && !isDelivered(answer.status)) {
      this.#log("warn", "webhook-given-up", { webhookId: row.webhook_id, type: row.type, status: answer.status });
    }
    if (dueAt === null && row.data !== null) this.#store.remove(row.event_id);
    else this.#store.update(row.event_id, changes);
    this.#setDue(row.event_id, dueAt, row.url);
  }

  /** There is nowhere to send it any more; what was tried so far stays on record. */
  #drop(row: DeliveryRow): void {
    if (row.data === null) this.#store.update(row.event_id, { due_at: null });
    else this.#store.remove(row.event_id);
    this.#pending.delete(row.event_id);
  }

  #setDue(eventId: number, dueAt: number | null, url: string | null): void {
    if (dueAt === null) this.#pending.delete(eventId);
    else this.#pending.set(eventId, { dueAt, lane: url === null ? "" : (URL.parse(url)?.origin ?? url) });
  }

  /** @returns when the oldest delivery reaches its age, in ms since epoch, or null */
  sweepAt(): number | null {
    const oldest = this.#store.oldestAt();
    return oldest === null ? null : oldest + KEPT_MS;
  }

  /** Forgets what is past its age. @returns when there is more, in ms since epoch, or null */
  async sweep(): Promise<number | null> {
    const { clock, commit } = this.#parts;
    const now = clock.now();
    const before = now - KEPT_MS;
    const removed = await commit.run(() => this.#store.removeFinished(before, lastTaskIdAt(before), SWEEP_LIMIT));
    if (removed === SWEEP_LIMIT) return now + 1_000;
    const next = this.sweepAt();
    return next && Math.max(next, now + SWEEP_EVERY_MS);
  }
}

/** The one event of a task's end. Its id follows from the task, so that it is the same whenever it is sent. */
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
