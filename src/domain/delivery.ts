/**
 * Applies delivery attempts to deliveries: rows in, changes out, without clock and I/O. Rules: Standard Webhooks 1.0.0
 * and contract section 4.
 */
import { isoTime } from "../lib/iso-time.ts";
import type { OperatorEvent } from "./operator-event.ts";
import { nextAttemptDelay } from "./standard-webhook.ts";
import { STATUS } from "./task.ts";

/** Events to which a tenant's endpoint can subscribe. */
export const ENDPOINT_EVENTS = ["task.completed", "task.failed", "task.cancelled", "credits.low"] as const;
/** One of the events that an endpoint can be sent. */
export type EndpointEvent = (typeof ENDPOINT_EVENTS)[number];

/** State of a tenant's endpoint as lists show it: failing since some attempts, or turned off by a 410. */
export type EndpointTrouble = "failing" | "off";

/** Failed attempts in a row after which an endpoint counts as failing. */
export const FAILING_AFTER = 3;

/** Types of webhooks. `webhook.test` is sent on request and never stored. */
export type EventType = EndpointEvent | OperatorEvent | "webhook.test";

/** One row of `deliveries`: one event on its way to one URL. Times are ms since epoch. */
export interface DeliveryRow {
  /** The task's id for the ending of a task; negative for events of no task. */
  readonly event_id: number;
  /** The same for all attempts, redelivery included. */
  readonly webhook_id: string;
  readonly type: EventType;
  /** When the event happened. */
  readonly at: number;
  /** The task's own URL, or null for the tenant's endpoint at the time of the attempt. */
  readonly url: string | null;
  /** Time of the next attempt; null when none is left. */
  readonly due_at: number | null;
  /** Attempts of the present series; a redelivery begins a new one. */
  readonly attempts: number;
  /** JSON text of the event's `data`; null for tasks, whose row has it. */
  readonly data: string | null;
  /** JSON text of the task's files at the time, if some were still being copied: the event does not change with them. */
  readonly files: string | null;
  /** JSON text of `Attempt[]`, oldest first. */
  readonly log: string;
}

/** The columns of a delivery that scheduling needs. */
export type QueuedDelivery = Pick<DeliveryRow, "event_id" | "due_at" | "url" | "attempts">;
/** The same of a delivery with an attempt left. */
export type DueDelivery = QueuedDelivery & { readonly due_at: number };

/** `pending`: an attempt is left; otherwise as the last attempt ended. */
export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;
/** State of a delivery. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Deliveries that wait for each other and for no others. */
export interface DeliveryLane {
  /** True: to the tenant's endpoint; false: to the `webhookUrl`s of single tasks. */
  readonly toEndpoint: boolean;
  readonly isRetry: boolean;
}

/** Columns of a delivery that an attempt changes. */
export type DeliveryChanges = Partial<Omit<DeliveryRow, "event_id">>;

/** Result of one attempt. */
export interface WebhookResponse {
  /** HTTP status, or null if there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The first KB of the response's body. */
  readonly response: string;
  readonly retryAfterMs: number | null;
  /** Reason for a missing status; null if there is one. */
  readonly error: string | null;
}

/** One attempt as the tenant sees it. */
export interface Attempt {
  /** ISO 8601: when it was made. */
  readonly at: string;
  readonly type: EventType;
  readonly webhookId: string;
  readonly url: string;
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  readonly response: string;
}

/** Most attempts in a delivery's log: more than any sensible schedule makes. */
const LOG_LENGTH = 30;

/** Returns the attempts that a delivery's row has recorded, oldest first. */
export function readLog(row: Pick<DeliveryRow, "log">): Attempt[] {
  return JSON.parse(row.log) as Attempt[];
}

/** True for 2xx only; a redirect is a failure, and is not followed. */
export function isDelivered(status: number | null): boolean {
  return status !== null && status >= 200 && status <= 299;
}

/** True for 410 Gone: the receiver wants no more events. */
export function isGone(status: number | null): boolean {
  return status === 410;
}

/** Returns the event of a task that ended with this status. */
export function endingEvent(status: number): EndpointEvent {
  if (status === STATUS.completed) return "task.completed";
  return status === STATUS.cancelled ? "task.cancelled" : "task.failed";
}

/** Time and URL of an attempt, and the settings that determine the next one. */
export interface AttemptContext {
  readonly url: string;
  readonly startedAt: number;
  readonly now: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
  /** Waits between attempts, in seconds (`WEBHOOK_RETRY_SECONDS`). */
  readonly retrySeconds: readonly number[];
}

/**
 * Applies one attempt to its delivery.
 *
 * @param row the delivery now
 * @param before the delivery when the attempt began: a redelivery requested since then stays due
 */
export function afterAttempt(
  row: DeliveryRow,
  before: Pick<DeliveryRow, "due_at" | "attempts">,
  response: WebhookResponse,
  context: AttemptContext,
): DeliveryChanges {
  const attempt: Attempt = {
    at: isoTime(context.startedAt),
    type: row.type,
    webhookId: row.webhook_id,
    url: context.url,
    status: response.status,
    durationMs: response.durationMs,
    error: response.error,
    response: response.response,
  };
  const log = JSON.stringify([...readLog(row), attempt].slice(-LOG_LENGTH));
  if (row.due_at !== before.due_at || row.attempts !== before.attempts) return { log };
  const attempts = row.attempts + 1;
  if (isDelivered(response.status) || isGone(response.status)) return { log, attempts, due_at: null };
  const retryAfterSeconds = (response.retryAfterMs ?? 0) / 1_000;
  const delay = nextAttemptDelay(context.retrySeconds, attempts, context.random, retryAfterSeconds);
  return { log, attempts, due_at: delay === null ? null : context.now + delay };
}

/**
 * True if a change of the balance crosses the tenant's `lowBalance` from above. No further event follows until the
 * balance has been at or above it again.
 */
export function crossesBelow(lowBalance: number | null, before: number, after: number): boolean {
  return lowBalance !== null && before >= lowBalance && after < lowBalance;
}
