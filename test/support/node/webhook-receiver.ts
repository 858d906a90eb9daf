/** A real HTTP server that receives webhooks, for tests inside workerd, which cannot listen. It decides nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReceivedWebhook, ReceiverReply } from "../received-webhook.ts";

interface Inbox {
  readonly requests: ReceivedWebhook[];
  /** Taken one by one; the last one stays. */
  replies: ReceiverReply[];
}

/** Starts a receiver on a free port: `/hooks/{inbox}` receives, `/inbox/{inbox}` tells what came and takes replies. */
export async function startWebhookReceiver(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const inboxes = new Map<string, Inbox>();
  const server = createServer((request, response) => {
    receive(inboxes, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(inboxes: Map<string, Inbox>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, kind, name = ""] = (request.url ?? "/").split(/[/?]/);
  let inbox = inboxes.get(name);
  if (!inbox) {
    inbox = { requests: [], replies: [] };
    inboxes.set(name, inbox);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  if (kind === "inbox") {
    if (request.method === "POST") inbox.replies = JSON.parse(body) as ReceiverReply[];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(inbox.requests));
    return;
  }
  inbox.requests.push({
    at: Date.now(),
    method: request.method ?? "",
    path: request.url ?? "",
    headers: Object.fromEntries(Object.entries(request.headers).map(([header, value]) => [header, String(value)])),
    body,
  });
  const reply = (inbox.replies.length > 1 ? inbox.replies.shift() : inbox.replies[0]) ?? {};
  await answer(reply, response);
}

async function answer(reply: ReceiverReply, response: ServerResponse): Promise<void> {
  if (reply.delayMs !== undefined) await sleep(reply.delayMs);
  if (reply.fault === "drop") response.destroy();
  if (reply.fault === "drop" || reply.fault === "hang") return;
  response.writeHead(reply.status ?? 200, reply.headers ?? { "content-type": "text/plain" });
  response.write(reply.body ?? "thanks");
  if (reply.fault !== "hang-in-body") response.end();
}
