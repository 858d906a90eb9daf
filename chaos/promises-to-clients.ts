/** What clients rely on: files byte for byte, webhooks at least once, and nothing in a response that is not theirs. */
import { Webhook } from "standardwebhooks";
import { hasEnded, type TenantEvidence, taskIdOf } from "./evidence.ts";
import { type Case, expectedStatus, nameOf, type Verdict } from "./expectations.ts";
import { CALM, QUIET } from "./schedule.ts";
import type { ReceivedWebhook } from "./webhook-sink.ts";

/** How much longer than the quiet tenant's tasks those beside slow files and hanging receivers may take (contract section 5). */
const HOLD_UP_LIMIT_MS = 60_000;
/** How long the quiet tenant's may take: half a minute until the alarm comes after a kill, and the rest for a busy machine. */
const QUIET_LIMIT_MS = 120_000;

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

/** Each ending was delivered at least once, correctly, and with a signature that a public client library accepts. */
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

/** How long calm tasks of one tenant waited, in ms: for their event to arrive, and for their files to be stored. */
type Waits = Record<"told" | "stored", number[]>;

/**
 * Calm tasks: the event of each arrives soon after its end, and its files are stored soon. How long a busy machine takes for that
 * shows in the quiet tenant, so a tenant whose receivers hang and whose files drip may be slower than that one by a minute.
 */
export function checkCalm({ tenants, webhooks, starts }: Case): Verdict {
  const breaches: string[] = [];
  const all = tenants.map((tenant) => waitsOf(tenant, webhooks, starts));
  const longest = (list: readonly number[] = []) => Math.max(0, ...list);
  const quiet = all[QUIET];
  const figures: string[] = [];
  for (const [index, waits] of all.entries()) {
    if (waits.told.length === 0) continue;
    const name = tenants[index]?.plan.name;
    for (const kind of ["told", "stored"] as const) {
      const waitMs = longest(waits[kind]);
      const limitMs = index === QUIET ? QUIET_LIMIT_MS : longest(quiet?.[kind]) + HOLD_UP_LIMIT_MS;
      if (waitMs > limitMs) breaches.push(`${name}: ${kind} after ${seconds(waitMs)}, at most ${seconds(limitMs)}`);
    }
    const times = `told after ${seconds(longest(waits.told))}, files stored after ${seconds(longest(waits.stored))} at most`;
    figures.push(`${waits.told.length} calm tasks of "${name}": ${times}`);
  }
  return {
    promise: "Hanging receivers and dripping files hold nothing else up",
    figures: figures.join("; "),
    breaches,
  };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** Time before the gateway's last start does not count: while it is down, nothing can be done. */
function waitsOf({ inbox, tasks, files }: TenantEvidence, webhooks: Case["webhooks"], starts: Case["starts"]): Waits {
  const waits: Waits = { told: [], stored: [] };
  const waited = (from: number, at: number) =>
    Math.max(0, at - Math.max(from, ...starts.filter((start) => start <= at)));
  const ends = new Map<number, { readonly endedAt: number; readonly toldAt: number }>();
  for (const webhook of webhooks.filter((one) => one.inbox === inbox)) {
    const { timestamp } = JSON.parse(webhook.body) as { timestamp: string };
    // A repeated event counts at its first arrival.
    const toldAt = Math.min(webhook.at, ends.get(taskIdOf(webhook))?.toldAt ?? webhook.at);
    ends.set(taskIdOf(webhook), { endedAt: Date.parse(timestamp), toldAt });
  }
  for (const { taskId } of tasks.filter(({ taskName }) => taskName.startsWith(CALM))) {
    const end = ends.get(taskId);
    if (!end) continue;
    waits.told.push(waited(end.endedAt, end.toldAt));
    for (const file of files) {
      if (file.taskId === taskId && file.storedAt !== null) waits.stored.push(waited(end.endedAt, file.storedAt));
    }
  }
  return waits;
}

function verify(webhook: ReceivedWebhook, tenant: TenantEvidence): string[] {
  if (tenant.webhookSecret === null) return [];
  try {
    const timestamp = Number(webhook.headers["webhook-timestamp"]);
    // The library rejects webhooks older than five minutes, and a run can be longer.
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
