/** How soon the end of a task is noticed, and whether the upstream is ever asked faster than it advises. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient } from "../scripts/gateway-client.ts";
import { startSimulator } from "../simulator/index.ts";
import type { Bundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import { percentile, type Spread, spread } from "./statistics.ts";
import { createTenants } from "./tenants.ts";

/** How soon the ends of tasks are noticed, and how often tasks are polled. */
export interface PaceFigures {
  readonly tasks: number;
  /** From a task's end upstream to the query that saw it, in seconds. */
  readonly noticed: Spread;
  readonly noticedP99: number;
  /** Shortest time between two queries of one task, in seconds. */
  readonly shortestInterval: number;
  readonly queriesPerTask: number;
}

/** One poll after the first takes about this long; a task must live through several. */
const TASK_MS = 25_000;
const SUBMITTERS = 8;

/** Runs that many tasks of one tenant at the default pace; they all fail, so that no copying of files is in the way. */
export async function measurePace(bundle: Bundle, folder: string, tasks: number): Promise<PaceFigures> {
  const simulator = await startSimulator({
    accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }],
    keepRequests: 1,
  });
  const gateway = await startGateway(bundle, simulator.url, join(folder, "pace"));
  try {
    const [tenant] = await createTenants(gateway.url, 1);
    const client = new GatewayClient(gateway.url, tenant?.key ?? "");
    const prompt = `a cat [[sim: fail="as planned" delayMs=${TASK_MS}]]`;
    const body = { model: "Seedance 2.0", taskName: "bench", type: "img_txt", prompt, durationSeconds: 5 };
    let left = tasks;
    const submitter = async () => {
      while (left-- > 0) await client.submit(body);
    };
    await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
    const giveUpAt = Date.now() + TASK_MS + 60_000;
    const running = async () =>
      (await client.call<{ tasks: unknown[] }>("GET", "/api/v1/tasks?status=1&limit=1")).tasks;
    const queued = async () => (await client.call<{ tasks: unknown[] }>("GET", "/api/v1/tasks?status=0&limit=1")).tasks;
    while ((await running()).length + (await queued()).length > 0) {
      if (Date.now() > giveUpAt) throw new Error("some tasks have not ended");
      await sleep(1_000);
    }
    const views = simulator.tasks();
    const noticed = views.map(({ acceptedAt, queriedAt }) => {
      const endedAt = acceptedAt + TASK_MS;
      return ((queriedAt.find((at) => at >= endedAt) ?? Number.POSITIVE_INFINITY) - endedAt) / 1_000;
    });
    const intervals = views.flatMap(({ queriedAt }) =>
      queriedAt.slice(1).map((at, index) => (at - (queriedAt[index] ?? 0)) / 1_000),
    );
    return {
      tasks,
      noticed: spread(noticed),
      noticedP99: percentile(noticed, 0.99),
      shortestInterval: Math.min(...intervals),
      queriesPerTask: views.reduce((sum, { queries }) => sum + queries, 0) / views.length,
    };
  } finally {
    await gateway.server.stop();
    await simulator.close();
  }
}
