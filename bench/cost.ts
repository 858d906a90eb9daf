/** What a typical task costs on the platform: counted by a meter around the objects and the bucket, then priced. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { GatewayClient } from "../scripts/gateway-client.ts";
import { REPOSITORY } from "../scripts/gateway-process.ts";
import { startSimulator } from "../simulator/index.ts";
import { type Bundle, buildBundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import { createTenants } from "./tenants.ts";

/** A typical task: one video that takes a minute, polled every five seconds, its one file seen twenty times. */
export const TYPICAL = { generateSeconds: 60, queries: 12, views: 20, fileBytes: 8_000_000 } as const;
/** Seconds that a submission, a poll and a copy wait for a real upstream; the upstream of the bench responds at once. */
export const ASSUMED_SECONDS = { submission: 1, poll: 0.3, copy: 5 } as const;

/** What the meter in counting-worker.js reports. */
interface Counts {
  /** By class and method. */
  readonly requests: Readonly<Record<string, number>>;
  readonly alarms: number;
  readonly alarmsSet: Readonly<Record<string, number>>;
  readonly edgeRequests: number;
  readonly edgeFills: number;
  readonly r2: Readonly<Record<string, number>>;
  readonly logLines: number;
  readonly rows: {
    readonly read: Readonly<Record<string, number>>;
    readonly written: Readonly<Record<string, number>>;
    /** Rows written by the beginning of the statement. */
    readonly statements: Readonly<Record<string, number>>;
  };
}

/** What one task has cost, counted by the meter in `bench/counting-worker.js`. */
export interface Cost {
  /** Those of the cache in front of `Files` among them. */
  readonly workerRequests: number;
  /** Requests for which the Worker ran: all but hits of the cache. */
  readonly workerRuns: number;
  readonly objectRequests: number;
  readonly alarms: number;
  readonly alarmsSet: number;
  readonly rowsRead: number;
  /** Without the alarms, each of which is billed as one more. */
  readonly rowsWritten: number;
  readonly rowsByStatement: readonly (readonly [statement: string, rows: number])[];
  readonly requestsByMethod: readonly (readonly [method: string, requests: number])[];
  readonly polls: number;
  readonly r2Writes: number;
  readonly r2Reads: number;
  readonly logLines: number;
}

/** The same task in the two lives that a tenant's object may lead, and with the edge cache. */
export interface Costs {
  /** Nothing else happens: reports and alarms are all its own. */
  readonly alone: Cost;
  /** One of ten that begin within the same minute, a tenth of everything. Null if it was not counted. */
  readonly amongTen: Cost | null;
  /** Alone, with a stand-in of the platform's cache in front of `Files`. Null if it was not counted. */
  readonly cached: Cost | null;
}

/** After the last task the tenant reports within a minute; a minute later nothing is left of it. */
const QUIET_MS = 120_000;
/** The last report of several tasks comes a minute after the one before, that of a single one with the next alarm. */
const SETTLE_MS = { several: 95_000, single: 30_000 } as const;
const MANY = 10;
/** Tasks from which the tenant learns what is usual before the count: their price and their duration. */
const LEARNED_FROM = 8;

/** Runs typical tasks at the default pace and counts. What the first tasks of a tenant bring with them does not count. */
export async function measureCost(folder: string, lives: "alone" | "all" = "all"): Promise<Costs> {
  const bundle = await buildBundle(join(folder, "counting"), "bench/counting-worker.js");
  if (lives === "alone") {
    const [alone] = await countTasks(bundle, join(folder, "cost"), [1]);
    return { alone, amongTen: null, cached: null };
  }
  const standIn = join(folder, "edge-cache.mjs");
  await build({
    entryPoints: [join(REPOSITORY, "test/support/edge-cache-worker.ts")],
    bundle: true,
    format: "esm",
    external: ["cloudflare:workers"],
    outfile: standIn,
    logLevel: "error",
  });
  const [[alone, amongTen], [cached]] = await Promise.all([
    countTasks(bundle, join(folder, "cost"), [1, MANY]),
    countTasks(bundle, join(folder, "cost-cached"), [1], standIn),
  ]);
  return { alone, amongTen, cached };
}

/**
 * Counts in one gateway what so many tasks cost each, one count after the other.
 *
 * @param edgeCache module of the stand-in of the platform's cache
 */
async function countTasks<const T extends readonly number[]>(
  bundle: Bundle,
  folder: string,
  sizes: T,
  edgeCache?: string,
): Promise<{ [K in keyof T]: Cost }> {
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }] });
  const settings = { ALLOW_PRIVATE_URLS: "true" };
  const options = { settings, ...(edgeCache !== undefined && { edgeCache }) };
  const gateway = await startGateway(bundle, simulator.url, folder, options);
  const meter = (method: "GET" | "DELETE") => fetch(`${gateway.url}/_bench/counts`, { method });
  try {
    const [tenant] = await createTenants(gateway.url, 1);
    const client = new GatewayClient(gateway.url, tenant?.key ?? "");
    const first = Array.from({ length: LEARNED_FROM }, async () => {
      const { taskId } = await client.submit(requestOf(TYPICAL.generateSeconds * 1_000));
      await client.untilEnded(taskId, { everyMs: 5_000, limitMs: 120_000 });
    });
    await Promise.all(first);
    const count = async (tasks: number): Promise<Cost> => {
      await sleep(QUIET_MS);
      const before = simulator.stats().queries;
      await meter("DELETE");
      const extraQueries = await Promise.all(
        Array.from({ length: tasks }, async (_, index) => {
          await sleep((index * 60_000) / tasks);
          return liveThrough(client);
        }),
      );
      await sleep(tasks > 1 ? SETTLE_MS.several : SETTLE_MS.single);
      const counts = (await (await meter("GET")).json()) as Counts;
      const extra = extraQueries.reduce((sum, queries) => sum + queries, 0);
      return costOf(counts, simulator.stats().queries - before, extra, tasks);
    };
    const costs: Cost[] = [];
    for (const tasks of sizes) costs.push(await count(tasks));
    return costs as { [K in keyof T]: Cost };
  } finally {
    await gateway.server.stop();
    await simulator.close();
  }
}

/** One typical task with its client. @returns how many queries were not the typical client's: waiting for the copy */
async function liveThrough(client: GatewayClient): Promise<number> {
  const { taskId, resultUrls } = await client.submit(requestOf(TYPICAL.generateSeconds * 1_000));
  for (let query = 0; query < TYPICAL.queries; query += 1) {
    await sleep((TYPICAL.generateSeconds * 1_000) / TYPICAL.queries);
    await client.query(taskId);
  }
  let extra = 1;
  for (; !(await isMirrored(client, taskId)); extra += 1) await sleep(2_000);
  for (let view = 0; view < TYPICAL.views; view += 1) await (await fetch(resultUrls[0] ?? "")).arrayBuffer();
  return extra;
}

async function isMirrored(client: GatewayClient, taskId: number): Promise<boolean> {
  const { results } = await client.query(taskId);
  return results.length > 0 && results.every(({ mirrored }) => mirrored);
}

function requestOf(generateMs: number) {
  const prompt = `a cat [[sim: queueMs=10 generateMs=${generateMs} bytes=${TYPICAL.fileBytes}]]`;
  return { model: "Seedance 2.0", taskName: "typical", type: "img_txt", prompt, durationSeconds: 5 };
}

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const byCount = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort((a, b) => b[1] - a[1]);

/** @param extraQueries queries beyond those of a typical client */
function costOf(counts: Counts, polls: number, extraQueries: number, tasks: number): Cost {
  const { list = 0, put = 0, createMultipartUpload = 0, get = 0, head = 0 } = counts.r2;
  const each = (amount: number) => amount / tasks;
  const eachOf = (amounts: Readonly<Record<string, number>>) =>
    byCount(amounts).map(([name, amount]) => [name, each(amount)] as const);
  const requests = 1 + TYPICAL.queries + TYPICAL.views;
  return {
    workerRequests: requests + each(counts.edgeRequests),
    workerRuns: requests + each(counts.edgeRequests === 0 ? 0 : counts.edgeFills),
    objectRequests: each(total(counts.requests) - extraQueries),
    alarms: each(counts.alarms),
    alarmsSet: each(total(counts.alarmsSet)),
    rowsRead: each(total(counts.rows.read)),
    rowsWritten: each(total(counts.rows.written)),
    rowsByStatement: eachOf(counts.rows.statements),
    requestsByMethod: eachOf(counts.requests),
    polls: each(polls),
    r2Writes: each(list + put + createMultipartUpload),
    r2Reads: each(get + head),
    logLines: each(counts.logLines - extraQueries),
  };
}

/** One line of the bill for a million typical tasks, at list price and without what is included. */
export interface BillLine {
  readonly what: string;
  /** A task's. */
  readonly quantity: number;
  /** Dollars a million. */
  readonly price: number;
}

/** CPU of the Worker and of the objects a request in ms: the platform bills the Worker's. */
export const WORKER_CPU_MS = 2;
/** Dollars a million of what the view of a file takes too (view-cost.ts). */
export const PRICES = { workerRequest: 0.3, workerCpuMs: 0.02, r2Read: 0.36 } as const;
const OBJECT_GIGABYTES = 0.128;
/** A line of the log with its fields; logs are billed by volume. */
const LOG_LINE_BYTES = 700;

/** List prices of the Workers paid plan, Durable Objects with SQLite, R2 and Workers Logs (those from 2026-12-01). */
export function billOf(cost: Cost): BillLine[] {
  const { submission, poll, copy } = ASSUMED_SECONDS;
  const busySeconds = submission + cost.polls * poll + copy;
  return [
    { what: "Worker requests", quantity: cost.workerRequests, price: PRICES.workerRequest },
    {
      what: `Worker CPU ms (at most ${WORKER_CPU_MS} a run)`,
      quantity: cost.workerRuns * WORKER_CPU_MS,
      price: PRICES.workerCpuMs,
    },
    { what: "object requests and alarms", quantity: cost.objectRequests + cost.alarms, price: 0.15 },
    { what: "object GB-s", quantity: busySeconds * OBJECT_GIGABYTES, price: 12.5 },
    { what: "rows read", quantity: cost.rowsRead, price: 0.001 },
    { what: "rows written, alarms set among them", quantity: cost.rowsWritten + cost.alarmsSet, price: 1 },
    { what: "R2 writes and lists (class A)", quantity: cost.r2Writes, price: 4.5 },
    { what: "R2 reads (class B)", quantity: cost.r2Reads, price: PRICES.r2Read },
    { what: "kB of log", quantity: (cost.logLines * LOG_LINE_BYTES) / 1_000, price: 0.25 },
  ];
}
