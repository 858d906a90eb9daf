/** Everything about one task, for the operator and the portal: what was asked, what happened when, and what it cost. */
import { type DeliveryRow, isDelivered, readLog } from "../../domain/delivery.ts";
import { STATUS, type TaskRow } from "../../domain/task.ts";
import { readFiles } from "../../domain/task-mirroring.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { DeliveryDetail } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import { type LedgerEntryView, viewEntry } from "./ledger.ts";
import { type TaskMoneyView, viewMoney } from "./operator-tasks.ts";

/** One event of a task, with details that depend on the event. */
export type StoryEvent = { readonly at: string } & (
  | { readonly event: "accepted" }
  /** The upstream accepted the submission. */
  | { readonly event: "submitted" }
  /** `at` is the time of the last poll. */
  | { readonly event: "polls"; readonly count: number }
  /** A file is safe in R2: `0` is result 0, `t0` its thumbnail. */
  | { readonly event: "copied"; readonly file: string }
  | { readonly event: "ended"; readonly status: "completed" | "failed" | "cancelled" }
  | { readonly event: "delivered"; readonly url: string }
);

/** The delivery of the task's event with its attempts, oldest first. */
export interface StoryDelivery
  extends Pick<DeliveryDetail, "deliveryId" | "type" | "state" | "attempts" | "nextAttemptAt" | "log"> {
  readonly taskId: number;
  /** Null: the tenant's endpoint. */
  readonly url: string | null;
}

/** More than a task can have: one entry of each kind. */
const MAX_ENTRIES = 20;

/** The parts of the story beside the task and its request, which are JSON text. */
interface Story extends TaskMoneyView {
  readonly ledger: readonly LedgerEntryView[];
  readonly deliveries: readonly StoryDelivery[];
  readonly timeline: readonly StoryEvent[];
}

/** @returns JSON text, or null if there is no such task or it is deleted */
export async function taskStory(
  services: TenantServices,
  taskId: number | null,
  publicBaseUrl: string,
): Promise<string | null> {
  if (taskId !== null) services.tasks.showKeptProgress(taskId);
  const task = taskId === null ? null : services.tasks.get(taskId);
  const tenant = services.meta.tenant();
  if (task === null || tenant === null || task.deleted_at !== null) return null;
  const noRange = { firstId: null, lastId: null, taskId: task.task_id };
  const delivery = services.deliveries.of(task.task_id);
  const story: Story = {
    ...viewMoney(task),
    ledger: [...services.ledgerStore.list(null, MAX_ENTRIES, noRange)].map(viewEntry).reverse(),
    deliveries: delivery === null ? [] : [viewDelivery(delivery)],
    timeline: timelineOf(task, delivery),
  };
  const shown = await renderTask(tenant.tenantId, task, linkerOf(services, publicBaseUrl));
  return `{"task":${shown},"request":${task.request},${JSON.stringify(story).slice(1)}`;
}

function viewDelivery(row: DeliveryRow): StoryDelivery {
  const log = readLog(row);
  const delivered = log.some(({ status }) => isDelivered(status));
  return {
    deliveryId: row.webhook_id,
    taskId: row.event_id,
    type: row.type,
    state: row.due_at !== null ? "pending" : delivered ? "delivered" : "failed",
    attempts: log.length,
    nextAttemptAt: isoTime(row.due_at),
    url: row.url,
    log,
  };
}

/** Returns the events in the order of their times. Those that release 0.1 did not record are missing. */
function timelineOf(task: TaskRow, delivery: DeliveryRow | null): StoryEvent[] {
  const timed: (StoryEvent | null)[] = [
    at(task.created_at, { event: "accepted" }),
    at(task.submitted_at, { event: "submitted" }),
    at(task.polled_at, { event: "polls", count: task.polls }),
    ...readFiles(task).map(({ name, storedAt = null }) => at(storedAt, { event: "copied", file: name })),
    at(task.ended_at, { event: "ended", status: outcomeOf(task.status) }),
  ];
  for (const attempt of delivery === null ? [] : readLog(delivery)) {
    if (isDelivered(attempt.status)) timed.push({ at: attempt.at, event: "delivered", url: attempt.url });
  }
  const events = timed.filter((event) => event !== null);
  return events.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;

function at(ms: number | null, event: WithoutTime<StoryEvent>): StoryEvent | null {
  return ms === null ? null : ({ at: isoTime(ms), ...event } as StoryEvent);
}

function outcomeOf(status: number): "completed" | "failed" | "cancelled" {
  if (status === STATUS.completed) return "completed";
  return status === STATUS.cancelled ? "cancelled" : "failed";
}
