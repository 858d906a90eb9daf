/** Requests about the tenant's webhook endpoint and the deliveries of its tasks (contract section 4). */
import type { Actor } from "../../domain/audit.ts";
import { isDelivered, isGone, readLog } from "../../domain/delivery.ts";
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { taskIdOfNo } from "../../domain/task-number.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ByteLimit, utf8Length } from "../../lib/byte-limit.ts";
import { encodeHex } from "../../lib/bytes.ts";
import { isoTime } from "../../lib/iso-time.ts";
import { viewEndpoint, type WebhookView } from "../../webhooks/endpoint.ts";
import { testBody } from "../../webhooks/signed-message.ts";
import type {
  DeliveriesView,
  DeliveryDetail,
  DeliveryListQuery,
  DeliveryPage,
  DeliveryView,
  WebhookTestView,
} from "../api.ts";
import type { Access } from "../rules/access.ts";
import { composeMessage, signedByTenant } from "../rules/webhook-message.ts";
import type { TenantServices } from "../services.ts";
import {
  failedDeliveries,
  findListed,
  type ListedDelivery,
  listDeliveries as listAllDeliveries,
} from "../store/delivery-list.ts";
import { findTask } from "./tasks.ts";

/** An endpoint, with its secret in a response that created it. */
export type WebhookWithSecret = WebhookView & { readonly secret?: string };

const noEndpoint = () => apiError(40002, "There is no webhook endpoint");

/** Returns the webhook endpoint without its secret, or 40002. */
export function getWebhook(services: TenantServices): WebhookView | ApiError {
  const record = services.endpoint.get();
  return record ? viewEndpoint(record, services.clock.now()) : noEndpoint();
}

/** Sets the endpoint. @param wanted validated. @returns the endpoint, with its secret only if it was created now */
export async function putWebhook(
  services: TenantServices,
  wanted: Pick<WebhookView, "url" | "events">,
  actor?: Actor,
): Promise<WebhookWithSecret> {
  const { endpoint, clock, random, commit } = services;
  const now = clock.now();
  const { record, newSecret } = await commit.run(() => {
    if (endpoint.trouble() !== null) services.report.touchSettings();
    const put = endpoint.put(wanted, now, () => random.bytes(32));
    if (put.isChanged) services.audit.enter(actor, { action: "webhook.update", after: { ...wanted } });
    return put;
  });
  const view = viewEndpoint(record, now);
  return newSecret === null ? view : { ...view, secret: newSecret };
}

/** Removes the webhook endpoint and its secret. */
export async function deleteWebhook(services: TenantServices, actor?: Actor): Promise<{ deleted: true } | ApiError> {
  const existed = await services.commit.run(() => {
    if (services.endpoint.trouble() !== null) services.report.touchSettings();
    const removed = services.endpoint.remove();
    if (removed) services.audit.enter(actor, { action: "webhook.delete" });
    return removed;
  });
  return existed ? { deleted: true } : noEndpoint();
}

/** Creates a new secret; both sign for 24 h. @returns an error if that would end an earlier secret too soon */
export async function rotateWebhook(services: TenantServices, actor?: Actor): Promise<WebhookWithSecret | ApiError> {
  const { endpoint, clock, random, commit } = services;
  const now = clock.now();
  const rotated = await commit.run(() => {
    const error = endpoint.rotationError(now);
    if (error) return error;
    const done = endpoint.rotate(now, random.bytes(32));
    if (done) services.audit.enter(actor, { action: "webhook.rotate" });
    return done;
  });
  if (rotated === null) return noEndpoint();
  return "code" in rotated ? rotated : { ...viewEndpoint(rotated.record, now), secret: rotated.newSecret };
}

/** Sends one `webhook.test` and waits for its response; also for an endpoint that was disabled. */
export async function testWebhook(services: TenantServices): Promise<WebhookTestView | ApiError> {
  const { endpoint, clock, random, commit, courier, notices } = services;
  const url = endpoint.get()?.url;
  if (url === undefined) return noEndpoint();
  const id = `msg_${encodeHex(random.bytes(16))}`;
  const body = testBody(clock.now());
  const { status, durationMs, response, error } = await courier.deliver(
    await signedByTenant(services, { id, url, body, baseUrl: null }),
  );
  await commit.run(() => {
    const now = clock.now();
    if (isGone(status) && endpoint.disable(url, now)) notices.webhookDisabled(now);
    if (isDelivered(status) && endpoint.attempted(url, true, now)) services.report.touchSettings();
  });
  return { delivered: isDelivered(status), webhookId: id, status, durationMs, error, response };
}

/** Returns the attempts to deliver a task's webhook. */
export function listDeliveries(
  services: TenantServices,
  access: Pick<Access, "owner">,
  taskId: number | null,
): DeliveriesView | ApiError {
  const task = findTask(services, access, taskId);
  return "code" in task ? task : viewDeliveries(services, task);
}

/** A page ends before its deliveries exceed this many bytes of JSON. */
const MAX_PAGE_BYTES = 1_000_000;

/** Returns a page of the deliveries of all events, newest first. */
export function deliveryPage(services: TenantServices, { state, limit, before }: DeliveryListQuery): DeliveryPage {
  const { deliveries, next } = listAllDeliveries(services.sql, state, before, limit);
  const views: DeliveryView[] = [];
  const bytes = new ByteLimit(MAX_PAGE_BYTES);
  for (const [index, row] of deliveries.entries()) {
    const view = viewDelivery(services, row);
    if (!bytes.takes(utf8Length(JSON.stringify(view)))) {
      return { deliveries: views, nextCursor: String(Math.abs(deliveries[index - 1]?.event_id ?? 0)) };
    }
    views.push(view);
  }
  return { deliveries: views, nextCursor: next === null ? null : String(next) };
}

function viewDelivery({ endpoint }: TenantServices, row: ListedDelivery): DeliveryView {
  const lastAttempt = row.last === null ? null : (JSON.parse(row.last) as NonNullable<DeliveryView["lastAttempt"]>);
  return {
    deliveryId: row.webhook_id,
    taskId: row.event_id > 0 ? row.event_id : null,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    createdAt: isoTime(row.at),
    nextAttemptAt: isoTime(row.due_at),
    url: row.url ?? (row.due_at === null ? lastAttempt?.url : endpoint.get()?.url) ?? null,
    lastAttempt,
  };
}

/** Returns one delivery with the body that is sent and the responses that came back; 40002 for an unknown one. */
export async function findDelivery(services: TenantServices, deliveryId: string): Promise<DeliveryDetail | ApiError> {
  const taskId = taskIdOfNo(deliveryId.replace(/^msg_/, ""));
  const found = findListed(services.sql, deliveryId, taskId);
  const row = found && services.deliveries.of(found.event_id);
  if (found === null || row === null) return apiError(40002, "Delivery does not exist");
  const message = await composeMessage(services, row);
  return { ...viewDelivery(services, found), log: readLog(row), body: message?.body ?? null };
}

/** Failed deliveries that one call sends again: each is a row to write. */
const REDELIVERED_AT_ONCE = 500;

/** Sends failed events again, up to 500 at once, in the background. @returns 30001 if no failed one has a receiver */
export function redeliverFailed(
  services: TenantServices,
  actor?: Actor,
): Promise<{ readonly redelivered: number; readonly remaining: boolean } | ApiError> {
  return services.commit.run(() => {
    const failed = failedDeliveries(services.sql, services.endpoint.isEnabled(), REDELIVERED_AT_ONCE + 1);
    const taken = failed.slice(0, REDELIVERED_AT_ONCE);
    services.deliveries.redeliverAll(taken);
    const done = { redelivered: taken.length, remaining: failed.length > taken.length };
    if (done.redelivered === 0 && services.endpoint.trouble() === "off") {
      return apiError(30001, "The webhook endpoint is off: set it again first");
    }
    if (done.redelivered > 0) services.audit.enter(actor, { action: "webhook.redeliver", after: done });
    void services.queue.arm();
    return done;
  });
}

/** Sends the event of a task's end again, in the background. */
export function redeliver(
  services: TenantServices,
  access: Pick<Access, "owner">,
  taskId: number | null,
  actor?: Actor,
): Promise<DeliveriesView | ApiError> {
  return services.commit.run(() => {
    const task = findTask(services, access, taskId);
    if ("code" in task) return task;
    if (task.phase !== PHASE.ended) return apiError(70005);
    if (task.webhook_url === null && !services.endpoint.isEnabled()) {
      return apiError(
        30001,
        "The event has no receiver: the task has no webhookUrl, and no webhook endpoint is enabled",
      );
    }
    services.deliveries.redeliver(task);
    services.audit.enter(actor, { action: "webhook.redeliver", target: String(task.task_id) });
    void services.queue.arm();
    return viewDeliveries(services, task);
  });
}

function viewDeliveries(services: TenantServices, task: TaskRow): DeliveriesView {
  const row = services.deliveries.of(task.task_id);
  const attempts = row ? readLog(row) : [];
  return {
    attempts,
    delivered: attempts.some(({ status }) => isDelivered(status)),
    nextAttemptAt: row && row.due_at !== null ? isoTime(row.due_at) : null,
  };
}
