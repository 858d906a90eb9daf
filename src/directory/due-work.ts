/** What the Directory's alarm runs: the roll-out of prices, decisions that wait, checks of work, deliveries, cache purges. */
import { logEvent } from "../lib/log.ts";
import type { RecordedIntent } from "./intents.ts";
import type { DirectoryParts } from "./parts.ts";

/** Tenants to which a new price list or a decision of the operator is sent at once. */
const PUSH_AT_ONCE = 50;
/** Attempts to delete an unreachable tenant that also delete its files, in case uploads or copies were under way. */
const FILE_REMOVALS = 3;
const NEVER = Number.POSITIVE_INFINITY;

/** Runs everything that is due. */
export async function runDueWork(parts: DirectoryParts): Promise<void> {
  await Promise.all([
    pushPrices(parts),
    carryOutIntents(parts),
    checkWork(parts),
    parts.webhook.deliverDue(),
    parts.purger.run(),
  ]);
}

/** @returns the time at which the next work is due, in ms since epoch; infinite if none is */
export function nextWorkAt({ prices, intents, webhook, purger, watch }: DirectoryParts): number {
  return Math.min(
    prices.push() === null ? NEVER : 0,
    ...[intents, webhook, purger].map((part) => part.nextDueAt() ?? NEVER),
    watch.nextCheckAt() ?? NEVER,
  );
}

/** Checks work and copies, and closes incidents of master keys that are configured no more. Never throws. */
async function checkWork({ storage, watch, config, incidents }: DirectoryParts): Promise<void> {
  try {
    await watch.check();
    const configured = new Set((await config()).masterKeys.map(({ id }) => id));
    const gone = incidents.subjects("master_key.refused").filter((id) => !configured.has(id));
    storage.transactionSync(() => {
      for (const id of gone) incidents.remove("master_key.refused", id, Date.now());
    });
  } catch (error) {
    logEvent("error", "watch", { error: String(error) });
  }
}

/** Sends a new price list to tenants. A tenant that is not reachable gets it with its next report. */
async function pushPrices({ storage, prices, objects }: DirectoryParts): Promise<void> {
  for (let push = prices.push(); push !== null; push = prices.push()) {
    const page = storage.sql
      .exec<{ seq: number; tenant_id: string }>(
        "SELECT seq, tenant_id FROM tenants WHERE seq > ? ORDER BY seq LIMIT ?",
        push.after,
        PUSH_AT_ONCE,
      )
      .toArray();
    const shared = prices.shared();
    const sent = await Promise.all(page.map(({ tenant_id }) => objects.adoptPrices(tenant_id, shared)));
    const failed = sent.filter((succeeded) => !succeeded).length;
    if (failed > 0) logEvent("warn", "prices-push", { failed });
    // A list stored meanwhile has started a push of its own.
    if (prices.push()?.version !== push.version) continue;
    const last = page.at(-1);
    prices.sent(push, last?.seq ?? null, { updated: page.length - failed, unreachable: failed }, Date.now());
  }
}

async function carryOutIntents(parts: DirectoryParts): Promise<void> {
  const due = parts.intents.due(Date.now(), PUSH_AT_ONCE);
  await Promise.all(due.map((intent) => carryOut(parts, intent)));
}

async function carryOut({ objects, intents }: DirectoryParts, recorded: RecordedIntent): Promise<void> {
  const { tenantId, intent, at, attempts } = recorded;
  if (intent === "delete" && attempts < FILE_REMOVALS) await objects.removeFiles(tenantId);
  const isDone = await objects.carryOut(tenantId, intent, at);
  if (isDone) intents.done(recorded);
  else intents.failed(recorded, Date.now());
  logEvent(isDone ? "info" : "warn", "tenant-intent", { tenantId, intent, answered: isDone });
}
