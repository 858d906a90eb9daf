/** Money: every ledger sums to its balance, and to what the upstream charged × markup for completed tasks. */
import type { LedgerEntry, TenantEvidence } from "./evidence.ts";
import { type Case, expectedStatus, nameOf, type Verdict } from "./expectations.ts";

/** Checks the ledger of each tenant, entry by entry and as a whole. */
export function checkLedgers(built: Case): Verdict {
  const breaches: string[] = [];
  let entries = 0;
  let spent = 0;
  for (const tenant of built.tenants) {
    entries += tenant.ledger.length;
    const sum = tenant.ledger.reduce((total, { credits }) => total + credits, 0);
    if (sum !== tenant.balance) breaches.push(`${nameOf(tenant)}: entries sum to ${sum}, balance ${tenant.balance}`);
    const owed = checkTasks(built, tenant, breaches);
    if (tenant.plan.credits - owed !== tenant.balance) {
      const expected = `${tenant.plan.credits} given − ${owed} owed`;
      breaches.push(`${nameOf(tenant)}: balance ${tenant.balance} is not ${expected}`);
    }
    spent += owed;
  }
  const charged = built.upstream
    .filter((task) => expectedStatus(task) === 2)
    .reduce((total, { credits }) => total + credits, 0);
  const figures = `${built.tenants.length} ledgers, ${entries} entries; completed tasks cost tenants ${spent}, the upstream ${charged}`;
  return { promise: "Ledgers sum to their balances, and to upstream credits × markup", figures, breaches };
}

/** @returns what the tenant owes for its completed tasks */
function checkTasks({ upstreamByMarker }: Case, tenant: TenantEvidence, breaches: string[]): number {
  const byTask = new Map<number, LedgerEntry[]>();
  for (const entry of tenant.ledger) {
    if (entry.taskId !== null) byTask.set(entry.taskId, [...(byTask.get(entry.taskId) ?? []), entry]);
  }
  const markup = Number(tenant.plan.settings.markup ?? 1);
  let owed = 0;
  for (const task of tenant.tasks) {
    const [upstream] = upstreamByMarker.get(task.taskName) ?? [];
    const isPaid = upstream !== undefined && expectedStatus(upstream) === 2;
    const price = isPaid ? ceilOfProduct(upstream.credits, markup) : 0;
    owed += price;
    const entries = byTask.get(task.taskId) ?? [];
    byTask.delete(task.taskId);
    const kinds = entries.map(({ kind }) => kind).sort();
    const sum = entries.reduce((total, { credits }) => total + credits, 0);
    if (sum !== 0 - price) breaches.push(`${task.taskName}: entries sum to ${sum}, the price is ${price} (${kinds})`);
    if (new Set(kinds).size !== kinds.length) breaches.push(`${task.taskName}: an entry twice (${kinds})`);
    const settled = isPaid ? "capture" : "release";
    if (!kinds.includes("hold") || !kinds.includes(settled)) {
      breaches.push(`${task.taskName}: ${kinds} instead of hold and ${settled}`);
    }
    if (isPaid && kinds.includes("release")) breaches.push(`${task.taskName}: completed and given back (${kinds})`);
  }
  // The others belong to submissions that were rejected before a caller had their taskId: they cost nothing.
  for (const [taskId, entries] of byTask) {
    const sum = entries.reduce((total, { credits }) => total + credits, 0);
    if (sum !== 0) breaches.push(`${nameOf(tenant)}: ${sum} credits for task ${taskId}, which does not exist`);
  }
  return owed;
}

/** The price in whole credits; markups here have at most three decimals, so thousandths are exact. */
function ceilOfProduct(credits: number, markup: number): number {
  return Math.ceil((credits * Math.round(markup * 1_000)) / 1_000);
}
