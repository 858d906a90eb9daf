/** What a typical task costs on the platform: counted by a meter around the objects and the bucket, then priced. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient } from "../scripts/gateway-client.ts";
import { startSimulator } from "../simulator/index.ts";
import { buildBundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import { createTenants } from "./tenants.ts";

/** A typical task: one video that takes a minute, asked about every five seconds, its one file seen twenty times. */
export const TYPICAL = { generateSeconds: 60, queries: 12, views: 20, fileBytes: 8_000_000 } as const;
/** What waits for the upstream in reality and answers at once here, in seconds: a submission, a poll, a copy. */
export const ASSUMED_SECONDS = { submission: 1, poll: 0.3, copy: 5 } as const;

/** What the meter in counting-worker.js reports. */
interface Counts {
  /** By class and method. */
  readonly requests: Readonly<Record<string, number>>;
  readonly alarms: number;
  readonly alarmsSet: Readonly<Record<string, number>>;
  readonly r2: Readonly<Record<string, number>>;
  readonly rows: {
    readonly read: Readonly<Record<string, number>>;
    readonly written: Readonly<Record<string, number>>;
    /** Rows written by the beginning of the statement. */
    readonly statements: Readonly<Record<string, number>>;
  };
}

export interface Cost {
  readonly workerRequests: number;
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
}

/** Runs one typical task at the default pace, after another one of the same tenant, and counts. */
export async function measureCost(folder: string): Promise<Cost> {
  const bundle = await buildBundle(join(folder, "counting"), "bench/counting-worker.js");
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }] });
  const settings = { ALLOW_PRIVATE_URLS: "true" };
  const gateway = await startGateway(bundle, simulator.url, join(folder, "cost"), { settings });
  const meter = (method: "GET" | "DELETE") => fetch(`${gateway.url}/_bench/counts`, { method });
  try {
    const [tenant] = await createTenants(gateway.url, 1);
    const client = new GatewayClient(gateway.url, tenant?.key ?? "");
    const first = await client.submit(requestOf(1_000));
    await client.untilEnded(first.taskId);
    // What the first task of a tenant brings with it must not count for the typical one: the report of its first minute.
    await sleep(65_000);
    await meter("DELETE");

    const { taskId, resultUrls } = await client.submit(requestOf(TYPICAL.generateSeconds * 1_000));
    for (let query = 0; query < TYPICAL.queries; query += 1) {
      await sleep((TYPICAL.generateSeconds * 1_000) / TYPICAL.queries);
      await client.query(taskId);
    }
    while (!(await isMirrored(client, taskId))) await sleep(2_000);
    for (let view = 0; view < TYPICAL.views; view += 1) await (await fetch(resultUrls[0] ?? "")).arrayBuffer();
    await sleep(65_000);
    const counts = (await (await meter("GET")).json()) as Counts;
    const [upstream] = simulator.tasks({ prompt: `generateMs=${TYPICAL.generateSeconds * 1_000}` });
    return costOf(counts, upstream?.queries ?? 0);
  } finally {
    await gateway.server.stop();
    await simulator.close();
  }
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

/** Queries over twelve, of waiting for the copy, are not the typical client's. */
function costOf(counts: Counts, polls: number): Cost {
  const { list = 0, put = 0, createMultipartUpload = 0, get = 0, head = 0 } = counts.r2;
  const extraQueries = (counts.requests["Tenant.query"] ?? TYPICAL.queries) - TYPICAL.queries;
  return {
    workerRequests: 1 + TYPICAL.queries + TYPICAL.views,
    objectRequests: total(counts.requests) - extraQueries,
    alarms: counts.alarms,
    alarmsSet: total(counts.alarmsSet),
    rowsRead: total(counts.rows.read),
    rowsWritten: total(counts.rows.written),
    rowsByStatement: byCount(counts.rows.statements),
    requestsByMethod: byCount(counts.requests),
    polls,
    r2Writes: list + put + createMultipartUpload,
    r2Reads: get + head,
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
const WORKER_CPU_MS = 2;
const OBJECT_GIGABYTES = 0.128;

/** List prices of the Workers paid plan, Durable Objects with SQLite, and R2. */
export function billOf(cost: Cost): BillLine[] {
  const { submission, poll, copy } = ASSUMED_SECONDS;
  const busySeconds = submission + cost.polls * poll + copy;
  return [
    { what: "Worker requests", quantity: cost.workerRequests, price: 0.3 },
    {
      what: `Worker CPU ms (at most ${WORKER_CPU_MS} a request)`,
      quantity: cost.workerRequests * WORKER_CPU_MS,
      price: 0.02,
    },
    { what: "object requests and alarms", quantity: cost.objectRequests + cost.alarms, price: 0.15 },
    { what: "object GB-s", quantity: busySeconds * OBJECT_GIGABYTES, price: 12.5 },
    { what: "rows read", quantity: cost.rowsRead, price: 0.001 },
    { what: "rows written, alarms set among them", quantity: cost.rowsWritten + cost.alarmsSet, price: 1 },
    { what: "R2 writes and lists (class A)", quantity: cost.r2Writes, price: 4.5 },
    { what: "R2 reads (class B)", quantity: cost.r2Reads, price: 0.36 },
  ];
}
