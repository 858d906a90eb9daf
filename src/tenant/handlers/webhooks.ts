/** What a tenant does with its webhook endpoint and with the deliveries of its tasks (contract section 4). */
import type { Doer } from "../../domain/audit.ts";
import { isDelivered, isGone, readLog } from "../../domain/delivery.ts";
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { type Refusal, refusal } from "../../errors.ts";
import { encodeHex } from "../../lib/bytes.ts";
import type { DeliveriesView, WebhookTestView } from "../api.ts";
import type { Access } from "../rules/access.ts";
import { viewEndpoint, type WebhookView } from "../rules/webhook-endpoint.ts";
import { envelopeOf, signedMessage } from "../rules/webhook-message.ts";
import type { Tenancy } from "../services.ts";
import { findTask } from "./tasks.ts";

/** An endpoint at a moment when its secret can be seen. */
export type WebhookWithSecret = WebhookView & { readonly secret?: string };

const noEndpoint = () => refusal(40002, "There is no webhook endpoint");

export function getWebhook(tenancy: Tenancy): WebhookView | Refusal {
  const record = tenancy.endpoint.get();
  return record ? viewEndpoint(record, tenancy.chance.now()) : noEndpoint();
}

/** @param url checked already. @returns the endpoint, with its secret only if that was made now */
export async function putWebhook(tenancy: Tenancy, url: string, doer?: Doer): Promise<WebhookWithSecret> {
  const { endpoint, chance, commit } = tenancy;
  const now = chance.now();
  const { record, newSecret } = await commit.run(() => {
    tenancy.audit.enter(doer, { action: "webhook.update", after: { url } });
    return endpoint.put(url, now, () => chance.randomBytes(32));
  });
  const view = viewEndpoint(record, now);
  return newSecret === null ? view : { ...view, secret: newSecret };
}

export async function deleteWebhook(tenancy: Tenancy, doer?: Doer): Promise<{ deleted: true } | Refusal> {
  const existed = await tenancy.commit.run(() => {
    const removed = tenancy.endpoint.remove();
    if (removed) tenancy.audit.enter(doer, { action: "webhook.delete" });
    return removed;
  });
  return existed ? { deleted: true } : noEndpoint();
}

/** Makes a new secret; both sign for 24 h. */
export async function rotateWebhook(tenancy: Tenancy, doer?: Doer): Promise<WebhookWithSecret | Refusal> {
  const { endpoint, chance, commit } = tenancy;
  const now = chance.now();
  const rotated = await commit.run(() => {
    const done = endpoint.rotate(now, chance.randomBytes(32));
    if (done) tenancy.audit.enter(doer, { action: "webhook.rotate" });
    return done;
  });
  return rotated ? { ...viewEndpoint(rotated.record, now), secret: rotated.newSecret } : noEndpoint();
}

/** Sends one `webhook.test` and waits for what comes back; works for an endpoint that was turned off, too. */
export async function testWebhook(tenancy: Tenancy): Promise<WebhookTestView | Refusal> {
  const { endpoint, chance, commit, courier } = tenancy;
  const url = endpoint.get()?.url;
  if (url === undefined) return noEndpoint();
  const id = `msg_${encodeHex(chance.randomBytes(16))}`;
  const body = envelopeOf("webhook.test", chance.now(), '{"message":"This is a test of your webhook endpoint."}');
  const { status, durationMs, response, error } = await courier.deliver(
    await signedMessage(tenancy, { id, url, body, baseUrl: null }),
  );
  if (isGone(status)) await commit.run(() => endpoint.disable(url, chance.now()));
  return { delivered: isDelivered(status), webhookId: id, status, durationMs, error, response };
}

export function listDeliveries(
  tenancy: Tenancy,
  access: Pick<Access, "owner">,
  taskId: number | null,
): DeliveriesView | Refusal {
  const task = findTask(tenancy, access, taskId);
  return "code" in task ? task : viewDeliveries(tenancy, task);
}

/** Sends the ending of a task again, in the background. */
export function redeliver(
  tenancy: Tenancy,
  access: Pick<Access, "owner">,
  taskId: number | null,
): Promise<DeliveriesView | Refusal> {
  return tenancy.commit.run(() => {
    const task = findTask(tenancy, access, taskId);
    if ("code" in task) return task;
    if (task.phase !== PHASE.ended) return refusal(70005);
    if (task.webhook_url === null && !tenancy.endpoint.isEnabled()) {
      return refusal(30001, "There is nowhere to deliver to: no webhookUrl, and no webhook endpoint that is on");
    }
    tenancy.deliveries.redeliver(task);
    return viewDeliveries(tenancy, task);
  });
}

function viewDeliveries(tenancy: Tenancy, task: TaskRow): DeliveriesView {
  const row = tenancy.deliveries.of(task.task_id);
  const attempts = row ? readLog(row) : [];
  return {
    attempts,
    delivered: attempts.some(({ status }) => isDelivered(status)),
    nextAttemptAt: row && row.due_at !== null ? new Date(row.due_at).toISOString() : null,
  };
}
