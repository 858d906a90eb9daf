/** An inbox of the webhook receiver (test/support/node/webhook-receiver.ts), as a test uses it. */
import { inject } from "vitest";
import type { ReceivedWebhook, ReceiverReply } from "./received-webhook.ts";
import { until } from "./until.ts";

/** What a webhook's body says. */
export interface WebhookBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

export interface Inbox {
  readonly url: string;
  /** Answers from now on: one after another, the last one again and again. */
  reply(...replies: ReceiverReply[]): Promise<void>;
  /** What has come so far, oldest first. */
  received(): Promise<ReceivedWebhook[]>;
  /** Waits until at least `count` requests have come. */
  until(count: number, timeoutMs?: number): Promise<ReceivedWebhook[]>;
}

/** Opens an inbox of its own. */
export async function openInbox(...replies: ReceiverReply[]): Promise<Inbox> {
  const base = inject("webhookReceiverUrl");
  const name = crypto.randomUUID();
  const received = async () => (await (await fetch(`${base}/inbox/${name}`)).json()) as ReceivedWebhook[];
  const reply = async (...next: ReceiverReply[]) => {
    await (await fetch(`${base}/inbox/${name}`, { method: "POST", body: JSON.stringify(next) })).text();
  };
  if (replies.length > 0) await reply(...replies);
  return {
    url: `${base}/hooks/${name}`,
    reply,
    received,
    async until(count, timeoutMs = 40_000) {
      const enough = async () => {
        const requests = await received();
        return requests.length >= count ? requests : null;
      };
      return until(`${count} webhooks`, enough, timeoutMs);
    },
  };
}

export function bodyOf(webhook: ReceivedWebhook | undefined): WebhookBody {
  return JSON.parse(webhook?.body ?? "null") as WebhookBody;
}
