/** What clients rely on: files byte for byte, webhooks at least once, and nothing in a response that is not theirs. */
import { Webhook } from "standardwebhooks";
import { hasEnded, type TenantEvidence, taskIdOf } from "./evidence.ts";
import { type Case, expectedStatus, nameOf, type Verdict } from "./expectations.ts";
import { CALM } from "./schedule.ts";
import type { ReceivedWebhook } from "./webhook-sink.ts";

/** How long a calm task's event and files may take: a slow file holds others up for at most a minute, and after a kill the alarm comes within half a minute. */
const CALM_LIMIT_MS = 90_000;

/** Every file of every completed task is, under its stable URL, the very one that the upstream made. */
export function checkFiles({ tenants, upstreamByMarker, submissions }: Case): Verdict {
  const breaches: string[] = [];
  let right = 0;
  const promised = new Map(
    submissions.flatMap(({ answers }) => answers.map(({ taskId, resultUrls }) => [taskId, resultUrls] as const)),
  );
  for (const tenant of tenants) {
    for (const task of tenant.tasks) {
      const [upstream] = upstreamByMarker.get(task.taskName) ?? [];
      const expected = upstream && expectedStatus(upstream) === 2 ? upstream.files : [];
      const fetched = tenant.files.filter(({ taskId }) => taskId === task.taskId);
      for (const file of expected) {
        const got = fetched.find(({ name }) => name === file.name);
        if (got?.status === 200 && got.sha256 === file.sha256) right += 1;
        else
          breaches.push(`${task.taskName}/${file.name}: ${got ? `HTTP ${got.status}, another hash` : "not offered"}`);
      }
      for (const { name, url, status } of fetched) {
        if (expected.some((file) => file.name === name)) continue;
        // Where the upstream gives no thumbnail, the gateway makes one.
        if (!name.startsWith("t") || status !== 200) breaches.push(`${task.taskName}: HTTP ${status} for ${url}`);
      }
      // The path stays; a signed link has its own signature each time.
      const paths = (promised.get(task.taskId) ?? []).map((url) => new URL(url).pathname);
      for (const { url, name } of fetched) {
        const { pathname } = new URL(url);
        if (paths.length > 0 && !name.startsWith("t") && !paths.includes(pathname)) {
          breaches.push(`${task.taskName}: ${pathname} is not the URL promised at submission`);
        }
      }
    }
  }
  const figures = `${right} files with the right SHA-256, ${breaches.length} wrong or missing`;
  return { promise: "Every file is there, byte for byte, under its promised URL", figures, breaches };
}

/** Each ending was told at least once, truthfully, and with a signature that a public client library accepts. */
export function checkWebhooks({ tenants, webhooks, webhooksRefused }: Case): Verdict {
  const breaches: string[] = [];
  let endings = 0;
  for (const tenant of tenants.filter(({ plan }) => plan.webhooks !== "none")) {
    const received = webhooks.filter(({ inbox }) => inbox === tenant.inbox);
    breaches.push(...received.flatMap((webhook) => verify(webhook, tenant)));
    const types = new Map<number, Set<string>>();
    for (const webhook of received) {
      const { type } = JSON.parse(webhook.body) as { type: string };
      const taskId = taskIdOf(webhook);
      types.set(taskId, (types.get(taskId) ?? new Set()).add(type));
    }
    for (const task of tenant.tasks.filter(hasEnded)) {
      endings += 1;
      const told = [...(types.get(task.taskId) ?? [])];
      const expected = { 2: "task.completed", 3: "task.failed", 5: "task.cancelled" }[task.taskStatus];
      if (told.join() !== expected) breaches.push(`${task.taskName}: told "${told}" instead of ${expected}`);
    }
  }
  const figures = `${endings} endings told by ${webhooks.length} deliveries; ${webhooksRefused} more attempts met a bad receiver`;
  return { promise: "Every ending is told by webhook at least once", figures, breaches };
}

/**
 * The calm tasks, whose tenants' other work is held up: the event of each arrives soon after its end, and its files are stored soon.
 * Time before the gateway's last start does not count: while it is down, nothing can be done.
 */
export function checkCalm({ tenants, webhooks, starts }: Case): Verdict {
  const breaches: string[] = [];
  const waits = { told: [] as number[], stored: [] as number[] };
  const note = (kind: keyof typeof waits, name: string, from: number, at: number) => {
    const lastStart = Math.max(0, ...starts.filter((start) => start <= at));
    const waitMs = Math.max(0, at - Math.max(from, lastStart));
    waits[kind].push(waitMs);
    if (waitMs > CALM_LIMIT_MS) breaches.push(`${name}: ${kind} ${(waitMs / 1_000).toFixed(1)} s after its end`);
  };
  for (const { inbox, tasks, files } of tenants) {
    const ends = new Map<number, { readonly endedAt: number; readonly toldAt: number }>();
    for (const webhook of webhooks.filter((one) => one.inbox === inbox)) {
      const { timestamp } = JSON.parse(webhook.body) as { timestamp: string };
      // A repeated event counts at its first arrival.
      const first = Math.min(webhook.at, ends.get(taskIdOf(webhook))?.toldAt ?? webhook.at);
      ends.set(taskIdOf(webhook), { endedAt: Date.parse(timestamp), toldAt: first });
    }
    for (const { taskId, taskName } of tasks.filter((task) => task.taskName.startsWith(CALM))) {
      const end = ends.get(taskId);
      if (!end) continue;
      note("told", taskName, end.endedAt, end.toldAt);
      for (const { storedAt, taskId: owner } of files) {
        if (owner === taskId && storedAt !== null) note("stored", taskName, end.endedAt, storedAt);
      }
    }
  }
  const longest = (list: readonly number[]) => (Math.max(0, ...list) / 1_000).toFixed(1);
  const figures = `${waits.told.length} calm tasks told after ${longest(waits.told)} s at most, ${waits.stored.length} of their files stored after ${longest(waits.stored)} s at most`;
  return { promise: "Hanging receivers and dripping files hold nothing else up", figures, breaches };
}

function verify(webhook: ReceivedWebhook, tenant: TenantEvidence): string[] {
  if (tenant.webhookSecret === null) return [];
  try {
    const timestamp = Number(webhook.headers["webhook-timestamp"]);
    // The library refuses what is older than five minutes; a long run is.
    const now = Date.now;
    Date.now = () => timestamp * 1_000;
    try {
      new Webhook(tenant.webhookSecret).verify(webhook.body, { ...webhook.headers });
    } finally {
      Date.now = now;
    }
    return [];
  } catch (error) {
    return [`${nameOf(tenant)}: a webhook that does not verify: ${error}`];
  }
}

/** No response and no log line holds a master key, a tenant's key, a signing secret or an upstream's task id. */
export function checkSecrets({ overheard, log, secrets, upstream, tenants, webhooks }: Case): Verdict {
  const breaches: string[] = [];
  const bodies = [
    ...overheard.map((text) => ["an answer", text] as const),
    ...webhooks.map(({ body, headers }) => ["a webhook", body + JSON.stringify(headers)] as const),
    ...tenants.map(({ tasks }) => ["a task list", JSON.stringify(tasks)] as const),
    ["the log", log] as const,
  ];
  const all = [...secrets, ...upstream.flatMap(({ taskId, taskNo }) => [taskId, taskNo])];
  for (const [where, text] of bodies) {
    for (const secret of all) if (text.includes(secret)) breaches.push(`${where} holds ${secret.slice(0, 12)}…`);
  }
  const figures = `${bodies.length} texts searched for ${all.length} secrets and upstream names`;
  return { promise: "No secret and no upstream name leaves the gateway", figures, breaches };
}
